"""How fast is billing, against the addon most people would use and against Odoo's own way.

    ./silver shell -d DATABASE < benchmarks/billing.py

Works in one transaction that is undone: nothing stays. With ``SILVER_BENCH_COMMIT=1`` it commits as
the real run does; give it a copy of a database then (``createdb -T silver bench``).

``SILVER_BENCH_N`` contracts, one size or several (``1000,10000``; 500). ``SILVER_BENCH_PARTS``:
which of ``charges,invoices,payments,collection`` (all). ``SILVER_BENCH_DAYS``: how many billing
days they have (1); invoices of other days are other shapes.

The peer is OCA's ``contract`` (PyPI ``odoo-addon-contract``, 19.0.1.2.1). It is no part of the
suite; to compare with it, unpack it anywhere and install it in the copy:

    pip download --no-deps odoo-addon-contract && unzip -d peer odoo_addon_contract-*.whl
    createdb -T silver bench
    odoo server -d bench --addons-path=.,peer/odoo/addons -i contract --stop-after-init
    SILVER_BENCH_COMMIT=1 SILVER_BENCH_N=1000,10000 \\
        odoo shell -d bench --addons-path=.,peer/odoo/addons --no-http < benchmarks/billing.py

Without it, its lines are left out; ``SILVER_BENCH_SLOW_UP_TO`` leaves it, and the run through Odoo,
out of larger sizes. *ms* is processor time (this process and its
PostgreSQL backend) for each one, which a busy machine disturbs less than the clock; *x* compares
*ms* within the run.

Measured on 21 November 2026, two cores and nothing else running, PostgreSQL 15, committed, one plan
with one tax:

    contracts                                     10,000
    OCA contract, drafts and posted               47.3 ms                21 /s
    billing run through Odoo, charges included    9.3 ms    5.1 x       106 /s
    billing run in bulk, charges included         0.444 ms  107 x     2,137 /s
    the same run again                            0.007 ms
    in bulk, 4 or 28 billing days instead of one  0.55 ms, 0.64 ms
    memory of the run                             flat                  (OCA contract +362 MB)

    contracts                                     100,000
    billing run in bulk                           0.483 ms            2,047 /s, 1.07 x 10,000's
    the same day, with the tests running beside it:
    charges: 100,000 in bulk, 5.1 x the same INSERT for each row (0.088 ms against 0.454)
    payments: 200 at once 21 ms, 7.8 x the register-payment wizard (166 ms)

Of 0.44 ms some 0.35 are PostgreSQL's: a contract's document, lines, charge, tax and line of the run
have some 64 foreign keys with a value, which it checks one by one at 3.5 microseconds. Another run,
1,000 and 10,000 in one database with the project's tests beside it: 59 and 105 x in bulk, 4.8 and
5.5 x through Odoo, an invoice at 10,000 costing 0.80 and 1.23 times one at 1,000.
"""

import json
import os
import time
from datetime import date

from odoo.fields import Command
from odoo.tools import SQL

SIZES = [int(size) for size in os.environ.get("SILVER_BENCH_N", "500").split(",")]
PARTS = os.environ.get("SILVER_BENCH_PARTS", "charges,invoices,payments,collection").split(",")
SLOW_UP_TO = int(os.environ.get("SILVER_BENCH_SLOW_UP_TO", "100000"))
COMMIT = bool(os.environ.get("SILVER_BENCH_COMMIT"))
CHARGE_ROWS = int(os.environ.get("SILVER_BENCH_CHARGES", "10")) * max(SIZES)
DAYS = int(os.environ.get("SILVER_BENCH_DAYS", "1"))
TICK = os.sysconf("SC_CLK_TCK")


class Clock:
    """Processor time of this process and of its backend, and memory."""

    def __init__(self, env):
        self.env = env
        env.cr.execute("SELECT pg_backend_pid()")
        self.pids = (os.getpid(), env.cr.fetchone()[0])

    def cpu(self):
        total = 0
        for pid in self.pids:
            with open(f"/proc/{pid}/stat") as stat:
                total += sum(map(int, stat.read().rsplit(")", 1)[1].split()[11:13]))
        return total / TICK

    @staticmethod
    def memory(name):
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024

    def time(self, label, act, count, reference=None):
        """:return: (ms of processor for each one, result)"""
        with open("/proc/self/clear_refs", "w") as refs:
            refs.write("5")  # the peak starts again from here
        before, cpu, start = self.memory("VmRSS"), self.cpu(), time.perf_counter()
        result = act()
        self.env.cr.flush()
        if COMMIT:
            self.env.cr.commit()
        wall, spent = time.perf_counter() - start, self.cpu() - cpu
        each = max(1000 * spent / count, 1e-6)
        ratio = f"{reference / each:9.1f} x" if reference else " " * 11
        print(
            f"{label:58} {count / wall:9.0f} /s {each:9.3f} ms {ratio}"
            f" {self.memory('VmHWM') - before:+6.0f} MB",
            flush=True,
        )
        return each, result


class Bench:
    def __init__(self, env, size, clock):
        context = {"tracking_disable": True}
        if not COMMIT:
            context["isp_no_commit"] = True
        self.env = env = env(context=dict(env.context, **context))
        self.size, self.clock = size, clock
        self.company = env.company
        self.company.isp_mail_invoices = False
        self.plan = env["product.product"].create(
            {
                "name": f"Bench {size}",
                "is_isp_plan": True,
                "plan_code": f"BENCH{size}-{os.getpid()}",
                "service_category": "tv",
                "taxes_id": [Command.set(self.company.account_sale_tax_id.ids)],
            }
        )
        env["isp.plan.price"].create(
            {"product_id": self.plan.id, "amount": 30, "effective_from": "2020-01-01"}
        )
        partner = env["res.partner"].create({"name": f"Bench {size} 0"})
        first = env["isp.contract"].create(
            {"partner_id": partner.id, "product_id": self.plan.id, "date_start": "2026-01-01"}
        )
        first.action_activate(date="2026-01-01")
        env.flush_all()
        self.contracts = first | self.copies(first, partner, size - 1)
        self.keep()
        print(f"\n--- {size} contracts", flush=True)

    def copies(self, first, partner, count):
        """Customers and contracts like the first, by SQL: making them is not what is measured."""

        def insert(table, source_id, own):
            self.env.cr.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                " AND NOT attisdropped AND attname <> ALL(%s)",
                [table, ["id", *own]],
            )
            shared = [SQL.identifier(row[0]) for row in self.env.cr.fetchall()]
            rows = self.env.execute_query(
                SQL(
                    "INSERT INTO %(table)s (%(names)s) SELECT %(values)s FROM %(table)s,"
                    " generate_series(1, %(count)s) AS n WHERE %(table)s.id = %(source)s"
                    " RETURNING id",
                    table=SQL.identifier(table),
                    names=SQL(", ").join([*shared, *map(SQL.identifier, own)]),
                    values=SQL(", ").join([*shared, *own.values()]),
                    count=count,
                    source=source_id,
                )
            )
            return [row[0] for row in rows]

        label = SQL("%s || n", f"Bench {self.size} {os.getpid()} ")
        partners = insert(
            "res_partner",
            partner.id,
            {"name": label, "complete_name": label, "customer_code": SQL("NULL")},
        )
        self.env.cr.execute(
            "UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s)", [partners]
        )
        own = {
            "name": label,
            "partner_id": SQL("n + %s", partners[0] - 1) if partners else SQL("n"),
            "billing_day": SQL("1 + n %% %s", DAYS),
            "external_code": SQL("NULL"),
        }
        # the state guard lets a contract begin as a draft only
        self.env.cr.execute("ALTER TABLE isp_contract DISABLE TRIGGER isp_contract_state_guard")
        ids = insert("isp_contract", first.id, own)
        self.env.cr.execute("ALTER TABLE isp_contract ENABLE TRIGGER isp_contract_state_guard")
        assert not partners or partners[-1] - partners[0] == count - 1, "ids with gaps"
        self.env.invalidate_all(flush=False)
        return self.env["isp.contract"].browse(ids)

    def keep(self):
        self.env.cr.flush()
        if COMMIT:
            self.env.cr.commit()
            self.env.cr.execute("ANALYZE")  # what autovacuum does between two months
            self.env.cr.commit()
        self.env.invalidate_all()

    # === charges === #

    def rows(self, key, contracts=None):
        period = self.env["isp.billing.period"]._for_keys([key], self.company)[key]
        contracts = self.contracts if contracts is None else contracts
        found = contracts._isp_period_outcomes(period.date_start, period.date_end)
        return contracts._isp_charge_rows(found, period)

    def computed(self, keys):
        for key in keys:
            for start in range(0, self.size, 2000):
                yield self.rows(key, self.contracts[start : start + 2000])

    def charges(self):
        model = self.env["isp.charge"]
        months = max(1, CHARGE_ROWS // self.size)
        keys = [f"{2031 + n // 12}-{n % 12 + 1:02d}" for n in range(3 * months)]
        first = list(self.computed(keys[:months]))
        columns = [*first[0][0], "create_uid", "write_uid", "create_date", "write_date"]
        log = [self.env.uid, self.env.uid, self.env.cr.now(), self.env.cr.now()]
        names = SQL(", ").join(map(SQL.identifier, columns))
        place = columns.index("computation")

        def by_row(chunks):
            for row in (row for chunk in chunks for row in chunk):
                values = [*row.values(), *log]
                values[place] = json.dumps(values[place])
                self.env.cr.execute(
                    SQL(
                        "INSERT INTO isp_charge (%s) VALUES %s ON CONFLICT DO NOTHING",
                        names,
                        tuple(values),
                    )
                )

        def by_orm():
            for contract in self.contracts[:200]:
                model.create({"contract_id": contract.id, "amount": 30})
                self.env.flush_all()

        count = months * self.size
        few = min(200, self.size)
        slow, _none = self.clock.time("charges: create() of each one", by_orm, few)
        self.keep()
        raw, _none = self.clock.time(
            "charges: the same INSERT for each row", lambda: by_row(first), count, slow
        )
        second = list(self.computed(keys[months : 2 * months]))
        self.keep()
        self.clock.time(
            "charges: bulk, rows at hand (x INSERT of each row)",
            lambda: [model._insert_rows(chunk) for chunk in second],
            count,
            raw,
        )
        self.keep()
        self.clock.time(
            "charges: bulk, worked out, explained (x create)",
            lambda: [model._insert_rows(chunk) for chunk in self.computed(keys[2 * months :])],
            count,
            slow,
        )
        self.env.cr.execute(
            "UPDATE isp_charge SET state = 'void', reason = 'courtesy'"
            " WHERE contract_id = ANY(%s) AND state = 'pending'",
            [self.contracts.ids],
        )
        self.keep()

    # === invoices === #

    def peer(self):
        """:return: ms of the peer for each posted invoice; None without it"""
        if "contract.contract" not in self.env or self.size > SLOW_UP_TO:
            return None
        env = self.env(context={})
        contracts = env["contract.contract"].create(
            [
                {
                    "name": f"Bench {contract.id}",
                    "partner_id": contract.partner_id.id,
                    "contract_type": "sale",
                    "contract_line_ids": [
                        Command.create(
                            {
                                "product_id": self.plan.id,
                                "name": "Service #START# - #END#",
                                "quantity": 1,
                                "price_unit": 30,
                                "recurring_rule_type": "monthly",
                                "recurring_interval": 1,
                                "date_start": "2026-03-01",
                                "recurring_next_date": "2026-03-01",
                            }
                        )
                    ],
                }
                for contract in self.contracts
            ]
        )
        self.keep()
        draft, _none = self.clock.time(
            "invoices: OCA contract, drafts",
            lambda: env["contract.contract"].cron_recurring_create_invoice(date(2026, 3, 1)),
            self.size,
        )
        lines = env["account.move.line"].search(
            [("contract_line_id.contract_id", "in", contracts.ids)]
        )
        moves = lines.move_id
        assert len(moves) == self.size, len(moves)
        post, _none = self.clock.time(
            "invoices: OCA contract, posted", lambda: moves._post(soft=False), self.size
        )
        contracts.write({"active": False})
        self.keep()
        print(f"{'invoices: OCA contract, in all':58} {'':12} {draft + post:9.3f} ms", flush=True)
        return draft + post

    def one_by_one(self):
        for contract in self.contracts[:50]:
            move = self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": contract.partner_id.id,
                    "invoice_date": "2026-03-01",
                    "invoice_line_ids": [
                        Command.create({"product_id": self.plan.id, "price_unit": 30})
                    ],
                }
            )
            move._post(soft=False)
            self.env.flush_all()

    def run(self, key):
        run = self.env["isp.billing.run"].create(
            {"period_key": key, "contract_ids": [Command.set(self.contracts.ids)]}
        )
        self.keep()
        return run

    def invoices(self):
        peer = self.peer()
        few = min(50, self.size)
        self.clock.time("invoices: create and post of each one", self.one_by_one, few, peer)
        found = {}
        for in_bulk, key, label in (
            (False, "2026-04", "invoices: billing run through Odoo, charges included"),
            (True, "2026-05", "invoices: billing run in bulk, charges included"),
        ):
            if not in_bulk and self.size > SLOW_UP_TO:
                continue
            self.company.isp_bulk_posting = in_bulk
            run = self.run(key)
            found[in_bulk], _none = self.clock.time(label, run.action_run, self.size, peer)
            assert run.state == "done" and run.invoice_count == self.size, run.state
            assert bool(run.bulk_count) == in_bulk, run.bulk_count
            self.keep()
        self.clock.time("invoices: the same run again", run.action_run, self.size, peer)
        return found

    # === payments === #

    def payments(self):
        count = min(self.size, 1000)
        chosen = self.contracts[:count]
        invoices = (
            self.env["isp.charge"]
            .search([("contract_id", "in", chosen.ids), ("state", "=", "invoiced")])
            .move_id
        )
        if not invoices:
            return
        few = invoices.filtered(lambda move: move.partner_id in chosen[:30].partner_id)[:30]

        def by_wizard():
            for invoice in few:
                self.env["account.payment.register"].with_context(
                    active_model="account.move", active_ids=invoice.ids
                ).create({})._create_payments()
                self.env.flush_all()

        slow, _none = self.clock.time("payments: wizard, one by one", by_wizard, len(few))

        def alone():
            for contract in chosen[30:60]:
                contract.action_register_payment(amount=34.5, method="transfer")
                self.env.flush_all()

        self.clock.time("payments: our verb, one by one", alone, 30, slow)
        rest = chosen[60:]
        rows = [{"contract_id": c.id, "amount": 34.5, "method": "gateway"} for c in rest]

        def together():
            for start in range(0, len(rows), 200):
                answers = self.env["isp.contract"].action_register_payments(
                    rows[start : start + 200]
                )
                assert not any(answer["error"] for answer in answers)
                self.env.flush_all()

        self.clock.time("payments: together, 200 at once", together, len(rows), slow)
        self.keep()

    # === collection === #

    def collection(self):
        day = self.env["isp.contract"]._day("2026-06-30")
        few = self.contracts[: min(self.size, 200)]

        def asking_each():
            for contract in few:
                contract.invalidate_recordset()
                self.env["isp.contract"].browse(contract.id).mapped("isp_overdue")

        slow, _none = self.clock.time("collection: asking each for its debt", asking_each, len(few))
        facts = self.env["isp.dunning.facts"]
        self.clock.time(
            "collection: a chunk at once",
            lambda: [
                facts._decide(self.contracts.ids[start : start + 1000], day)
                for start in range(0, self.size, 1000)
            ],
            self.size,
            slow,
        )


clock = Clock(env)  # noqa: F821 (given by the shell)
costs = {}
try:
    for size in SIZES:
        bench = Bench(env, size, clock)  # noqa: F821
        for part in ("invoices", "payments", "collection", "charges"):
            if part in PARTS:
                costs[part, size] = getattr(bench, part)()
    if "invoices" in PARTS and len(SIZES) > 1:
        small, large = min(SIZES), max(SIZES)
        for in_bulk, label in ((False, "through Odoo"), (True, "in bulk")):
            if in_bulk not in costs["invoices", large]:
                continue
            ratio = costs["invoices", large][in_bulk] / costs["invoices", small][in_bulk]
            print(f"cost of an invoice {label}, {large} against {small}: {ratio:.2f}", flush=True)
finally:
    env.cr.rollback()  # noqa: F821
