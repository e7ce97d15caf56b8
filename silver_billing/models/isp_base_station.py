from odoo import fields, models


class IspBaseStation(models.Model):
    _inherit = "isp.base.station"

    collection_hold_until = fields.Date(
        "No Cuts Until",
        help="While there is an outage: nobody here is cut up to this day, included.",
    )
    collection_hold_reason = fields.Char("Why Nobody Is Cut")
