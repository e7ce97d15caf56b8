from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: the places an outage can be at, from the widest to the narrowest: scope -> field
PLACES = {
    "base": "base_station_id",
    "olt": "olt_id",
    "port": "olt_port_id",
    "splitter": "splitter_id",
    "sector": "sector_id",
}


def _place_field(model, **kwargs):
    return fields.Many2one(
        model, index="btree_not_null", ondelete="cascade", check_company=True, **kwargs
    )


class IspOutage(models.Model):
    """A fault that takes the service from everybody below one place of the plant.

    Opened by hand (network operators, support) or by who reads the devices. While it is open,
    support sees it on each contract it reaches and collection cuts none of them.
    """

    _name = "isp.outage"
    _description = "Outage"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, date_start desc, id desc"
    _rec_name = "place_name"
    _check_company_auto = True

    scope = fields.Selection(
        [
            ("base", "Base station"),
            ("olt", "OLT"),
            ("port", "PON port"),
            ("splitter", "Splitter"),
            ("sector", "Wireless sector"),
        ],
        string="Where",
        required=True,
        default="splitter",
    )
    base_station_id = _place_field("isp.base.station")
    olt_id = _place_field("isp.olt", string="OLT")
    olt_port_id = _place_field("isp.olt.card.port", string="PON port")
    splitter_id = _place_field("isp.splitter")
    sector_id = _place_field("isp.sector")
    place_name = fields.Char(
        string="Place", compute="_compute_place", store=True, precompute=True, readonly=True
    )
    site_id = fields.Many2one(
        "isp.base.station",
        string="Base",
        compute="_compute_place",
        store=True,
        precompute=True,
        index=True,
        help="The base station the place belongs to.",
    )
    company_id = fields.Many2one(
        "res.company", compute="_compute_place", store=True, precompute=True, index=True
    )
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")],
        required=True,
        default="open",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    date_start = fields.Datetime(
        string="Since", required=True, default=fields.Datetime.now, copy=False, tracking=True
    )
    date_end = fields.Datetime(string="Until", copy=False, tracking=True)
    date_expected = fields.Datetime(
        string="Expected back", copy=False, help="What support may tell the customers."
    )
    duration_hours = fields.Float(
        string="Hours",
        compute="_compute_duration_hours",
        store=True,
        help="Of a closed outage: how long it lasted.",
    )
    cause = fields.Selection(
        [
            ("unknown", "Not known yet"),
            ("fibre", "Fibre cut"),
            ("power", "Power"),
            ("equipment", "Equipment"),
            ("upstream", "Upstream provider"),
            ("maintenance", "Maintenance"),
        ],
        required=True,
        default="unknown",
        tracking=True,
    )
    source = fields.Selection(
        [("manual", "By hand"), ("readings", "Readings")],
        required=True,
        default="manual",
        readonly=True,
        copy=False,
    )
    down_count = fields.Integer(string="ONUs down", readonly=True, copy=False)
    total_count = fields.Integer(string="ONUs", readonly=True, copy=False)
    note = fields.Text(string="Notes")

    _one_place = models.Constraint(
        "CHECK(num_nonnulls(base_station_id, olt_id, olt_port_id, splitter_id, sector_id) = 1"
        " AND CASE scope WHEN 'base' THEN base_station_id WHEN 'olt' THEN olt_id"
        " WHEN 'port' THEN olt_port_id WHEN 'splitter' THEN splitter_id"
        " WHEN 'sector' THEN sector_id END IS NOT NULL)",
        "An outage is at one place: say which base, OLT, port, splitter or sector.",
    )
    _closed_has_end = models.Constraint(
        "CHECK((state = 'closed') = (date_end IS NOT NULL))",
        "A closed outage has an end and an open one has none.",
    )
    _dates = models.Constraint(
        "CHECK(date_end >= date_start)", "An outage does not end before it starts."
    )
    _counts = models.Constraint(
        "CHECK(down_count BETWEEN 0 AND total_count)", "No more ONUs are down than there are."
    )
    _one_open = models.UniqueIndex(
        "(scope, COALESCE(base_station_id, olt_id, olt_port_id, splitter_id, sector_id))"
        " WHERE state = 'open'",
        "There is already an open outage at this place.",
    )
    _open_idx = models.Index("(date_start) WHERE state = 'open'")

    @api.depends(*PLACES.values())
    def _compute_place(self):
        for outage in self:
            place = outage._place()
            outage.place_name = place.display_name or False
            outage.company_id = place.company_id if place else self.env.company
            outage.site_id = (
                outage.base_station_id
                or outage.olt_id.base_station_id
                or (outage.olt_port_id or outage.splitter_id.olt_port_id).base_station_id
                or outage.sector_id.base_station_id
            )

    @api.depends("date_start", "date_end")
    def _compute_duration_hours(self):
        for outage in self:
            seconds = outage.date_end and (outage.date_end - outage.date_start).total_seconds()
            outage.duration_hours = (seconds or 0) / 3600

    @api.onchange("scope")
    def _onchange_scope(self):
        for scope, name in PLACES.items():
            if scope != self.scope:
                self[name] = False

    def _place(self):
        """:return: the record of the plant where the outage of ``self`` is (may be empty)"""
        self.ensure_one()
        for name in reversed(PLACES.values()):
            if self[name]:
                return self[name]
        return self.base_station_id

    # === life === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            given = [scope for scope, name in PLACES.items() if vals.get(name)]
            if len(given) == 1:
                vals["scope"] = given[0]
            else:
                raise UserError(
                    self.env._(
                        "An outage is at one place: say which base, OLT, port, splitter or sector."
                    )
                )
        self._check_none_open(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("date_end") and "state" not in vals:
            # whoever writes the end closes it
            vals = dict(vals, state="closed")
        return super().write(vals)

    @api.model
    def _check_none_open(self, vals_list):
        """:raise UserError: naming the open outage that is already at one of the places"""
        for scope, name in PLACES.items():
            ids = [vals[name] for vals in vals_list if vals["scope"] == scope]
            if not ids:
                continue
            found = self.search([(name, "in", ids), ("state", "=", "open")], limit=1)
            if found:
                raise UserError(
                    self.env._(
                        "There is already an open outage at %(place)s, since %(date)s. Add what "
                        "you know to that one.",
                        place=found.place_name,
                        date=fields.Datetime.context_timestamp(found, found.date_start).strftime(
                            "%d/%m/%Y %H:%M"
                        ),
                    )
                )

    def action_close(self, date=None, note=None):
        """The service is back. Idempotent: a closed outage keeps its end.

        :param date: when it came back; now when not given
        :param str note: added to the notes
        :return: True
        """
        opened = self.filtered(lambda outage: outage.state == "open")
        end = fields.Datetime.to_datetime(date) or fields.Datetime.now()
        late = opened.filtered(lambda outage: outage.date_start > end)
        if late:
            raise UserError(
                self.env._(
                    "The outage at %(place)s starts after that. Correct its start first.",
                    place=late[0].place_name,
                )
            )
        opened.write({"state": "closed", "date_end": end})
        if note:
            for outage in opened:
                outage.note = "\n".join(filter(None, [outage.note, note]))
        return True

    @api.model
    def _running_at(self, at=None):
        """:param at: a moment; now when not given
        :return: outages that had started and had not ended then
        """
        at = at or fields.Datetime.now()
        return self.search(
            [("date_start", "<=", at), "|", ("date_end", "=", False), ("date_end", ">", at)],
            order="date_start, id",
        )

    def _covered_splitters_sql(self):
        """The splitters that each outage of ``self`` reaches, but those of wireless sectors.

        :return: SQL of rows (outage_id, splitter_id)
        """
        return SQL(
            """
            SELECT o.id AS outage_id, s.id AS splitter_id
              FROM isp_outage o
              JOIN isp_splitter top ON top.id = o.splitter_id
              JOIN isp_splitter s ON s.parent_path LIKE top.parent_path || '%%'
             WHERE o.id = ANY(%(ids)s)
            UNION ALL
            SELECT o.id, s.id
              FROM isp_outage o
              JOIN isp_splitter s ON s.olt_port_id = o.olt_port_id
             WHERE o.id = ANY(%(ids)s)
            UNION ALL
            SELECT o.id, s.id
              FROM isp_outage o
              JOIN isp_olt olt ON olt.id = o.olt_id OR olt.base_station_id = o.base_station_id
              JOIN isp_olt_card_port p ON p.olt_id = olt.id
              JOIN isp_splitter s ON s.olt_port_id = p.id
             WHERE o.id = ANY(%(ids)s)
            """,
            ids=self.ids,
        )
