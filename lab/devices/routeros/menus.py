"""The menus of a router: what their rows are made of, and what must be unique in them."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Menu:
    key: str  # attribute that may stand in for .id and is indexed here
    unique: tuple = ()
    required: tuple = ()
    defaults: dict = field(default_factory=dict)
    known: frozenset = frozenset()
    addable: bool = True
    duplicate: str = "failure: already have such entry"


def _menu(key, known, **kw):
    return Menu(key=key, known=frozenset(known.split()) | {"disabled", "comment", key}, **kw)


MENUS = {
    "/ppp/secret": _menu(
        "name",
        "name password service profile caller-id local-address remote-address "
        "remote-ipv6-prefix routes "
        "limit-bytes-in limit-bytes-out last-logged-out last-caller-id",
        unique=("name",),
        required=("name",),
        defaults={
            "service": "any",
            "profile": "default",
            "disabled": "false",
            "password": "",
            "caller-id": "",
            "last-logged-out": "1970-01-01 00:00:00",
        },
        duplicate="failure: secret with the same name already exists",
    ),
    "/ppp/profile": _menu(
        "name",
        "name local-address remote-address rate-limit address-list only-one parent-queue "
        "session-timeout "
        "remote-ipv6-prefix-pool dhcpv6-pd-pool dns-server change-tcp-mss use-compression "
        "use-encryption use-mpls "
        "use-upnp use-ipv6 default on-up on-down",
        unique=("name",),
        required=("name",),
        defaults={"only-one": "default", "default": "false", "change-tcp-mss": "default"},
        duplicate="failure: profile with the same name already exists",
    ),
    "/ppp/active": _menu(
        "name", "name service caller-id address uptime session-id encoding", addable=False
    ),
    "/queue/simple": _menu(
        "name",
        "name target max-limit limit-at burst-limit burst-threshold burst-time priority "
        "parent queue "
        "packet-marks dst time bucket-size dynamic",
        unique=("name",),
        required=("target",),
        defaults={
            "max-limit": "0/0",
            "limit-at": "0/0",
            "burst-limit": "0/0",
            "burst-threshold": "0/0",
            "burst-time": "0s/0s",
            "priority": "8/8",
            "parent": "none",
            "queue": "default-small/default-small",
            "packet-marks": "",
            "disabled": "false",
            "dynamic": "false",
        },
        duplicate="failure: already have such name",
    ),
    "/ip/firewall/address-list": _menu(
        "address",
        "list address timeout dynamic creation-time",
        unique=("list", "address"),
        required=("list", "address"),
        defaults={"disabled": "false", "dynamic": "false"},
    ),
    "/ip/pool": _menu(
        "name", "name ranges next-pool", unique=("name",), required=("name", "ranges")
    ),
    "/ip/dhcp-server": _menu(
        "name",
        "name interface address-pool lease-time",
        unique=("name",),
        required=("interface",),
        defaults={"disabled": "false", "lease-time": "10m"},
    ),
    "/ip/dhcp-server/lease": _menu(
        "address",
        "address mac-address server client-id rate-limit address-lists block-access "
        "lease-time status dynamic "
        "host-name last-seen always-broadcast use-src-mac active-address active-mac-address",
        unique=("address",),
        required=("address",),
        defaults={
            "server": "all",
            "address-lists": "",
            "block-access": "false",
            "disabled": "false",
            "dynamic": "false",
            "status": "waiting",
            "blocked": "false",
        },
        duplicate="failure: already have static lease with this IP address",
    ),
    "/ip/arp": _menu(
        "address",
        "address mac-address interface published dynamic complete invalid",
        unique=("address", "interface"),
        required=("address", "interface"),
        defaults={
            "disabled": "false",
            "dynamic": "false",
            "complete": "true",
            "invalid": "false",
            "published": "false",
        },
    ),
    "/interface": _menu("name", "name type mtu running", addable=False),
    "/interface/pppoe-server/server": _menu(
        "service-name",
        "service-name interface default-profile authentication one-session-per-host",
        unique=("service-name",),
        required=("service-name",),
    ),
}
# values that must name a row of another menu
REFERENCES = {
    ("/ppp/secret", "profile"): "/ppp/profile",
    ("/ip/dhcp-server/lease", "server"): "/ip/dhcp-server",
    ("/ip/arp", "interface"): "/interface",
}
