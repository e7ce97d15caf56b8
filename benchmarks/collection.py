"""How fast the collection of a day decides, against asking each contract for its debt.

    ./silver shell < benchmarks/collection.py

Works in one transaction that is rolled back: nothing stays. ``SILVER_BENCH_N`` contracts (100,000)
with five charges each; all of them have one open and a third something overdue. Prints
CPU-independent ratios of one run on one machine, and the queries of each chunk of 5,000.

Measured with 100,000 contracts and 500,000 charges (two processors, busy with other work): asking
each 33/s; 1,000 at once 68 times that, 5,000 at once 88 times, the whole day with what it writes
down 56 times; 9 or 10 queries for a chunk of any size, 212 for the whole day.
"""

import os
import time

from odoo.fields import Command
from odoo.tools import SQL

N = int(os.environ.get("SILVER_BENCH_N", "100000"))
DAY = "2026-06-20"


def timed(label, act, count, reference=None):
    start = time.perf_counter()
    result = act()
    seconds = time.perf_counter() - start
    rate = count / seconds
    ratio = f"   {rate / reference:8.1f} x" if reference else ""
    print(f"{label:52} {seconds:8.2f} s {rate:10.0f} /s{ratio}", flush=True)
    return rate, result


class Bench:
    def __init__(self, env):
        self.env = env = env(context=dict(env.context, tracking_disable=True, isp_no_commit=True))
        self.company = env.company
        self.plan = env["product.product"].create(
            {
                "name": "Bench",
                "is_isp_plan": True,
                "plan_code": "BENCH-COL",
                "service_category": "tv",
                "taxes_id": [Command.clear()],
            }
        )
        env["isp.plan.price"].create(
            {"product_id": self.plan.id, "amount": 30, "effective_from": "2020-01-01"}
        )
        partner = env["res.partner"].create({"name": "Bench"})
        self.model = env["isp.contract"].create(
            {"partner_id": partner.id, "product_id": self.plan.id, "date_start": "2026-01-01"}
        )
        self.model.action_activate(date="2026-01-01")
        run = env["isp.billing.run"].create(
            {"period_key": "2026-01", "contract_ids": [Command.set(self.model.ids)]}
        )
        run.action_run()
        env.flush_all()
        timed("(contracts)", self.fill_contracts, N)
        timed("(charges)", self.fill_charges, 5 * N)
        self.env.cr.execute("ANALYZE isp_contract; ANALYZE isp_charge; ANALYZE isp_charge_payment")

    def columns(self, table, leave_out):
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND is_generated = 'NEVER' AND column_name <> ALL(%s) ORDER BY ordinal_position",
            [table, leave_out],
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def copy(self, table, record, changes, source):
        """Insert copies of a row, with some columns taken from the rows of ``source``."""
        names = self.columns(table, ["id", *changes])
        self.env.cr.execute(
            SQL(
                "INSERT INTO %(table)s (%(names)s, %(changed)s)"
                " SELECT %(kept)s, %(values)s FROM %(table)s model, %(source)s"
                " WHERE model.id = %(id)s",
                table=SQL.identifier(table),
                names=SQL(", ").join(map(SQL.identifier, names)),
                kept=SQL(", ").join(SQL.identifier("model", name) for name in names),
                changed=SQL(", ").join(map(SQL.identifier, changes)),
                values=SQL(", ").join(SQL(value.replace("%", "%%")) for value in changes.values()),
                source=SQL(source.replace("%", "%%")),
                id=record.id,
            )
        )

    def fill_contracts(self):
        many = f"generate_series(1, {N}) AS n"
        cr = self.env.cr
        self.copy(
            "res_partner",
            self.model.partner_id,
            {"name": "'Bench ' || n", "customer_code": "NULL"},
            many,
        )
        cr.execute("UPDATE res_partner SET commercial_partner_id = id WHERE name LIKE 'Bench %'")
        self.copy(
            "isp_contract",
            self.model,
            {"name": "'BENCH-' || p.id", "partner_id": "p.id", "state": "'draft'"},
            "(SELECT id FROM res_partner WHERE name LIKE 'Bench %') AS p",
        )
        for state in ("pending", "active"):
            cr.execute("UPDATE isp_contract SET state = %s WHERE name LIKE 'BENCH-%%'", [state])

    def fill_charges(self):
        charge = self.model.isp_charge_ids[:1]
        for month in range(2, 7):
            self.env["isp.billing.period"]._for_keys([f"2026-{month:02}"], self.company)
        self.env.flush_all()
        self.copy(
            "isp_charge",
            charge,
            {
                "contract_id": "c.id",
                "partner_id": "c.partner_id",
                "period_id": "period.id",
                "period_key": "period.period_key",
                "service_start": "period.date_start",
                "service_end": "period.date_end",
                "charge_date": "period.date_start",
                "due_date": "CASE WHEN period.period_key = '2026-06' AND c.id % 3 > 0"
                " THEN date '2026-06-25' ELSE period.date_start + 10 END",
                "state": "CASE WHEN period.period_key = '2026-06' AND c.id % 10 = 0 THEN"
                " 'partially_paid' WHEN period.period_key = '2026-06' THEN 'invoiced'"
                " ELSE 'paid' END",
                "invoice_line_id": "NULL::int",
            },
            "(SELECT id, partner_id FROM isp_contract WHERE name LIKE 'BENCH-%') AS c,"
            " (SELECT * FROM isp_billing_period WHERE period_key BETWEEN '2026-02' AND '2026-06'"
            f" AND company_id = {self.company.id}) AS period",
        )
        self.env.cr.execute(
            """
            INSERT INTO isp_charge_payment (charge_id, move_id, source, amount, applied_on,
                   company_id, contract_id, partner_id, period_key)
            SELECT id, move_id, 'entry', 1, charge_date, company_id, contract_id, partner_id,
                   period_key FROM isp_charge
             WHERE state = 'partially_paid' AND contract_id IN (
                   SELECT id FROM isp_contract WHERE name LIKE 'BENCH-%')
            """
        )
        self.env.invalidate_all()

    def collection(self):
        env = self.env
        day = env["isp.contract"]._day(DAY)
        contracts = env["isp.contract"].search([("name", "like", "BENCH-%")])
        few = contracts[:: max(len(contracts) // 300, 1)]

        def asking_each():
            owing = 0
            for contract in few:
                contract.invalidate_recordset()
                owing += contract.isp_overdue > 0
            return owing

        slow, _owing = timed("asking each for its debt (a sample)", asking_each, len(few))
        facts = env["isp.dunning.facts"]
        for size in (1000, 5000):
            before = env.cr.sql_log_count
            timed(
                f"deciding about {size} at once",
                lambda size=size: facts._decide(contracts[:size].ids, day),
                size,
                slow,
            )
            print(f"    queries: {env.cr.sql_log_count - before}")
        run = env["isp.dunning.run"].create({"date": DAY})
        before = env.cr.sql_log_count
        timed("the whole day: who, what, why, written down", run._plan, len(contracts), slow)
        print(f"    queries: {env.cr.sql_log_count - before}")
        before = env.cr.sql_log_count
        timed("the same again", run._plan, len(contracts), slow)
        env.invalidate_all()
        print(
            f"    to cut {run.suspend_count}, to warn {run.warn_count}, lines "
            f"{env['isp.dunning.run.line'].search_count([('run_id', '=', run.id)])}"
        )


bench = Bench(env)  # noqa: F821 (given by the shell)
try:
    bench.collection()
finally:
    env.cr.rollback()  # noqa: F821
