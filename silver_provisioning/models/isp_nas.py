from odoo import api, models

#: What FreeRADIUS has to be told when it changes on a router.
CLIENT_FIELDS = {
    "name",
    "active",
    "management_address",
    "nas_identifier",
    "radius_secret",
    "radius_server_id",
}


class IspNas(models.Model):
    _inherit = "isp.nas"

    @api.model_create_multi
    def create(self, vals_list):
        routers = super().create(vals_list)
        self.env["isp.radius.server"]._plans_changed()
        return routers

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & CLIENT_FIELDS:
            self.env["isp.radius.server"]._plans_changed()
        return result

    def _radius_server(self):
        """:return: the server this router asks: its own, else the first of its company"""
        self.ensure_one()
        return self.radius_server_id or self.env["isp.radius.server"]._default_for(self.company_id)
