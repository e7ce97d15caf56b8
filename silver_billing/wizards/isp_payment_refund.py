from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.silver_base.tools import local_time

METHODS = [("cash", "Cash"), ("transfer", "Transfer"), ("gateway", "Gateway")]


class IspPaymentRefund(models.TransientModel):
    """Undo a payment that was none, or give money back to a customer."""

    _name = "isp.payment.refund"
    _description = "Reverse or Refund a Payment"

    payment_id = fields.Many2one("account.payment", string="Payment")
    company_id = fields.Many2one("res.company", compute="_compute_facts")
    partner_id = fields.Many2one("res.partner", string="Customer", compute="_compute_facts")
    contract_id = fields.Many2one(
        "isp.contract", string="Service", compute="_compute_contract_id", store=True, readonly=False
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_facts")
    paid = fields.Monetary("Amount Paid", compute="_compute_facts")
    allocated = fields.Monetary("Used for Charges", compute="_compute_facts")
    available = fields.Monetary("Can Be Given Back", compute="_compute_facts")
    charge_ids = fields.Many2many("isp.charge", compute="_compute_facts", string="What It Covers")
    action = fields.Selection(
        [
            ("refund", "Give back what is left of it"),
            ("reverse", "The money never came: undo the payment"),
        ],
        string="What Happened",
        required=True,
        default="refund",
    )
    amount = fields.Monetary("To Give Back", compute="_compute_amount", store=True, readonly=False)
    method = fields.Selection(METHODS, required=True, default="cash")
    date = fields.Date(required=True, default=lambda self: local_time.today(self.env))
    external_reference = fields.Char("Reference", help="Number of the transfer.")
    note = fields.Char("Reason", required=True)

    @api.depends("payment_id")
    def _compute_facts(self):
        for wizard in self:
            payment = wizard.payment_id.sudo()
            partner = payment.partner_id
            wizard.partner_id = partner
            wizard.company_id = payment.company_id
            wizard.currency_id = payment.currency_id or self.env.company.currency_id
            wizard.contract_id = (
                payment.contract_id
                or partner.isp_contract_ids.filtered(
                    lambda contract, p=payment: contract.company_id == p.company_id
                )[:1]
            )
            wizard.paid = payment.amount
            wizard.allocated = payment.isp_allocated
            wizard.available = payment.isp_unused
            wizard.charge_ids = payment.isp_allocation_ids.charge_id

    @api.depends("payment_id")
    def _compute_contract_id(self):
        for wizard in self:
            payment = wizard.payment_id.sudo()
            wizard.contract_id = (
                payment.contract_id
                or payment.partner_id.isp_contract_ids.filtered(
                    lambda contract, p=payment: contract.company_id == p.company_id
                )[:1]
            )

    @api.depends("payment_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.available

    def action_confirm(self):
        """Do it.

        :return: action: the receipt of the money given back, or nothing
        """
        self.ensure_one()
        if self.action == "reverse":
            self.payment_id.action_isp_reverse(reason=self.note)
            return {"type": "ir.actions.act_window_close"}
        if not self.contract_id:
            raise UserError(
                self.env._("%(customer)s has no service.", customer=self.partner_id.display_name)
            )
        refund_id = self.contract_id.action_refund_credit(
            amount=self.amount,
            method=self.method,
            date=self.date,
            external_reference=self.external_reference,
            payment_id=self.payment_id.id,
            note=self.note,
        )
        refund = self.env["account.payment"].browse(refund_id)
        return self.env.ref("silver_billing.action_report_receipt").report_action(refund)
