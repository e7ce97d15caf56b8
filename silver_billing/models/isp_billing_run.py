from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..rules import calendar

#: Customers done and committed at once: some seconds of work. The invoice that Odoo works out for
#: each shape, and its twin, cost the same whatever the chunk.
CHUNK = 1000
BULK_CHUNK = 10000


class IspBillingRun(models.Model):
    """One run of the monthly billing: first what would be charged, then charges and invoices."""

    _name = "isp.billing.run"
    _description = "Billing Run"
    _inherit = "isp.planned.run.mixin"
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["period_key"]

    name = fields.Char(compute="_compute_name")
    period_key = fields.Char("Period", required=True, size=7, help="Year and month: YYYY-MM.")
    period_id = fields.Many2one(
        "isp.billing.period",
        string="Billing Period",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    up_to = fields.Date(
        "Charges Up To",
        help="Leave out charges of later days of the month. Empty: the whole period.",
    )
    invoice_date = fields.Date(help="Date of all the invoices. Empty: the charge date of each one.")
    contract_ids = fields.Many2many(
        "isp.contract",
        string="Only These Contracts",
        check_company=True,
        help="Empty: all the contracts that are billed.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("previewed", "Previewed"),
            ("running", "Running"),
            ("done", "Done"),
            ("attention", "Needs Attention"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    bulk_count = fields.Integer(
        "Invoices in Bulk",
        readonly=True,
        copy=False,
        help="How many of the invoices were written at once, as copies of one that Odoo did.",
    )
    line_ids = fields.One2many("isp.billing.run.line", "run_id", string="Contracts")
    move_ids = fields.One2many("account.move", "isp_run_id", string="Invoices")
    currency_id = fields.Many2one(related="company_id.currency_id")
    contract_count = fields.Integer("Number of Contracts", compute="_compute_totals")
    done_count = fields.Integer("Done Contracts", compute="_compute_totals")
    error_count = fields.Integer("Set Aside", compute="_compute_totals")
    anomaly_count = fields.Integer("Anomalies", compute="_compute_totals")
    invoice_count = fields.Integer("Number of Invoices", compute="_compute_totals")
    progress = fields.Float("Progress (%)", compute="_compute_totals")
    amount = fields.Monetary("To Charge", compute="_compute_totals")
    previous_amount = fields.Monetary("Previous Period", compute="_compute_totals")
    difference = fields.Monetary(compute="_compute_totals")

    @api.depends("period_key", "company_id")
    def _compute_name(self):
        for run in self:
            run.name = self.env._("Billing %(key)s", key=run.period_key or "")

    @api.depends("line_ids.state", "line_ids.amount", "move_ids")
    def _compute_totals(self):
        rows = self.env["isp.billing.run.line"]._read_group(
            [("run_id", "in", self.ids)],
            ["run_id", "state"],
            ["__count", "amount:sum", "previous_amount:sum"],
        )
        anomalies = dict(
            self.env["isp.billing.run.line"]._read_group(
                [("run_id", "in", self.ids), ("anomaly", "!=", False)], ["run_id"], ["__count"]
            )
        )
        invoices = dict(
            self.env["account.move"]
            .sudo()
            ._read_group([("isp_run_id", "in", self.ids)], ["isp_run_id"], ["__count"])
        )
        for run in self:
            of_run = [row for row in rows if row[0] == run]
            count = {state: number for _run, state, number, _amount, _before in of_run}
            run.contract_count = sum(count.values())
            run.error_count = count.get("error", 0)
            run.done_count = count.get("done", 0) + count.get("skipped", 0)
            run.anomaly_count = anomalies.get(run, 0)
            run.invoice_count = invoices.get(run, 0)
            run.amount = sum(row[3] for row in of_run)
            run.previous_amount = sum(row[4] for row in of_run)
            run.difference = run.amount - run.previous_amount
            run.progress = (
                100.0 * (run.done_count + run.error_count) / run.contract_count
                if run.contract_count
                else 0.0
            )

    @api.model_create_multi
    def create(self, vals_list):
        runs = super().create(vals_list)
        for run in runs:
            run._set_period()
        return runs

    def write(self, vals):
        result = super().write(vals)
        if "period_key" in vals:
            for run in self:
                if run.state not in ("draft", "previewed"):
                    raise UserError(self.env._("The period of a run that began does not change."))
                run._set_period()
        return result

    def _set_period(self):
        periods = self.env["isp.billing.period"].sudo()
        periods._month_of(self.period_key or "")
        period = periods._for_keys([self.period_key], self.company_id)[self.period_key]
        period._check_open()
        self.period_id = period
        if self.up_to and not period.date_start <= self.up_to:
            raise ValidationError(
                self.env._("%(run)s: “charges up to” is before the period.", run=self.name)
            )

    # === the run === #

    def _plan(self):
        """What each contract would be charged. Makes no charge."""
        self.line_ids.unlink()
        self._add_lines()
        self._in_chunks(self._take_todo, lambda lines: lines._preview())
        self.line_ids.filtered(lambda line: line.state == "seen").state = "todo"

    def _begin(self):
        self.period_id._check_open()
        if self.state != "running":
            self._add_lines()
            self._reopen_lines()
        return True

    def _count_in_bulk(self, count):
        """Note how many invoices were written in bulk."""
        self.env.cr.execute(
            SQL(
                "UPDATE isp_billing_run SET bulk_count = COALESCE(bulk_count, 0) + %s"
                " WHERE id = %s",
                count,
                self.id,
            )
        )
        self.invalidate_recordset(["bulk_count"])

    def _set_aside_summary(self, count):
        return self.env._("%(count)s contracts were not billed", count=count)

    # === lines === #

    def _add_lines(self):
        """One line for each contract that may be charged in the period and has none yet."""
        self.ensure_one()
        self.env.flush_all()
        period = self.period_id
        chosen = SQL(
            "SELECT isp_contract_id FROM isp_billing_run_isp_contract_rel"
            " WHERE isp_billing_run_id = %s",
            self.id,
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO isp_billing_run_line (run_id, contract_id, partner_id, state, amount,
                       previous_amount)
                SELECT %(run)s, contract.id, contract.partner_id, 'todo', 0, 0
                  FROM isp_contract contract
                 WHERE contract.company_id = %(company)s
                   AND contract.date_activation IS NOT NULL
                   AND contract.date_activation <= %(last)s
                   AND (contract.state IN ('active', 'suspended')
                        OR (contract.state = 'cancelled'
                            AND contract.date_end >= %(first)s - interval '1 month')
                        OR contract.id IN (SELECT contract_id FROM isp_charge
                                            WHERE state = 'pending'))
                   AND (contract.id IN (%(chosen)s) OR NOT EXISTS (%(chosen)s))
                    ON CONFLICT DO NOTHING
                """,
                run=self.id,
                company=self.company_id.id,
                first=period.date_start,
                last=period.date_end,
                chosen=chosen,
            )
        )
        self.env["isp.billing.run.line"].invalidate_model()
        self.invalidate_recordset()

    def _reopen_lines(self):
        """Look again at contracts that failed, had nothing to charge, or got a new charge since."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE isp_billing_run_line line SET state = 'todo', error = NULL
                 WHERE run_id = %s AND state <> 'todo' AND (state <> 'done'
                       OR EXISTS (SELECT FROM isp_charge pending
                                   WHERE pending.contract_id = line.contract_id
                                     AND pending.state = 'pending'))
                """,
                self.id,
            )
        )
        self.env["isp.billing.run.line"].invalidate_model()

    def _take(self, state):
        """:return: the next lines in ``state``, never a part of a customer's contracts"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM isp_billing_run_line
                 WHERE run_id = %(run)s AND state = %(state)s
                   AND partner_id <= (
                       SELECT MAX(partner_id) FROM (
                           SELECT DISTINCT partner_id FROM isp_billing_run_line
                            WHERE run_id = %(run)s AND state = %(state)s
                            ORDER BY partner_id LIMIT %(limit)s) next)
                 ORDER BY partner_id, contract_id
                """,
                run=self.id,
                state=state,
                limit=self.env.context.get("isp_chunk") or self._chunk(),
            )
        )
        return self.env["isp.billing.run.line"].browse(row[0] for row in rows)

    def _take_todo(self):
        return self._take("todo")

    def _chunk(self):
        """:return: how many customers are billed at once: what is written in bulk wants company.
        The first ones show whether it can be; where the proof fails, Odoo does all of a chunk."""
        in_bulk = self.bulk_count and not self.env["isp.invoice.writer"]._why_not(self.company_id)
        return BULK_CHUNK if in_bulk else CHUNK

    def _previous_period(self):
        """:return: isp.billing.period of the month before, empty when nothing was billed in it"""
        start = self.period_id.date_start
        return self.env["isp.billing.period"].search(
            [
                ("company_id", "=", self.company_id.id),
                (
                    "period_key",
                    "=",
                    calendar.key_of(calendar.clamp(start.year, start.month - 1, 1)),
                ),
            ],
            limit=1,
        )

    # === cron === #

    @api.model
    def _cron_bill(self):
        """Charge what is due to be charged up to today, in each company, and go on with runs that
        were interrupted."""
        interrupted = self.search([("state", "=", "running")], order="id")
        for run in interrupted:
            run._run()
        for company in self.env["res.company"].search([("isp_bill_daily", "=", True)]):
            today = self.env["isp.contract"].with_company(company)._today()
            key = calendar.key_of(today)
            run = self.with_company(company).search(
                [
                    ("company_id", "=", company.id),
                    ("period_key", "=", key),
                    ("up_to", "!=", False),
                    ("contract_ids", "=", False),
                ],
                limit=1,
            ) or self.with_company(company).create({"period_key": key, "company_id": company.id})
            run.up_to = today
            run._run()

    def action_open_lines(self):
        """Open the lines of the run."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_billing.action_isp_billing_run_line"
        )
        return dict(action, domain=[("run_id", "=", self.id)])

    def action_open_invoices(self):
        """Open the invoices of the run."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("silver_billing.action_isp_invoice")
        return dict(action, domain=[("isp_run_id", "=", self.id)])
