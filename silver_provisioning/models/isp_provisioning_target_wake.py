from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .alarm import ring


class IspProvisioningTarget(models.Model):
    """A back-off ends when it says, not at Odoo's next look a minute later."""

    _inherit = "isp.provisioning.target"

    @api.model
    def _wake_when_due(self, cron_id, within=60):
        """Call an executor again when the next back-off is over, or the breaker of the device lets
        it through: within the minute after which Odoo looks by itself.

        :param int cron_id: the executor that has nothing more to do now (None: nobody to call)
        """
        now, due = fields.Datetime.now(), SQL("greatest(target.next_attempt, device.breaker_until)")
        when = self.env.execute_query(
            SQL(
                """
                SELECT min(%(due)s) FROM isp_provisioning_target target
                  JOIN isp_provisioning_device device ON device.id = target.device_id
                 WHERE target.state = 'pending' AND device.active AND device.enabled
                   AND %(due)s > %(now)s AND %(due)s <= %(last)s
                """,
                due=due,
                now=now,
                last=now + timedelta(seconds=within),
            )
        )[0][0]
        cron = self.env["ir.cron"].browse(cron_id).exists()
        if when and cron:
            cron._trigger(when)
            ring(self.env.cr.dbname, (when - now).total_seconds() + 1)
