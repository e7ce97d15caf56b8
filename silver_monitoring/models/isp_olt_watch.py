from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .isp_watch_mixin import SILENT_AFTER


class IspOltWatch(models.Model):
    """How an OLT is read, and how that goes. One row for each OLT, made with it."""

    _name = "isp.olt.watch"
    _description = "Watched OLT"
    _inherit = ["isp.watch.mixin"]
    _order = "olt_id"
    _rec_name = "olt_id"

    olt_id = fields.Many2one(
        "isp.olt", string="OLT", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="olt_id.company_id", store=True, index=True)
    base_station_id = fields.Many2one(related="olt_id.base_station_id", string="Base", store=True)
    vendor = fields.Selection(related="olt_id.vendor")
    active = fields.Boolean(related="olt_id.active", store=True)
    method = fields.Selection(
        [
            ("auto", "The best there is"),
            ("snmp", "SNMP"),
            ("driver", "What it is configured through"),
        ],
        required=True,
        default="auto",
    )
    source = fields.Char(string="Read by", readonly=True)
    health_at = fields.Datetime(string="Health of", readonly=True)
    cpu_pct = fields.Float(string="CPU (%)", readonly=True, aggregator="max")
    temperature_c = fields.Float(string="Temperature (°C)", readonly=True, aggregator="max")
    uptime_days = fields.Float(string="Up for (days)", readonly=True, aggregator="min")
    interfaces_down = fields.Integer(compute="_compute_counts")
    link_pct = fields.Float(
        string="Fullest link (%)",
        compute="_compute_counts",
        help="P95 of yesterday of the fullest link that is looked after.",
    )
    onu_count = fields.Integer(string="ONUs", compute="_compute_counts")
    online_count = fields.Integer(string="On line", compute="_compute_counts")
    down_count = fields.Integer(string="Down", compute="_compute_counts")
    weak_count = fields.Integer(string="Weak", compute="_compute_counts")
    finding_count = fields.Integer(string="Findings", compute="_compute_counts")
    outage_count = fields.Integer(string="Outages", compute="_compute_counts")

    _olt_uniq = models.UniqueIndex("(olt_id)", "This OLT is already watched.")

    def _has_access(self):
        return bool(self.olt_id._reading_sources())

    def _cron(self):
        return self.env.ref("silver_monitoring.ir_cron_poll")

    def _compute_counts(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT olt_id, count(*) FILTER (WHERE present),
                       count(*) FILTER (WHERE present AND phase = 'working'),
                       count(*) FILTER (WHERE expected AND present AND phase <> 'working'),
                       count(*) FILTER (WHERE present AND level IN ('weak', 'critical'))
                  FROM isp_onu_signal WHERE olt_id = ANY(%s) GROUP BY olt_id
                """,
                self.olt_id.ids,
            )
        )
        counts = {row[0]: row[1:] for row in rows}
        opened = [("state", "=", "open"), ("olt_id", "in", self.olt_id.ids)]
        findings = dict(self.env["isp.signal.finding"]._read_group(opened, ["olt_id"], ["__count"]))
        outages = self.env["isp.outage"]._count_below(self.olt_id)
        watched = Domain("olt_id", "in", self.olt_id.ids) & Domain("watched", "=", True)
        fell = watched & Domain("status", "=", "down") & Domain("down_since", "!=", False)
        links = watched & Domain("kind", "in", ("ethernet", "lag"))
        interfaces = self.env["isp.interface"]
        dark = dict(interfaces._read_group(fell, ["olt_id"], ["__count"]))
        fullest = dict(interfaces._read_group(links, ["olt_id"], ["p95_pct:max"]))
        for watch in self:
            (
                watch.onu_count,
                watch.online_count,
                watch.down_count,
                watch.weak_count,
            ) = counts.get(watch.olt_id.id, (0, 0, 0, 0))
            watch.finding_count = findings.get(watch.olt_id, 0)
            watch.outage_count = outages.get(watch.olt_id.id, 0)
            watch.interfaces_down = dark.get(watch.olt_id, 0)
            watch.link_pct = fullest.get(watch.olt_id) or 0.0

    # === what the poller does === #

    def _note_failure(self, snapshot, at):
        """An OLT that stays silent is off line."""
        super()._note_failure(snapshot, at)
        for watch in self:
            known = watch.olt_id.state in ("online", "unknown", "degraded")
            if watch.failures == SILENT_AFTER and known:
                watch.olt_id.state = "offline"

    def _note_success(self, snapshot, at):
        """It answered, with or without its health."""
        self.ensure_one()
        super()._note_success(snapshot, at)
        values = {"source": snapshot.source}
        health = snapshot.health
        if health:
            values.update(
                health_at=at,
                cpu_pct=health.cpu_pct,
                temperature_c=health.temperature_c,
                uptime_days=health.uptime_s / 86400,
            )
        self.write(values)
        olt_values = {"last_sync_at": at}
        if self.olt_id.state in ("unknown", "offline"):
            olt_values["state"] = "online"
        self.olt_id.write(olt_values)

    # === buttons === #

    def action_view_signals(self):
        """The ONUs of these OLTs."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_monitoring.isp_onu_signal_action"
        )
        return {**action, "domain": [("olt_id", "in", self.olt_id.ids)]}

    def action_panel(self):
        """The chassis, coloured by signal."""
        self.ensure_one()
        action = self.olt_id.action_panel()
        action["params"]["mode"] = "signal"
        return action
