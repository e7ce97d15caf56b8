from odoo import fields, models


class IspContractEquipment(models.TransientModel):
    _name = "isp.contract.equipment"
    _description = "Change Equipment"

    contract_id = fields.Many2one(
        "isp.contract", required=True, default=lambda self: self.env.context.get("active_id")
    )
    company_id = fields.Many2one(related="contract_id.company_id")
    old_onu_id = fields.Many2one(related="contract_id.onu_id", string="ONU of Today")
    onu_id = fields.Many2one(
        "isp.onu",
        string="New ONU",
        required=True,
        domain="[('status', '=', 'available'), ('company_id', '=', company_id)]",
    )
    note = fields.Text("Why")

    def action_confirm(self):
        """Replace the ONU; the old one goes back to stock."""
        self.ensure_one()
        self.contract_id.action_change_equipment(onu_id=self.onu_id.id, note=self.note)
        return {"type": "ir.actions.act_window_close"}
