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
    connected_count = fields.Integer(string="Connected", compute="_compute_connected_count")

    _code_uniq = models.UniqueIndex(
        "(company_id, lower(code))",
        "Another base station of the company has this code.",
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for base in self:
            base.display_name = " ".join(filter(None, [base.code, base.name]))

    @api.depends("olt_ids.port_ids.used_onus", "sector_ids.used_count")
    def _compute_connected_count(self):
        counts = self._connected_counts()
        for base in self:
            base.connected_count = counts.get(base._origin.id, 0)

    def action_view_capacity(self):
        """Show the capacity of the PON ports of these bases."""
        action = self.env["ir.actions.act_window"]._for_xml_id("silver_isp.isp_pon_capacity_action")
        action["domain"] = [("base_station_id", "in", self.ids)]
        return action

    def _connected_counts(self):
        """:return: ``{base id: customers connected now}`` by fibre and by radio."""
        counts = dict.fromkeys(self.ids, 0)
        for base, used in self.env["isp.pon.capacity"]._read_group(
            [("base_station_id", "in", self.ids)],
            ["base_station_id"],
            ["used_onus:sum"],
        ):
            counts[base.id] += used
        for sector, used in self.env["isp.sector.slot"]._read_group(
            [("sector_id.base_station_id", "in", self.ids), ("state", "!=", "free")],
            ["sector_id"],
            ["__count"],
        ):
            counts[sector.base_station_id.id] += used
        return counts
