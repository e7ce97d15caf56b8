from odoo import api, fields, models


class IspBaseStation(models.Model):
    _name = "isp.base.station"
    _description = "Base station"
    _inherit = ["mail.thread", "isp.geo.mixin"]
    _order = "code, id"
    _check_company_auto = True
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True, copy=False, tracking=True)
    name = fields.Char(required=True, tracking=True)
    zone_id = fields.Many2one(
        "isp.zone", index=True, ondelete="restrict", check_company=True, tracking=True
    )
    location = fields.Char(help="Address in words: how a technician gets there.")
    note = fields.Text(string="Notes")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True)
    olt_ids = fields.One2many("isp.olt", "base_station_id")
    nas_ids = fields.One2many("isp.nas", "base_station_id")
    nap_ids = fields.One2many("isp.nap", "base_station_id")
    sector_ids = fields.One2many("isp.sector", "base_station_id")

    _code_uniq = models.UniqueIndex(
        "(company_id, lower(code))",
        "Another base station of the company has this code.",
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for base in self:
            base.display_name = " ".join(filter(None, [base.code, base.name]))
