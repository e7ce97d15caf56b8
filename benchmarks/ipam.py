"""How fast is the next free address, and how fast is "who had it".

    .silver/odoo.sh shell -d DATABASE --no-http < benchmarks/ipam.py        (or ./silver shell)

Works in one transaction that is rolled back: nothing stays (sequences of the pools it makes go with
them).
Prints p50 and p99 of our allocator on pools half full, of the ORM's verb, and of the algorithms of
others re-implemented on the very same rows in the same run: NetBox's sweep (all addresses of the
prefix less the taken ones, as an IPSet of integers), phpIPAM's fetch-all, and SQL's gap by lead().

``SILVER_BENCH_LARGE=1`` adds the /8 half full (8.4 million rows), the IPv6 /32 to /56 half full (as
many), 5 million periods and eight workers at once. It commits what it fills, so that the measure is
of a database at rest, not of one still writing: give it a database of its own and drop it.
A second run finds the rows of the first. ``SILVER_BENCH_FILL=1`` only fills.

2026-11-21, 2 cores at rest, PostgreSQL 15 with fsync, 256 MB of shared buffers:

======================  =======  =======  =======  ============  =============
p50 in ms               /24      /16      /8       v6 /40 - /56  v6 /32 - /56
======================  =======  =======  =======  ============  =============
SQL, history written    0.55     0.56     0.54     0.70          0.52
ORM ``action_take``     1.0      1.2      0.92     1.2           0.79
NetBox's sweep          0.32     14       3,505    11            3,128
fetch all (phpIPAM)     0.28     12       2,731    9.0           2,678
gap by SQL ``lead()``   0.33     13       2,301    9.7           2,580
======================  =======  =======  =======  ============  =============

The /8 costs 0.97 times the /24, the sweep 6,522 times ours. "Who had it" among 5 million periods,
through the ORM: p50 1.1 ms, p99 2.0 (0.7 and 1.1 to 1.3 by itself), by the exclusion's index; with
other work on both cores the p99 was up to 90. Eight workers: 1,600 of 1,600 served, none twice, no
replay.
"""

import os
import random
import statistics
import threading
import time
from contextlib import closing
from datetime import datetime, timedelta

import psycopg2
from psycopg2 import sql
from psycopg2.errors import SerializationFailure

from odoo.sql_db import connection_info_for, db_connect
from odoo.tools import SQL

LARGE = os.environ.get("SILVER_BENCH_LARGE") == "1"
FILL = os.environ.get("SILVER_BENCH_FILL") == "1"
WORKERS = 8
ROUNDS = 200
CHUNK = 500_000


def measure(act, rounds=ROUNDS):
    """:return: (p50, p99) in milliseconds"""
    times = []
    for _round in range(rounds):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    return statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.99))]


def show(label, values, reference=None):
    ratio = f"   {values[0] / reference:8.1f} x" if reference else ""
    print(f"{label:58} p50 {values[0]:10.3f} ms   p99 {values[1]:10.3f} ms{ratio}", flush=True)


class Bench:
    def __init__(self, env):
        self.env = env
        self.cr = env.cr
        bases, partners = env["isp.base.station"], env["res.partner"]
        self.base = bases.search([("code", "=", "BENCH")], limit=1) or bases.create(
            {"code": "BENCH", "name": "Benchmark"}
        )
        self.partner = partners.search([("ref", "=", "BENCH")], limit=1) or partners.create(
            {"name": "Benchmark", "ref": "BENCH"}
        )

    def at_rest(self, table):
        """What was filled is committed, its statistics known, its pages clean."""
        self.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        if not LARGE:
            return
        self.cr.commit()
        with closing(psycopg2.connect(self.dsn())) as connection:
            connection.autocommit = True
            with connection.cursor() as cr:
                cr.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))

    def dsn(self):
        info = dict(connection_info_for(self.cr.dbname)[1])
        info["dbname"] = info.pop("database")
        return " ".join(f"{key}={value}" for key, value in info.items() if value)

    def pool(self, cidr, plen, used):
        """A pool with its first ``used`` units taken, each by a row as the allocator leaves it."""
        pools = self.env["isp.ip.pool"]
        if pool := pools.search([("label", "=", cidr), ("base_station_id", "=", self.base.id)]):
            return pool
        pool = self.env["isp.ip.pool"].create(
            {
                "label": cidr,
                "cidr": cidr,
                "alloc_plen": plen,
                "base_station_id": self.base.id,
                "exclude_edges": False,
            }
        )
        self.env.flush_all()
        # filled without the history, which has its own measure below
        self.cr.execute("ALTER TABLE isp_ip_reservation DISABLE TRIGGER USER")
        for first in range(0, used, CHUNK):  # foreign keys are checked at the end of each command
            self.cr.execute(
                SQL(
                    """
                    INSERT INTO isp_ip_reservation (pool_id, unit, state, purpose, partner_id,
                        pool_cidr, company_id, base_station_id, domain_id, alloc_plen, pool_retired)
                    SELECT p.id, n, 'reserved', 'customer', %s, p.cidr, p.company_id,
                        p.base_station_id, p.domain_id, p.alloc_plen, false
                    FROM isp_ip_pool p, generate_series(%s, %s) n WHERE p.id = %s
                    """,
                    self.partner.id,
                    first,
                    min(first + CHUNK, used) - 1,
                    pool.id,
                )
            )
        self.cr.execute("ALTER TABLE isp_ip_reservation ENABLE TRIGGER USER")
        self.cr.execute(SQL("SELECT setval(isp_ip_sequence(%s)::regclass, %s)", pool.id, used - 1))
        self.at_rest("isp_ip_reservation")
        return pool

    def take_sql(self, pool):
        self.cr.execute(
            SQL(
                "SELECT * FROM isp_ip_take(ARRAY[%s], NULL, %s, NULL, 'reserved', NULL, false)",
                pool.id,
                self.partner.id,
            )
        )

    def take_orm(self, pool):
        return pool.action_take(count=1, partner_id=self.partner.id)

    def netbox_sweep(self, pool):
        """Every address of the prefix that is not in the set of the taken: what is left, the
        first.
        """
        network = pool._network()
        self.cr.execute(SQL("SELECT unit FROM isp_ip_reservation WHERE pool_id = %s", pool.id))
        taken = {unit for (unit,) in self.cr.fetchall()}
        size = 1 << (pool.alloc_plen - network.prefixlen)
        return next(unit for unit in range(size) if unit not in taken)

    def fetch_all(self, pool):
        """Fetch the addresses in order and look for the first gap."""
        self.cr.execute(
            SQL("SELECT unit FROM isp_ip_reservation WHERE pool_id = %s ORDER BY unit", pool.id)
        )
        for expected, (unit,) in enumerate(self.cr.fetchall()):
            if unit != expected:
                return expected
        return None

    def lead_gap(self, pool):
        self.cr.execute(
            SQL(
                """
                SELECT unit + 1 FROM (SELECT unit, lead(unit) OVER (ORDER BY unit) AS following
                    FROM isp_ip_reservation WHERE pool_id = %s) gaps
                WHERE following IS DISTINCT FROM unit + 1 ORDER BY unit LIMIT 1
                """,
                pool.id,
            )
        )
        return self.cr.fetchone()

    def next_free(self):
        print("\nNext free address, pool half full; others on the same rows, ratio to ours")
        cases = [("10.1.0.0/24", 32), ("10.2.0.0/16", 32), ("2800:ffff::/40", 56)]
        if LARGE:
            cases += [("11.0.0.0/8", 32), ("2801:aa00::/32", 56)]
        first = None
        for cidr, plen in cases:
            length = int(cidr.split("/")[1])
            pool = self.pool(cidr, plen, 1 << (plen - length - 1))
            if FILL:
                continue
            name = f"{cidr} to /{plen}"
            rounds = 50 if plen - length <= 8 else ROUNDS
            ours = measure(lambda pool=pool: self.take_sql(pool), rounds)
            first = first or ours[0]
            show(f"{name}: silver, SQL (history written)", ours)
            show(
                f"{name}: silver, ORM action_take", measure(lambda p=pool: self.take_orm(p), rounds)
            )
            few = 3 if plen - length > 20 else 10
            show(
                f"{name}: NetBox's sweep",
                measure(lambda p=pool: self.netbox_sweep(p), few),
                ours[0],
            )
            show(
                f"{name}: fetch all (phpIPAM)",
                measure(lambda p=pool: self.fetch_all(p), few),
                ours[0],
            )
            show(f"{name}: SQL lead() gap", measure(lambda p=pool: self.lead_gap(p), few), ours[0])
            print(f"{'':58} against the /24: {ours[0] / first:.2f} x")
            if LARGE:  # the pool is committed, what was taken of it is not to be
                self.cr.rollback()
                self.env.invalidate_all(flush=False)

    def who_had(self):
        periods = 5_000_000 if LARGE else 200_000
        hosts = periods // 50
        print(f"\nWho had it, {periods:,} periods behind it")
        start = datetime(2020, 1, 1)
        domains = self.env["isp.routing.domain"]
        domain = domains.search([("name", "=", "Benchmark history")])
        if not domain:
            domain = domains.create({"name": "Benchmark history"})
            self.fill_history(domain, hosts, start)
        if FILL:
            return
        history = self.env["isp.ip.assignment.history"]

        def ask():
            host = random.randrange(hosts)
            address = f"10.{host >> 16}.{host >> 8 & 255}.{host & 255}"
            at = start + timedelta(days=random.randrange(990), seconds=random.randrange(86400))
            assert len(history._holders(address, at, domain.ids)) == 1

        measure(ask, 200)  # the first questions of a connection also read the catalog
        show("who had it: one question", measure(ask, 2000))
        self.cr.execute(
            SQL(
                "EXPLAIN SELECT id FROM isp_ip_assignment_history WHERE domain_id = %s AND "
                "ip_address >>="
                " '10.0.0.9'::inet AND tsrange(date_from, date_to) && tsrange(%s, %s)",
                domain.id,
                start,
                start + timedelta(seconds=1),
            )
        )
        plan = " ".join(line for (line,) in self.cr.fetchall())
        print("the plan uses the exclusion's index:", "one_holder" in plan)

    def fill_history(self, domain, hosts, start):
        self.cr.execute("ALTER TABLE isp_ip_assignment_history DISABLE TRIGGER USER")
        self.cr.execute(
            SQL(
                """
                INSERT INTO isp_ip_assignment_history (domain_id, ip_address, state, partner_id,
                date_from,
                    date_to, prev_hash)
                SELECT %s, '10.0.0.0'::inet + host, 'in_use', %s, %s + period * interval '20 days',
                    %s + (period + 1) * interval '20 days', ''
                FROM generate_series(0, %s) host, generate_series(0, 49) period
                """,
                domain.id,
                self.partner.id,
                start,
                start,
                hosts - 1,
            )
        )
        self.cr.execute("ALTER TABLE isp_ip_assignment_history ENABLE TRIGGER USER")
        self.at_rest("isp_ip_assignment_history")

    def parallel(self, each=200, think=0.01):
        """Eight workers, each with its own REPEATABLE READ transactions, on one pool."""
        cidr = "10.3.0.0/16"
        pool = self.pool(cidr, 32, 1)
        self.cr.commit()
        barrier, times, units, replays = threading.Barrier(WORKERS), [], [], []

        def work():
            with closing(db_connect(self.cr.dbname).cursor()) as cr:
                barrier.wait()
                for _n in range(each):
                    start = time.perf_counter()
                    while True:
                        try:
                            time.sleep(think / 2)  # the rest of a request, before and after
                            cr.execute(
                                SQL(
                                    "SELECT r_id FROM isp_ip_take(ARRAY[%s], NULL, %s, NULL,"
                                    " 'reserved', NULL, false)",
                                    pool.id,
                                    self.partner.id,
                                )
                            )
                            [(row,)] = cr.fetchall()
                            cr.execute(
                                SQL("SELECT unit FROM isp_ip_reservation WHERE id = %s", row)
                            )
                            [(unit,)] = cr.fetchall()
                            time.sleep(think / 2)
                            cr.commit()
                            break
                        except SerializationFailure:
                            cr.rollback()
                            replays.append(1)
                    units.append(unit)
                    times.append((time.perf_counter() - start - think) * 1000)

        threads = [threading.Thread(target=work) for _n in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        times.sort()
        asked = WORKERS * each
        print(
            f"\n{WORKERS} workers on {cidr}: {len(units)} of {asked} served,"
            f" {len(units) - len(set(units))} twice, {len(replays)} replays;"
            f" p50 {statistics.median(times):.1f} ms, p99 {times[int(asked * 0.99)]:.1f} ms"
        )


random.seed(1)
bench = Bench(env)  # noqa: F821 - env is the shell's
try:
    bench.next_free()
    bench.who_had()
    if LARGE and not FILL:
        bench.parallel()
finally:
    env.cr.rollback()  # noqa: F821
