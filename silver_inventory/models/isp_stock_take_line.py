from odoo import fields, models


class IspStockTakeLine(models.Model):
    _name = "isp.stock.take.line"
    _description = "Equipment count line"
    _order = "verdict, id"

    take_id = fields.Many2one("isp.stock.take", required=True, index=True, ondelete="cascade")
    code = fields.Char(required=True, readonly=True)
    item_id = fields.Many2one("isp.inventory.item", string="Equipment item", readonly=True)
    verdict = fields.Selection(
        [
            ("right", "In its place"),
            ("elsewhere", "We thought it elsewhere"),
            ("missing", "Missing"),
            ("unknown", "Unknown code"),
        ],
        required=True,
        readonly=True,
    )
    found_in = fields.Char(string="Where we thought it was", readonly=True)
    apply = fields.Boolean(
        help="Elsewhere: bring it here. Missing: declare it lost. Untick to leave it as it is."
    )
