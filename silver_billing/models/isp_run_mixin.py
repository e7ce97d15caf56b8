import logging

import psycopg2.errors

from odoo import fields, models, modules

_logger = logging.getLogger(__name__)

RETRIES = 5
CONFLICTS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)


class IspRunMixin(models.AbstractModel):
    """Long work in bounded chunks: each is committed, so a killed run goes on where it was."""

    _name = "isp.run.mixin"
    _description = "Work in Committed Chunks"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", default=lambda self: self.env.user, readonly=True
    )
    date_started = fields.Datetime(readonly=True, copy=False)
    date_done = fields.Datetime(readonly=True, copy=False)

    def _may_commit(self):
        """Tests and module installation own their transaction; a caller may ask the same with
        ``isp_no_commit`` in the context."""
        return (
            not modules.module.current_test
            and self.env.registry.ready
            and not self.env.context.get("isp_no_commit")
        )

    def _commit_chunk(self, processed=0, remaining=None):
        """Keep what was done so far.

        :return: seconds left when a cron is running, else infinity
        """
        if not self._may_commit():
            self.env.flush_all()
            return float("inf")
        return self.env["ir.cron"]._commit_progress(processed, remaining=remaining)

    def _in_chunks(self, take, work):
        """Do ``work`` on what ``take`` gives until it gives nothing.

        A chunk that meets another transaction is undone and done again. What does not fit in the
        time of a cron is left for its next run.

        :param take: function that returns the next records, empty when there are no more
        :param work: function of those records
        :return: True when there is nothing left
        """
        conflicts = 0
        while chunk := take():
            count = len(chunk)
            try:
                work(chunk)
                left = self._commit_chunk(count)
            except CONFLICTS:
                if not self._may_commit() or conflicts >= RETRIES:
                    raise
                conflicts += 1
                self.env.cr.rollback()
                self.env.invalidate_all()
                _logger.info("%s: met another transaction, chunk done again", self)
                continue
            conflicts = 0
            self.env.invalidate_all()
            if left <= 0:
                return not take()
        return True
