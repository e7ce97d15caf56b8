from odoo import api, fields, models
from odoo.tools import SQL

#: by so much a signal must be better than the limit before its finding closes
RELIEF_DB = 0.5


class IspSignalFinding(models.Model):
    """A signal somebody should look at before the customer calls. Opens and closes by itself."""

    _name = "isp.signal.finding"
    _description = "Signal to look at"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, date_open desc, id desc"
    _rec_name = "kind"

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
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")], required=True, default="open", readonly=True
    )
    date_open = fields.Datetime(string="Since", required=True, readonly=True)
    date_close = fields.Datetime(string="Until", readonly=True)
    value_open = fields.Float(
        string="When found", readonly=True, help="dBm, or dB lost for a worsening signal."
    )
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
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", string="Who looks at it", tracking=True)
    note = fields.Text(string="Notes")

    _one_open = models.UniqueIndex(
        "(signal_id, kind) WHERE state = 'open'", "This ONU already has an open finding like that."
    )
    _closed_has_end = models.Constraint(
        "CHECK((state = 'closed') = (date_close IS NOT NULL))",
        "A closed finding has an end and an open one has none.",
    )

    @api.depends("kind", "signal_id")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for finding in self:
            finding.display_name = f"{labels[finding.kind]} · {finding.signal_id.display_name}"

    @api.model
    def _conditions(self):
        """When each kind is so, and when it is over, of ``isp_onu_signal`` alias ``s``.

        By the mean of the last hour: one bad reading is nobody's finding.

        :return: ``{kind: (SQL is so, SQL is over, SQL value)}``
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
                SQL("NOT s.has_trend OR s.trend_db > %s", -lost / 2),
                SQL("s.trend_db"),
            ),
        }

    @api.model
    def _evaluate(self, now):
        """Open what is so and close what is over. Three statements for each kind, for all ONUs.

        An ONU without a reading in the last hours (dark) neither opens nor closes: that is an
        outage or a switched-off house, not a signal.

        :return: (number opened, number closed)
        """
        self.env.flush_all()
        opened = closed = 0
        for kind, (is_so, is_over, value) in self._conditions().items():
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE isp_signal_finding f SET state = 'closed', date_close = %(now)s
                      FROM isp_onu_signal s
                     WHERE s.id = f.signal_id AND f.kind = %(kind)s AND f.state = 'open'
                       AND (NOT s.present OR NOT s.expected
                            OR s.rx_hour_dbm IS NOT NULL AND (%(is_over)s))
                    """,
                    now=now,
                    kind=kind,
                    is_over=is_over,
                )
            )
            closed += self.env.cr.rowcount
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO isp_signal_finding (signal_id, kind, state, date_open, value_open,
                                                    contract_id, olt_id, company_id, create_uid,
                                                    create_date, write_uid, write_date)
                    SELECT s.id, %(kind)s, 'open', %(now)s, %(value)s, s.contract_id, s.olt_id,
                           s.company_id, %(uid)s, %(now)s, %(uid)s, %(now)s
                      FROM isp_onu_signal s
                     WHERE s.present AND s.expected AND %(is_so)s
                       AND NOT EXISTS (SELECT 1 FROM isp_signal_finding f
                                        WHERE f.signal_id = s.id AND f.kind = %(kind)s
                                          AND f.state = 'open')
                    """,
                    kind=kind,
                    now=now,
                    value=value,
                    uid=self.env.uid,
                    is_so=is_so,
                )
            )
            opened += self.env.cr.rowcount
        self.invalidate_model()
        return opened, closed

    def action_open_contract(self):
        """Open the contract of the ONU."""
        return self.signal_id.action_open_contract()
