from odoo import api, fields, models
from odoo.exceptions import UserError


class IspNap(models.Model):
    """The box on the pole where customers' drops are plugged (NAP, CTO, caja)."""

    _name = "isp.nap"
    _description = "NAP box"
    _inherit = ["mail.thread", "isp.geo.mixin"]
    _order = "code, id"
    _rec_name = "code"
    _rec_names_search = ["code", "address"]
    _check_company_auto = True

    code = fields.Char(required=True, copy=False, tracking=True)
    base_station_id = fields.Many2one(
        "isp.base.station",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    zone_id = fields.Many2one(
        "isp.zone",
        compute="_compute_zone_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    address = fields.Char(help="Pole, corner, whatever a technician looks for.")
    state = fields.Selection(
        [
            ("project", "In project"),
            ("deployed", "Deployed"),
            ("certified", "Certified"),
        ],
        required=True,
        default="deployed",
        tracking=True,
        copy=False,
        help="Nothing is sold on a box that is still in project.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True)
    note = fields.Text(string="Notes")
    splitter_ids = fields.One2many("isp.splitter", "nap_id", string="Splitters")
    port_ids = fields.One2many("isp.splitter.port", string="Ports", compute="_compute_port_ids")
    port_count = fields.Integer(string="Ports (count)", compute="_compute_ports")
    used_count = fields.Integer(string="Taken", compute="_compute_ports")
    free_count = fields.Integer(string="Free", compute="_compute_ports")
    occupancy = fields.Float(string="Occupancy (%)", compute="_compute_ports")

    _code_uniq = models.UniqueIndex(
        "(company_id, lower(code))", "Another box of the company has this code."
    )

    @api.depends("base_station_id")
    def _compute_zone_id(self):
        for nap in self:
            nap.zone_id = nap.base_station_id.zone_id or nap.zone_id

    @api.depends("splitter_ids.port_ids")
    def _compute_port_ids(self):
        for nap in self:
            nap.port_ids = nap.splitter_ids.port_ids

    @api.depends("splitter_ids.port_ids.state")
    def _compute_ports(self):
        groups = self.env["isp.splitter.port"]._read_group(
            [("nap_id", "in", self.ids), ("state", "!=", "cascade")],
            ["nap_id", "state"],
            ["__count"],
        )
        counts = {}
        for nap, state, count in groups:
            counts.setdefault(nap.id, {})[state] = count
        for nap in self:
            mine = counts.get(nap._origin.id, {})
            nap.port_count = sum(mine.values())
            nap.used_count = mine.get("used", 0) + mine.get("reserved", 0)
            nap.free_count = nap.port_count - nap.used_count
            nap.occupancy = 100.0 * nap.used_count / (nap.port_count or 1)

    def init(self):
        self._init_geo_index()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        if self.splitter_ids:
            raise UserError(
                self.env._(
                    "Box %(nap)s still holds splitter %(splitter)s. Move or delete it first.",
                    nap=self.splitter_ids[0].nap_id.code,
                    splitter=self.splitter_ids[0].code,
                )
            )

    def action_view_ports(self):
        """Show the ports of these boxes."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_isp.isp_splitter_port_action"
        )
        action["domain"] = [("nap_id", "in", self.ids)]
        return action

    def action_check(self):
        """Ask for feasibility on the box and show the answer."""
        self.ensure_one()
        return self.env["isp.feasibility"].check(nap_id=self.id)._show()

    def _free_ports(self):
        """:return: isp.splitter.port of these boxes that can be lent now, best light first."""
        return self.splitter_ids._free_ports()
