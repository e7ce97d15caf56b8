"""Value objects of OLT services. Plain values, no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from ..base import Permanent, SecretText
from . import text

STATUSES = ("active", "suspended", "absent")


@dataclass(frozen=True)
class Wan:
    """How the ONU reaches the network. :param mode: ``bridge`` or ``pppoe`` (the ONU dials)."""

    mode: str = "bridge"
    username: str = ""
    password: SecretText | None = None
    vlan_profile: str = ""


@dataclass(frozen=True)
class Wifi:
    """Name and key of the customer's wireless network, where the vendor lets the OLT set it.

    :param ssid_5g: name of the 5 GHz network, with the same key; empty on an ONU that has none
    """

    ssid: str
    key: SecretText
    ssid_5g: str = ""


@dataclass(frozen=True)
class OnuService:
    """One customer's ONU on an OLT.

    :param serial: ``HWTCAABBCC01`` (four letters and eight hexadecimal digits)
    :param slot: card; :param port: PON port on it
    :param status: ``active``, ``suspended`` (configured, carries no traffic) or ``absent``
    :param number: the ONU id to use when it is added; None takes the first free one
    :param onu_type: ZTE: ONU type; V-SOL: ONU profile; SmartOLT: ONU type
    :param upload_profile: name or index of the traffic profile, as the OLT knows it
    :param user_vlan: VLAN on the ONU's side; 0 is the same as ``vlan``
    """

    reference: str
    serial: str
    slot: int
    port: int
    status: str = "active"
    number: int | None = None
    description: str = ""
    onu_type: str = ""
    line_profile: str = ""
    service_profile: str = ""
    tcont_profile: str = ""
    upload_profile: str = ""
    download_profile: str = ""
    vlan: int = 0
    user_vlan: int = 0
    gemport: int = 1
    wan: Wan | None = None
    wifi: Wifi | None = None

    @property
    def label(self) -> str:
        """What is written on the ONU: the description in letters every OLT takes."""
        return text.clean_label(self.description or self.reference)

    @property
    def flow(self) -> Flow:
        return Flow(
            self.vlan,
            self.user_vlan or self.vlan,
            self.gemport,
            self.upload_profile,
            self.download_profile,
        )

    def check(self) -> None:
        """:raise Permanent: a value that must not, or cannot, become part of a command"""
        who = self.reference
        if self.status not in STATUSES:
            raise Permanent(f"{who}: unknown status {self.status!r}.")
        text.serial(self.serial)
        if not 0 <= self.slot <= 64 or not 0 <= self.port <= 128:
            raise Permanent(f"{who}: there is no card {self.slot} with a port {self.port}.")
        if self.status == "absent":
            return
        if self.number is not None and not 0 <= self.number <= 255:
            raise Permanent(f"{who}: {self.number} is not an ONU number.")
        for vlan in (self.vlan, self.user_vlan or self.vlan):
            if not 1 <= vlan <= 4094:
                raise Permanent(f"{who}: {vlan} is not a VLAN.")
        for name in (
            "onu_type",
            "line_profile",
            "service_profile",
            "tcont_profile",
            "upload_profile",
            "download_profile",
        ):
            text.name(who, name.replace("_", " "), getattr(self, name))
        if not 0 <= self.gemport <= 1023:
            raise Permanent(f"{who}: {self.gemport} is not a GEM port.")
        if self.wan and self.wan.mode == "pppoe":
            text.word(who, "PPPoE user", self.wan.username)
            text.word(who, "PPPoE password", (self.wan.password or SecretText("")).reveal())
            text.name(who, "VLAN profile", self.wan.vlan_profile)
        if self.wifi:
            text.word(who, "Wi-Fi name", self.wifi.ssid, 1, 32)
            if self.wifi.ssid_5g:
                text.word(who, "Wi-Fi name", self.wifi.ssid_5g, 1, 32)
            text.word(who, "Wi-Fi key", self.wifi.key.reveal(), 8, 63)


@dataclass(frozen=True)
class Flow:
    """A service port: which VLAN an ONU's traffic is, and how fast. ``index`` is the OLT's own
    number.
    """

    vlan: int
    user_vlan: int
    gemport: int = 1
    upload: str = ""
    download: str = ""
    index: int = 0

    def same(self, other: Flow, speed: bool = True) -> bool:
        """Equal but for the number; with ``speed`` False also but for the traffic profiles."""
        mine = (self.vlan, self.user_vlan, self.gemport)
        theirs = (other.vlan, other.user_vlan, other.gemport)
        return mine == theirs and (
            not speed or (self.upload, self.download) == (other.upload, other.download)
        )


@dataclass(frozen=True)
class OnuHeld:
    """What an OLT holds for a serial number. None means "this OLT does not tell", and is not
    compared.

    :param phase: ``working``, ``los``, ``dyinggasp``, ``offline`` or ``unknown``
    """

    serial: str
    slot: int
    port: int
    number: int
    enabled: bool = True
    phase: str = "unknown"
    description: str | None = None
    onu_type: str | None = None
    line_profile: str | None = None
    service_profile: str | None = None
    tcont_profile: str | None = None
    upload_profile: str | None = None
    download_profile: str | None = None
    flows: tuple[Flow, ...] = ()
    wan_mode: str | None = None
    wan_username: str | None = None
    wan_password: SecretText | None = None
    ssid: str | None = None
    wifi_key: SecretText | None = None
    ssid_5g: str | None = None
    wifi_key_5g: SecretText | None = None

    @property
    def place(self) -> tuple[int, int, int]:
        return self.slot, self.port, self.number


@dataclass(frozen=True)
class Discovered:
    """An ONU that lights up and that nobody has authorised."""

    serial: str
    slot: int
    port: int
    model: str = ""


@dataclass(frozen=True)
class OnuReading:
    """One measurement. Power in dBm, distance in metres; None where the ONU gives none."""

    slot: int
    port: int
    number: int
    serial: str = ""
    phase: str = "unknown"
    rx_dbm: float | None = None
    tx_dbm: float | None = None
    olt_rx_dbm: float | None = None
    distance_m: int | None = None
    temperature_c: float | None = None
    description: str = ""
