import logging
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass

from odoo import api, models
from odoo.tools import SQL

from .. import readers

_logger = logging.getLogger(__name__)

CRON_SECONDS = 50
CLAIM = 64


@dataclass
class Job:
    """A device to read and all that is needed to read it without a transaction."""

    watch_id: int
    device_id: int
    name: str
    sources: list


class IspPollerMixin(models.AbstractModel):
    """Reads the devices whose turn it is.

    claim, COMMIT, read all of them at once in threads, and as each comes back: record, COMMIT. No
    transaction is open while a device is talked to, a dead one only occupies its own thread until
    its timeout, and PostgreSQL drops the lock of a device when its poller dies.
    """

    _name = "isp.poller.mixin"
    _description = "Poller"
    #: first key of the advisory locks: one poller per device
    _lock_space = None

    @api.model
    def _jobs(self, now=None):
        """Claim, and take along addresses and credentials.

        :return: (how many to read at once, list of :class:`Job`)
        """
        raise NotImplementedError

    @api.model
    def _record(self, job, snapshot, now=None):
        """:return: whether the device was read"""
        raise NotImplementedError

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
    def _read(self, jobs, workers, counts, now=None):
        """Talk to all of them at once and record each as it comes back."""
        if not jobs:
            return
        transaction = self.env["isp.provisioning.executor"]._in_transaction
        workers = max(1, min(len(jobs), workers))
        with ThreadPoolExecutor(workers, thread_name_prefix=self._name) as pool:
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
                    # one device that cannot be recorded must not lose the readings of the others
                    _logger.exception("Reading of %s could not be recorded", job.name)
                    ok = False
                counts["read" if ok else "failed"] += 1

    @contextmanager
    def _locks(self, jobs):
        """Yield the jobs whose device nobody else is reading; they are ours until the end."""
        with self.env.registry.cursor() as cr:
            mine = []
            for job in jobs:
                cr.execute(
                    SQL("SELECT pg_try_advisory_lock(%s, %s)", self._lock_space, job.device_id)
                )
                if cr.fetchone()[0]:
                    mine.append(job)
            # the locks belong to the session: do not stay idle in a transaction
            cr.commit()  # pylint: disable=invalid-commit
            try:
                yield mine
            finally:
                for job in mine:
                    cr.execute(
                        SQL("SELECT pg_advisory_unlock(%s, %s)", self._lock_space, job.device_id)
                    )
                cr.commit()  # pylint: disable=invalid-commit
