from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .isp_monitoring_settings import DEFAULTS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    monitoring_weak_dbm = fields.Float(string="Weak signal (dBm)")
    monitoring_critical_dbm = fields.Float(string="Critical signal (dBm)")
    monitoring_worsening_db = fields.Float(string="Worsening (dB lost)")
    monitoring_worsening_days = fields.Float(string="In so many days")
    monitoring_outage_share = fields.Float(string="Share of ONUs that fell (%)")
    monitoring_outage_minimum = fields.Float(string="ONUs at least")
    monitoring_outage_minutes = fields.Float(string="Together means within (minutes)")
    monitoring_link_full_pct = fields.Float(string="Close to full (%)")
    monitoring_link_full_days = fields.Float(string="Days in a row")
    monitoring_keep_sample_days = fields.Float(string="Every reading (days)")
    monitoring_keep_hour_days = fields.Float(string="By the hour (days)")
    monitoring_keep_day_days = fields.Float(string="By the day (days)")
    monitoring_workers = fields.Float(string="Devices read at once")

    @api.model
    def get_values(self):
        settings = self.env["isp.monitoring.settings"]._get_all()
        return {
            **super().get_values(),
            **{f"monitoring_{name}": value for name, value in settings.items()},
        }

    def set_values(self):
        super().set_values()
        if self.monitoring_critical_dbm >= self.monitoring_weak_dbm:
            raise ValidationError(
                self.env._("A critical signal is below a weak one: -27 and -25 dBm, for example.")
            )
        if not 0 < self.monitoring_outage_share <= 100 or self.monitoring_outage_minimum < 2:
            raise ValidationError(
                self.env._("An outage takes 2 ONUs or more, and up to 100 % of a place.")
            )
        if not 0 < self.monitoring_link_full_pct <= 100 or self.monitoring_link_full_days < 1:
            raise ValidationError(
                self.env._(
                    "A link is close to full from some percent up to 100, for a day or more."
                )
            )
        if min(self.monitoring_keep_sample_days, self.monitoring_keep_hour_days) < 2:
            raise ValidationError(self.env._("Readings are kept for two days or more."))
        self.env["isp.monitoring.settings"]._set(
            {name: self[f"monitoring_{name}"] for name in DEFAULTS}
        )
