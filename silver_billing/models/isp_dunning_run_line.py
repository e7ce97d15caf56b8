from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..rules import dunning

WHY = [
    ("overdue", "Overdue past the grace days"),
    ("notice", "Notice of the policy"),
    ("legal_notice", "Legal notice before the cut"),
    ("settled", "Nothing overdue is left"),
    ("protected", "Promise, grace or agreement"),
    ("suspended_too_long", "Cut for longer than the policy keeps it"),
    ("outage", "There is an outage there"),
    ("not_in_service", "Not in service"),
    ("nothing_overdue", "Nothing overdue"),
    ("below_minimum", "Owes less than the minimum"),
    ("policy_never_cuts", "The policy never cuts"),
    ("in_grace", "Within the grace days"),
    ("legal_notice_running", "The days of the legal notice are not over"),
    ("no_cut_weekday", "No cuts on this weekday"),
    ("no_cut_holiday", "No cuts on holidays"),
    ("no_cut_hours", "No cuts at this hour"),
    ("suspended_for_another_reason", "Suspended for another reason"),
    ("still_owes", "Still owes"),
]
#: Decisions that leave no trace: nothing was asked of the run.
SILENT = {"not_in_service", "nothing_overdue", "suspended_for_another_reason"}
#: Order of the values that ``_insert`` writes for each decision.
INSERTED = (
    "contract", "partner", "policy", "action", "why", "notice", "overdue", "due", "outage",
    "effect",
)  # fmt: skip


class IspDunningRunLine(models.Model):
    """What a collection run decided and did about one contract, with the facts it saw."""

    _name = "isp.dunning.run.line"
    _description = "Collection Run Contract"
    _order = "run_id desc, partner_id, contract_id"
    _rec_name = "contract_id"

    run_id = fields.Many2one(
        "isp.dunning.run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    date = fields.Date(related="run_id.date", store=True)
    contract_id = fields.Many2one(
        "isp.contract", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    base_station_id = fields.Many2one(related="contract_id.base_station_id", string="Base")
    policy_id = fields.Many2one("isp.suspension.policy", readonly=True, ondelete="restrict")
    action = fields.Selection(
        [
            ("none", "Nothing"),
            ("warn", "Warn"),
            ("suspend", "Suspend"),
            ("resume", "Reconnect"),
            ("cancel", "Cancel"),
            ("hold", "Hold"),
        ],
        required=True,
        readonly=True,
    )
    why = fields.Selection(WHY, readonly=True)
    notice_offset = fields.Integer("Days From Due Date", readonly=True)
    overdue = fields.Monetary(readonly=True)
    oldest_due = fields.Date("Oldest Due Date", readonly=True)
    price_effect = fields.Monetary(
        "More With the New Prices", readonly=True, help="Part of what is overdue, in a what-if."
    )
    currency_id = fields.Many2one(related="contract_id.currency_id", store=True)
    outage_id = fields.Many2one(
        "isp.outage", readonly=True, ondelete="set null", help="The open outage it is in."
    )
    state = fields.Selection(
        [
            ("todo", "To Do"),
            ("done", "Done"),
            ("skipped", "Not Any More"),
            ("error", "Set Aside"),
            ("info", "Information"),
        ],
        required=True,
        readonly=True,
    )
    error = fields.Char("What Is Wrong", readonly=True)

    # a run may look several times in a day: what it did stays, and there is one thing left to do
    _contract_uniq = models.UniqueIndex(
        "(run_id, contract_id) WHERE state <> 'done'",
        "A contract is once in each collection run.",
    )
    _run_contract_idx = models.Index("(run_id, contract_id)")
    _todo_idx = models.Index("(run_id, action) WHERE state = 'todo'")
    _done_idx = models.Index("(contract_id, action) WHERE state = 'done'")

    @api.model
    def _insert(self, run, judged):
        """Write the lines of a list of ``Judged`` with one statement; contracts nothing is asked of
        have none, and nobody is warned twice by a run."""
        rows = [
            (
                item.contract_id,
                item.partner_id,
                item.policy_id,
                item.decision.action,
                item.decision.why,
                item.decision.notice,
                item.facts.overdue,
                item.facts.oldest_due or item.facts.next_due,
                item.outage_id,
                item.price_effect,
            )
            for item in judged
            if item.decision.why not in SILENT
        ]
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO isp_dunning_run_line (contract_id, partner_id, policy_id, action, why,
                       notice_offset, overdue, oldest_due, outage_id, price_effect, state,
                       run_id, company_id, currency_id, date, create_uid, write_uid,
                       create_date, write_date)
                SELECT data.*, CASE WHEN data.action = ANY(%(acts)s) THEN 'todo' ELSE 'info' END,
                       %(run)s, %(company)s, contract.currency_id, %(date)s, %(uid)s, %(uid)s,
                       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM UNNEST(%(contract)s::int[], %(partner)s::int[], %(policy)s::int[],
                              %(action)s::varchar[], %(why)s::varchar[], %(notice)s::int[],
                              %(overdue)s::numeric[], %(due)s::date[], %(outage)s::int[],
                              %(effect)s::numeric[])
                       AS data (contract_id, partner_id, policy_id, action, why, notice_offset,
                                overdue, oldest_due, outage_id, price_effect)
                  JOIN isp_contract contract ON contract.id = data.contract_id
                 WHERE data.action <> 'warn' OR NOT EXISTS (
                       SELECT FROM isp_dunning_run_line told
                        WHERE told.run_id = %(run)s AND told.contract_id = data.contract_id
                          AND told.action = 'warn' AND told.state = 'done')
                ON CONFLICT DO NOTHING
                """,
                acts=[dunning.WARN, dunning.SUSPEND, dunning.RESUME, dunning.CANCEL],
                run=run.id,
                company=run.company_id.id,
                date=run.date,
                uid=self.env.uid,
                **dict(zip(INSERTED, map(list, zip(*rows, strict=True)), strict=True)),
            )
        )
        self.invalidate_model()

    # === act === #

    def _process(self):
        """Act on lines of one action. A bad contract is set aside, the others go on."""
        still = self._decide_again()
        try:
            with self.env.cr.savepoint():
                still._act()
        except (UserError, ValidationError, IntegrityError):
            for line in still:
                try:
                    with self.env.cr.savepoint():
                        line._act()
                except (UserError, ValidationError, IntegrityError) as error:
                    line.write({"state": "error", "error": str(error).strip()})

    def _decide_again(self):
        """Money may have come in since the plan was made: look again before acting.

        :return: the lines whose decision is still the same
        """
        run = self.run_id
        now = run._now() if run.enforce_hours else None
        judged = {
            item.contract_id: item.decision
            for item in self.env["isp.dunning.facts"]._decide(
                self.contract_id.ids, run.date, now=now
            )
        }
        changed = self.filtered(lambda line: judged[line.contract_id.id].action != line.action)
        for line in changed:
            line.write({"state": "skipped", "why": judged[line.contract_id.id].why})
        return self - changed

    def _act(self):
        for action, lines in self.grouped("action").items():
            getattr(lines, f"_act_{action}")()
        self.write({"state": "done", "error": False})

    def _transition(self, verb, reason, **options):
        """Make a transition of the contracts of ``self``.

        A run of a past day dates it on that day, unless the contract changed later; a run of a day
        to come happens now.
        """
        run = self.run_id
        contracts = self.contract_id.with_context(isp_event_source="rule")
        today = contracts._today()
        backdated = contracts.filtered(
            lambda contract: run.date < today
            and contract.state_date
            and contracts._local_day(contract.state_date) <= run.date
        )
        getattr(backdated, verb)(reason=reason, note=run.name, date=run.date, **options)
        getattr(contracts - backdated, verb)(reason=reason, note=run.name, **options)

    def _act_suspend(self):
        for mode, lines in self.grouped(lambda line: line.policy_id.action).items():
            lines._transition("action_suspend", "non_payment", mode=mode)
        self._tell("suspended")

    def _act_resume(self):
        for why, lines in self.grouped("why").items():
            lines._transition("action_resume", "promise" if why == "protected" else "payment")
        self._tell("resumed")

    def _act_cancel(self):
        self._transition("action_cancel", "non_payment")

    def _act_warn(self):
        for kind, lines in self.grouped(
            lambda line: "legal"
            if line.why == "legal_notice"
            else "reminder"
            if line.notice_offset <= 0
            else "overdue"
        ).items():
            lines._tell(kind)

    def _customer_debts(self):
        """:return: dict (customer id, currency id) -> overdue debt of all the services"""
        contracts = self.env["isp.contract"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        debts = contracts._isp_debts_by("contract_id", contracts.ids, day=self.run_id.date)
        found = {}
        for contract in contracts:
            if contract.id in debts:
                key = (contract.partner_id.id, contract.currency_id.id)
                found[key] = found.get(key, 0.0) + debts[contract.id].overdue
        return found

    def _tell(self, kind):
        day = self.run_id.date
        of_service = kind in ("suspended", "resumed")
        debts = {} if of_service else self._customer_debts()
        self.env["isp.notice"]._queue(
            [
                {
                    "company_id": line.company_id.id,
                    "partner_id": line.partner_id.id,
                    # a notice about money is of the customer; one about a service, of the service
                    "contract_id": line.contract_id.id if of_service else None,
                    "kind": kind,
                    "channel": "email",
                    "date": day,
                    "due_date": line.oldest_due or None,
                    "day_offset": line.notice_offset or 0,
                    "amount": debts.get((line.partner_id.id, line.currency_id.id), line.overdue),
                    "currency_id": line.currency_id.id,
                    "state": "queued",
                }
                for line in self
            ]
        )
