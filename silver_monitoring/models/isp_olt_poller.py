from datetime import timedelta

from odoo import api, fields, models

from .isp_poller_mixin import CLAIM, Job

LOCK_SPACE = 77002
HEALTH_EVERY = timedelta(minutes=15)


class IspOltPoller(models.AbstractModel):
    """Reads the ONUs of the OLTs whose turn it is."""

    _name = "isp.olt.poller"
    _description = "Poller of OLTs"
    _inherit = ["isp.poller.mixin"]
    _lock_space = LOCK_SPACE

    @api.model
    def _jobs(self, now=None):
        now = now or fields.Datetime.now()
        jobs = []
        for watch in self.env["isp.olt.watch"]._claim(now, CLAIM):
            due = not watch.health_at or watch.health_at <= now - HEALTH_EVERY
            sources = watch.olt_id._reading_sources(with_health=due)
            jobs.append(Job(watch.id, watch.olt_id.id, watch.olt_id.name, sources))
        return int(self.env["isp.monitoring.settings"]._get("workers")), jobs

    @api.model
    def _record(self, job, snapshot, now=None):
        now = (now or fields.Datetime.now()).replace(microsecond=0)
        watch = self.env["isp.olt.watch"].browse(job.watch_id).exists()
        if not watch:
            return False
        if snapshot.ok and not snapshot.readings and watch.onu_count > 1:
            # a table that is suddenly empty is a fault of the reading, not of every customer
            snapshot.errors.append(
                self.env._("The OLT showed none of its ONUs; the reading is not counted.")
            )
            snapshot.source = ""
        if not snapshot.ok:
            watch._note_failure(snapshot, now)
            return False
        before = watch.last_ok_at
        self.env["isp.onu.signal"]._record(watch.olt_id, now, snapshot.readings, before)
        watch._note_success(snapshot, now)
        self.env["isp.outage"]._follow(watch.olt_id, now)
        return True

    # === once an hour === #

    @api.model
    def _cron_digest(self):
        """Body of the hourly cron: hours and days, trends, findings; old readings go."""
        self._digest()
        self.env["isp.traffic.poller"]._digest()

    @api.model
    def _digest(self, now=None):
        """:return: dict of counts: ``opened`` and ``closed`` findings, ``purged`` rows"""
        now = now or fields.Datetime.now()
        history = self.env["isp.signal.history"]
        history._roll_up(now)
        self.env["isp.onu.signal"]._link()
        self.env["isp.onu.signal"]._measure(now)
        opened, closed = self.env["isp.signal.finding"]._evaluate(now)
        return {"opened": opened, "closed": closed, "purged": sum(history._purge(now).values())}
