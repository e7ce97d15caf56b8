"""The units of a pool that nobody may take, and the number of a unit."""

import ipaddress

from odoo import models
from odoo.exceptions import UserError, ValidationError

from ..tools import addressing


class IspIpPool(models.Model):
    _inherit = "isp.ip.pool"

    def _edges(self):
        """:return: ``{unit: purpose}`` of what nobody may take because of the pool's shape."""
        self.ensure_one()
        network = self._network()
        edges = {}
        if self.kind != "pool":
            return edges
        if self.exclude_edges and network.version == 4 and self.alloc_plen == 32:
            if network.prefixlen <= 30:
                edges = {0: "network", addressing.size(network, 32) - 1: "broadcast"}
        if self.gateway:
            gateway = ipaddress.ip_interface(self.gateway).ip
            edges[addressing.unit(network, self.alloc_plen, gateway)] = "gateway"
        return edges

    def _sync_exclusions(self):
        """Network, broadcast and gateway as rows nobody can take, and no others of that kind."""
        reservation = self.env["isp.ip.reservation"].sudo()
        for pool in self:
            edges = pool._edges()
            stale = reservation.search(
                [
                    ("pool_id", "=", pool.id),
                    ("purpose", "in", ("network", "broadcast", "gateway")),
                ]
            ).filtered(lambda row, edges=edges: edges.get(int(row.unit)) != row.purpose)
            stale.write({"purpose": "customer", "state": "free"})
            for unit, purpose in edges.items():
                pool._exclude(unit, purpose)

    def _exclude(self, unit, purpose, note=None):
        """Make a unit unavailable. :raise UserError: when a customer has it or had it a moment
        ago.
        """
        self.ensure_one()
        reservation = self.env["isp.ip.reservation"].sudo()
        row = reservation.search([("pool_id", "=", self.id), ("unit", "=", unit)])
        if row.purpose and row.purpose != "customer":
            return row
        if row.purpose and not row._is_available():
            raise UserError(
                self.env._(
                    "%(address)s cannot be excluded from %(pool)s: %(why)s.",
                    address=row.ip_address,
                    pool=self.display_name,
                    why=row._why_taken(),
                )
            )
        return reservation._take_unit(self, unit, state="in_use", purpose=purpose, note=note)

    def _unit_of(self, address):
        """:param address: text. :return: number of the block that holds it.
        :raise ValidationError: when it is no address or lies outside the pool"""
        self.ensure_one()
        try:
            interface = ipaddress.ip_interface(str(address).strip())
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "%(value)s is not an address: %(error)s", value=address, error=str(error)
                )
            ) from error
        unit = addressing.unit(self._network(), self.alloc_plen, interface.ip)
        if unit is None:
            raise ValidationError(
                self.env._(
                    "%(address)s lies outside the pool %(pool)s.",
                    address=address,
                    pool=self.display_name,
                )
            )
        return unit

    def _raise_taken(self, row):
        raise UserError(
            self.env._(
                "%(address)s cannot be given: %(why)s.",
                address=row.ip_address,
                why=row._why_taken(),
            )
        )
