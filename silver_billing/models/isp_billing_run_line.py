from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.silver_base.tools.sqlrows import array

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
    # who and when is said by the run, which alone writes its lines
    _log_access = False

    run_id = fields.Many2one("isp.billing.run", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="run_id.company_id")
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
    charge_id = fields.Many2one("isp.charge", compute="_compute_charge_id")
    move_id = fields.Many2one("account.move", string="Invoice", compute="_compute_charge_id")

    _contract_uniq = models.UniqueIndex(
        "(run_id, contract_id)", "A contract is once in each billing run."
    )
    # few of a run are not done, and those are looked for
    _left_idx = models.Index("(run_id, state, partner_id) WHERE state IN ('todo', 'error')")

    @api.depends("contract_id.isp_charge_ids.move_id", "run_id.period_id")
    def _compute_charge_id(self):
        found = {
            (contract, period): charge
            for contract, period, charge in self.env["isp.charge"]._read_group(
                [
                    ("contract_id", "in", self.contract_id.ids),
                    ("period_id", "in", self.run_id.period_id.ids),
                    ("kind", "=", "recurring"),
                ],
                ["contract_id", "period_id"],
                ["id:recordset"],
            )
        }
        for line in self:
            line.charge_id = found.get((line.contract_id, line.run_id.period_id))
            line.move_id = line.charge_id.move_id

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
        charged = self._charged_amounts(period)
        before = self._charged_amounts(run._previous_period())
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
            values.append((line.id, state, amount, previous or 0.0, anomaly, error or None))
        self._write_values(values)

    def _write_values(self, values):
        """:param values: list of (id, state, amount, previous amount, anomaly, error)"""
        self.env.cr.execute(
            SQL(
                """
                UPDATE isp_billing_run_line line SET state = data.state, amount = data.amount,
                       previous_amount = data.previous_amount, anomaly = data.anomaly,
                       error = data.error
                  FROM unnest(%s::int[], %s::varchar[], %s::numeric[], %s::numeric[],
                              %s::varchar[], %s::varchar[])
                       AS data (id, state, amount, previous_amount, anomaly, error)
                 WHERE line.id = data.id
                """,
                *map(array, zip(*values, strict=True)),
            )
        )
        self.invalidate_recordset()

    def _charged_amounts(self, period):
        """:return: dict contract id -> amount of its recurring charge of the period"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contract_id, amount FROM isp_charge
                 WHERE contract_id = ANY(%s::int[]) AND period_id = %s AND kind = 'recurring'
                """,
                array(self.contract_id.ids),
                period.id or None,
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
        self.fetch(["run_id", "contract_id"])
        run, contracts = self.run_id, self.contract_id
        period = run.period_id
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
        self._note_outcomes(run, outcomes, rows, planned + undocumented)

    def _note_outcomes(self, run, outcomes, wanted, made):
        """Write on the lines what their contracts were charged, or why not.

        :param outcomes: list of Outcome of their contracts
        :param wanted: rows of the charges that were worked out
        :param made: those of them that were made
        """
        others = self - self._note_made(run, made)
        charged = others._charged_amounts(run.period_id)
        previous = others._charged_amounts(run._previous_period())
        missing = {item.contract_id: item.missing_price for item in outcomes}
        clashing = {row["contract_id"] for row in wanted} - set(charged)
        values = []
        for line in others:
            contract_id = line.contract_id.id
            state, error = "done" if contract_id in charged else "skipped", None
            anomaly = line.anomaly or None
            if missing[contract_id]:
                state, anomaly = "error", "missing_price"
                error = line._missing_price_text(missing[contract_id])
            elif contract_id in clashing:
                state = "error"
                error = self.env._(
                    "%(contract)s: those days are already covered by another recurring charge. "
                    "Look "
                    "at its charges and at “calendar starts on”.",
                    contract=line.contract_id.name,
                )
            amount = charged.get(contract_id, 0.0)
            before_that = previous.get(contract_id, 0.0)
            values.append((line.id, state, amount, before_that, anomaly, error))
        if values:
            others._write_values(values)

    def _note_made(self, run, rows):
        """Write on the lines the charges that were just made.

        :return: those lines
        """
        done = self.env.execute_query(
            SQL(
                """
                UPDATE isp_billing_run_line line
                   SET state = 'done', amount = made.amount, error = NULL,
                       previous_amount = COALESCE(before.amount, 0)
                  FROM unnest(%s::int[], %s::numeric[]) AS made (contract_id, amount)
                  LEFT JOIN isp_charge before ON before.contract_id = made.contract_id
                   AND before.kind = 'recurring' AND before.period_id = %s
                 WHERE line.run_id = %s AND line.contract_id = made.contract_id
                RETURNING line.id
                """,
                array([row["contract_id"] for row in rows]),
                array([row["amount"] for row in rows]),
                run._previous_period().id or None,
                run.id,
            )
        )
        self.invalidate_recordset(["state", "amount", "error", "previous_amount"])
        return self.browse(row[0] for row in done)
