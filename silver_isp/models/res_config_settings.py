from odoo import api, fields, models

from .isp_plant_settings import DEFAULTS

#: changing one of these changes the stored loss of every splitter
LOSSES = {"fibre_db_km", "splice_db", "connector_db"}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_max_drop_m = fields.Float(string="Longest drop (m)")
    isp_drop_slack = fields.Float(string="Cable per metre of straight line")
    isp_margin_db = fields.Float(string="Optical margin required (dB)")
    isp_fibre_db_km = fields.Float(string="Loss of fibre (dB/km)")
    isp_splice_db = fields.Float(string="Loss of a splice (dB)")
    isp_connector_db = fields.Float(string="Loss of a connector (dB)")
    isp_cooling_hours = fields.Float(string="Rest of a released port (hours)")
    isp_map_tiles = fields.Char(
        string="Map tiles",
        config_parameter="silver_isp.map_tiles",
        help="Address of a tile server, such as https://tile.openstreetmap.org/{z}/{x}/{y}.png. "
        "Without one the map shows the plant on a plain ground.",
    )
    isp_map_attribution = fields.Char(
        string="Credit of the map", config_parameter="silver_isp.map_attribution"
    )

    @api.model
    def get_values(self):
        plant = self.env["isp.plant.settings"]._get_all()
        return {
            **super().get_values(),
            **{f"isp_{name}": value for name, value in plant.items()},
        }

    def set_values(self):
        super().set_values()
        changed = self.env["isp.plant.settings"]._set(
            {name: self[f"isp_{name}"] for name in DEFAULTS}
        )
        if LOSSES & changed:
            # every one of them loses as much more or less
            splitters = self.env["isp.splitter"].sudo().search([])  # pylint: disable=no-search-all
            splitters.modified(["feeder_km"])
