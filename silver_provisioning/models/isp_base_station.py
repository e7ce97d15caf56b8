from odoo import fields, models
from odoo.fields import Domain


class IspBaseStation(models.Model):
    _inherit = "isp.base.station"

    undecided_count = fields.Integer(
        "Router Not Decided",
        compute="_compute_undecided_count",
        compute_sudo=True,
        help="Contracts on the first of several routers, because nothing says which is theirs.",
    )
    undecided_router_id = fields.Many2one(
        "isp.nas",
        string="First Router",
        compute="_compute_undecided_count",
        compute_sudo=True,
    )

    def _compute_undecided_count(self):
        Contract = self.env["isp.contract"]
        counts = dict(
            Contract._read_group(
                Domain("base_station_id", "in", self.ids) & Contract._undecided_domain(),
                ["base_station_id"],
                ["__count"],
            )
        )
        routers = Contract._routers(self.company_id).grouped("base_station_id")
        for base in self:
            base.undecided_count = counts.get(base._origin, 0)
            base.undecided_router_id = routers.get(base._origin, self.env["isp.nas"])[:1]

    def action_view_undecided(self):
        """Open the contracts of these bases of which nothing says which router serves them."""
        return self.env["isp.contract"]._action_of_router(
            [("base_station_id", "in", self.ids), ("router_undecided", "=", True)]
        )
