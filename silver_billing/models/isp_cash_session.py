from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class IspCashSession(models.Model):
    """The turn of a cashier: what was in the drawer, what came in, what was counted at the end."""

    _name = "isp.cash.session"
    _description = "Cash Session"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Cashier",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.user,
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Cash Desk",
        required=True,
        check_company=True,
        domain="[('type', '=', 'cash')]",
        default=lambda self: self.env.company.isp_cash_journal_id,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")],
        default="open",
        required=True,
        readonly=True,
        tracking=True,
        group_expand=True,
    )
    opened_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    closed_at = fields.Datetime(readonly=True)
    opening_amount = fields.Monetary("In the Drawer at the Start")
    counted_amount = fields.Monetary("Counted at the End", tracking=True)
    payment_ids = fields.One2many(
        "account.payment", "cash_session_id", string="Payments", readonly=True
    )
    payment_count = fields.Integer("Number of Payments", compute="_compute_totals")
    cash_amount = fields.Monetary("Received in Cash", compute="_compute_totals")
    other_amount = fields.Monetary("Received by Other Means", compute="_compute_totals")
    expected_amount = fields.Monetary("Should Be in the Drawer", compute="_compute_totals")
    difference = fields.Monetary(compute="_compute_totals")
    note = fields.Text()

    _one_open = models.UniqueIndex(
        "(user_id, company_id) WHERE state = 'open'",
        "The cashier already has an open cash session.",
    )
    _amounts_not_negative = models.Constraint(
        "CHECK(COALESCE(opening_amount, 0) >= 0 AND COALESCE(counted_amount, 0) >= 0)",
        "What is in a drawer is not negative.",
    )
    _closed_has_date = models.Constraint(
        "CHECK(state = 'open' OR closed_at IS NOT NULL)", "A closed session says when."
    )

    @api.depends("user_id", "opened_at")
    def _compute_name(self):
        for session in self:
            moment = fields.Datetime.context_timestamp(session, session.opened_at)
            session.name = f"{session.user_id.name} {moment:%Y-%m-%d %H:%M}"

    @api.depends("payment_ids.amount", "payment_ids.state", "opening_amount", "counted_amount")
    def _compute_totals(self):
        payments = (
            self.env["account.payment"]
            .sudo()
            .search([("cash_session_id", "in", self.ids), ("state", "in", ("in_process", "paid"))])
        )
        for session in self:
            own = payments.filtered(lambda payment, s=session: payment.cash_session_id == s)
            cash = sum(payment._isp_cash_part() for payment in own)
            session.payment_count = len(own)
            session.cash_amount = cash
            session.other_amount = sum(payment._isp_signed() for payment in own) - cash
            session.expected_amount = session.opening_amount + cash
            session.difference = session.counted_amount - session.expected_amount

    @api.model
    def _current(self, user, company):
        """:return: the open session of a cashier, empty when there is none"""
        return self.sudo().search(
            [("user_id", "=", user.id), ("company_id", "=", company.id), ("state", "=", "open")],
            limit=1,
        )

    def action_close(self):
        """Close the session; what was counted has to be written first.

        :raise UserError: when the drawer should hold money and nothing was counted
        """
        for session in self.filtered(lambda item: item.state == "open"):
            if session.expected_amount and not session.counted_amount:
                raise UserError(
                    self.env._(
                        "%(session)s: write what you counted in the drawer before closing. It "
                        "should "
                        "be %(amount)s.",
                        session=session.name,
                        amount=session.expected_amount,
                    )
                )
            session.write({"state": "closed", "closed_at": fields.Datetime.now()})
        return True

    def write(self, vals):
        if set(vals) & {"opening_amount", "counted_amount", "journal_id"} and self.filtered(
            lambda session: session.state == "closed"
        ):
            raise UserError(self.env._("A closed cash session is not edited."))
        return super().write(vals)

    def action_open_payments(self):
        """Open the payments of the session."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("silver_billing.action_isp_payment")
        return dict(action, domain=[("cash_session_id", "=", self.id)])

    @api.model
    def _lock_for_payment(self, user, company):
        """The session a payment of ``user`` goes to, locked so that it is not closed meanwhile."""
        session = self._current(user, company)
        if session:
            self.env.cr.execute(
                SQL("SELECT id FROM isp_cash_session WHERE id = %s FOR SHARE", session.id)
            )
        return session
