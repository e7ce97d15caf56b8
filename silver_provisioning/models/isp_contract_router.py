from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

#: Services that a router carries.
ROUTED_CATEGORIES = ("internet", "hotspot", "voip")
DELIVERED = ("active", "suspended")
#: Who may name the router of a contract, the most specific first.
NAMED_BY = ("nas_id", "olt_port_id.olt_id.nas_id", "sector_slot_id.sector_id.nas_id")
#: Whose first router it is when nobody names one.
FIRST_OF = ("base_station_id", "company_id")
#: What of the contract itself decides its router.
DECIDING = {"nas_id", "base_station_id", "splitter_id", "splitter_port_id", "sector_slot_id"}


class IspContract(models.Model):
    """Which router serves a contract: the one it names itself, else its OLT or sector, else the
    first of its base, else the first of its company."""

    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    nas_id = fields.Many2one(
        "isp.nas",
        string="Own Router",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('vendor', '!=', 'uisp'), ('company_id', '=', company_id)]",
        help="Empty: the router of its OLT or sector, else that of its base.",
    )
    router_id = fields.Many2one(
        "isp.nas",
        string="Router",
        compute="_compute_router_id",
        search="_search_router_id",
        help="The router that serves the contract now.",
    )
    router_undecided = fields.Boolean(
        "Router Not Decided",
        compute="_compute_router_undecided",
        search="_search_router_undecided",
        help="Its base has several routers, and neither the contract nor its OLT or sector says "
        "which: the first one serves it.",
    )

    @api.depends("company_id", "base_station_id.nas_ids.active", *NAMED_BY)
    def _compute_router_id(self):
        nas_of = self._provisioning_nas()
        for contract in self:
            contract.router_id = nas_of.get(contract.id)

    @api.model
    def _search_router_id(self, operator, value):
        routers = self.env["isp.nas"].sudo()
        if operator == "in":
            found = self._router_domain(routers.browse(item for item in value if item))
            if False in value:
                found |= ~self._router_domain(self._routers())
            return found
        if operator in ("any", "any!"):
            return self._router_domain(routers.search(value))
        if operator in ("ilike", "like", "=ilike", "=like"):
            return self._router_domain(routers.search([("display_name", operator, value)]))
        return NotImplemented

    @api.depends("state", "service_category", "base_station_id.nas_ids.active", *NAMED_BY)
    def _compute_router_undecided(self):
        undecided = self.sudo().filtered_domain(self._undecided_domain())
        for contract in self:
            contract.router_undecided = contract in undecided

    @api.model
    def _search_router_undecided(self, operator, value):
        if operator != "in":
            return NotImplemented
        undecided = self._undecided_domain()
        if False in value:
            return Domain.TRUE if True in value else ~undecided
        return undecided

    # === the decision === #

    @api.model
    def _routers(self, companies=None):
        """:return: the isp.nas that may serve contracts, of these companies or of all; UISP is a
        controller and routes nobody"""
        domain = Domain("vendor", "!=", "uisp")
        if companies is not None:
            domain &= Domain("company_id", "in", companies.ids)
        return self.env["isp.nas"].sudo().search(domain, order="id")

    def _provisioning_nas(self):
        """The router of each contract; a constant number of queries.

        :return: ``{contract id: isp.nas}``; a contract of a company without routers is absent
        """
        routers = self._routers(self.company_id)
        usable = set(routers.ids)
        firsts = {
            field: {place: some[:1] for place, some in routers.grouped(field).items()}
            for field in FIRST_OF
        }
        found = {}
        for contract in self.sudo():
            nas = next(
                (nas for path in NAMED_BY if (nas := contract.mapped(path)).id in usable), None
            ) or next(
                (
                    firsts[field][at]
                    for field in FIRST_OF
                    if (at := contract[field]) in firsts[field]
                ),
                None,
            )
            if nas:
                found[contract.id] = nas
        return found

    @api.model
    def _router_domain(self, routers):
        """:return: Domain of the contracts whose router is one of ``routers``: the same order as
        :meth:`_provisioning_nas`, asked from the other side"""
        rivals = self._routers(routers.company_id)
        mine = rivals & routers
        found, rest = Domain.FALSE, Domain("company_id", "in", routers.company_id.ids)
        for path in NAMED_BY:
            found |= rest & Domain(path, "in", mine.ids)
            rest &= ~Domain(path, "in", rivals.ids)
        for field in FIRST_OF:
            places = rivals.grouped(field)
            first = [place.id for place, some in places.items() if some[0] in mine]
            found |= rest & Domain(field, "in", first)
            rest &= Domain(field, "not in", [place.id for place in places])
        return found

    @api.model
    def _undecided_domain(self):
        """:return: Domain of the contracts that are on the first of several routers of their base
        for want of somebody who says which"""
        routers = self._routers()
        crowded = [base.id for base, some in routers.grouped("base_station_id").items() if some[1:]]
        return (
            Domain("base_station_id", "in", crowded)
            & Domain("service_category", "in", ROUTED_CATEGORIES)
            & Domain("state", "in", ("pending", *DELIVERED))
            & ~Domain.OR(Domain(path, "in", routers.ids) for path in NAMED_BY)
        )

    # === what decides changes === #

    def write(self, vals):
        if not vals.keys() & DECIDING:
            return super().write(vals)
        with self._routers_follow():
            return super().write(vals)

    @contextmanager
    def _routers_follow(self):
        """What decides the router of these contracts changes inside: those in service that get
        another one are provisioned there, and removed from the old one, after commit.

        A constant number of queries.
        """
        running = self.sudo().filtered(lambda c: c.state in DELIVERED and c._needs_router())
        if not running:
            yield
            return
        User = self.env["isp.radius.user"].sudo()
        before, homes = running._provisioning_nas(), User._homes(running)
        yield
        after = running._provisioning_nas()
        moved = running.filtered(lambda c: before.get(c.id) != after.get(c.id))
        if moved:
            User._follow(moved, homes)
            if not self.env.context.get("isp_marks_later"):
                moved._provision()

    def action_set_router(self, nas_id=None):
        """Say which router serves these contracts. RPC-callable.

        :param int nas_id: isp.nas; None: that of the OLT or sector, else of the base
        :return: True
        :raise AccessError: for who does not run the network
        :raise UserError: for a controller, or a router of another company
        """
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("silver_base.group_silver_operator"):
            raise AccessError(self.env._("Only network operators choose the router of a contract."))
        nas = self.env["isp.nas"].browse(nas_id or [])
        if nas and nas.sudo() not in self._routers(self.company_id):
            raise UserError(
                self.env._(
                    "%(name)s serves no customers: it is archived, a controller, or of another "
                    "company.",
                    name=nas.sudo().display_name,
                )
            )
        self.sudo().write({"nas_id": nas.id})
        return True

    @api.model
    def _action_of_router(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_contract.isp_contract_action"
        )
        return {**action, "domain": domain, "context": {"search_default_live": 1}}
