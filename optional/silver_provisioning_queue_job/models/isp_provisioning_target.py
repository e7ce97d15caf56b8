from odoo import api, models


class IspProvisioningTarget(models.Model):
    _inherit = "isp.provisioning.target"

    @api.model
    def _wake(self, at=None):
        """Jobs instead of executors; what is for later is left to the crons, which queue it."""
        if at:
            return super()._wake(at)
        return self.env["isp.provisioning.device"].sudo()._queue_due()
