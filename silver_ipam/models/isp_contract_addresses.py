import ipaddress

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .isp_ip_reservation_taking import Want

MAY_ASSIGN = ("silver_base.group_silver_support", "silver_base.group_silver_operator")


class IspContract(models.Model):
    _inherit = "isp.contract"

    # === Verbs === #

    def action_assign_addresses(self):
        """Give the contracts that are reserved or in service the addresses they lack. Idempotent.

        :return: True
        :raise UserError: when a base's pools are exhausted
        """
        contracts = self._ip_authorised()
        reason = self.env._("assigned by hand")
        contracts.filtered(lambda c: c.state == "pending")._ip_assign("reserved", reason)
        contracts.filtered(lambda c: c.state in ("active", "suspended"))._ip_put_in_use(reason)
        return True

    def action_change_ip_address(self, address=None, pool_id=None, family=4, reason=None):
        """Replace the address. The old one goes to quarantine.

        :param str address: the wanted one (static); None: the next of the pool
        :param int pool_id: the pool to take from; None: that of the address, else the base's
        :param int family: 4 or 6, which of its addresses when ``address`` is None
        :return: the new address as text
        :raise UserError: when it cannot be had; the old one is kept
        """
        self = self._ip_authorised()
        self.ensure_one()
        self._check_ip_state()
        pool = self._ip_pool_for(address, pool_id)
        if address:
            family = ipaddress.ip_interface(pool.cidr).version
        length = pool.alloc_plen or (32 if family == 4 else None)
        reason = reason or self.env._("change of address")
        old = self._ip_live().filtered(
            lambda row: ipaddress.ip_interface(row.ip_address).version == family
            and (not length or row.alloc_plen == length or row.pool_id == pool)
        )
        old = (old.filtered(lambda row: row.pool_id == pool) or old)[:1]
        if address and old.pool_id == pool and old.unit == pool._unit_of(address):
            return old.ip_address
        state = "reserved" if self.state == "pending" else "in_use"
        if not old and not pool and not self._ip_pools().get(self, {}).get(family):
            raise UserError(self._ip_no_pool_message())
        pools = pool.ids or tuple(self._ip_pools().get(self, {}).get(family) or old.pool_id.ids)
        item = old.inventory_item_id or self._ip_item()
        old._release(reason)
        if address:
            row = old._take_unit(
                pool, pool._unit_of(address), self, self.partner_id, item, state,
                self._ip_lease(state), reason=reason,
            )  # fmt: skip
            return row.ip_address
        want = Want(
            tuple(pools), self.id, self.partner_id.id, item.id, state, self._ip_lease(state), False
        )
        [(row, _how)] = old._take([want], reason)
        if not row:
            raise UserError(self._ip_exhausted_message(self.env["isp.ip.pool"].browse(pools)))
        return row.ip_address

    def action_add_address(self, pool_id, address=None, reason=None):
        """One more, beside what it has (a business block, a static address).

        :return: the address or block as text
        :raise UserError: when it cannot be had
        """
        self = self._ip_authorised()
        self.ensure_one()
        self._check_ip_state()
        pool = self._ip_pool_for(address, pool_id)
        reservation = self.env["isp.ip.reservation"].sudo()
        reason = reason or self.env._("additional address")
        state = "reserved" if self.state == "pending" else "in_use"
        same_kind = self._ip_live().filtered(
            lambda row: row.alloc_plen == pool.alloc_plen
            and ipaddress.ip_interface(row.ip_address).version == pool._network().version
        )
        held = same_kind.filtered(lambda row: row.pool_id == pool)
        if held:
            raise UserError(
                self.env._(
                    "%(contract)s already has %(address)s of %(pool)s. Change it, or choose "
                    "another pool.",
                    contract=self.display_name,
                    address=held.ip_address,
                    pool=pool.display_name,
                )
            )
        # equipment answers for one address of each kind
        item = self.env["isp.inventory.item"] if same_kind else self._ip_item()
        if address:
            row = reservation._take_unit(
                pool, pool._unit_of(address), self, self.partner_id, item, state,
                self._ip_lease(state), reason=reason,
            )  # fmt: skip
            return row.ip_address
        want = Want((pool.id,), self.id, self.partner_id.id, item.id, state, self._ip_lease(state))
        [(row, _how)] = reservation._take([want], reason)
        if not row:
            raise UserError(self._ip_exhausted_message(pool))
        return row.ip_address

    # === Helpers === #

    def _ip_authorised(self):
        """:return: ``self`` as superuser, once the user is known to be of support or of the network

        :raise AccessError: when the user may not
        """
        self.check_access("read")
        user = self.env.user
        if not self.env.su and not any(user.has_group(group) for group in MAY_ASSIGN):
            raise AccessError(
                self.env._("Only support and network operators assign addresses. Ask one of them.")
            )
        return self.sudo()

    def _check_ip_state(self):
        if self.state not in ("pending", "active", "suspended"):
            raise UserError(
                self.env._(
                    "%(contract)s is neither reserved nor in service: it holds no address.",
                    contract=self.display_name,
                )
            )

    def _ip_pool_for(self, address, pool_id):
        """:return: the pool asked for, or the one of this base that holds ``address``."""
        pools = self.env["isp.ip.pool"].sudo()
        if pool_id:
            pool = pools.browse(pool_id).exists()
            if not pool or pool.base_station_id != self.base_station_id:
                raise UserError(
                    self.env._(
                        "%(pool)s does not serve the base of %(contract)s.",
                        pool=pool.display_name or pool_id,
                        contract=self.display_name,
                    )
                )
            return pool
        if not address:
            return pools
        wanted = self.env["isp.ip.reservation"]._fields["ip_address"]._canonical(address, self)
        pool = pools.search(
            Domain("base_station_id", "=", self.base_station_id.id)
            & Domain("kind", "=", "pool")
            & Domain("state", "=", "active")
            & Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "%s >>= %s::inet", SQL.identifier(alias, "cidr"), wanted
                )
            ),
            limit=1,
        )
        if not pool:
            raise UserError(
                self.env._(
                    "No active pool of %(base)s holds %(address)s.",
                    base=self.base_station_id.display_name or self.env._("a contract without base"),
                    address=address,
                )
            )
        return pool
