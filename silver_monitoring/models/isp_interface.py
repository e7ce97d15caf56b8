from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .. import signals, traffic

KINDS = [
    ("ethernet", "Ethernet"),
    ("lag", "Aggregated link"),
    ("vlan", "VLAN"),
    ("pon", "PON port"),
]
STATUSES = [
    ("up", "Up"),
    ("down", "Link down"),
    ("off", "Disabled"),
    ("gone", "Not shown any more"),
]


class IspInterface(models.Model):
    """An interface of an OLT or a router, as it was shown last. One row for each that was ever
    shown, but the sessions of customers.

    Written by the poller alone, with SQL; people say what it is for, what was contracted and
    whether somebody must look when it falls. What went through it is in ``isp.traffic.history``.
    """

    _name = "isp.interface"
    _description = "Interface"
    _order = "watch_id, if_index, id"
    _log_access = False
    _rec_names_search = ["name", "alias", "watch_id.name"]

    watch_id = fields.Many2one(
        "isp.traffic.watch",
        string="Device",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    olt_id = fields.Many2one(
        "isp.olt", string="OLT", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    nas_id = fields.Many2one(
        "isp.nas", string="NAS", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    company_id = fields.Many2one(related="watch_id.company_id", store=True, index=True)
    base_station_id = fields.Many2one(
        related="watch_id.base_station_id", string="Base", search="_search_base_station_id"
    )
    olt_port_id = fields.Many2one(
        "isp.olt.card.port",
        string="PON port",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    position = fields.Integer(
        required=True,
        readonly=True,
        help="Of this interface in the arrays of its device's history.",
    )
    if_index = fields.Integer(string="Index", readonly=True)
    name = fields.Char(string="Interface", required=True, readonly=True)
    alias = fields.Char(string="Description", readonly=True, help="As written on the device.")
    kind = fields.Selection(KINDS, required=True, readonly=True)
    status = fields.Selection(STATUSES, string="State", required=True, readonly=True)
    watched = fields.Boolean(
        string="Look after",
        default=True,
        help="On: when it falls or gets close to full it is listed to look at.",
    )
    bits = fields.Integer(string="Counter (bits)", readonly=True)
    speed_mbps = fields.Integer(string="Speed (Mbps)", readonly=True, aggregator=None)
    contracted_mbps = fields.Integer(
        string="Contracted (Mbps)",
        aggregator=None,
        help="What may go through when it is less than the speed: a transit of 2,000 Mbps on a "
        "port of 10,000. 0: the speed.",
    )
    capacity_in_mbps = fields.Integer(
        compute="_compute_capacity", store=True, string="Capacity in (Mbps)", aggregator=None
    )
    capacity_out_mbps = fields.Integer(
        compute="_compute_capacity", store=True, string="Capacity out (Mbps)", aggregator=None
    )
    capacity_mbps = fields.Integer(string="Capacity (Mbps)", compute="_compute_capacity_mbps")
    rate_at = fields.Datetime(string="Measured", readonly=True)
    in_mbps = fields.Float(string="In (Mbps)", readonly=True)
    out_mbps = fields.Float(string="Out (Mbps)", readonly=True)
    use_pct = fields.Float(
        string="Use (%)", readonly=True, aggregator="max", help="Now, of the fuller direction."
    )
    down_since = fields.Datetime(readonly=True, help="It was up before.")
    p95_in_mbps = fields.Float(string="P95 in (Mbps)", readonly=True)
    p95_out_mbps = fields.Float(string="P95 out (Mbps)", readonly=True)
    p95_pct = fields.Float(
        string="P95 (%)",
        readonly=True,
        aggregator="max",
        help="Of yesterday: all but its fullest 72 minutes went with this much or less.",
    )
    full_days = fields.Integer(
        string="Days full",
        readonly=True,
        aggregator="max",
        help="In a row until yesterday.",
    )
    finding_ids = fields.One2many("isp.traffic.finding", "interface_id", string="Findings")

    _position_uniq = models.Constraint(
        "UNIQUE(watch_id, position)", "Another interface has this place in the history."
    )
    _name_uniq = models.Constraint(
        "UNIQUE(watch_id, name)", "The device already shows an interface with this name."
    )
    _position_positive = models.Constraint("CHECK(position > 0)", "Positions count from 1.")
    _contracted = models.Constraint(
        "CHECK(contracted_mbps >= 0)", "What was contracted is a number of Mbps; 0 is its speed."
    )
    _one_device = models.Constraint(
        "CHECK(num_nonnulls(olt_id, nas_id) = 1)", "An interface is that of one device."
    )

    def init(self):
        super().init()
        # counters of 64 bits without sign, which no type of the ORM holds
        self.env.cr.execute(
            """
            ALTER TABLE isp_interface
                ADD COLUMN IF NOT EXISTS in_octets numeric(20),
                ADD COLUMN IF NOT EXISTS out_octets numeric(20);
            ALTER TABLE isp_interface SET (fillfactor = 60)
            """
        )

    @api.depends("speed_mbps", "contracted_mbps", "kind", "olt_port_id.technology")
    def _compute_capacity(self):
        for interface in self:
            interface.capacity_in_mbps, interface.capacity_out_mbps = traffic.capacity(
                interface.kind,
                interface.speed_mbps,
                interface.contracted_mbps,
                interface.olt_port_id.technology,
            )

    @api.depends("capacity_in_mbps", "capacity_out_mbps")
    def _compute_capacity_mbps(self):
        for interface in self:
            interface.capacity_mbps = max(interface.capacity_in_mbps, interface.capacity_out_mbps)

    @api.depends("name", "alias", "watch_id")
    def _compute_display_name(self):
        for interface in self:
            parts = [interface.watch_id.name, interface.name, interface.alias]
            interface.display_name = " · ".join(filter(None, parts))

    @api.model
    def _search_base_station_id(self, operator, value):
        return Domain("watch_id.base_station_id", operator, value)

    def traffic_series(self, days=7, until=None):
        """What went through, for the graph. RPC.

        :param float days: how far back, ``until`` now
        :return: dict ``points`` ([moment in ms, in, highest in, out, highest out] in Mbps, False
            where it cannot be told), ``capacity_in``, ``capacity_out`` (Mbps, 0 unknown), ``limit``
            (percent from which it is close to full) and ``resolution`` (sample, hour, day)
        """
        self.ensure_one()
        self.check_access("read")
        until = fields.Datetime.to_datetime(until) or fields.Datetime.now()
        since = until - timedelta(days=min(max(float(days), 0.01), 4000))
        read = [f"{side}_kbps[%(pos)s]" for side in ("in", "in", "out", "out")]
        rolled = [f"{name}[%(pos)s]" for name in ("in_avg", "in_max", "out_avg", "out_max")]
        name, rows = self.env["isp.traffic.history"]._points(
            self.watch_id.id, self.position, since, until, read, rolled
        )
        return {
            "points": [
                [signals.milliseconds(at)]
                + [False if kbps is None else kbps / 1000 for kbps in values]
                for at, *values in rows
            ],
            "capacity_in": self.capacity_in_mbps,
            "capacity_out": self.capacity_out_mbps,
            "limit": self.env["isp.monitoring.settings"]._get("link_full_pct"),
            "resolution": name,
        }

    def action_open_device(self):
        """Open the OLT or the router."""
        self.ensure_one()
        return (self.olt_id or self.nas_id).get_formview_action()
