"""Interfaces whose counters move as those of a provider do: little at dawn, most in the evening."""

import math
from dataclasses import dataclass, field

from pysnmp.proto import rfc1902

IF_TABLE = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IF_X_TABLE = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
ETHERNET, PPP, LAG, PON, VLAN = 6, 23, 161, 250, 135
DAY, SHORT = 86400, 1700
PEAK = 2 * 3600  # 21 h in Mexico, in seconds of a UTC day


@dataclass
class Port:
    """:param in_mbps: and :param out_mbps: mean of a day; :param bits: 32: without ifXTable's
    counters, as old switches"""

    name: str
    alias: str = ""
    type: int = ETHERNET
    speed_mbps: int = 1000
    in_mbps: float = 1.0
    out_mbps: float = 10.0
    enabled: bool = True
    bits: int = 64
    up: bool = field(default=True, init=False)
    #: octets (in, out) when ``since`` began
    base: tuple = field(default=(0, 0), init=False)
    since: float = field(default=0.0, init=False)

    def octets(self, now):
        """(in, out) since start, modulo the size of the counter."""
        flown = _flown(now) - _flown(self.since) if self.up and self.enabled else 0.0
        return tuple(
            int(base + mean * 125000 * flown) % 2**self.bits
            for base, mean in zip(self.base, (self.in_mbps, self.out_mbps), strict=True)
        )

    def restart(self, now, base=(0, 0)):
        self.base, self.since = base, now

    def turn(self, up, now):
        """Cable in or out: the counters stay where they are."""
        self.base, self.since, self.up = self.octets(now), now, up


def _flown(at):
    """Seconds of mean traffic until a moment: integral of 1 + a daily and a short wave."""
    wave = 0.55 * DAY / math.tau * math.sin(math.tau * (at - PEAK) / DAY)
    return at + wave + 0.12 * SHORT / math.tau * math.sin(math.tau * at / SHORT)


def values(ports, now):
    """{OID: value} of ifTable and ifXTable. :param ports: {ifIndex: Port}"""
    integer, octets, gauge = rfc1902.Integer32, rfc1902.OctetString, rfc1902.Gauge32
    found = {}
    for index, port in ports.items():
        inward, outward = port.octets(now)
        found.update(
            {
                (*IF_TABLE, 2, index): octets(port.name.encode()),
                (*IF_TABLE, 3, index): integer(port.type),
                (*IF_TABLE, 7, index): integer(1 if port.enabled else 2),
                (*IF_TABLE, 8, index): integer(1 if port.up and port.enabled else 2),
                (*IF_TABLE, 10, index): rfc1902.Counter32(inward % 2**32),
                (*IF_TABLE, 16, index): rfc1902.Counter32(outward % 2**32),
                (*IF_X_TABLE, 1, index): octets(port.name.encode()),
                (*IF_X_TABLE, 15, index): gauge(port.speed_mbps),
                (*IF_X_TABLE, 18, index): octets(port.alias.encode()),
            }
        )
        if port.bits == 64:
            found[(*IF_X_TABLE, 6, index)] = rfc1902.Counter64(inward)
            found[(*IF_X_TABLE, 10, index)] = rfc1902.Counter64(outward)
    return found


def router_ports():
    """A BRAS: two transits, one of them nearly full in the evening, a switch, and sessions."""
    return [
        Port("sfp-sfpplus1", "Tránsito A", speed_mbps=10000, in_mbps=1210.0, out_mbps=130.0),
        Port("ether1", "Tránsito B", speed_mbps=1000, in_mbps=622.0, out_mbps=66.0),
        Port("ether2", "OLT-CENTRO", speed_mbps=10000, in_mbps=148.0, out_mbps=1580.0),
        Port("ether3", "Respaldo a Norte", speed_mbps=1000, in_mbps=4.0, out_mbps=6.0),
        Port("ether12", "", speed_mbps=0, enabled=False, in_mbps=0, out_mbps=0),
        Port("vlan100", "Clientes", VLAN, 1000, 45.0, 380.0),
        Port("<pppoe-c0001>", "", PPP, 0, 2.0, 20.0),
    ]


def uplinks(vendor):
    """What an OLT has besides its PON ports; names as its vendor writes them."""
    names = {
        "huawei": ("ethernet0/9/0", "ethernet0/9/1"),
        "zte": ("xgei-1/3/1", "xgei-1/3/2"),
        "vsol": ("GE0/1", "GE0/2"),
    }[vendor]
    speed = 1000 if vendor == "vsol" else 10000
    return [
        Port(names[0], "Uplink BRAS", speed_mbps=speed, in_mbps=380.0, out_mbps=45.0),
        Port(names[1], "", speed_mbps=speed, enabled=False, in_mbps=0.0, out_mbps=0.0),
    ]
