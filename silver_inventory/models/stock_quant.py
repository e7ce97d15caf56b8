"""Equipment is in one place. Odoo does not promise it for serials, so the database does."""

from odoo import api, fields, models

PLACES = ("internal", "transit", "customer")


class StockQuant(models.Model):
    _inherit = "stock.quant"

    isp_place = fields.Boolean(
        string="Place of equipment",
        compute="_compute_isp_place",
        store=True,
        help="The quantity says where a piece of our equipment is (not a supplier or a loss).",
    )

    # Deferrable: within one move Odoo may add to the destination before it takes from the source.
    # Concurrent movers each add a row in their own destination; the second one is refused.
    _isp_one_place = models.Constraint(
        "EXCLUDE USING btree (lot_id WITH =) WHERE (quantity > 0 AND isp_place)"
        " DEFERRABLE INITIALLY DEFERRED",
        "A piece of equipment cannot be in two places at once. Look where it is now and try again.",
    )

    @api.depends("lot_id.isp_serial_key", "location_id.usage", "location_id.isp_role")
    def _compute_isp_place(self):
        for quant in self:
            place = quant.location_id
            ours = place.usage in PLACES or place.isp_role == "rma"
            quant.isp_place = bool(quant.lot_id.isp_serial_key and ours)
