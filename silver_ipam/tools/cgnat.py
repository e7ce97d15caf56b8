"""Deterministic carrier-grade NAT (RFC 7422): arithmetic, so nothing has to be logged per
connection.
"""

import ipaddress
from typing import NamedTuple

PORTS = 65536


class PortBlock(NamedTuple):
    """``first`` and ``last`` port of ``outside`` that belong to one subscriber."""

    outside: ipaddress.IPv4Address
    first: int
    last: int


class Rule(NamedTuple):
    """``inside`` and ``outside`` networks, the first port lent and how many each subscriber
    gets.
    """

    inside: ipaddress.IPv4Network
    outside: ipaddress.IPv4Network
    first_port: int
    ports_per_host: int

    @property
    def hosts_per_address(self):
        return (PORTS - self.first_port) // self.ports_per_host

    def fits(self):
        """:return: whether every inside address gets its ports."""
        return (
            self.hosts_per_address > 0
            and self.inside.num_addresses <= self.outside.num_addresses * self.hosts_per_address
        )

    def ports(self, inside):
        """:return: :class:`PortBlock` of the subscriber at ``inside``, None when it is not in the
        rule.
        """
        if inside not in self.inside:
            return None
        index = int(inside) - int(self.inside.network_address)
        outside, slot = divmod(index, self.hosts_per_address)
        first = self.first_port + slot * self.ports_per_host
        return PortBlock(
            self.outside.network_address + outside, first, first + self.ports_per_host - 1
        )

    def subscriber(self, outside, port):
        """:return: inside address behind ``outside``:``port``, None when nobody can be."""
        if outside not in self.outside or not self.first_port <= port < PORTS:
            return None
        slot = (port - self.first_port) // self.ports_per_host
        if slot >= self.hosts_per_address:
            return None
        index = int(outside) - int(self.outside.network_address)
        index = index * self.hosts_per_address + slot
        if index >= self.inside.num_addresses:
            return None
        return self.inside.network_address + index
