from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.silver_base.tools import local_time

from ..rules.proration import dec


class IspPaymentPromise(models.Model):
    """A day until which nothing is cut: the customer promised to pay, or staff granted grace.

    A promise that is not kept leads back to where the contract was: the next run cuts it.
    """

    _name = "isp.payment.promise"
    _description = "Payment Promise"
    _inherit = ["mail.thread"]
    _order = "date_until desc, id desc"
    _rec_name = "contract_id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "isp.contract", required=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        index=True,
        precompute=True,
        help="Who promised: it stays when the contract gets another holder.",
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    kind = fields.Selection(
        [("promise", "Promise"), ("grace", "Grace"), ("agreement", "Agreement")],
        default="promise",
        required=True,
        help="Promise: the customer said so. Grace: granted by staff. Agreement: paid in parts.",
    )
    date_made = fields.Date(
        "Made On", required=True, default=lambda self: local_time.today(self.env), readonly=True
    )
    date_until = fields.Date("Until", required=True, tracking=True, help="Last day without a cut.")
    amount = fields.Monetary(help="What the customer will pay. Grace has none.")
    state = fields.Selection(
        [
            ("open", "Open"),
            ("kept", "Kept"),
            ("broken", "Broken"),
            ("cancelled", "Cancelled"),
        ],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    date_closed = fields.Date(readonly=True, copy=False)
    user_id = fields.Many2one(
        "res.users", string="Taken By", default=lambda self: self.env.user, readonly=True
    )
    note = fields.Char()
    line_ids = fields.One2many("isp.payment.promise.line", "promise_id", string="Instalments")

    _one_open = models.UniqueIndex(
        "(contract_id) WHERE state = 'open'",
        "The contract already has an open promise.",
    )
    _dates_in_order = models.Constraint(
        "CHECK(date_until >= date_made)", "A promise ends after it is made."
    )
    _amount_not_negative = models.Constraint(
        "CHECK(COALESCE(amount, 0) >= 0)", "What is promised is not negative."
    )
    _open_until_idx = models.Index("(date_until) WHERE state = 'open'")

    @api.depends("contract_id")
    def _compute_partner_id(self):
        for promise in self:
            promise.partner_id = promise.contract_id.partner_id

    @api.model_create_multi
    def create(self, vals_list):
        promises = super().create(vals_list)
        for promise in promises:
            promise._check_allowed()
        promises._protect()
        return promises

    def _check_allowed(self):
        """:raise UserError: when the policy of the contract does not allow the promise"""
        contract = self.contract_id.sudo()
        policy = contract._isp_policies(self.date_made)[contract.id]
        overdue = contract._isp_debts_by("contract_id", contract.ids, day=self.date_made)
        overdue = overdue[contract.id].overdue if contract.id in overdue else 0.0
        if contract.state not in ("active", "suspended"):
            raise UserError(
                self.env._(
                    "%(contract)s is not in service: there is nothing to promise.",
                    contract=contract.display_name,
                )
            )
        if self.kind == "agreement":
            self._check_instalments(contract)
        if self.kind != "promise":
            return
        days = (self.date_until - self.date_made).days
        if days > policy.promise_max_days:
            raise UserError(
                self.env._(
                    "%(contract)s: the policy %(policy)s takes promises of up to %(days)s days. "
                    "Choose an earlier date, or ask a supervisor for grace.",
                    contract=contract.display_name,
                    policy=policy.name,
                    days=policy.promise_max_days,
                )
            )
        recent = self.search_count(
            [
                ("contract_id", "=", contract.id),
                ("kind", "=", "promise"),
                ("state", "!=", "cancelled"),
                ("date_made", ">", fields.Date.subtract(self.date_made, days=90)),
                ("id", "!=", self.id),
            ]
        )
        if recent >= policy.promise_max_open_months:
            raise UserError(
                self.env._(
                    "%(contract)s already made %(count)s promises in 90 days, the most that the "
                    "policy %(policy)s takes.",
                    contract=contract.display_name,
                    count=recent,
                    policy=policy.name,
                )
            )
        least = overdue * policy.promise_min_percent / 100
        if self.amount and contract.currency_id.compare_amounts(self.amount, least) < 0:
            raise UserError(
                self.env._(
                    "%(contract)s owes %(debt)s overdue: at least %(least)s has to be promised.",
                    contract=contract.display_name,
                    debt=overdue,
                    least=contract.currency_id.round(least),
                )
            )

    def _check_instalments(self, contract):
        total = sum(self.line_ids.mapped("amount"))
        if not self.line_ids or contract.currency_id.compare_amounts(total, self.amount) != 0:
            raise UserError(
                self.env._(
                    "%(contract)s: the instalments of an agreement add up to its amount.",
                    contract=contract.display_name,
                )
            )

    def _protect(self):
        """A service that was cut for the debt comes back, when the policy says a promise does
        that."""
        cut = self.contract_id.sudo().filtered(
            lambda contract: contract.state == "suspended"
            and contract.state_reason == "non_payment"
        )
        if not cut:
            return
        policies = cut._isp_policies(local_time.today(self.env))
        back = cut.filtered(lambda contract: policies[contract.id].promise_resumes)
        if back:
            back.with_context(isp_event_source="payment").action_resume(reason="promise")

    # === follow-up === #

    @api.model
    def _follow_debt(self, contracts):
        """Close as kept the open promises of contracts that owe nothing overdue any more."""
        promises = self.search([("contract_id", "in", contracts.ids), ("state", "=", "open")])
        if promises:
            promises._close_kept(self.env["isp.contract"]._today())

    def _close_kept(self, day):
        paid = self._paid_since()
        debts = self.env["isp.contract"]._isp_debts_by("contract_id", self.contract_id.ids, day=day)
        kept = self.filtered(
            lambda promise: promise._is_kept(
                debts.get(promise.contract_id.id), paid.get(promise.id, 0)
            )
        )
        kept.write({"state": "kept", "date_closed": day})
        return kept

    def _is_kept(self, debt, paid):
        settled = debt is None or debt.overdue <= 0
        if self.kind == "promise" and self.amount:
            return settled and paid > 0 or dec(paid) >= dec(self.amount)
        return settled and paid > 0

    def _paid_since(self):
        """:return: dict promise id -> money applied to the contract since the promise was made"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT promise.id, SUM(paid.amount) FROM isp_payment_promise promise
                  JOIN isp_charge charge ON charge.contract_id = promise.contract_id
                  JOIN isp_charge_payment paid ON paid.charge_id = charge.id
                   AND paid.source <> 'credit_note' AND paid.applied_on >= promise.date_made
                 WHERE promise.id = ANY(%s) GROUP BY promise.id
                """,
                self.ids,
            )
        )
        return dict(rows)

    @api.model
    def _protected_until(self, contract_ids, day):
        """:return: dict contract id -> last day without a cut, of open promises that hold on
        ``day``"""
        self.flush_model()
        self.env["isp.payment.promise.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT promise.contract_id, promise.date_until FROM isp_payment_promise promise
                 WHERE promise.contract_id = ANY(%(ids)s) AND promise.state = 'open'
                   AND promise.date_until >= %(day)s
                   AND NOT EXISTS (
                       -- an agreement holds while every instalment that is due is paid
                       SELECT FROM isp_payment_promise_line line
                        WHERE line.promise_id = promise.id AND line.date < %(day)s
                       HAVING SUM(line.amount) > COALESCE((
                           SELECT SUM(paid.amount) FROM isp_charge charge
                             JOIN isp_charge_payment paid ON paid.charge_id = charge.id
                            WHERE charge.contract_id = promise.contract_id
                              AND paid.source <> 'credit_note'
                              AND paid.applied_on >= promise.date_made), 0))
                """,
                ids=list(contract_ids),
                day=day,
            )
        )
        return dict(rows)

    @api.model
    def _close_expired(self, day, company):
        """Close what ended before ``day``: kept when the debt was settled, broken otherwise."""
        ended = self.search(
            [("state", "=", "open"), ("date_until", "<", day), ("company_id", "=", company.id)]
        )
        kept = ended._close_kept(day)
        rest = ended - kept
        rest.filtered(lambda item: item.kind == "grace").write(
            {"state": "cancelled", "date_closed": day}
        )
        rest.filtered(lambda item: item.kind != "grace").write(
            {"state": "broken", "date_closed": day}
        )
        return ended

    def action_cancel(self):
        """Withdraw open promises."""
        self.filtered(lambda promise: promise.state == "open").write(
            {"state": "cancelled", "date_closed": local_time.today(self.env)}
        )
        return True
