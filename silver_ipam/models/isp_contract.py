import ipaddress

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import dbcode
from .isp_ip_reservation import LIVE
from .isp_ip_reservation_taking import Want

#: Services that ride on an address of ours; streaming or vouchers do not.
ROUTED_CATEGORIES = ("internet", "voip")


class IspContract(models.Model):
    _inherit = "isp.contract"

    ip_reservation_ids = fields.One2many(
        "isp.ip.reservation", "contract_id", string="Addresses", readonly=True, copy=False
    )
    ip_address = fields.Char(
        "IP address",
        compute="_compute_ip_addresses",
        search="_search_ip_address",
        help="The IPv4 address it holds now; it lives in the address pools, not in the contract.",
    )
    ipv6_prefix = fields.Char("IPv6 prefix", compute="_compute_ip_addresses")
    ip_note = fields.Char("About its address", compute="_compute_ip_note")

    # === Computes === #

    @api.depends("ip_reservation_ids.state", "ip_reservation_ids.ip_address")
    def _compute_ip_addresses(self):
        assignments = self._ip_assignments()
        for contract in self:
            held = assignments.get(contract.id, {})
            contract.ip_address = held.get("ipv4") or False
            contract.ipv6_prefix = held.get("ipv6_prefix") or False

    def _search_ip_address(self, operator, value):
        live = Domain("state", "in", LIVE)
        if operator == "in":
            found = Domain.FALSE
            if texts := [text for text in value if text]:
                found |= Domain(
                    "ip_reservation_ids", "any", live & Domain("ip_address", "in", texts)
                )
            if False in value:
                found |= ~Domain("ip_reservation_ids", "any", live)
            return found
        if operator in ("like", "ilike", "=like", "=ilike"):
            return Domain("ip_reservation_ids", "any", live & Domain("ip_address", operator, value))
        return NotImplemented

    @api.depends(
        "base_station_id", "product_id", "service_category", "state", "ip_reservation_ids.state"
    )
    def _compute_ip_note(self):
        pools = self._ip_pools()
        for contract in self:
            if contract.ip_address or contract.ipv6_prefix or contract.state == "cancelled":
                contract.ip_note = False
            elif contract.service_category not in ROUTED_CATEGORIES:
                contract.ip_note = False
            elif not contract.base_station_id:
                contract.ip_note = self.env._(
                    "The contract has no base yet, so it has no address pool."
                )
            elif not pools.get(contract):
                contract.ip_note = self.env._(
                    "%(base)s has no automatic address pool: the NAS gives a dynamic address.",
                    base=contract.base_station_id.display_name,
                )
            else:
                contract.ip_note = self.env._("It has no address: assign one.")

    def _ip_assignments(self):
        """What the network should give each contract.

        :return: ``{contract_id: {"ipv4": "100.64.0.10" or None, "ipv6_prefix": "2800::/56" or None,
            "ipv4_blocks": ["200.7.160.8/29"]}}``, every contract of ``self`` present
        """
        result = {
            contract.id: {"ipv4": None, "ipv6_prefix": None, "ipv4_blocks": []} for contract in self
        }
        rows = (
            self.env["isp.ip.reservation"]
            .sudo()
            .search_fetch(
                [("contract_id", "in", self.ids), ("state", "in", LIVE)],
                ["contract_id", "ip_address", "state"],
                order="id",
            )
        )
        for row in rows:
            held = result[row.contract_id.id]
            network = ipaddress.ip_interface(row.ip_address).network
            if network.version == 6:
                held["ipv6_prefix"] = str(network)
            elif network.prefixlen == 32:
                held["ipv4"] = str(network.network_address)
            else:
                held["ipv4_blocks"].append(str(network))
        return result

    # === Life of the contract === #

    def _on_reserve(self, events):
        result = super()._on_reserve(events)
        self._ip_assign("reserved", self.env._("reservation of the contract"))
        return result

    def _on_activate(self, events):
        result = super()._on_activate(events)
        self._ip_put_in_use(self.env._("activation of the contract"))
        return result

    def _on_cancel(self, events):
        result = super()._on_cancel(events)
        self._ip_live()._release(self.env._("cancellation of the contract"))
        return result

    def _on_equipment_change(self, swaps):
        """The address follows the equipment: the contract keeps it, the history splits."""
        result = super()._on_equipment_change(swaps)
        moves = [
            (swap.contract.id, swap.old_item.id or None, swap.new_item.id or None)
            for swap in swaps
            if swap.contract
        ]
        if moves:
            self.env.flush_all()
            dbcode.acting(self.env, self.env._("change of equipment"))
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE isp_ip_reservation r SET inventory_item_id = s.new_item
                    FROM unnest(%s::int[], %s::int[], %s::int[]) s(contract, old_item, new_item)
                    WHERE r.contract_id = s.contract AND r.state IN ('reserved', 'in_use')
                      AND r.inventory_item_id IS NOT DISTINCT FROM s.old_item
                    """,
                    *(list(column) for column in zip(*moves, strict=True)),
                )
            )
            self.env["isp.ip.reservation"]._refresh_all()
        return result

    def _renew_reservation(self, hours=None):
        result = super()._renew_reservation(hours)
        reason = self.env._("reservation renewed")
        for contract in self:
            contract._ip_live().filtered(lambda row: row.state == "reserved").with_context(
                ip_reason=reason
            ).write({"lease_until": contract.reserved_until})
        self._ip_assign("reserved", reason)
        return result

    def write(self, vals):
        result = super().write(vals)
        if "partner_id" in vals:  # change of holder: the service, and so its address, stays
            self._ip_live().with_context(ip_reason=self.env._("change of holder")).write(
                {"partner_id": vals["partner_id"]}
            )
        return result

    # === Buttons === #

    def action_open_ip_assign(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("silver_ipam.isp_ip_assign_action")
        action["context"] = {"default_contract_id": self.id}
        return action

    def action_view_ip_history(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_ipam.isp_ip_assignment_history_action"
        )
        action["domain"] = [("contract_id", "=", self.id)]
        action["context"] = {}
        return action

    # === Helpers === #

    def _ip_live(self):
        """:return: what the contracts hold now, as the system sees it."""
        return (
            self.env["isp.ip.reservation"]
            .sudo()
            .search([("contract_id", "in", self.ids), ("state", "in", LIVE)])
        )

    def _ip_pools(self):
        """The automatic pools of each contract's base: those of its plan, else those of every plan.

        :return: ``{contract: {family: [pool ids in order]}}``
        """
        pools = (
            self.env["isp.ip.pool"]
            .sudo()
            .search(
                [
                    ("base_station_id", "in", self.base_station_id.ids),
                    ("auto_assign", "=", True),
                    ("kind", "=", "pool"),
                    ("state", "=", "active"),
                ],
                order="sequence, id",
            )
        )
        result = {}
        for contract in self.filtered(lambda c: c.service_category in ROUTED_CATEGORIES):
            of_base = pools.filtered(lambda p, c=contract: p.base_station_id == c.base_station_id)
            families = {}
            for version in (4, 6):
                candidates = of_base.filtered(lambda p, v=version: p._network().version == v)
                own = candidates.filtered(lambda p, c=contract: c.product_id in p.product_ids)
                chosen = own or candidates.filtered(lambda p: not p.product_ids)
                if chosen:
                    families[version] = chosen.ids
            if families:
                result[contract] = families
        return result

    def _ip_item(self):
        """The equipment the address lives on: the router when there is one, else the ONU."""
        self.ensure_one()
        return self.cpe_ids[:1].item_id or self.onu_id.item_id

    def _ip_lease(self, state):
        return self.reserved_until or None if state == "reserved" else None

    def _ip_assign(self, state, reason):
        """Take, for each contract, one address of every family its base has a pool for and it has
        not.

        :raise UserError: when the pools are exhausted; nothing is kept
        """
        pools = self._ip_pools()
        held = {
            (row.contract_id.id, ipaddress.ip_interface(row.ip_address).version)
            for row in self._ip_live()
            if row.alloc_plen == 32 or row.pool_cidr.count(":")
        }
        wants, owners = [], []
        for contract in self:
            for family, pool_ids in pools.get(contract, {}).items():
                if (contract.id, family) not in held:
                    wants.append(
                        Want(
                            tuple(pool_ids),
                            contract.id,
                            contract.partner_id.id,
                            contract._ip_item().id,
                            state,
                            contract._ip_lease(state),
                        )
                    )
                    owners.append(contract)
        taken = self.env["isp.ip.reservation"].sudo()._take(wants, reason)
        for contract, want, (row, _how) in zip(owners, wants, taken, strict=True):
            if not row:
                raise UserError(
                    contract._ip_exhausted_message(self.env["isp.ip.pool"].browse(want.pool_ids))
                )

    def _ip_put_in_use(self, reason):
        """What was reserved is now in use, with its equipment; what is missing is taken."""
        self.env.flush_all()
        dbcode.acting(self.env, reason)
        items = [(contract.id, contract._ip_item().id or None) for contract in self]
        if items:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE isp_ip_reservation r
                       SET state = 'in_use', lease_until = NULL,
                           inventory_item_id = coalesce(r.inventory_item_id, w.item)
                      FROM unnest(%s::int[], %s::int[]) w(contract, item)
                     WHERE r.contract_id = w.contract AND r.state = 'reserved'
                    """,
                    *(list(column) for column in zip(*items, strict=True)),
                )
            )
            self.env["isp.ip.reservation"]._refresh_all()
        self._ip_assign("in_use", reason)

    def _ip_no_pool_message(self):
        return self.env._(
            "%(base)s has no automatic address pool for %(contract)s.",
            base=self.base_station_id.display_name or self.env._("A contract without base"),
            contract=self.display_name,
        )

    def _ip_exhausted_message(self, pools):
        return self.env._(
            "There is no free address for %(contract)s: %(pools)s is exhausted. Add a pool to "
            "the base or "
            "enlarge this one, then try again.",
            contract=self.display_name,
            pools=", ".join(pools.sudo().mapped("display_name")),
        )
