from odoo import fields, models


class IspContractHolder(models.TransientModel):
    _name = "isp.contract.holder"
    _description = "Change Holder"

    contract_id = fields.Many2one(
        "isp.contract", required=True, default=lambda self: self.env.context.get("active_id")
    )
    old_partner_id = fields.Many2one(related="contract_id.partner_id", string="Holder of Today")
    partner_id = fields.Many2one(
        "res.partner",
        string="New Holder",
        required=True,
        domain="[('id', '!=', old_partner_id)]",
    )
    debt = fields.Selection(
        [("old", "Stays with the old holder"), ("new", "Moves to the new holder")],
        string="What is owed",
        required=True,
        default="old",
    )
    note = fields.Text()

    def action_confirm(self):
        """Pass the service to the new holder."""
        self.ensure_one()
        self.contract_id.action_change_holder(
            partner_id=self.partner_id.id, debt=self.debt, note=self.note
        )
        return {"type": "ir.actions.act_window_close"}
