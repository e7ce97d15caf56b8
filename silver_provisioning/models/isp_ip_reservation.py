from odoo import api, models


class IspIpReservation(models.Model):
    """An address that is given or taken while the service runs has to reach the network too."""

    _inherit = "isp.ip.reservation"

    @api.model
    def _take(self, wants, reason=None):
        taken = super()._take(wants, reason)
        ids = {want.contract_id for want in wants if want.contract_id}
        self.env["isp.contract"].browse(ids)._provision_running()
        return taken

    @api.model
    def _take_unit(self, pool, unit, contract=None, *args, **kwargs):
        row = super()._take_unit(pool, unit, contract, *args, **kwargs)
        if contract:
            contract._provision_running()
        return row

    def write(self, vals):
        before = self.contract_id
        result = super().write(vals)
        if vals.keys() & {"state", "contract_id"}:
            (before | self.contract_id)._provision_running()
        return result
