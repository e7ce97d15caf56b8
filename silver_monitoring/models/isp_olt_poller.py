import logging
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .. import readers

_logger = logging.getLogger(__name__)

LOCK_SPACE = 77002  # first key of the advisory locks: one poller per OLT
CRON_SECONDS = 50
CLAIM = 64
HEALTH_EVERY = timedelta(minutes=15)


@dataclass
class Job:
    """An OLT to read and all that is needed to read it without a transaction."""

    watch_id: int
    olt_id: int
    name: str
    sources: list


class IspOltPoller(models.AbstractModel):
    """Reads the OLTs whose turn it is.

    claim, COMMIT, read all of them at once in threads, and as each comes back: record, COMMIT. No
    transaction is open while a device is talked to, a dead OLT only occupies its own thread until
    its timeout, and PostgreSQL drops the lock of an OLT when its poller dies.
    """

    _name = "isp.olt.poller"
    _description = "Poller of OLTs"

    @api.model
    def _cron_poll(self):
        """Body of the cron: what is due now."""
        counts = self._poll(deadline=time.monotonic() + CRON_SECONDS)
        self.env["ir.cron"]._commit_progress(counts["read"] + counts["failed"])

    @api.model
    def _poll(self, deadline=None, now=None):
        """Read what is due.

        :return: dict of counts: ``read``, ``failed``, ``busy`` (another poller has it), ``unset``
        """
        counts = dict.fromkeys(("read", "failed", "busy", "unset"), 0)
        transaction = self.env["isp.provisioning.executor"]._in_transaction
        while deadline is None or time.monotonic() < deadline:
            workers, jobs = transaction(lambda env: env[self._name]._jobs(now))
            if not jobs:
                break
            counts["unset"] += sum(not job.sources for job in jobs)
            jobs = [job for job in jobs if job.sources]
            with self._locks(jobs) as mine:
                counts["busy"] += len(jobs) - len(mine)
                self._read(mine, workers, counts, now)
        return counts

    @api.model
    def _jobs(self, now=None):
        """Claim, and take along addresses and credentials.

        :return: (how many to read at once, list of :class:`Job`)
        """
        now = now or fields.Datetime.now()
        jobs = []
        for watch in self.env["isp.olt.watch"]._claim(now, CLAIM):
            due = not watch.health_at or watch.health_at <= now - HEALTH_EVERY
            sources = watch.olt_id._reading_sources(with_health=due)
            jobs.append(Job(watch.id, watch.olt_id.id, watch.olt_id.name, sources))
        return int(self.env["isp.monitoring.settings"]._get("workers")), jobs

    @api.model
    def _read(self, jobs, workers, counts, now=None):
        """Talk to all of them at once and record each as it comes back."""
        if not jobs:
            return
        transaction = self.env["isp.provisioning.executor"]._in_transaction
        workers = max(1, min(len(jobs), workers))
        with ThreadPoolExecutor(workers, thread_name_prefix="olt") as pool:
            futures = {pool.submit(readers.take, job.sources): job for job in jobs}
            for future in as_completed(futures):
                job = futures[future]
                try:
                    snapshot = future.result()
                    ok = transaction(
                        lambda env, job=job, snapshot=snapshot: env[self._name]._record(
                            job, snapshot, now
                        )
                    )
                except Exception:  # pylint: disable=broad-except
                    # one OLT that cannot be recorded must not lose the readings of the others
                    _logger.exception("Reading of %s could not be recorded", job.name)
                    ok = False
                counts["read" if ok else "failed"] += 1

    @api.model
    def _record(self, job, snapshot, now=None):
        """:return: whether the OLT was read"""
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

    @contextmanager
    def _locks(self, jobs):
        """Yield the jobs whose OLT nobody else is reading; they are ours until the end."""
        with self.env.registry.cursor() as cr:
            mine = []
            for job in jobs:
                cr.execute(SQL("SELECT pg_try_advisory_lock(%s, %s)", LOCK_SPACE, job.olt_id))
                if cr.fetchone()[0]:
                    mine.append(job)
            # the locks belong to the session: do not stay idle in a transaction
            cr.commit()  # pylint: disable=invalid-commit
            try:
                yield mine
            finally:
                for job in mine:
                    cr.execute(SQL("SELECT pg_advisory_unlock(%s, %s)", LOCK_SPACE, job.olt_id))
                cr.commit()  # pylint: disable=invalid-commit

    # === once an hour === #

    @api.model
    def _cron_digest(self):
        """Body of the hourly cron: hours and days, trends, findings; old readings go."""
        self._digest()

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
