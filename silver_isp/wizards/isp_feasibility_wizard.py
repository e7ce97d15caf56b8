import re

from odoo import fields, models
from odoo.exceptions import UserError

PAIR = re.compile(r"^\s*\(?\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*\)?\s*$")


class IspFeasibilityWizard(models.TransientModel):
    _name = "isp.feasibility.wizard"
    _description = "Ask for feasibility"

    coordinates = fields.Char(help="Latitude and longitude as a map gives them: 20.3887, -99.9964.")
    partner_id = fields.Many2one("res.partner", string="Customer")
    nap_id = fields.Many2one("isp.nap", string="Box")
    splitter_id = fields.Many2one("isp.splitter", string="Splitter")
    technology = fields.Selection(
        [("any", "Any"), ("fiber", "Fibre"), ("wireless", "Wireless")],
        required=True,
        default="any",
    )

    def action_check(self):
        """Ask, keep the answer and show it."""
        self.ensure_one()
        latitude = longitude = None
        if self.coordinates:
            pair = PAIR.match(self.coordinates)
            if not pair:
                raise UserError(
                    self.env._(
                        "“%s” is not a pair of coordinates. Write latitude, comma, "
                        "longitude, in degrees "
                        "with decimals: 20.3887, -99.9964.",
                        self.coordinates,
                    )
                )
            latitude, longitude = pair.groups()
        answer = self.env["isp.feasibility"].check(
            latitude=latitude,
            longitude=longitude,
            nap_id=self.nap_id.id,
            splitter_id=self.splitter_id.id,
            technology=self.technology,
            partner_id=self.partner_id.id,
        )
        return answer._show()
