"""What FreeRADIUS should hold for a customer, a plan and a router; rows of its stock SQL schema.

Pure: value objects in, rows out. The driver (``radius_sql``) only compares and writes rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .base import SecretText, digest

SUSPENDED_PRIORITY = 1  # the lowest number wins: FreeRADIUS stops at the first matching group
PLAN_PRIORITY = 10

#: Attributes of a user that are ours to write and to remove; others are left alone.
USER_CHECK = frozenset({"Cleartext-Password", "Auth-Type"})
USER_REPLY = frozenset(
    {
        "Class",
        "Delegated-IPv6-Prefix",
        "Framed-IP-Address",
        "Framed-Pool",
        "Mikrotik-Address-List",
        "Mikrotik-Rate-Limit",
        "Session-Timeout",
    }
)


class Row(NamedTuple):
    """A managed row. ``values`` are the columns that :data:`COLUMNS` names for the table."""

    table: str
    values: tuple


class Scope(NamedTuple):
    """The rows that are ours: of ``name`` in ``table``; ``attributes`` None means all of them."""

    table: str
    name: str
    attributes: frozenset | None = None


#: table -> (column of the name, columns that make the row)
COLUMNS = {
    "radcheck": ("username", ("username", "attribute", "op", "value")),
    "radreply": ("username", ("username", "attribute", "op", "value")),
    "radusergroup": ("username", ("username", "groupname", "priority")),
    "radgroupreply": ("groupname", ("groupname", "attribute", "op", "value")),
    "nas": ("nasname", ("nasname", "shortname", "type", "secret", "description")),
}


@dataclass(frozen=True)
class RadiusUser:
    """A customer's line.

    :param status: ``active``, ``throttled`` (own address, speed of the throttled group),
        ``suspended`` (profile of the suspended group, no own address), ``rejected`` (may not log
        in), ``absent`` (unknown to RADIUS, so rejected too)
    :param group_by_hand: somebody else keeps the group: it may hold more than a speed
    :param ipv4: address without mask
    :param ipv6_prefix: delegated prefix in CIDR
    :param written: False: FreeRADIUS reads the contracts themselves (views), no row is ours
    """

    username: str
    password: SecretText
    status: str
    group: str = ""
    group_by_hand: bool = False
    suspended_group: str = "suspended"
    throttled_group: str = "throttled"
    ipv4: str = ""
    ipv6_prefix: str = ""
    written: bool = True

    @property
    def policy(self) -> str:
        """Name of what a session of this user runs under. The router repeats it (Class) in its
        accounting, so that a session that still has older terms can be told from a new one.

        Two parts: what only a new login brings (address, pool, walled garden), and the speed, which
        a router may change while the session runs.
        """
        if self.open:
            kept = self.group if self.group_by_hand else ""
            login = ("open", kept, self.ipv4, self.ipv6_prefix)
            speed = (self.group, self.throttled_group if self.status == "throttled" else "")
        else:
            login = (self.status, self.suspended_group, self.ipv4, self.ipv6_prefix)
            speed = ()
        return f"silver-{digest(login)[:12]}-{digest(speed)[:6]}"

    @property
    def open(self) -> bool:
        """Whether the line has its own address and no walled garden around it."""
        return self.status in ("active", "throttled")

    def scopes(self) -> tuple[Scope, ...]:
        if not self.written:
            return ()
        return (
            Scope("radcheck", self.username, USER_CHECK),
            Scope("radreply", self.username, USER_REPLY),
            # a foreign group with a low number would lift a suspension: all of them are ours
            Scope("radusergroup", self.username),
        )

    def rows(self) -> tuple[Row, ...]:
        if self.status == "absent" or not self.written:
            return ()
        name = self.username
        rows = [Row("radcheck", (name, "Cleartext-Password", ":=", self.password))]
        if self.status == "rejected":
            rows.append(Row("radcheck", (name, "Auth-Type", ":=", "Reject")))
        rows.append(Row("radreply", (name, "Class", ":=", self.policy)))
        if self.open:
            # a suspended customer must leave his public address: radreply wins over any group
            if self.ipv4:
                rows.append(Row("radreply", (name, "Framed-IP-Address", ":=", self.ipv4)))
            if self.ipv6_prefix:
                rows.append(
                    Row("radreply", (name, "Delegated-IPv6-Prefix", ":=", self.ipv6_prefix))
                )
        if self.group:
            rows.append(Row("radusergroup", (name, self.group, PLAN_PRIORITY)))
        if self.status == "suspended":
            rows.append(Row("radusergroup", (name, self.suspended_group, SUSPENDED_PRIORITY)))
        elif self.status == "throttled":
            rows.append(Row("radusergroup", (name, self.throttled_group, SUSPENDED_PRIORITY)))
        return tuple(rows)


def login_part(policy: str) -> str:
    """The part of a policy's name that says what only a new login brings."""
    return policy.rpartition("-")[0] if policy.count("-") == 2 else policy


@dataclass(frozen=True)
class RadiusGroup:
    """A plan, or the suspended profile: attributes that FreeRADIUS answers with.

    :param managed: attributes of the group that are ours even when we do not set them
    """

    name: str
    reply: tuple[tuple[str, str], ...] = ()
    managed: frozenset = frozenset({"Mikrotik-Rate-Limit"})

    def scopes(self) -> tuple[Scope, ...]:
        return (Scope("radgroupreply", self.name, self.managed | {name for name, _ in self.reply}),)

    def rows(self) -> tuple[Row, ...]:
        return tuple(
            Row("radgroupreply", (self.name, attribute, ":=", value))
            for attribute, value in self.reply
            if value
        )


@dataclass(frozen=True)
class RadiusClient:
    """A router that may ask."""

    address: str
    shortname: str
    secret: SecretText
    description: str = "silver"

    def scopes(self) -> tuple[Scope, ...]:
        return (Scope("nas", self.address),)

    def rows(self) -> tuple[Row, ...]:
        values = (self.address, self.shortname[:32], "other", self.secret, self.description)
        return (Row("nas", values),)


def speed(kbps: int) -> str:
    """RouterOS notation: 50000 -> ``50M``, 512 -> ``512k``, 0 -> ``0``."""
    if kbps and kbps % 1000 == 0:
        return f"{kbps // 1000}M"
    return f"{kbps}k" if kbps else "0"


def rate_limit(rates) -> str:
    """The attribute Mikrotik-Rate-Limit for a plan.

    ``rx/tx [burst threshold time priority minimum]`` as the router sees it: rx is the customer's
    upload. Source: help.mikrotik.com, RADIUS client. The short form is used when it says it all.

    :param rates: ``silver_product`` PlanRates (kbps), or anything with its fields
    """
    plain = f"{speed(rates.upload_kbps)}/{speed(rates.download_kbps)}"
    bursts = rates.burst_upload_kbps or rates.burst_download_kbps
    if not bursts and rates.priority in (0, 8):
        return plain
    return " ".join(
        (
            plain,
            f"{speed(rates.burst_upload_kbps)}/{speed(rates.burst_download_kbps)}",
            f"{speed(rates.burst_threshold_upload_kbps)}/{speed(rates.burst_threshold_download_kbps)}",
            f"{rates.burst_time_s}/{rates.burst_time_s}",
            str(rates.priority or 8),
            f"{speed(rates.guaranteed_upload_kbps)}/{speed(rates.guaranteed_download_kbps)}",
        )
    )


def same_rate(one: str, other: str) -> bool:
    """Whether two texts of Mikrotik-Rate-Limit name the same speed: ``5M/10M``, ``5000k/10000k``
    and ``5000000/10000000 ...`` do. Bursts and priorities are not compared."""
    return bits(one) == bits(other)


def bits(rate: str) -> tuple[int, ...]:
    """The two speeds of a Mikrotik-Rate-Limit in bit/s."""
    units = {"k": 1000, "m": 1000_000, "g": 1000_000_000}
    found = []
    for word in rate.split(maxsplit=1)[0].lower().split("/") if rate.strip() else ():
        number, unit = (word[:-1], units[word[-1]]) if word[-1:] in units else (word, 1)
        found.append(int(number) * unit if number.isdigit() else -1)
    return tuple(found * 2 if len(found) == 1 else found)
