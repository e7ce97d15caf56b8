from odoo import api, models

from .. import optical

DEFAULTS = {
    "max_drop_m": 300.0,
    "drop_slack": 1.3,
    "margin_db": 3.0,
    "fibre_db_km": 0.35,
    "splice_db": 0.1,
    "connector_db": 0.3,
    "cooling_hours": 48.0,
}


class IspPlantSettings(models.AbstractModel):
    """The numbers the plant is engineered with."""

    _name = "isp.plant.settings"
    _description = "Plant settings"
    _inherit = ["silver.settings.mixin"]
    _prefix = "silver_isp"
    _settings = DEFAULTS

    @api.model
    def _losses(self):
        return optical.Losses(
            self._get("fibre_db_km"), self._get("splice_db"), self._get("connector_db")
        )
