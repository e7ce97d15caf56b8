"""What a pool may be: the friendly half of its constraints."""

import ipaddress

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import addressing


class IspIpPool(models.Model):
    _inherit = "isp.ip.pool"

    @api.model
    def _check_before_database(self, vals_list):
        """The friendly half of the constraints, asked before PostgreSQL is.

        :param vals_list: values to create; on a recordset, one dict to write on it
        :raise ValidationError: which pool, what is wrong, what to do
        """
        for vals in vals_list:
            if self:
                for pool in self:
                    pool.new(vals, origin=pool)._check_shape()
            else:
                self.new({**self.default_get(list(self._fields)), **vals})._check_shape()

    def _check_shape(self):
        network = self._network()
        if not network or not self.base_station_id:
            return  # a missing required value has its own message
        self._check_scope(network)
        self._check_lengths(network)
        gateway = self.gateway and self._fields["gateway"]._canonical(self.gateway, self)
        if gateway and ipaddress.ip_interface(gateway).ip not in network:
            raise ValidationError(
                self.env._(
                    "%(pool)s: the gateway %(gateway)s is outside the network %(network)s.",
                    pool=self.label,
                    gateway=self.gateway,
                    network=str(network),
                )
            )
        if not 0 <= self.vlan <= 4094:
            raise ValidationError(
                self.env._(
                    "%(pool)s: a VLAN is a number from 1 to 4094, not %(vlan)s.",
                    pool=self.label,
                    vlan=self.vlan,
                )
            )
        self._check_overlap()

    def _check_scope(self, network):
        scope = addressing.scope(network)
        if self.kind == "container":
            return
        if scope == "special":
            raise ValidationError(
                self.env._(
                    "%(pool)s: %(network)s is not for customers. It is multicast, loopback, "
                    "documentation or another special range, or it mixes public and private space.",
                    pool=self.label,
                    network=str(network),
                )
            )
        if scope == "public" and not self.domain_id.is_global:
            raise ValidationError(
                self.env._(
                    "%(pool)s: %(network)s is public. Its routing domain must be the public "
                    "Internet.",
                    pool=self.label,
                    network=str(network),
                )
            )

    def _check_lengths(self, network):
        if not network.prefixlen <= self.alloc_plen <= network.max_prefixlen:
            raise ValidationError(
                self.env._(
                    "%(pool)s: blocks of /%(length)s do not fit in %(network)s. Choose a length "
                    "from "
                    "%(low)s to %(high)s.",
                    pool=self.label,
                    length=self.alloc_plen,
                    network=str(network),
                    low=network.prefixlen,
                    high=network.max_prefixlen,
                )
            )
        if self.alloc_plen - network.prefixlen > addressing.MAX_WIDTH:
            raise ValidationError(
                self.env._(
                    "%(pool)s: %(network)s has more blocks of /%(length)s than one pool can count "
                    "(2^40). Split the network into several pools.",
                    pool=self.label,
                    network=str(network),
                    length=self.alloc_plen,
                )
            )

    def _check_overlap(self):
        if self.kind != "pool" or self.state == "retired":
            return
        others = self.env["isp.ip.pool"].sudo()
        other = others.search(
            Domain("id", "!=", self._origin.id)
            & Domain("kind", "=", "pool")
            & Domain("state", "!=", "retired")
            & (
                Domain("domain_id", "=", self.domain_id._origin.id)
                | Domain("base_station_id", "=", self.base_station_id._origin.id)
            )
            & Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "%s && %s::inet", SQL.identifier(alias, "cidr"), self.cidr
                )
            ),
            limit=1,
        )
        if other:
            raise ValidationError(
                self.env._(
                    "%(pool)s: %(network)s overlaps the pool %(other)s (base %(base)s). An address "
                    "can only be in one pool of a base and of a routing domain.",
                    pool=self.label,
                    network=self.cidr,
                    other=other.display_name,
                    base=other.base_station_id.display_name,
                )
            )

    def _check_can_retire(self):
        holder = self.env["isp.ip.reservation"].search(
            [
                ("pool_id", "in", self.ids),
                ("purpose", "=", "customer"),
                ("state", "in", ("reserved", "in_use")),
            ],
            limit=1,
        )
        if holder:
            raise UserError(
                self.env._(
                    "%(pool)s still has customers (%(address)s, for example). Set it to draining "
                    "and "
                    "move them first.",
                    pool=holder.pool_id.display_name,
                    address=holder.ip_address,
                )
            )

    def _check_can_reshape(self, vals):
        for pool in self:
            cidr = self._fields["cidr"]._canonical(vals.get("cidr") or pool.cidr, pool)
            network = ipaddress.ip_network(cidr)
            length = vals.get("alloc_plen") or pool.alloc_plen
            top = self.env["isp.ip.reservation"].search(
                [
                    ("pool_id", "=", pool.id),
                    ("purpose", "not in", ("network", "broadcast", "gateway")),
                ],
                order="unit desc",
                limit=1,
            )
            if not top:
                continue
            if length != pool.alloc_plen or network.version != pool._network().version:
                raise UserError(
                    self.env._(
                        "%(pool)s has addresses on record: the length of its blocks cannot change. "
                        "Retire it and make another.",
                        pool=pool.display_name,
                    )
                )
            if network.prefixlen <= length and top.unit >= addressing.size(network, length):
                raise UserError(
                    self.env._(
                        "%(pool)s cannot shrink to %(network)s: %(address)s is on record and would "
                        "be outside.",
                        pool=pool.display_name,
                        network=str(network),
                        address=top.ip_address,
                    )
                )
