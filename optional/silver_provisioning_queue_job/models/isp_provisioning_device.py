import time

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

JOB_SECONDS = 30
#: A job that nobody began for so long: no job runner is at work.
ABANDONED_SECONDS = 120


class IspProvisioningDevice(models.Model):
    _inherit = "isp.provisioning.device"

    @api.model
    def _queue_due(self):
        """A job for each device that has work now and may be tried. In this transaction.

        A device with a job that has not begun gets no second one (identity key). Should two arise
        all the same, the lock of the device leaves one of them without work.

        :return: isp.provisioning.device, those with due work
        """
        self.flush_model()
        self.env["isp.provisioning.target"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT device.id FROM isp_provisioning_device device
                WHERE device.active AND device.enabled
                  AND (device.breaker_until IS NULL OR device.breaker_until <= %(now)s)
                  AND (device.shared_applied < device.shared_generation OR EXISTS (
                      SELECT FROM isp_provisioning_target target
                      WHERE target.device_id = device.id AND %(ready)s))
                ORDER BY device.failures > 0, device.id
                """,
                now=fields.Datetime.now(),
                ready=self.env["isp.provisioning.target"]._ready(),
            )
        )
        due = self.sudo().with_user(SUPERUSER_ID).browse([row[0] for row in rows])
        for device in due:
            device.with_delay(
                # those that answer first: a dead router costs seconds each time it is tried
                priority=20 if device.failures else 10,
                identity_key=device._job_key(),
                description=device.name,
            )._job_execute()
        return due

    def _job_key(self):
        self.ensure_one()
        return f"silver-provisioning-{self.id}"

    def _job_execute(self):
        """Body of the job: what is due on this device, by the executor and its lock.

        Nothing of it is in the transaction of the job: the executor has its own.

        :return: dict of counts
        """
        self.ensure_one()
        executor = self.env["isp.provisioning.executor"]
        counts = executor._drain_device(self.id, time.monotonic() + JOB_SECONDS)
        # sessions may be ended now that their policy is written; and what did not fit in this job
        executor._in_transaction(lambda env: env[self._name]._queue_due())
        return counts

    @api.model
    def _jobs_abandoned(self):
        """:return: whether jobs of ours wait and no job runner takes them"""
        limit = fields.Datetime.subtract(fields.Datetime.now(), seconds=ABANDONED_SECONDS)
        return bool(
            self.env["queue.job"]
            .sudo()
            .search_count(
                [
                    ("state", "in", ["pending", "enqueued"]),
                    ("identity_key", "=like", "silver-provisioning-%"),
                    ("date_created", "<", limit),
                ],
                limit=1,
            )
        )
