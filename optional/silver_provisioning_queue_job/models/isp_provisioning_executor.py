import logging
import time
from collections import Counter

from odoo import api, fields, models

from odoo.addons.silver_provisioning.models.isp_provisioning_executor import BATCH

_logger = logging.getLogger(__name__)


class IspProvisioningExecutor(models.AbstractModel):
    _inherit = "isp.provisioning.executor"

    @api.model
    def _cron_execute(self):
        """The crons only look for what is due again; without a job runner they do it themselves."""
        device = "isp.provisioning.device"
        if self._in_transaction(lambda env: env[device]._jobs_abandoned()):
            _logger.warning("No job runner takes the jobs of provisioning: the cron does the work")
            return super()._cron_execute()
        self._in_transaction(lambda env: env[device]._queue_due().ids)
        return self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _drain_device(self, device_id, deadline):
        """Serve what is due on one device, unless another executor is at it.

        :param float deadline: value of ``time.monotonic()`` after which no new batch is begun
        :return: dict of counts, as of ``drain``
        """
        counts, more = Counter(), True
        while more and time.monotonic() < deadline:
            with self._device_lock(device_id) as mine:
                if not mine or self._left_alone(device_id):
                    break
                served, more = self._serve(device_id, BATCH)
                counts.update(served)
        return dict(counts)

    @api.model
    def _left_alone(self, device_id):
        """:return: whether the device was switched off or its breaker opened since it was queued"""
        return self._in_transaction(
            lambda env: (
                not env["isp.provisioning.device"].search_count(
                    [
                        ("id", "=", device_id),
                        ("enabled", "=", True),
                        "|",
                        ("breaker_until", "=", False),
                        ("breaker_until", "<=", fields.Datetime.now()),
                    ]
                )
            )
        )
