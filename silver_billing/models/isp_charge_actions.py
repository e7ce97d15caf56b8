"""What people and integrations do with charges."""

from odoo import fields, models
from odoo.exceptions import UserError

from .isp_charge import REASONS


class IspCharge(models.Model):
    _inherit = "isp.charge"

    # === actions === #

    def action_open_invoice(self):
        """Open the invoice of the charge."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
            # accountants get the whole form of accounting
            "views": [
                (
                    False
                    if self.env.user.has_group("account.group_account_readonly")
                    else self.env.ref("silver_billing.account_move_view_form").id,
                    "form",
                )
            ],
        }

    def action_invoice(self, date=None):
        """Invoice the pending charges of ``self``, one invoice for each customer.

        :param date: invoice date; by default the latest charge date of each invoice
        :return: ids of the posted invoices
        """
        self.check_access("write")
        pending = self.filtered(lambda charge: charge.state == "pending")
        return pending.sudo()._invoice(date=fields.Date.to_date(date)).ids

    def action_void(self, reason="billing_error", note=None):
        """Void charges: what was invoiced is credited, what was paid becomes credit of the
        customer.

        Voiding a void charge does nothing.

        :param str reason: code of ``isp.charge.reason``
        :raise UserError: for an unknown reason
        """
        self.check_access("write")
        if reason not in dict(REASONS):
            raise UserError(
                self.env._(
                    "“%(reason)s” is not a reason to void a charge. Use one of: %(codes)s",
                    reason=reason,
                    codes=", ".join(dict(REASONS)),
                )
            )
        live = self.filtered(lambda charge: charge.state != "void").sudo()
        pending = live.filtered(lambda charge: charge.state == "pending")
        pending._write_engine({"state": "void", "reason": reason, "note": note or False})
        for charge in live - pending:
            charge.write({"reason": reason, "note": note or charge.note})
            charge._credit(charge._not_credited(), reason)
        return True

    def action_credit(self, amount, reason="courtesy"):
        """Give back part of an invoiced charge with a posted credit note.

        :param float amount: to give back, taxes included
        :return: id of the credit note
        :raise UserError: when more than the charge would be given back, or there is no invoice
        """
        self.ensure_one()
        self.check_access("write")
        left = self.sudo()._not_credited()
        if not self.move_id or amount <= 0 or self.currency_id.compare_amounts(amount, left) > 0:
            raise UserError(
                self.env._(
                    "%(charge)s: between 0 and %(left)s can be credited, and only once it is "
                    "invoiced.",
                    charge=self.display_name,
                    left=left if self.move_id else 0,
                )
            )
        return self.sudo()._credit(amount, reason).id
