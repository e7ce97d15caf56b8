from odoo import api, fields, models


class IspBaseStation(models.Model):
    _inherit = "isp.base.station"

    routing_domain_id = fields.Many2one(
        "isp.routing.domain",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="Where its private addresses are unique. Two bases that route each other's private "
        "addresses share one domain; otherwise each has its own and may use the same 10.0.0.0/24.",
    )
    ip_pool_ids = fields.One2many("isp.ip.pool", "base_station_id", string="Address pools")
    ip_pool_count = fields.Integer("Number of pools", compute="_compute_ip_pool_count")

    @api.depends("ip_pool_ids")
    def _compute_ip_pool_count(self):
        counts = dict(
            self.env["isp.ip.pool"]._read_group(
                [("base_station_id", "in", self.ids)], ["base_station_id"], ["__count"]
            )
        )
        for base in self:
            base.ip_pool_count = counts.get(base, 0)

    @api.model_create_multi
    def create(self, vals_list):
        bases = super().create(vals_list)
        for base in bases:
            base._ensure_routing_domain()
        return bases

    def _ensure_routing_domain(self):
        """:return: the private routing domain of this base, made now when it has none."""
        self.ensure_one()
        if not self.routing_domain_id:
            domain = self.env["isp.routing.domain"].sudo()
            values = {"name": self.code or self.name, "company_id": self.company_id.id}
            self.sudo().routing_domain_id = domain.search(
                [("name", "=", values["name"]), ("company_id", "=", values["company_id"])], limit=1
            ) or domain.create(values)
        return self.routing_domain_id

    def action_view_ip_pools(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("silver_ipam.isp_ip_pool_action")
        action["domain"] = [("base_station_id", "=", self.id)]
        action["context"] = {"default_base_station_id": self.id}
        return action
