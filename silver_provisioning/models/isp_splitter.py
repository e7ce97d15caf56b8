from odoo import models


class IspSplitter(models.Model):
    """A splitter that hangs somewhere else takes its customers along: to another ONU place, and
    perhaps to another OLT and another router."""

    _inherit = "isp.splitter"

    def write(self, vals):
        if not vals.keys() & {"olt_port_id", "parent_port_id"}:
            return super().write(vals)
        contracts = (
            self.env["isp.contract"].sudo().search([("splitter_id", "in", self._branch().ids)])
        )
        ports = {contract.id: contract.olt_port_id for contract in contracts}
        with contracts._routers_follow():
            result = super().write(vals)
        contracts.filtered(lambda c: c.olt_port_id != ports[c.id])._provision_running()
        return result
