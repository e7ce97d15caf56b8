from odoo import api, fields, models


class IspRadiusUsage(models.Model):
    """Traffic of a line on one day, added up from the accounting as it arrives."""

    _name = "isp.radius.usage"
    _description = "Traffic per day"
    _order = "date desc, id desc"
    _log_access = False

    radius_user_id = fields.Many2one(
        "isp.radius.user", required=True, readonly=True, ondelete="cascade", index=True
    )
    contract_id = fields.Many2one(
        related="radius_user_id.contract_id", store=True, index=True, readonly=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    date = fields.Date(required=True, readonly=True, index=True)
    upload_octets = fields.Float(digits=(20, 0), readonly=True)
    download_octets = fields.Float(digits=(20, 0), readonly=True)
    sessions = fields.Integer("New Sessions", readonly=True)
    upload_gb = fields.Float("Upload (GB)", compute="_compute_volumes", digits=(16, 3))
    download_gb = fields.Float("Download (GB)", compute="_compute_volumes", digits=(16, 3))

    _day_uniq = models.Constraint(
        "UNIQUE(radius_user_id, date)", "There is one row for each line and day."
    )

    @api.depends("upload_octets", "download_octets")
    def _compute_volumes(self):
        for usage in self:
            usage.upload_gb = usage.upload_octets / 1e9
            usage.download_gb = usage.download_octets / 1e9
