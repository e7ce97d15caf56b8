"""Address arithmetic without ORM: the same rules as ``sql/functions.sql``, for messages and
imports.
"""

import ipaddress
import re

#: Largest number of allocation units in one pool (2^40): an IPv6 /16 of /56.
MAX_WIDTH = 40

PRIVATE = [
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
]
CGNAT = ipaddress.ip_network("100.64.0.0/10")
GLOBAL_V6 = ipaddress.ip_network("2000::/3")
SPECIAL = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
]

#: Hours of rest by kind of address: scarce and reputation-bearing public space rests longest.
QUARANTINE_HOURS = {"private": 24, "cgnat": 24, "public": 30 * 24, "special": 24}


class Unreadable(ValueError):
    """The text is no address, range or network."""


def scope(network):
    """:return: ``private``, ``cgnat``, ``public`` or ``special`` (nobody's to hand out, or a
    mixture).

    RFC 1918 and RFC 4193 are private, RFC 6598 is cgnat.
    """
    same = [n for n in PRIVATE if n.version == network.version]
    if any(network.subnet_of(n) for n in same):
        return "private"
    if network.version == 4 and network.subnet_of(CGNAT):
        return "cgnat"
    others = [n for n in SPECIAL if n.version == network.version]
    if network.version == 4:
        others = others + same + [CGNAT]
    elif not network.subnet_of(GLOBAL_V6):
        return "special"
    return "special" if any(network.overlaps(n) for n in others) else "public"


def size(network, alloc_plen):
    """:return: number of blocks of length ``alloc_plen`` in ``network``."""
    return 1 << (alloc_plen - network.prefixlen)


def block(network, alloc_plen, unit):
    """:return: the ``unit``-th block of ``network`` as an ``ip_network``."""
    start = int(network.network_address) + (unit << (network.max_prefixlen - alloc_plen))
    return type(network)((start, alloc_plen))


def unit(network, alloc_plen, address):
    """:return: the number of the block that holds ``address`` (``ip_address``), None when
    outside.
    """
    if address.version != network.version or address not in network:
        return None
    return (int(address) - int(network.network_address)) >> (network.max_prefixlen - alloc_plen)


def spread(number, bits):
    """:return: ``number`` with its ``bits`` lowest bits reversed (van der Corput order)."""
    result = 0
    for position in range(bits):
        result = (result << 1) | ((number >> position) & 1)
    return result


def text(network):
    """:return: the way people write it: a host without length, a block with it."""
    if network.prefixlen == network.max_prefixlen:
        return str(network.network_address)
    return str(network)


def parse_range(value, limit=65536):
    """Addresses that a cell of a file means.

    Accepts ``10.0.0.5``, ``10.0.0.5/24`` (NetBox writes the mask of the subnet: the host is meant),
    ``10.0.0.5-10.0.0.9``, ``10.0.0.5-9``, ``10.0.0.[5-9]`` and an IPv6 prefix (``2800::/56``).

    :return: list of ``(ip_address, prefix length or None)``; the length only for IPv6 prefixes
        and IPv4
        networks without host bits shorter than /32
    :raise Unreadable: when it means nothing, or more than ``limit`` addresses
    """
    value = value.strip()
    bracket = re.fullmatch(r"(\d+\.\d+\.\d+\.)\[(\d+)-(\d+)\](?:/32)?", value)
    if bracket:
        value = f"{bracket[1]}{bracket[2]}-{bracket[1]}{bracket[3]}"
    first, dash, last = (part.strip() for part in value.partition("-"))
    try:
        if not dash:
            interface = ipaddress.ip_interface(first)
            whole = interface.ip == interface.network.network_address
            short = interface.network.prefixlen < interface.max_prefixlen
            length = interface.network.prefixlen if whole and short else None
            return [(interface.ip, length)]
        start = ipaddress.ip_address(first.split("/")[0])
        last = last.split("/")[0]
        if start.version == 4 and "." not in last:
            last = first.rpartition(".")[0] + "." + last
        stop = ipaddress.ip_address(last)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    if start.version != stop.version or stop < start:
        raise Unreadable(f"{value}: the range ends before it begins")
    if int(stop) - int(start) >= limit:
        raise Unreadable(f"{value}: more than {limit} addresses in one line")
    return [(start + offset, None) for offset in range(int(stop) - int(start) + 1)]
