from odoo import models


class IspOlt(models.Model):
    _name = "isp.olt"
    _inherit = ["isp.olt", "isp.names.router.mixin"]

    _path_from_contract = "olt_port_id.olt_id"
