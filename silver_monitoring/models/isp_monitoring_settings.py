from odoo import models

DEFAULTS = {
    "weak_dbm": -25.0,
    "critical_dbm": -27.0,
    "worsening_db": 2.0,
    "worsening_days": 14.0,
    "outage_share": 80.0,
    "outage_minimum": 3.0,
    "outage_minutes": 15.0,
    "link_full_pct": 80.0,
    "link_full_days": 3.0,
    "keep_sample_days": 7.0,
    "keep_hour_days": 90.0,
    "keep_day_days": 1095.0,
    "workers": 8.0,
}


class IspMonitoringSettings(models.AbstractModel):
    """From when a signal is weak, an outage an outage, a reading old."""

    _name = "isp.monitoring.settings"
    _description = "Monitoring settings"
    _inherit = ["silver.settings.mixin"]
    _prefix = "silver_monitoring"
    _settings = DEFAULTS
