"""What a router holds that nobody has told us of: its menus as services, and who is on it now.

Pure functions over rows as RouterOS gives them. A provider writes a customer in up to five places
(PPP secret, queue, lease, address list, ARP entry); they belong together by PPP user and address.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..base import SecretText
from ..radius_policy import bits
from .planning import ACTIVE, LEASE, LIST, PROFILE, QUEUE, SECRET, Policy
from .values import KICK, MARK

ARP = "/ip/arp"
FIELDS = {
    SECRET: (
        *(".id", "name", "password", "service", "profile", "disabled", "remote-address"),
        *("caller-id", "comment"),
    ),
    ACTIVE: (".id", "name", "address", "caller-id", "service"),
    PROFILE: (".id", "name", "rate-limit"),
    QUEUE: (".id", "name", "target", "max-limit", "disabled", "dynamic", "comment"),
    LEASE: (
        *(".id", "address", "mac-address", "server", "disabled", "dynamic", "comment", "status"),
        *("host-name", "rate-limit", "active-address", "active-mac-address"),
    ),
    LIST: (".id", "list", "address", "disabled", "dynamic", "comment"),
    ARP: (
        *(".id", "address", "mac-address", "interface", "dynamic", "complete", "disabled"),
        *("invalid", "comment"),
    ),
}
LIVE = (ACTIVE, LEASE, ARP)
#: Services of a secret that are a customer's line; the others are remote access (VPN).
LINES = ("any", "pppoe", "")
_MAC = re.compile(r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}")
_SESSION_TARGET = re.compile(r"<(?:pppoe|ppp)-(.+)>")


@dataclass(frozen=True)
class Found:
    """One service on the router.

    :param key: tells it apart: ``ppp:USER``, ``ip:ADDRESS`` or ``queue:NAME``
    :param parts: where it is written: ``user``, ``queue``, ``lease``, ``list``, ``arp``
    :param password: None when the API user may not read it
    :param fixed: the address is written on the router; else it was only lent from a pool
    :param owner: the contract whose mark it bears
    :param disabled: the PPP user, or the queue or lease where there is none, is switched off
    :param listed: it is on the list of the suspended
    """

    key: str
    parts: tuple[str, ...]
    username: str = ""
    password: SecretText | None = None
    address: str = ""
    fixed: bool = False
    mac: str = ""
    profile: str = ""
    upload_kbps: int = 0
    download_kbps: int = 0
    queue_name: str = ""
    server: str = ""
    comment: str = ""
    owner: str = ""
    disabled: bool = False
    listed: bool = False
    online: bool = False


@dataclass(frozen=True)
class Seen:
    """An address in use. ``source``: ppp, dhcp or arp; ``name``: PPP user or the mark's owner."""

    source: str
    address: str
    mac: str = ""
    name: str = ""


Rows = Sequence[Mapping[str, object]]


def services(menus: Mapping[str, Rows], policy: Policy) -> list[Found]:
    """:return: the services of a router, those with a PPP user first"""
    by_address: dict[str, dict] = {}
    of_user: dict[str, dict] = {}
    for row in menus[QUEUE]:
        if row.get("dynamic") == "true":
            continue
        target = _target(row)
        if name := _SESSION_TARGET.fullmatch(target):
            of_user.setdefault(name.group(1), {}).setdefault("queue", row)
        elif target:
            by_address.setdefault(target, {}).setdefault("queue", row)
    for row in menus[LEASE]:
        if _address(row) and (row.get("dynamic") != "true" or _address(row) in by_address):
            by_address.setdefault(_address(row), {}).setdefault("lease", row)
    for row in menus[LIST]:
        if row.get("list") == policy.suspended_list and row.get("dynamic") != "true":
            if address := _address(row):
                by_address.setdefault(address, {}).setdefault("list", row)
    for row in menus[ARP]:
        if row.get("dynamic") != "true" and _address(row):
            by_address.setdefault(_address(row), {}).setdefault("arp", row)
    sessions = {row.get("name", ""): row for row in menus[ACTIVE]}
    rates = {row.get("name", ""): row.get("rate-limit", "") for row in menus[PROFILE]}
    found = []
    for secret in menus[SECRET]:
        if secret.get("service", "") not in LINES:
            continue
        name = secret["name"]
        session = sessions.get(name)
        address = _host(secret.get("remote-address", "")) or (session and _address(session)) or ""
        parts = {**of_user.get(name, {}), **by_address.pop(address, {}), "user": secret}
        found.append(_service(f"ppp:{name}", parts, address, session, rates, policy))
    for address, parts in by_address.items():
        found.append(_service(f"ip:{address}", parts, address, None, rates, policy))
    return found


def _service(key, parts, address, session, rates, policy):
    secret = parts.get("user", {})
    queue, lease, arp = (parts.get(name, {}) for name in ("queue", "lease", "arp"))
    comments = [str(row.get("comment", "")) for row in (secret, queue, lease, *parts.values())]
    marks = [text for text in comments if text.startswith(MARK)]
    limit = queue.get("max-limit") or rates.get(secret.get("profile"), "")
    limit = limit or lease.get("rate-limit") or ""
    upload, download = (bits(limit) + (0, 0))[:2]
    listed = "list" in parts and parts["list"].get("disabled") != "true"
    if policy.suspended_profile and secret.get("profile") == policy.suspended_profile:
        listed = True
    main = secret or lease or queue
    return Found(
        key=key,
        parts=tuple(n for n in ("user", "queue", "lease", "list", "arp") if n in parts),
        username=secret.get("name", ""),
        password=secret.get("password") or None,
        address=address,
        fixed=bool(
            _host(secret.get("remote-address", ""))
            or lease.get("dynamic") == "false"
            or (not secret and (queue or arp))
        ),
        mac=_mac(secret.get("caller-id"))
        or _mac(lease.get("mac-address"))
        or _mac(arp.get("mac-address"))
        or _mac((session or {}).get("caller-id")),
        profile=secret.get("profile", ""),
        upload_kbps=max(upload, 0) // 1000,
        download_kbps=max(download, 0) // 1000,
        queue_name=queue.get("name", ""),
        server=lease.get("server", ""),
        comment=next((text for text in comments if text and not text.startswith(MARK)), ""),
        owner=marks[0].removeprefix(MARK).removesuffix(KICK) if marks else "",
        disabled=main.get("disabled") == "true",
        listed=listed,
        online=bool(session) or lease.get("status") == "bound",
    )


def seen(menus: Mapping[str, Rows]) -> list[Seen]:
    """:return: who is on the router now; a lease that waits and an ARP entry without answer are
    nobody"""
    found = []
    for row in menus[ACTIVE]:
        if address := _address(row):
            found.append(Seen("ppp", address, _mac(row.get("caller-id")), row.get("name", "")))
    for row in menus[LEASE]:
        address = _host(row.get("active-address", "")) or _address(row)
        mac = _mac(row.get("active-mac-address")) or _mac(row.get("mac-address"))
        if address and row.get("status") == "bound":
            found.append(Seen("dhcp", address, mac, _owner(row)))
    for row in menus[ARP]:
        answers = row.get("complete", "true") == "true" and row.get("invalid") != "true"
        if _address(row) and _mac(row.get("mac-address")) and answers:
            if row.get("disabled") != "true":
                mac = _mac(row.get("mac-address"))
                found.append(Seen("arp", _address(row), mac, _owner(row)))
    return found


def _owner(row):
    comment = str(row.get("comment", ""))
    return comment.removeprefix(MARK).removesuffix(KICK) if comment.startswith(MARK) else ""


def _address(row):
    return _host(row.get("address", ""))


def _target(row):
    """The one address, or the one PPP session, that a queue is for; empty: it is for many."""
    target = str(row.get("target", ""))
    return target if _SESSION_TARGET.fullmatch(target) else _host(target)


def _host(text):
    """:return: a single IPv4 address, without mask; empty for anything else (a pool, a network)"""
    try:
        interface = ipaddress.IPv4Interface(str(text).strip())
    except ValueError:
        return ""
    return str(interface.ip) if interface.network.prefixlen == 32 else ""


def _mac(text):
    text = str(text or "").strip().upper().replace("-", ":")
    return text if _MAC.fullmatch(text) else ""
