from odoo import fields, models

from ..models.isp_charge import REASONS


class IspChargeVoid(models.TransientModel):
    """Void charges, or give part of one back, saying why."""

    _name = "isp.charge.void"
    _description = "Void or Credit a Charge"

    charge_ids = fields.Many2many(
        "isp.charge", required=True, default=lambda self: self.env.context.get("active_ids")
    )
    mode = fields.Selection(
        [("void", "Void it"), ("credit", "Give back a part")], default="void", required=True
    )
    reason = fields.Selection(REASONS, required=True, default="billing_error")
    note = fields.Char()
    amount = fields.Monetary("To Give Back", help="Taxes included.")
    currency_id = fields.Many2one(related="charge_ids.currency_id")

    def action_confirm(self):
        """Do it. What was invoiced gets a credit note; what was paid becomes credit."""
        self.ensure_one()
        if self.mode == "void":
            self.charge_ids.action_void(reason=self.reason, note=self.note)
        else:
            for charge in self.charge_ids:
                charge.action_credit(self.amount, reason=self.reason)
        return {"type": "ir.actions.act_window_close"}
