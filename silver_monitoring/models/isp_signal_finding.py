from odoo import api, fields, models
from odoo.tools import SQL

#: by so much a signal must be better than the limit before its finding closes
RELIEF_DB = 0.5


class IspSignalFinding(models.Model):
    """A signal somebody should look at."""

    _name = "isp.signal.finding"
    _description = "Signal to look at"
    _inherit = ["isp.finding.mixin"]
    _rec_name = "kind"
    _subject = "signal_id"
    _copied = ("contract_id", "olt_id", "company_id")

    signal_id = fields.Many2one(
        "isp.onu.signal", string="ONU", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("weak", "Weak signal"),
            ("strong", "Too much light"),
            ("worsening", "Worsening signal"),
        ],
        required=True,
        readonly=True,
    )
    value_open = fields.Float(help="dBm, or dB lost for a worsening signal.")
    contract_id = fields.Many2one(
        "isp.contract",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Whose service it was when it was found.",
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    olt_id = fields.Many2one(related="signal_id.olt_id", store=True, index=True)
    olt_port_id = fields.Many2one(related="signal_id.olt_port_id")
    splitter_id = fields.Many2one(related="signal_id.splitter_id")
    rx_dbm = fields.Float(related="signal_id.rx_dbm", string="Now (dBm)")
    trend_db = fields.Float(related="signal_id.trend_db")
    level = fields.Selection(related="signal_id.level")

    _one_open = models.UniqueIndex(
        "(signal_id, kind) WHERE state = 'open'", "This ONU already has an open finding like that."
    )

    @api.model
    def _conditions(self):
        """By the mean of the last hour: one bad reading is nobody's finding.

        An ONU without a reading in the last hours (dark) neither opens nor closes: that is an
        outage or a switched-off house, not a signal.
        """
        get = self.env["isp.monitoring.settings"]._get
        weak, lost = get("weak_dbm"), get("worsening_db")
        power = SQL("s.rx_hour_dbm")
        return {
            "weak": (
                SQL("s.rx_hour_dbm <= %s", weak),
                SQL("s.rx_hour_dbm > %s", weak + RELIEF_DB),
                power,
            ),
            "strong": (SQL("s.rx_hour_dbm >= -8"), SQL("s.rx_hour_dbm < -8.5"), power),
            "worsening": (
                SQL("s.has_trend AND s.trend_db <= %s", -lost),
                SQL(
                    "s.rx_hour_dbm IS NOT NULL AND (NOT s.has_trend OR s.trend_db > %s)", -lost / 2
                ),
                SQL("s.trend_db"),
            ),
        }

    @api.model
    def _relevant(self):
        return SQL("s.present AND s.expected")

    def action_open_contract(self):
        """Open the contract of the ONU."""
        return self.signal_id.action_open_contract()
