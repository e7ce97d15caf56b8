from odoo import api, fields, models
from odoo.exceptions import UserError


class IspContractAddress(models.TransientModel):
    _name = "isp.contract.address"
    _description = "Change Address"

    contract_id = fields.Many2one(
        "isp.contract", required=True, default=lambda self: self.env.context.get("active_id")
    )
    partner_id = fields.Many2one(related="contract_id.partner_id")
    access_technology = fields.Selection(related="contract_id.access_technology")
    service_partner_id = fields.Many2one(
        "res.partner",
        string="New Address",
        required=True,
        domain="['|', ('id', '=', partner_id), ('id', 'child_of', partner_id)]",
        help="The customer, or one of its addresses.",
    )
    latitude = fields.Float(
        digits=(10, 7), compute="_compute_coordinates", store=True, readonly=False
    )
    longitude = fields.Float(
        digits=(10, 7), compute="_compute_coordinates", store=True, readonly=False
    )
    splitter_id = fields.Many2one("isp.splitter", string="Splitter")
    splitter_port_id = fields.Many2one(
        "isp.splitter.port",
        string="Port",
        domain="[('splitter_id', '=?', splitter_id), ('lendable', '=', True)]",
    )
    sector_slot_id = fields.Many2one(
        "isp.sector.slot", string="Sector Place", domain="[('lendable', '=', True)]"
    )
    feasibility_id = fields.Many2one("isp.feasibility", readonly=True)
    feasible = fields.Boolean(related="feasibility_id.feasible")
    reason = fields.Char(related="feasibility_id.reason")
    note = fields.Text()

    @api.depends("service_partner_id")
    def _compute_coordinates(self):
        for wizard in self:
            wizard.latitude = wizard.service_partner_id.partner_latitude
            wizard.longitude = wizard.service_partner_id.partner_longitude

    def action_check(self):
        """Ask whether the new address can be connected; the answer stays on the screen."""
        self.ensure_one()
        if not self.latitude and not self.longitude:
            raise UserError(self.env._("Write the coordinates of the new address first."))
        self.feasibility_id = self.env["isp.feasibility"].check(
            latitude=self.latitude,
            longitude=self.longitude,
            technology=self.access_technology or None,
            partner_id=self.partner_id.id,
        )
        port = self.feasibility_id.splitter_port_id
        if port:
            self.write({"splitter_id": port.splitter_id.id, "splitter_port_id": port.id})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Reserve the new place. The service moves when the change is confirmed."""
        self.ensure_one()
        self.contract_id.action_change_address(
            service_partner_id=self.service_partner_id.id,
            latitude=self.latitude,
            longitude=self.longitude,
            splitter_port_id=self.splitter_port_id.id,
            splitter_id=self.splitter_id.id,
            sector_slot_id=self.sector_slot_id.id,
            note=self.note,
        )
        return {"type": "ir.actions.act_window_close"}
