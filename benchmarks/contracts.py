"""Suspending contracts, and opening their screens, against what Odoo does with plain records.

    .silver/odoo.sh shell -d DATABASE --no-http < benchmarks/contracts.py        (or ./silver shell)

On a database with the whole suite; works in one transaction that is rolled back: nothing stays.
``SILVER_BENCH_N`` contracts are suspended (10,000), ``SILVER_BENCH_ROWS`` listed (100,000).

* suspension: one ``action_suspend`` of all (business transaction: state, event, pauses, the intent
  for the network; not the network) against as many ORM writes of one field, and its queries per
  1,000 contracts
* screens: the calls that the web client makes when it opens the list, the kanban and the pivot of
  contracts, against those of the list of ``res.partner`` with as many rows

2026-11-21, two cores, load 2. Times the list of partners, 100,000 rows each (goal 2): list 0.98,
kanban 1.19, pivot 0.99. Suspension of 10,000 with 20,000 network targets: 2.42 times the writes
(goal 3), 16 queries per 1,000; the other way 2.94.
"""

import os
import statistics
import time

from lxml import etree

from odoo.tools import SQL

N = int(os.environ.get("SILVER_BENCH_N", "10000"))
ROWS = int(os.environ.get("SILVER_BENCH_ROWS", "100000"))
LIVE = [("state", "in", ["pending", "active", "suspended"])]


class Bench:
    def __init__(self, env):
        self.env = env = env(context=dict(env.context, tracking_disable=True))
        self.base = env["isp.base.station"].create({"code": "BENCH", "name": "Bench"})
        self.plan = env["product.product"].create(
            {
                "name": "Bench",
                "is_isp_plan": True,
                "plan_code": "BENCH",
                "service_category": "internet",
                "access_technology": "pppoe",
                "download_mbps": 100,
                "upload_mbps": 50,
            }
        )
        env["isp.plan.price"].create(
            {"product_id": self.plan.id, "amount": 30, "effective_from": "2020-01-01"}
        )

    def contracts(self, count):
        """Active services, each with its customer, event and network target."""
        env, contracts = self.env, self.env["isp.contract"]
        for start in range(0, count, 1000):
            size = min(1000, count - start)
            partners = env["res.partner"].create([{"name": f"Bench {i}"} for i in range(size)])
            new = contracts.create(
                [
                    {
                        "partner_id": partner.id,
                        "product_id": self.plan.id,
                        "base_station_id": self.base.id,
                        "date_start": "2026-01-01",
                    }
                    for partner in partners
                ]
            )
            new.action_activate(date="2026-01-01")
            env.flush_all()
            contracts |= new
        return contracts

    def timed(self, act):
        """:return: (seconds, queries) of ``act`` as a request of its own: nothing in the cache"""
        self.env.flush_all()
        self.env.invalidate_all()
        queries, start = self.env.cr.sql_log_count, time.perf_counter()
        act()
        self.env.flush_all()
        return time.perf_counter() - start, self.env.cr.sql_log_count - queries

    def suspension(self):
        contracts = self.contracts(N)
        targets = self.env["isp.provisioning.target"].search_count(
            [("contract_id", "in", contracts.ids)]
        )
        print(f"{N} active contracts, {targets} network targets", flush=True)

        def plain(records):
            def act():
                for record in records:
                    record.write({"external_code": f"B{record.id}"})

            return act

        def once(records, verb, **kwargs):
            return self.timed(lambda: getattr(records, verb)(**kwargs))

        few = contracts[:1000]
        once(contracts[-10:], "action_suspend", reason="technical")  # warm
        once(contracts[-10:], "action_resume", reason="technical")
        small = once(few, "action_suspend", reason="technical")
        once(few, "action_resume", reason="technical")
        write = self.timed(plain(contracts))
        whole = once(contracts, "action_suspend", reason="technical")
        back = once(contracts, "action_resume", reason="technical")
        print(f"{N} ORM writes of one field: {write[0]:.2f} s ({N / write[0]:.0f}/s)")
        for label, (spent, queries) in (("suspension", whole), ("reconnection", back)):
            print(
                f"{label} of {N} in one call: {spent:.2f} s ({N / spent:.0f}/s), "
                f"{spent / write[0]:.2f} times the writes, {queries * 1000 / N:.1f} queries "
                "per 1,000"
            )
        print(f"suspension of {len(few)}: {small[1] * 1000 / len(few):.1f} queries per 1,000")

    # === screens === #

    def clone(self, record, **changed):
        """:return: ids of ``ROWS`` copies of a row, by SQL; ``changed``: column = SQL of ``i``"""
        record.flush_recordset()
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s AND column_name <> 'id' AND is_generated = 'NEVER'",
            [record._table],
        )
        columns = [row[0] for row in self.env.cr.fetchall()]
        query = SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s r, generate_series(1, %s) i WHERE r.id = %s"
            " RETURNING id",
            SQL.identifier(record._table),
            SQL(", ").join(map(SQL.identifier, columns)),
            SQL(", ").join(
                SQL(changed[name]) if name in changed else SQL.identifier("r", name)
                for name in columns
            ),
            SQL.identifier(record._table),
            ROWS,
            record.id,
        )
        self.env.cr.execute(query)
        return [row[0] for row in self.env.cr.fetchall()]

    def rows(self):
        """As many partners and active contracts, written by SQL."""
        contract = self.contracts(1)
        name = "'Cliente ' || md5(i::text)"
        partners = self.clone(
            contract.partner_id, name=name, complete_name=name, customer_code="'BENCH' || i"
        )
        first = min(partners)
        # the state guard lets a contract be born as a draft only; the rows are the same
        self.env.cr.execute("ALTER TABLE isp_contract DISABLE TRIGGER isp_contract_state_guard")
        self.clone(
            contract,
            name="'BENCH/' || i",
            partner_id=f"{first} + i - 1",
            service_partner_id=f"{first} + i - 1",
            external_code="NULL",
            billing_day="1 + i %% 28",
            state="CASE WHEN i %% 20 = 0 THEN 'suspended' ELSE 'active' END",
        )
        self.env.cr.execute("ALTER TABLE isp_contract ENABLE TRIGGER isp_contract_state_guard")
        self.env.cr.execute("ANALYZE res_partner; ANALYZE isp_contract")
        self.env.invalidate_all()

    def specification(self, model, view):
        """:return: what the web client asks for: the fields of the view"""
        arch = etree.fromstring(self.env[model].get_views([(False, view)])["views"][view]["arch"])
        names = {"display_name"} if view == "list" else set()
        names |= {node.get("name") for node in arch.iter("field")}
        spec = {}
        for name in names:
            field = self.env[model]._fields[name]
            spec[name] = {"fields": {"display_name": {}}} if field.relational else {}
        return spec

    def list(self, model, domain):
        spec = self.specification(model, "list")
        return lambda: self.env[model].web_search_read(domain, spec, limit=80, count_limit=10001)

    def kanban(self):
        """Columns by state, with the cards of those that are open."""
        spec = self.specification("isp.contract", "kanban")
        contract = self.env["isp.contract"]
        return lambda: contract.web_read_group(
            LIVE,
            ["state"],
            ["__count"],
            auto_unfold=True,
            unfold_read_specification=spec,
            unfold_read_default_limit=40,
        )

    def pivot(self):
        sets = [[], ["product_id"], ["state"], ["product_id", "state"]]
        return lambda: self.env["isp.contract"].formatted_read_grouping_sets(
            LIVE, sets, ["__count"]
        )

    def median(self, act, times=9):
        self.timed(act)
        spent = [self.timed(act) for _turn in range(times)]
        return statistics.median(row[0] for row in spent), spent[-1][1]

    def screens(self):
        self.rows()
        reference, queries = self.median(self.list("res.partner", []))
        print(f"list of {ROWS} partners: {reference * 1000:.0f} ms, {queries} queries", flush=True)
        for label, act in (
            ("list", self.list("isp.contract", LIVE)),
            ("kanban", self.kanban()),
            ("pivot", self.pivot()),
        ):
            spent, queries = self.median(act)
            print(
                f"{label} of {ROWS} contracts: {spent * 1000:.0f} ms, "
                f"{spent / reference:.2f} times the list of partners, {queries} queries",
                flush=True,
            )


bench = Bench(env)  # noqa: F821 (given by the shell)
try:
    bench.screens()
    bench.suspension()
finally:
    env.cr.rollback()  # noqa: F821
