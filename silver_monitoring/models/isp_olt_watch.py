import random
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

SILENT_AFTER = 3  # failures in a row before an OLT is called offline
LONGEST_PAUSE = timedelta(minutes=30)


class IspOltWatch(models.Model):
    """How an OLT is read, and how that goes. One row for each OLT, made with it."""

    _name = "isp.olt.watch"
    _description = "Watched OLT"
    _order = "olt_id"
    _rec_name = "olt_id"

    olt_id = fields.Many2one(
        "isp.olt", string="OLT", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="olt_id.company_id", store=True, index=True)
    base_station_id = fields.Many2one(related="olt_id.base_station_id", string="Base", store=True)
    vendor = fields.Selection(related="olt_id.vendor")
    active = fields.Boolean(related="olt_id.active", store=True)
    enabled = fields.Boolean(string="Read", default=True, help="Off: nobody reads this OLT.")
    interval_minutes = fields.Integer(string="Every (minutes)", default=5, required=True)
    method = fields.Selection(
        [
            ("auto", "The best there is"),
            ("snmp", "SNMP"),
            ("driver", "What it is configured through"),
        ],
        required=True,
        default="auto",
    )
    state = fields.Selection(
        [
            ("unset", "No access"),
            ("new", "Not read yet"),
            ("ok", "Answers"),
            ("failing", "Failing"),
            ("silent", "No answer"),
            ("off", "Off"),
        ],
        compute="_compute_state",
    )
    source = fields.Char(string="Read by", readonly=True)
    next_at = fields.Datetime(
        string="Next reading", required=True, default=fields.Datetime.now, index=True
    )
    last_try_at = fields.Datetime(string="Last try", readonly=True)
    last_ok_at = fields.Datetime(string="Last reading", readonly=True)
    seconds = fields.Float(string="Took (s)", readonly=True)
    failures = fields.Integer(string="Failures in a row", readonly=True, required=True, default=0)
    last_error = fields.Char(readonly=True)
    health_at = fields.Datetime(string="Health of", readonly=True)
    cpu_pct = fields.Float(string="CPU (%)", readonly=True, aggregator="max")
    temperature_c = fields.Float(string="Temperature (°C)", readonly=True, aggregator="max")
    uptime_days = fields.Float(string="Up for (days)", readonly=True, aggregator="min")
    interfaces_json = fields.Json(string="Interfaces", readonly=True)
    interfaces_down = fields.Integer(readonly=True)
    onu_count = fields.Integer(string="ONUs", compute="_compute_counts")
    online_count = fields.Integer(string="On line", compute="_compute_counts")
    down_count = fields.Integer(string="Down", compute="_compute_counts")
    weak_count = fields.Integer(string="Weak", compute="_compute_counts")
    finding_count = fields.Integer(string="Findings", compute="_compute_counts")
    outage_count = fields.Integer(string="Outages", compute="_compute_counts")

    _olt_uniq = models.UniqueIndex("(olt_id)", "This OLT is already watched.")
    _interval = models.Constraint(
        "CHECK(interval_minutes BETWEEN 1 AND 1440)", "Between one minute and one day."
    )

    @api.depends("enabled", "failures", "last_ok_at", "last_try_at")
    def _compute_state(self):
        for watch in self:
            if not watch.enabled:
                watch.state = "off"
            elif watch.failures >= SILENT_AFTER:
                watch.state = "silent"
            elif watch.failures:
                watch.state = "failing"
            elif watch.last_ok_at:
                watch.state = "ok"
            else:
                watch.state = "new" if watch.olt_id._reading_sources() else "unset"

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
        for watch in self:
            (
                watch.onu_count,
                watch.online_count,
                watch.down_count,
                watch.weak_count,
            ) = counts.get(watch.olt_id.id, (0, 0, 0, 0))
            watch.finding_count = findings.get(watch.olt_id, 0)
            watch.outage_count = outages.get(watch.olt_id.id, 0)

    # === what the poller does === #

    @api.model
    def _claim(self, now, limit):
        """The OLTs whose turn it is; their next turn is set at once, so two pollers share the work.

        :return: isp.olt.watch
        """
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE isp_olt_watch SET next_at = %(now)s + interval_minutes * interval '1 minute',
                                         last_try_at = %(now)s
                 WHERE id IN (SELECT id FROM isp_olt_watch
                               WHERE enabled AND active AND next_at <= %(now)s
                               ORDER BY next_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
                RETURNING id
                """,
                now=now,
                limit=limit,
            )
        )
        self.invalidate_model(["next_at", "last_try_at"])
        return self.browse(sorted(row[0] for row in rows))

    def _note_failure(self, snapshot, at):
        """It did not answer: the next try is later, and later still."""
        for watch in self:
            failures = watch.failures + 1
            pause = min(
                timedelta(minutes=watch.interval_minutes) * 2 ** min(failures - 1, 10),
                max(LONGEST_PAUSE, timedelta(minutes=watch.interval_minutes)),
            )
            watch.write(
                {
                    "failures": failures,
                    "last_error": "; ".join(snapshot.errors)[:1000],
                    "seconds": snapshot.seconds,
                    # not all those of a base that lost its link in the same second
                    "next_at": at + pause * random.uniform(0.9, 1.1),
                }
            )
            if failures == SILENT_AFTER and watch.olt_id.state in ("online", "unknown", "degraded"):
                watch.olt_id.state = "offline"

    def _note_success(self, snapshot, at):
        """It answered, with or without its health."""
        self.ensure_one()
        values = {
            "failures": 0,
            "source": snapshot.source,
            "last_ok_at": at,
            "seconds": snapshot.seconds,
            "last_error": "; ".join(snapshot.errors)[:1000] or False,
        }
        health = snapshot.health
        if health:
            values.update(
                health_at=at,
                cpu_pct=health.cpu_pct,
                temperature_c=health.temperature_c,
                uptime_days=health.uptime_s / 86400,
                interfaces_down=sum(not interface.up for interface in health.interfaces),
                interfaces_json=[
                    {
                        "name": interface.name,
                        "up": interface.up,
                        "in_octets": interface.in_octets,
                        "out_octets": interface.out_octets,
                    }
                    for interface in health.interfaces
                ],
            )
        self.write(values)
        olt_values = {"last_sync_at": at}
        if self.olt_id.state in ("unknown", "offline"):
            olt_values["state"] = "online"
        self.olt_id.write(olt_values)

    # === buttons === #

    def action_read_now(self):
        """Read these OLTs in a moment, whatever their turn."""
        self.check_access("write")
        self.sudo().write({"next_at": fields.Datetime.now(), "enabled": True})
        self.env.ref("silver_monitoring.ir_cron_poll").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The OLT is read now; reload in a moment."),
            },
        }

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
