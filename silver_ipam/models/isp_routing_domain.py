from odoo import fields, models


class IspRoutingDomain(models.Model):
    _name = "isp.routing.domain"
    _description = "Routing domain"
    _order = "is_global desc, name"

    name = fields.Char(required=True, help="One table of routes: inside it an address exists once.")
    is_global = fields.Boolean(
        "Public Internet",
        required=True,
        default=False,
        help="The one domain of public addresses, which are unique in the world.",
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: shared by all companies.")
    base_station_ids = fields.One2many("isp.base.station", "routing_domain_id", string="Bases")
    pool_ids = fields.One2many("isp.ip.pool", "domain_id", string="Pools")
    notes = fields.Text()
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint(
        "UNIQUE (name, company_id)", "There is already a routing domain with this name."
    )
    # the target of the composite key of the pools
    _kind_key = models.Constraint("UNIQUE (is_global, id)")
    _one_global = models.UniqueIndex(
        "(is_global) WHERE is_global", "There is only one public Internet: one global domain."
    )
