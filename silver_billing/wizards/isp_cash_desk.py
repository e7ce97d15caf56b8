from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.silver_base.tools import local_time

from ..models.account_payment import METHODS


class IspCashDesk(models.TransientModel):
    """The screen of a cashier: find the customer, see the debt, take the money, print the
    receipt."""

    _name = "isp.cash.desk"
    _description = "Cash Desk"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        domain="[('isp_contract_ids', '!=', False)]",
    )
    contract_id = fields.Many2one(
        "isp.contract",
        string="Service",
        compute="_compute_contract_id",
        store=True,
        readonly=False,
        domain="[('partner_id', '=', partner_id), ('company_id', '=', company_id)]",
        help="Its charges are paid first.",
    )
    contract_state = fields.Selection(related="contract_id.state", string="State")
    currency_id = fields.Many2one(related="company_id.currency_id")
    debt = fields.Monetary(compute="_compute_debt")
    overdue = fields.Monetary(compute="_compute_debt")
    credit = fields.Monetary(compute="_compute_debt", string="Credit of the Customer")
    overdue_since = fields.Date(compute="_compute_debt")
    charge_ids = fields.Many2many("isp.charge", compute="_compute_debt", string="What Is Owed")
    chosen_charge_ids = fields.Many2many(
        "isp.charge",
        "isp_cash_desk_chosen_rel",
        string="Pay These First",
        domain="[('partner_id', '=', partner_id), ('state', 'in', ('invoiced', 'partially_paid'))]",
        help="Empty: the oldest first.",
    )
    amount = fields.Monetary(compute="_compute_amount", store=True, readonly=False)
    method = fields.Selection(METHODS, required=True, default="cash")
    cash_part = fields.Monetary("In Cash")
    transfer_part = fields.Monetary("By Transfer")
    gateway_part = fields.Monetary("By Gateway")
    date = fields.Date(required=True, default=lambda self: local_time.today(self.env))
    external_reference = fields.Char("Reference", help="Number of the transfer or of the voucher.")
    note = fields.Char()
    session_id = fields.Many2one("isp.cash.session", compute="_compute_session_id")
    received = fields.Monetary("Handed Over")
    change = fields.Monetary("Change to Give Back", compute="_compute_change")

    @api.depends("partner_id")
    def _compute_contract_id(self):
        for desk in self:
            contracts = desk.partner_id.isp_contract_ids.filtered(
                lambda contract, d=desk: contract.company_id == d.company_id
            )
            owing = contracts.filtered("isp_overdue").sorted("isp_overdue_since")
            live = contracts.filtered(lambda contract: contract.state in ("suspended", "active"))
            desk.contract_id = (owing or live or contracts)[:1]

    @api.depends("partner_id", "company_id")
    def _compute_debt(self):
        for desk in self:
            partner = desk.partner_id
            if not partner:
                desk.debt = desk.overdue = desk.credit = 0.0
                desk.overdue_since = desk.charge_ids = False
                continue
            desk.debt = partner.isp_debt
            desk.overdue = partner.isp_overdue
            desk.overdue_since = partner.isp_overdue_since
            desk.credit = partner.isp_credit
            desk.charge_ids = self.env["isp.charge"].search(
                [
                    ("partner_id", "=", partner.id),
                    ("company_id", "=", desk.company_id.id),
                    ("state", "in", ("pending", "invoiced", "partially_paid")),
                ],
                order="due_date, id",
            )

    @api.depends("partner_id", "chosen_charge_ids")
    def _compute_amount(self):
        for desk in self:
            chosen = desk.chosen_charge_ids
            desk.amount = (
                sum(chosen.mapped("amount_residual")) if chosen else desk.overdue or desk.debt
            )

    @api.depends("company_id")
    def _compute_session_id(self):
        for desk in self:
            desk.session_id = self.env["isp.cash.session"]._current(self.env.user, desk.company_id)

    @api.depends("received", "amount", "method")
    def _compute_change(self):
        for desk in self:
            desk.change = max(desk.received - desk.amount, 0) if desk.method == "cash" else 0

    def action_pay(self):
        """Register the payment and show its receipt.

        :return: action of the receipt
        """
        self.ensure_one()
        if not self.contract_id:
            raise UserError(
                self.env._("%(customer)s has no service.", customer=self.partner_id.display_name)
            )
        parts = {
            "cash": self.cash_part,
            "transfer": self.transfer_part,
            "gateway": self.gateway_part,
        }
        payment_id = self.contract_id.action_register_payment(
            amount=self.amount,
            method=self.method,
            external_reference=self.external_reference,
            date=self.date,
            charge_ids=self.chosen_charge_ids.ids,
            breakdown={code: value for code, value in parts.items() if value}
            if self.method == "mixed"
            else None,
            note=self.note,
        )
        payment = self.env["account.payment"].browse(payment_id)
        return self.env.ref("silver_billing.action_report_receipt").report_action(payment)
