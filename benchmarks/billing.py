"""How fast is billing, against Odoo's own way of doing the same, one document at a time.

    .silver/odoo.sh shell -d DATABASE --no-http < benchmarks/billing.py        (or ./silver shell)

Works in one transaction that is rolled back: nothing stays. ``SILVER_BENCH_N`` contracts (500).
Prints CPU-independent ratios of one run on one machine:

* charges: our bulk insert against ``create`` of each charge, and against one INSERT for each row
* posted invoices: a billing run against ``create`` + ``_post`` of each invoice
* collection: the set-based decision against asking each contract for its debt
"""

import os
import time

from odoo.fields import Command
from odoo.tools import SQL

N = int(os.environ.get("SILVER_BENCH_N", "500"))


def timed(label, act, count, reference=None):
    start = time.perf_counter()
    result = act()
    rate = count / (time.perf_counter() - start)
    ratio = f"   {rate / reference:8.1f} x" if reference else ""
    print(f"{label:52} {rate:12.0f} /s{ratio}", flush=True)
    return rate, result


class Bench:
    def __init__(self, env):
        self.env = env = env(context=dict(env.context, tracking_disable=True, isp_no_commit=True))
        self.company = env.company
        self.plan = env["product.product"].create(
            {
                "name": "Bench",
                "is_isp_plan": True,
                "plan_code": "BENCH",
                "service_category": "tv",
                "taxes_id": [Command.set(self.company.account_sale_tax_id.ids)],
            }
        )
        env["isp.plan.price"].create(
            {"product_id": self.plan.id, "amount": 30, "effective_from": "2020-01-01"}
        )
        partners = env["res.partner"].create([{"name": f"Bench {i}"} for i in range(N)])
        self.contracts = env["isp.contract"].create(
            [
                {"partner_id": p.id, "product_id": self.plan.id, "date_start": "2026-01-01"}
                for p in partners
            ]
        )
        self.contracts.action_activate(date="2026-01-01")
        env.flush_all()

    def rows(self, key):
        period = self.env["isp.billing.period"]._for_keys([key], self.company)[key]
        outcomes = self.contracts._isp_period_outcomes(period.date_start, period.date_end)
        return self.contracts._isp_charge_rows(outcomes, period)

    def charges(self):
        rows = self.rows("2031-01")
        insert = SQL(
            "INSERT INTO isp_charge (%s) VALUES (%s)",
            SQL(", ").join(SQL.identifier(name) for name in rows[0] if name != "computation"),
            SQL(", ").join(SQL("%%s") for name in rows[0] if name != "computation"),
        ).code.replace("%%", "%")

        def by_row():
            for row in rows:
                values = [value for name, value in row.items() if name != "computation"]
                self.env.cr.execute(insert, values)

        def by_orm():
            for contract in self.contracts:
                self.env["isp.charge"].create({"contract_id": contract.id, "amount": 30})
            self.env.flush_all()

        slow, _none = timed("charges: create() of each one", by_orm, N)
        raw, _none = timed("charges: one INSERT for each row", by_row, N, slow)
        timed(
            "charges: bulk, computed and explained",
            lambda: self.env["isp.charge"]._insert_rows(self.rows("2031-02")),
            N,
            slow,
        )
        third = self.rows("2031-03")
        timed(
            "charges: bulk, rows at hand (x one INSERT each)",
            lambda: self.env["isp.charge"]._insert_rows(third),
            N,
            raw,
        )
        self.env.cr.execute(
            "UPDATE isp_charge SET state = 'void', reason = 'courtesy' WHERE contract_id = ANY(%s)",
            [self.contracts.ids],
        )
        self.env.invalidate_all()

    def invoices(self):
        few = self.contracts[: min(N, 100)]

        def one_by_one():
            for contract in few:
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

        slow, _none = timed("invoices: create and post of each one", one_by_one, len(few))
        run = self.env["isp.billing.run"].create(
            {"period_key": "2026-03", "contract_ids": [Command.set(self.contracts.ids)]}
        )
        timed("invoices: billing run, charges included", run.action_run, N, slow)
        timed("invoices: the same run again", run.action_run, N, slow)

    def collection(self):
        day = self.env["isp.contract"]._day("2026-04-30")
        few = self.contracts[: min(N, 200)]

        def asking_each():
            for contract in few:
                contract.invalidate_recordset()
                self.env["isp.contract"].browse(contract.id).mapped("isp_overdue")

        slow, _none = timed("collection: asking each for its debt", asking_each, len(few))
        facts = self.env["isp.dunning.facts"]
        timed(
            "collection: a chunk at once", lambda: facts._decide(self.contracts.ids, day), N, slow
        )


bench = Bench(env)  # noqa: F821 (given by the shell)
try:
    bench.charges()
    bench.invoices()
    bench.collection()
finally:
    env.cr.rollback()  # noqa: F821
