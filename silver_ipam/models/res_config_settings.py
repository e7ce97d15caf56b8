from odoo import fields, models

from .isp_ip_finding import FRESH_MINUTES, SILENT_DAYS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ip_retention_months = fields.Integer(related="company_id.ip_retention_months", readonly=False)
    ip_fresh_minutes = fields.Integer(
        "A sighting counts for (minutes)",
        config_parameter="silver_ipam.fresh_minutes",
        default=FRESH_MINUTES,
    )
    ip_silent_days = fields.Integer(
        "Silent after (days)", config_parameter="silver_ipam.silent_days", default=SILENT_DAYS
    )
