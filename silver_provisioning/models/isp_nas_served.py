from odoo import api, fields, models
from odoo.fields import Domain

from .isp_contract_router import NAMED_BY

#: What of a router decides whom it serves.
DECIDING = {"active", "vendor", "base_station_id", "company_id"}


class IspNas(models.Model):
    """Whom a router serves changes when it comes, goes, or moves to another base."""

    _inherit = "isp.nas"

    undecided_count = fields.Integer(related="base_station_id.undecided_count")
    undecided_router_id = fields.Many2one(related="base_station_id.undecided_router_id")

    @api.model_create_multi
    def create(self, vals_list):
        bases = self.env["isp.base.station"].browse(
            {vals["base_station_id"] for vals in vals_list if vals.get("base_station_id")}
        )
        with self._in_reach(bases)._routers_follow():
            return super().create(vals_list)

    def write(self, vals):
        if not vals.keys() & DECIDING:
            return super().write(vals)
        bases = self.env["isp.base.station"].browse(vals.get("base_station_id") or [])
        with self._in_reach(bases)._routers_follow():
            return super().write(vals)

    def _in_reach(self, bases):
        """The contracts that may get or lose one of these routers.

        :param bases: isp.base.station, those they come to
        """
        bases |= self.base_station_id
        Contract = self.env["isp.contract"].sudo()
        others = Contract._routers(bases.company_id).filtered(lambda nas: nas not in self)
        return Contract.search(
            Domain("company_id", "in", bases.company_id.ids)
            & (
                Domain("base_station_id", "in", bases.ids)
                | Domain("base_station_id", "not in", others.base_station_id.ids)
                | Domain.OR(Domain(path, "in", self.ids) for path in NAMED_BY)
            )
        )

    def action_view_contracts(self):
        """Open the contracts that this router serves."""
        self.ensure_one()
        return self.env["isp.contract"]._action_of_router([("router_id", "=", self.id)])

    def action_view_undecided(self):
        return self.base_station_id.action_view_undecided()
