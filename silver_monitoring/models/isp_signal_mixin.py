from odoo import api, fields, models
from odoo.fields import Domain


class IspSignalMixin(models.AbstractModel):
    """What a form says of an ONU. The heir says whose it is."""

    _name = "isp.signal.mixin"
    _description = "Has an ONU that is read"

    signal_id = fields.Many2one(
        "isp.onu.signal",
        string="Signal of the ONU",
        compute="_compute_signal_id",
        search="_search_signal_id",
    )
    signal_phase = fields.Selection(related="signal_id.phase", string="State of the ONU")
    signal_level = fields.Selection(related="signal_id.level", string="Signal")
    signal_rx_dbm = fields.Float(related="signal_id.rx_dbm", string="Received (dBm)")
    signal_tx_dbm = fields.Float(related="signal_id.tx_dbm", string="Sent (dBm)")
    signal_olt_rx_dbm = fields.Float(
        related="signal_id.olt_rx_dbm", string="Received by the OLT (dBm)"
    )
    signal_distance_m = fields.Integer(related="signal_id.distance_m", string="Distance (m)")
    signal_last_online = fields.Datetime(related="signal_id.last_online", string="Last seen")
    signal_down_since = fields.Datetime(related="signal_id.down_since", string="ONU down since")
    signal_trend_db = fields.Float(related="signal_id.trend_db", string="Change (dB)")
    signal_has_trend = fields.Boolean(related="signal_id.has_trend")

    def _signal_onus(self):
        """:return: ``{record id: isp.onu}``"""
        raise NotImplementedError

    @api.model
    def _signal_onu_path(self):
        """:return: name of the field that leads to the ONU"""
        raise NotImplementedError

    @api.model
    def _search_signal_id(self, operator, value):
        path, Signal = self._signal_onu_path(), self.env["isp.onu.signal"]
        if operator in ("any", "any!"):
            return Domain(path, "in", Signal.search(value).onu_id.ids)
        if operator != "in":
            return NotImplemented
        found = Signal.search([("id", "in", [i for i in value if i])]).onu_id
        domain = Domain(path, "in", found.ids)
        if False in value:
            read = Signal._search([("onu_id", "!=", False)])
            domain |= Domain(path, "not in", read.subselect("onu_id"))
        return domain

    def _compute_signal_id(self):
        onus = self._signal_onus()
        signals = self.env["isp.onu.signal"]._of(
            self.env["isp.onu"].union(*onus.values()) if onus else self.env["isp.onu"]
        )
        for record in self:
            onu = onus.get(record._origin.id)
            record.signal_id = onu and signals.get(onu.id)

    def signal_series(self, days=7, until=None):
        """See ``isp.onu.signal.signal_series``. RPC."""
        self.ensure_one()
        self.check_access("read")
        return self.signal_id.signal_series(days, until)
