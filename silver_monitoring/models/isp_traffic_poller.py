from odoo import api, fields, models

from .isp_poller_mixin import CLAIM, Job

LOCK_SPACE = 77003


class IspTrafficPoller(models.AbstractModel):
    """Reads the interfaces of the OLTs and routers whose turn it is."""

    _name = "isp.traffic.poller"
    _description = "Poller of interfaces"
    _inherit = ["isp.poller.mixin"]
    _lock_space = LOCK_SPACE

    @api.model
    def _jobs(self, now=None):
        now = now or fields.Datetime.now()
        jobs = [
            Job(watch.id, watch.id, watch.name, watch._device()._interface_sources())
            for watch in self.env["isp.traffic.watch"]._claim(now, CLAIM)
        ]
        return int(self.env["isp.monitoring.settings"]._get("workers")), jobs

    @api.model
    def _record(self, job, snapshot, now=None):
        now = (now or fields.Datetime.now()).replace(microsecond=0)
        watch = self.env["isp.traffic.watch"].browse(job.watch_id).exists()
        if not watch:
            return False
        if not snapshot.ok:
            watch._note_failure(snapshot, now)
            return False
        self.env["isp.interface"]._record(watch, now, snapshot.readings)
        watch._note_success(snapshot, now)
        self.env["isp.traffic.finding"]._evaluate(now, only={"watch_id": watch.id})
        return True

    @api.model
    def _digest(self, now=None):
        """Once an hour: hours and days, percentiles, findings; old readings go.

        :return: dict of counts: ``opened`` and ``closed`` findings, ``purged`` rows
        """
        now = now or fields.Datetime.now()
        history = self.env["isp.traffic.history"]
        history._roll_up(now)
        self.env["isp.interface"]._measure(now)
        opened, closed = self.env["isp.traffic.finding"]._evaluate(now)
        return {"opened": opened, "closed": closed, "purged": sum(history._purge(now).values())}
