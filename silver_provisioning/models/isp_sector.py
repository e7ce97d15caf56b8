from odoo import models


class IspSector(models.Model):
    _name = "isp.sector"
    _inherit = ["isp.sector", "isp.names.router.mixin"]

    _path_from_contract = "sector_slot_id.sector_id"
