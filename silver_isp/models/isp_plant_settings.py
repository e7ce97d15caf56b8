from odoo import api, models

from .. import optical

#: name -> what holds until somebody sets the system parameter ``silver_isp.<name>``
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
    """The numbers the plant is engineered with. They live in system parameters."""

    _name = "isp.plant.settings"
    _description = "Plant settings"

    @api.model
    def _get(self, name):
        """:return: float
        :raise KeyError: for a name that is no setting of the plant
        """
        value = self.env["ir.config_parameter"].sudo().get_param(f"silver_isp.{name}")
        try:
            return float(value) if value not in (False, None, "") else DEFAULTS[name]
        except ValueError:
            return DEFAULTS[name]

    @api.model
    def _losses(self):
        return optical.Losses(
            self._get("fibre_db_km"), self._get("splice_db"), self._get("connector_db")
        )
