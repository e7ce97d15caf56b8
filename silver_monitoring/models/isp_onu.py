from odoo import api, models


class IspOnu(models.Model):
    _name = "isp.onu"
    _inherit = ["isp.onu", "isp.signal.mixin"]

    def _signal_onus(self):
        return {onu._origin.id: onu._origin for onu in self}

    @api.model
    def _signal_onu_path(self):
        return "id"

    @api.depends("gpon_serial")
    def _compute_signal_id(self):
        super()._compute_signal_id()
