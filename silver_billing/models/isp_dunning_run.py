from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..rules import dunning
from .isp_dunning_facts import CHUNK

ORDER = (dunning.RESUME, dunning.WARN, dunning.SUSPEND, dunning.CANCEL)
COUNTED = (*ORDER, dunning.HOLD)


class IspDunningRun(models.Model):
    """The collection of one day: who is warned, suspended, reconnected or cancelled, and why."""

    _name = "isp.dunning.run"
    _description = "Collection Run"
    _inherit = "isp.planned.run.mixin"
    _order = "date desc, id desc"
    _check_company_auto = True
    _plannable = ("draft", "previewed", "held")

    name = fields.Char(compute="_compute_name")
    date = fields.Date(
        required=True, default=lambda self: self.env["isp.contract"]._today(), tracking=True
    )
    policy_id = fields.Many2one(
        "isp.suspension.policy",
        string="Candidate Policy",
        check_company=True,
        help="What would happen if this policy were that of everybody. Such a run is never "
        "executed.",
    )
    price_change_id = fields.Many2one(
        "isp.plan.price.change",
        string="Candidate Prices",
        check_company=True,
        domain="[('state', '=', 'draft'), ('previewed_on', '!=', False)]",
        help="What would be owed if the open charges had been made with the prices of this change. "
        "Such a run is never executed.",
    )
    is_what_if = fields.Boolean("What-if", compute="_compute_is_what_if")
    contract_ids = fields.Many2many(
        "isp.contract",
        string="Only These Contracts",
        check_company=True,
        help="Empty: everybody. The safe-cut guard watches over runs for everybody; for a "
        "selection a person has already decided.",
    )
    enforce_hours = fields.Boolean(
        "Only in the Hours of the Policy", help="Automatic runs do; a person decides otherwise."
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("previewed", "Previewed"),
            ("held", "Held"),
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
    hold_reason = fields.Text("Why It Is Held", readonly=True, copy=False)
    approved_by_id = fields.Many2one(
        "res.users", string="Approved By", readonly=True, copy=False, tracking=True
    )
    line_ids = fields.One2many("isp.dunning.run.line", "run_id", string="Contracts")
    currency_id = fields.Many2one(related="company_id.currency_id")
    warn_count = fields.Integer("To Warn", compute="_compute_counts")
    suspend_count = fields.Integer("To Suspend", compute="_compute_counts")
    resume_count = fields.Integer("To Reconnect", compute="_compute_counts")
    cancel_count = fields.Integer("To Cancel", compute="_compute_counts")
    hold_count = fields.Integer("In an Outage", compute="_compute_counts")
    error_count = fields.Integer("Set Aside", compute="_compute_counts")
    overdue = fields.Monetary("Overdue Debt", compute="_compute_counts")
    price_effect = fields.Monetary("More With the New Prices", compute="_compute_counts")

    @api.depends("date", "company_id")
    def _compute_name(self):
        for run in self:
            run.name = self.env._("Collection %(date)s", date=run.date or "")

    @api.depends("policy_id", "price_change_id")
    def _compute_is_what_if(self):
        for run in self:
            run.is_what_if = bool(run.policy_id or run.price_change_id)

    @api.depends("line_ids.state", "line_ids.action")
    def _compute_counts(self):
        rows = self.env["isp.dunning.run.line"]._read_group(
            [("run_id", "in", self.ids)],
            ["run_id", "action", "state", "currency_id"],
            ["__count", "overdue:sum", "price_effect:sum"],
        )
        for run in self:
            of_run = [row for row in rows if row[0] == run]
            for action in COUNTED:
                run[f"{action}_count"] = sum(row[4] for row in of_run if row[1] == action)
            run.error_count = sum(row[4] for row in of_run if row[2] == "error")
            run.overdue = sum(
                currency._convert(overdue, run.currency_id, run.company_id, run.date)
                for *_keys, currency, _count, overdue, _effect in of_run
            )
            # a price change has one currency
            run.price_effect = sum(row[6] for row in of_run)

    # === actions === #

    def action_approve(self):
        """Let a held run go on: somebody looked at the reason.

        :return: True
        """
        self.check_access("write")
        for run in self.filtered(lambda item: item.state == "held").sudo():
            run.approved_by_id = self.env.uid
            run._run()
        return True

    def _begin(self):
        """Decide on the facts of now; the safe-cut guard may hold the run until a person looks.

        :return: False when it is done already or held
        :raise UserError: for a what-if run
        """
        if self.is_what_if:
            raise UserError(
                self.env._(
                    "%(run)s is a what-if: it is not executed. Create a run without candidate "
                    "policy and prices.",
                    run=self.name,
                )
            )
        if self.state == "done":
            return False
        if self.state in self._plannable:
            self._plan()
            reasons = [] if self.approved_by_id or self.contract_ids else self._guard()
            if reasons:
                self._hold(reasons)
                return False
        if self.state != "running":
            self.line_ids.filtered(lambda line: line.state == "error").write(
                {"state": "todo", "error": False}
            )
        return True

    def _finish(self):
        self.env["isp.payment.promise"]._close_expired(self.date, self.company_id)
        return super()._finish()

    # === plan === #

    def _plan(self):
        """Decide about every contract that owes or is cut, and write one line for each action.

        What the run already did stays: the hours of the policies open during the day, and the run
        of the day is then planned again.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL("DELETE FROM isp_dunning_run_line WHERE run_id = %s AND state <> 'done'", self.id)
        )
        facts = self.env["isp.dunning.facts"]
        now = self._now() if self.enforce_hours else None
        contract_ids = facts._candidates(self.company_id, self.date)
        if self.contract_ids:
            chosen = set(self.contract_ids.ids)
            contract_ids = [contract_id for contract_id in contract_ids if contract_id in chosen]
        for start in range(0, len(contract_ids), CHUNK):
            decisions = facts._decide(
                contract_ids[start : start + CHUNK],
                self.date,
                now=now,
                policy=self.policy_id,
                prices=self.price_change_id,
            )
            self.env["isp.dunning.run.line"]._insert(self, decisions)
        self.invalidate_recordset()

    def _now(self):
        contracts = self.env["isp.contract"].with_company(self.company_id)
        return fields.Datetime.context_timestamp(
            self.with_context(tz=str(contracts._timezone())), fields.Datetime.now()
        ).replace(tzinfo=None)

    def _take_todo(self):
        """:return: the next lines to act on; reconnections first, cancellations last"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM isp_dunning_run_line
                 WHERE run_id = %s AND state = 'todo'
                 ORDER BY array_position(%s, action), partner_id, id LIMIT %s
                """,
                self.id,
                list(ORDER),
                self.env.context.get("isp_chunk", 200),
            )
        )
        lines = self.env["isp.dunning.run.line"].browse(row[0] for row in rows)
        return lines.filtered(lambda line: line.action == lines[:1].action)

    # === work list === #

    @api.model
    def action_today(self):
        """Look at whom the policies would cut today, without doing anything.

        :return: action that opens the decisions
        """
        today = self.env["isp.contract"]._today()
        mine = [
            ("date", "=", today),
            ("company_id", "=", self.env.company.id),
            ("user_id", "=", self.env.uid),
            ("state", "in", ("draft", "previewed")),
            ("policy_id", "=", False),
            ("price_change_id", "=", False),
            ("contract_ids", "=", False),
            ("enforce_hours", "=", False),
        ]
        run = self.search(mine, limit=1) or self.create({"date": today})
        run.action_preview()
        action = run.action_open_lines()
        return dict(
            action,
            name=self.env._("To Be Cut Today"),
            display_name=self.env._("To Be Cut Today"),
            context={"search_default_suspend": 1},
        )

    # === cron === #

    @api.model
    def _cron_dun(self):
        """The collection of today in each company that wants it by itself."""
        for run in self.search([("state", "=", "running")], order="id"):
            run._run()
        for company in self.env["res.company"].search([("isp_dun_daily", "=", True)]):
            runs = self.with_company(company)
            today = runs.env["isp.contract"]._today()
            found = runs.search(
                [
                    ("company_id", "=", company.id),
                    ("date", "=", today),
                    ("enforce_hours", "=", True),
                    ("policy_id", "=", False),
                    ("price_change_id", "=", False),
                    ("contract_ids", "=", False),
                ],
                limit=1,
            )
            if found.state == "held":
                continue
            if found.state in ("done", "attention"):
                # later in the day: hours may have opened, and money may have arrived
                found.write({"state": "draft"})
            run = found or runs.create(
                {"date": today, "company_id": company.id, "enforce_hours": True}
            )
            run._run()

    def action_open_lines(self):
        """Open the lines of the run."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_billing.action_isp_dunning_run_line"
        )
        return dict(action, domain=[("run_id", "=", self.id)])
