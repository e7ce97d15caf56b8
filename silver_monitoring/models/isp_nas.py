from odoo import fields, models


class IspNas(models.Model):
    _name = "isp.nas"
    _inherit = ["isp.nas", "isp.interfaces.mixin"]

    traffic_watch_ids = fields.One2many("isp.traffic.watch", "nas_id")
    interface_ids = fields.One2many("isp.interface", "nas_id", string="Interfaces")

    def _ensure_traffic_watch(self):
        self.env["isp.traffic.watch"]._ensure(self.env["isp.olt"], self)
