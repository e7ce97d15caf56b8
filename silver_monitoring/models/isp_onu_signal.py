from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .. import signals

PHASES = [
    ("working", "Online"),
    ("los", "No light"),
    ("dyinggasp", "No power at the customer"),
    ("offline", "Offline"),
    ("unknown", "Unknown"),
]
LEVELS = [
    ("good", "Good"),
    ("weak", "Weak"),
    ("critical", "Critical"),
    ("strong", "Too strong"),
    ("none", "No light"),
]


class IspOnuSignal(models.Model):
    """How an ONU is now, as its OLT sees it. One row for each ONU an OLT has ever shown.

    Written by the poller alone, with SQL, and only when something changed: reading 100,000 ONUs
    that are as they were writes nothing here. What they received is in ``isp.signal.history``.
    """

    _name = "isp.onu.signal"
    _description = "Signal of an ONU"
    _order = "olt_id, slot, port_number, number, id"
    _rec_name = "serial"
    _log_access = False
    _rec_names_search = ["serial", "contract_id.name", "contract_id.partner_id.name"]

    olt_id = fields.Many2one(
        "isp.olt", string="OLT", required=True, readonly=True, index=True, ondelete="cascade"
    )
    position = fields.Integer(
        required=True, readonly=True, help="Of this ONU in the arrays of its OLT's history."
    )
    serial = fields.Char(required=True, readonly=True, index=True)
    slot = fields.Integer(string="Card", readonly=True)
    port_number = fields.Integer(string="Port", readonly=True)
    number = fields.Integer(string="ONU number", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    olt_port_id = fields.Many2one(
        "isp.olt.card.port",
        string="PON port",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    onu_id = fields.Many2one(
        "isp.onu", string="ONU", readonly=True, index="btree_not_null", ondelete="set null"
    )
    contract_id = fields.Many2one(
        "isp.contract", readonly=True, index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    splitter_id = fields.Many2one(
        "isp.splitter", readonly=True, index="btree_not_null", ondelete="set null"
    )
    base_station_id = fields.Many2one(
        related="olt_id.base_station_id", string="Base", search="_search_base_station_id"
    )
    present = fields.Boolean(
        string="Configured", readonly=True, help="The OLT still has it in its configuration."
    )
    expected = fields.Boolean(
        string="Should be on line",
        readonly=True,
        help="Its contract is active, or the OLT carries it and we know no contract.",
    )
    phase = fields.Selection(PHASES, string="State", required=True, readonly=True)
    level = fields.Selection(LEVELS, string="Signal", required=True, readonly=True)
    rx_dbm = fields.Float(string="Received (dBm)", readonly=True, aggregator="avg")
    tx_dbm = fields.Float(string="Sent (dBm)", readonly=True, aggregator="avg")
    olt_rx_dbm = fields.Float(string="Received by the OLT (dBm)", readonly=True, aggregator="avg")
    distance_m = fields.Integer(string="Distance (m)", readonly=True, aggregator="avg")
    down_since = fields.Datetime(readonly=True)
    online_at = fields.Datetime(
        string="Last online (kept)", readonly=True, help="While it is on line, as of its last fall."
    )
    last_online = fields.Datetime(string="Last seen", compute="_compute_last_online")
    rx_hour_dbm = fields.Float(string="Last hour (dBm)", readonly=True, aggregator="avg")
    trend_db = fields.Float(
        string="Change (dB)",
        readonly=True,
        aggregator="avg",
        help="By which the received power went up or down in the last days, by least squares.",
    )
    has_trend = fields.Boolean(readonly=True)
    finding_ids = fields.One2many("isp.signal.finding", "signal_id", string="Findings")

    _position_uniq = models.Constraint(
        "UNIQUE(olt_id, position)", "Another ONU of the OLT has this place in its history."
    )
    _serial_uniq = models.Constraint(
        "UNIQUE(olt_id, serial)", "The OLT already shows an ONU with this serial number."
    )
    _position_positive = models.Constraint("CHECK(position > 0)", "Positions count from 1.")
    _down_idx = models.Index("(olt_id, down_since) WHERE down_since IS NOT NULL")
    _level_idx = models.Index("(level) WHERE level IN ('weak', 'critical', 'strong')")

    def init(self):
        super().init()
        # room in each page, so that an update of what changes does not touch the indexes
        self.env.cr.execute("ALTER TABLE isp_onu_signal SET (fillfactor = 80)")

    @api.model
    def _search_base_station_id(self, operator, value):
        return Domain("olt_id.base_station_id", operator, value)

    @api.depends("phase", "online_at", "olt_id")
    def _compute_last_online(self):
        watches = self.env["isp.olt.watch"].sudo().search([("olt_id", "in", self.olt_id.ids)])
        polled = {watch.olt_id.id: watch.last_ok_at for watch in watches}
        for signal in self:
            now = signal.phase == "working" and polled.get(signal.olt_id.id)
            signal.last_online = now or signal.online_at

    @api.depends("serial", "olt_id", "contract_id")
    def _compute_display_name(self):
        for signal in self:
            contract = signal.contract_id.display_name
            signal.display_name = f"{signal.serial} · {contract or signal.olt_id.name}"

    @api.model
    def _of(self, onus):
        """:return: ``{isp.onu id: isp.onu.signal}``: where each is now, or was last"""
        found = {}
        for signal in self.search([("onu_id", "in", onus.ids)], order="present, online_at, id"):
            found[signal.onu_id.id] = signal
        return found

    def signal_series(self, days=7, until=None):
        """What the ONU received, for the graph. RPC.

        :param float days: how far back, ``until`` now
        :return: dict ``points`` ([moment in ms, lowest, mean, highest, share online], False where
            it gave no power), ``weak``, ``critical``, ``strong`` and ``resolution`` (sample, hour,
            day); no points when it was never read
        """
        settings = self.env["isp.monitoring.settings"]
        data = {
            "points": [],
            "weak": settings._get("weak_dbm"),
            "critical": settings._get("critical_dbm"),
            "strong": signals.STRONG_DBM,
            "resolution": "",
        }
        if not self:
            return data
        self.ensure_one()
        self.check_access("read")
        until = fields.Datetime.to_datetime(until) or fields.Datetime.now()
        since = until - timedelta(days=min(max(float(days), 0.01), 4000))
        name, rows = self.env["isp.signal.history"]._drawn(
            self.olt_id.id, self.position, since, until
        )
        data["resolution"] = name
        # XML-RPC knows no None
        data["points"] = [
            [signals.milliseconds(at), *(False if value is None else value for value in values)]
            for at, *values in rows
        ]
        return data

    def action_open_contract(self):
        """Open the contract, or the equipment when nobody has it."""
        self.ensure_one()
        record = self.contract_id or self.onu_id or self
        return record.get_formview_action()
