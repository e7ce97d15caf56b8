"""What a router should hold for a service, and what it does hold. Plain values, no I/O."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..base import Permanent, SecretText

MARK = "silver:"  # how our entries begin their comment: silver:C0001
KICK = " kick"  # and end it while a session on old terms is still to be ended

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,128}")
_MAC = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")
STATUSES = ("active", "suspended", "absent", "moved")
SUSPENSIONS = ("", "walled_garden", "throttle", "reject")
GONE = ("absent", "moved")


@dataclass(frozen=True)
class Pppoe:
    """A local PPP secret. Leave it out where RADIUS keeps the users.

    :param password: None leaves the password that is there
    :param rate_limit: the speed of ``profile`` as RouterOS writes it; a session that has it already
        under another profile need not end. Empty: not known
    """

    username: str
    password: SecretText | None = None
    profile: str = "default"
    remote_address: str = ""
    caller_id: str = ""
    rate_limit: str = ""


@dataclass(frozen=True)
class Queue:
    """A simple queue for one address; kbit/s. ``priority`` 1 (first) to 8."""

    download_kbps: int
    upload_kbps: int
    burst_download_kbps: int = 0
    burst_upload_kbps: int = 0
    threshold_download_kbps: int = 0
    threshold_upload_kbps: int = 0
    burst_time_s: int = 0
    priority: int = 8


@dataclass(frozen=True)
class Lease:
    """A static DHCP lease for ``address`` of the service."""

    mac: str
    server: str = "all"


@dataclass(frozen=True)
class RouterService:
    """One customer's line on a router.

    :param reference: our name for it (contract number): letters, digits and ``. _ / -``
    :param status: ``active``, ``suspended`` (everything stays, access does not), ``absent``, or
        ``moved``: the PPP user and the lease named here are an earlier one's and go; the queue,
        which is named after the reference, stays
    :param address: IPv4 address without mask; needed for a queue, a lease and the address list
    :param suspension: how a suspended one is treated: ``walled_garden`` (on the list, and may log
        in), ``throttle`` (profile and queue given here are the slow ones; access stays),
        ``reject`` (PPP user off, session ended); empty: as the router's own policy says
    :param adopted: somebody said that what bears these names on the router is this customer's:
        when it goes, entries without our mark go too
    """

    reference: str
    status: str = "active"
    address: str = ""
    pppoe: Pppoe | None = None
    queue: Queue | None = None
    lease: Lease | None = None
    suspension: str = ""
    adopted: bool = False

    @property
    def comment(self) -> str:
        return MARK + self.reference

    @property
    def queue_name(self) -> str:
        return "silver-" + self.reference

    def check(self) -> None:
        """:raise Permanent: a value this router could not take, in words for people"""
        if not _REFERENCE.fullmatch(self.reference):
            raise Permanent(
                f"The reference {self.reference!r} has characters a router comment cannot hold."
            )
        if self.status not in STATUSES:
            raise Permanent(f"{self.reference}: unknown status {self.status!r}.")
        if self.suspension not in SUSPENSIONS:
            raise Permanent(f"{self.reference}: unknown status {self.suspension!r}.")
        if self.address:
            _address(self.reference, self.address)
        if self.pppoe:
            if not _NAME.fullmatch(self.pppoe.username):
                raise Permanent(
                    f"{self.reference}: the PPPoE user is empty, too long or has control "
                    f"characters."
                )
            if self.pppoe.password is not None and not _NAME.fullmatch(
                self.pppoe.password.reveal()
            ):
                raise Permanent(
                    f"{self.reference}: the PPPoE password is empty, too long or has control "
                    f"characters."
                )
            if self.pppoe.remote_address:
                _address(self.reference, self.pppoe.remote_address)
        if self.lease and not _MAC.fullmatch(self.lease.mac.upper()):
            raise Permanent(f"{self.reference}: {self.lease.mac!r} is not a MAC address.")
        if (self.lease or self.queue) and not self.address and self.status not in GONE:
            raise Permanent(f"{self.reference}: a queue or a lease needs the customer's address.")
        if self.queue and min(self.queue.download_kbps, self.queue.upload_kbps) <= 0:
            raise Permanent(f"{self.reference}: the speed of the plan is not set.")


def _address(reference: str, text: str) -> None:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        raise Permanent(f"{reference}: {text!r} is not an IPv4 address.") from None


@dataclass(frozen=True)
class PppProfile:
    """The PPP profile of a plan. Only these attributes are looked at; the rest is the router's.

    :param local_address: written when the profile is created, left alone afterwards
    """

    name: str
    rate_limit: str
    local_address: str = ""

    def check(self) -> None:
        """:raise Permanent: a value this router could not take, in words for people"""
        if not _NAME.fullmatch(self.name):
            raise Permanent(f"{self.name!r} cannot be the name of a PPP profile.")
        if self.local_address:
            _address(self.name, self.local_address)


@dataclass(frozen=True)
class Held:
    """What the router holds for a service: rows as RouterOS gives them, all text."""

    secret: Mapping[str, Any] | None = None
    sessions: tuple[Mapping[str, str], ...] = ()
    queue: Mapping[str, str] | None = None
    lease: Mapping[str, str] | None = None
    blocked: tuple[Mapping[str, str], ...] = ()
    profile: Mapping[str, str] | None = None  # of a plan; of a service: the one its secret has

    def __bool__(self) -> bool:
        return bool(
            self.secret or self.sessions or self.queue or self.lease or self.blocked or self.profile
        )
