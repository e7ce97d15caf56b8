import json

from psycopg2 import IntegrityError

from odoo import fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

ANOMALIES = [
    ("missing_price", "No price"),
    ("zero", "Nothing charged"),
    ("doubled", "Much more than before"),
    ("dropped", "Much less than before"),
    ("gap", "Previous period not charged"),
    ("fiscal_data", "Customer without fiscal data"),
]
#: More than this times the previous amount is shown to a person.
JUMP = 1.5


class IspBillingRunLine(models.Model):
    """What a billing run found and did for one contract."""

    _name = "isp.billing.run.line"
    _description = "Billing Run Contract"
    _order = "run_id desc, partner_id, contract_id"
    _rec_name = "contract_id"

    run_id = fields.Many2one(
        "isp.billing.run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    contract_id = fields.Many2one(
        "isp.contract", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    state = fields.Selection(
        [
            ("todo", "To Do"),
            ("seen", "Seen"),
            ("done", "Done"),
            ("skipped", "Nothing to Charge"),
            ("error", "Set Aside"),
        ],
        required=True,
        readonly=True,
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    amount = fields.Monetary(readonly=True)
    previous_amount = fields.Monetary("Previous Period", readonly=True)
    anomaly = fields.Selection(ANOMALIES, readonly=True)
    error = fields.Char("What Is Wrong", readonly=True)
    charge_id = fields.Many2one("isp.charge", readonly=True, ondelete="set null")
    move_id = fields.Many2one(related="charge_id.move_id", string="Invoice")

    _contract_uniq = models.UniqueIndex(
        "(run_id, contract_id)", "A contract is once in each billing run."
    )
    _todo_idx = models.Index("(run_id, partner_id) WHERE state = 'todo'")

    # === preview === #

    def _preview(self):
        """Fill amounts and anomalies of ``self``; nothing is charged."""
        run = self.run_id
        period = run.period_id
        outcomes = {
            outcome.contract_id: outcome
            for outcome in self.contract_id._isp_period_outcomes(
                period.date_start, period.date_end, run.up_to
            )
        }
        charged = self._charged_amounts(period.period_key)
        before = self._charged_amounts(run._previous_key())
        values = []
        for line in self:
            outcome = outcomes[line.contract_id.id]
            already = charged.get(line.contract_id.id)
            previous = before.get(line.contract_id.id)
            state, amount = "seen", 0.0
            if already is not None or (outcome.result is None and not outcome.missing_price):
                state = "skipped"
            elif outcome.result:
                amount = float(outcome.result.amount)
            anomaly = None
            if state == "seen":
                anomaly = line._anomaly(outcome, amount, previous, period)
            error = line._missing_price_text(outcome.missing_price)
            values.append((line.id, state, amount, previous or 0.0, anomaly, error or None, None))
        self._write_values(values)

    def _write_values(self, values):
        names = ("id", "state", "amount", "previous_amount", "anomaly", "error", "charge_id")
        self.env.cr.execute(
            """
            UPDATE isp_billing_run_line line SET state = data.state, amount = data.amount,
                   previous_amount = data.previous_amount, anomaly = data.anomaly,
                   error = data.error, charge_id = data.charge_id
              FROM json_to_recordset(%s) AS data (id int, state varchar, amount numeric,
                   previous_amount numeric, anomaly varchar, error text, charge_id int)
             WHERE line.id = data.id
            """,
            [json.dumps([dict(zip(names, row, strict=True)) for row in values])],
        )
        self.invalidate_recordset()

    def _charged_amounts(self, key):
        """:return: dict contract id -> amount of its recurring charge of the month ``key``"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contract_id, amount FROM isp_charge
                 WHERE contract_id = ANY(%s) AND period_key = %s AND kind = 'recurring'
                """,
                self.contract_id.ids,
                key,
            )
        )
        return {row[0]: float(row[1]) for row in rows}

    def _anomaly(self, outcome, amount, previous, period):
        if outcome.missing_price:
            return "missing_price"
        if not amount and outcome.result.reason not in (
            "suspended",
            "voluntary_pause",
            "promotion",
        ):
            return "zero"
        whole = not outcome.result.computation.get("open_stop")
        if previous and whole and amount > previous * JUMP:
            return "doubled"
        if previous and whole and 0 < amount < previous / JUMP:
            return "dropped"
        if previous is None and self._was_served_before(outcome.result, period):
            return "gap"
        if self.partner_id._isp_fiscal_gaps():
            return "fiscal_data"
        return None

    def _was_served_before(self, result, period):
        terms = self.contract_id._isp_terms()
        return terms.months == 1 and terms.start < period.date_start and result.start > terms.start

    def _missing_price_text(self, day):
        if not day:
            return ""
        return self.env._(
            "%(contract)s: the plan %(plan)s has no price on %(day)s in %(currency)s. Add it in "
            "the "
            "price history of the plan.",
            contract=self.contract_id.name,
            plan=self.contract_id.product_id.display_name,
            day=day,
            currency=self.contract_id.currency_id.name,
        )

    # === run === #

    def _process(self):
        """Charge and invoice the contracts of ``self``; a bad one is set aside with its error.

        What fails is done again by halves, down to the customer who is the cause.
        """
        try:
            with self.env.cr.savepoint():
                self._charge_and_invoice()
        except (UserError, ValidationError, IntegrityError) as error:
            customers = self.partner_id.sorted("id")
            if len(customers) <= 1:
                self._set_aside(error)
                return
            first = customers[: len(customers) // 2]
            half = self.filtered(lambda line: line.partner_id in first)
            half._process()
            (self - half)._process()

    def _set_aside(self, error):
        text = str(error).strip()
        self.write({"state": "error", "error": text})

    def _charge_and_invoice(self):
        run = self.run_id
        period = run.period_id
        contracts = self.contract_id
        outcomes = contracts._isp_period_outcomes(period.date_start, period.date_end, run.up_to)
        rows = contracts._isp_charge_rows(outcomes, period)
        last = min(run.up_to or period.date_end, period.date_end)
        charges = self.env["isp.charge"]
        pending = charges.search(
            [
                ("contract_id", "in", contracts.ids),
                ("state", "=", "pending"),
                ("charge_date", "<=", last),
            ]
        )
        planned, undocumented = [], []
        for row in charges._without_clashes(rows):
            owed = row["state"] == "pending" and row["charge_date"] <= last
            (planned if owed else undocumented).append(row)
        charges._insert_rows(undocumented)
        pending._invoice(date=run.invoice_date, run=run, planned=planned)
        self._note_outcomes(outcomes, rows)

    def _note_outcomes(self, outcomes, rows):
        charges = {
            contract_id: (charge_id, float(amount))
            for contract_id, charge_id, amount in self.env.execute_query(
                SQL(
                    """
                    SELECT contract_id, id, amount FROM isp_charge
                     WHERE contract_id = ANY(%s) AND period_id = %s AND kind = 'recurring'
                    """,
                    self.contract_id.ids,
                    self.run_id.period_id.id,
                )
            )
        }
        wanted = {row["contract_id"] for row in rows}
        before = self._charged_amounts(self.run_id._previous_key())
        outcome_of = {outcome.contract_id: outcome for outcome in outcomes}
        values = []
        for line in self:
            contract_id = line.contract_id.id
            charge_id, amount = charges.get(contract_id, (None, 0.0))
            missing = outcome_of[contract_id].missing_price
            state, error = ("done", None) if charge_id else ("skipped", None)
            if missing:
                state, error = "error", line._missing_price_text(missing)
            elif contract_id in wanted and not charge_id:
                state = "error"
                error = self.env._(
                    "%(contract)s: those days are already covered by another recurring charge. "
                    "Look "
                    "at its charges and at “calendar starts on”.",
                    contract=line.contract_id.name,
                )
            anomaly = "missing_price" if missing else line.anomaly or None
            previous = before.get(contract_id, 0.0)
            values.append((line.id, state, amount, previous, anomaly, error, charge_id))
        self._write_values(values)
