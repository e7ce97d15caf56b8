from odoo import fields, models


class IspOltCardPort(models.Model):
    _inherit = "isp.olt.card.port"

    service_vlan = fields.Integer("Customer VLAN", help="0: the one of the OLT.")

    _vlan_range = models.Constraint(
        "CHECK(service_vlan IS NULL OR service_vlan BETWEEN 0 AND 4094)",
        "A VLAN is a number from 1 to 4094.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "service_vlan" in vals:
            self.olt_id._provisioning_options_changed()
        return result
