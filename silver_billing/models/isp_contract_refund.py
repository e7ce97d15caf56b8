"""Money that goes back: a payment that turned out not to be one, and credit that is returned."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_amount


class IspContract(models.Model):
    _inherit = "isp.contract"

    def action_refund_credit(
        self,
        amount,
        method="cash",
        external_reference=None,
        date=None,
        journal_id=None,
        payment_id=None,
        note=None,
    ):
        """Give money back to the customer of the contract: credit that pays nothing.

        To return what did pay a charge, void or credit the charge first: its money becomes credit.
        The same ``external_reference`` again does nothing and gives the first refund.

        :param float amount: in the currency of the contract
        :param str method: cash, transfer or gateway
        :param int payment_id: the payment that is returned; the oldest credit by default
        :return: id of the outbound account.payment
        :raise UserError: when there is not that much credit, or wrong data
        """
        self.ensure_one()
        self.check_access("read")
        self._isp_check_may_collect()
        contract = self.with_company(self.company_id)
        if method == "mixed":
            raise UserError(self.env._("Money is given back by one method at a time."))
        vals = contract._isp_payment_vals(
            amount,
            method=method,
            external_reference=external_reference,
            date=date,
            journal_id=journal_id,
            note=note,
        )
        contract._isp_serialise_customers()
        payments = self.env["account.payment"].sudo()
        known = payments._isp_entered(vals["journal_id"], vals["external_reference"])
        if known:
            contract._isp_check_same_payment(known, amount)
            return known.id
        contract._isp_check_amount(amount)
        credit = contract._isp_credit_to_return(payment_id)
        available = -sum(credit.mapped("amount_residual_currency"))
        if contract.currency_id.compare_amounts(amount, available) > 0:
            raise UserError(
                self.env._(
                    "%(customer)s has %(available)s that can be given back, and not %(amount)s. "
                    "To return what already paid a charge, void or credit that charge first.",
                    customer=contract.partner_id.display_name,
                    available=format_amount(self.env, available, contract.currency_id),
                    amount=format_amount(self.env, amount, contract.currency_id),
                )
            )
        vals.update(payment_type="outbound", months_paid=0, target_charge_ids=[Command.clear()])
        refund = payments.with_context(tracking_disable=True).create(vals)
        refund.action_post()
        debit = refund.move_id._isp_receivable_lines()
        lines = self.env["account.move.line"].sudo()
        lines._reconcile_plan([line + debit for line in credit])
        return refund.id

    def _isp_credit_to_return(self, payment_id):
        """:return: receivable lines with money not used, of one payment or of the customer"""
        contract = self.sudo()
        credit = self.env["res.partner"]._isp_credit_lines(contract.partner_id, contract.company_id)
        credit = credit.filtered(lambda line: line.currency_id == contract.currency_id)
        if payment_id:
            payment = self.env["account.payment"].sudo().browse(payment_id).exists()
            if payment.partner_id != contract.partner_id:
                raise UserError(
                    self.env._(
                        "Choose a payment of %(customer)s.",
                        customer=contract.partner_id.display_name,
                    )
                )
            credit = credit.filtered(lambda line: line.move_id == payment.move_id)
        return credit


class AccountPayment(models.Model):
    _inherit = "account.payment"

    isp_unused = fields.Monetary(
        "Not Used",
        compute="_compute_isp_unused",
        help="What is left of the payment: credit of the customer.",
    )

    @api.depends("move_id.line_ids.amount_residual_currency")
    def _compute_isp_unused(self):
        for payment in self:
            lines = payment.sudo().move_id._isp_receivable_lines()
            unused = -sum(lines.mapped("amount_residual_currency"))
            payment.isp_unused = unused if payment.payment_type == "inbound" else 0.0

    def action_isp_reverse(self, reason=None):
        """The money never came, or was taken back (a returned transfer, a bounced cheque, a
        gateway that undoes it): what the payments covered is owed again. What is reversed already
        stays so.

        :param str reason: written in the history of the payment
        :return: True
        :raise UserError: when the cash session it entered in is closed
        """
        self.check_access("read")
        self.env["isp.contract"]._isp_check_may_collect()
        live = self.sudo().filtered(lambda payment: payment.state not in ("canceled", "rejected"))
        for payment in live:
            if payment.cash_session_id.state == "closed" and payment._isp_cash_part():
                raise UserError(
                    self.env._(
                        "%(payment)s is cash counted in %(session)s, which is closed. Void or "
                        "credit what it paid and give the money back instead.",
                        payment=payment.name,
                        session=payment.cash_session_id.name,
                    )
                )
            payment.action_draft()
            payment.action_cancel()
            if reason:
                payment.message_post(body=reason)
        return True

    def action_isp_refund_wizard(self):
        """Open the screen to reverse the payment or give back what is left of it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_billing.action_isp_payment_refund"
        )
        return dict(action, context={"default_payment_id": self.id})
