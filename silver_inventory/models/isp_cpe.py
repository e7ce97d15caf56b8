"""Customer equipment other than ONUs: routers, antennas, set-top boxes."""

from odoo import fields, models


class IspCpe(models.Model):
    _name = "isp.cpe"
    _description = "CPE"
    _inherit = ["isp.equipment.mixin"]
    _inherits = {"isp.inventory.item": "item_id"}
    _order = "id desc"

    item_id = fields.Many2one(
        "isp.inventory.item",
        string="Equipment item",
        required=True,
        ondelete="cascade",
        bypass_search_access=True,
    )

    _item_uniq = models.UniqueIndex("(item_id)", "This equipment is already a CPE.")
