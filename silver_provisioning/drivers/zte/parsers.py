"""What ZXAN prints, as values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..olt.values import Discovered, Flow

#: the first network of each band: 1 to 4 are at 2.4 GHz, 5 to 8 at 5 GHz
BAND_24, BAND_5 = "wifi_0/1", "wifi_0/5"

_ONU = re.compile(r"gpon-onu_(\d+)/(\d+)/(\d+):(\d+)")
_UNCONFIGURED = re.compile(
    r"gpon-onu_(\d+)/(\d+)/(\d+):\d+\s+([A-Z0-9]{4}[0-9A-Fa-f]{8})\b(?:\s+(\S+))?"
)
_REGISTERED = re.compile(r"^\s*onu (\d+) type (\S+) sn (\S+)", re.MULTILINE)
_STATE = re.compile(
    r"^\s*(?:gpon-onu_)?(\d+)/(\d+)/(\d+):(\d+)\s+(\S+)\s+(\S+)\s+(\S+)", re.MULTILINE
)
_POWER = re.compile(
    r"^\s*up\s+Rx\s*:\s*(\S+?)(?:\(dbm\))?\s+Tx\s*:\s*(\S+?)(?:\(dbm\))?\s.*?^\s*down\s+Tx\s*:\s*\S+\s+Rx\s*:\s*(\S+?)(?:\(dbm\))?\s",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True)
class Interface:
    """``show running-config interface gpon-onu_...``: what of it is ours."""

    name: str = ""
    tcont: str | None = None
    upload: str | None = None
    download: str | None = None
    flows: tuple[Flow, ...] = ()


@dataclass(frozen=True)
class Management:
    """``show onu running config gpon-onu_...`` (the ONU itself). Empty on a C300, which has no
    such view.
    """

    wan_username: str | None = None
    wan_password: str | None = None
    ssid: str | None = None
    wifi_key: str | None = None
    ssid_5g: str | None = None
    wifi_key_5g: str | None = None
    lines: frozenset[str] = field(default_factory=frozenset)


def unconfigured(text: str) -> list[Discovered]:
    """``show gpon onu uncfg``. The number in the index is the ONU's place in that list, not an ONU
    id.
    """
    return [
        Discovered(sn.upper(), int(slot), int(port))
        for _shelf, slot, port, sn, _state in _UNCONFIGURED.findall(text)
    ]


def place(text: str) -> tuple[int, int, int] | None:
    """``show gpon onu by sn``: (slot, port, number)."""
    match = _ONU.search(text)
    return tuple(int(part) for part in match.groups()[1:]) if match else None


def registered(text: str) -> dict[int, tuple[str, str]]:
    """``show running-config interface gpon-olt_...``: number -> (type, serial)."""
    return {int(number): (model, sn.upper()) for number, model, sn in _REGISTERED.findall(text)}


def states(text: str) -> dict[int, str]:
    """``show gpon onu state gpon-olt_...``: number -> phase in our words."""
    return {int(row[3]): phase(row[6]) for row in _STATE.findall(text)}


def phase(word: str) -> str:
    """`working`, `LOS`, `DyingGasp`, `OffLine` as our words; what is new is ``unknown``."""
    known = word.lower()
    return known if known in ("working", "los", "dyinggasp", "offline") else "unknown"


def interface(text: str) -> Interface:
    """The interface part of a running configuration."""
    name = re.search(r"^\s*name (\S+)", text, re.MULTILINE)
    gemport = re.search(r"^\s*gemport 1 (?:name \S+ )?tcont 1\b", text, re.MULTILINE)
    tcont = re.search(r"^\s*tcont 1 (?:name \S+ )?profile (\S+)", text, re.MULTILINE)
    limit = re.search(
        r"^\s*gemport 1 traffic-limit upstream (\S+) downstream (\S+)", text, re.MULTILINE
    )
    flows = tuple(
        Flow(vlan=int(vlan), user_vlan=int(user), gemport=int(vport), index=int(index))
        for index, vport, user, vlan in re.findall(
            r"^\s*service-port (\d+) vport (\d+) user-vlan (\d+) vlan (\d+)", text, re.MULTILINE
        )
    )
    return Interface(
        name=name.group(1) if name else "",
        tcont=tcont.group(1) if tcont and gemport else "",
        upload=limit.group(1) if limit else "",
        download=limit.group(2) if limit else "",
        flows=flows,
    )


def management(text: str) -> Management:
    """The ONU part of a running configuration."""
    wan = re.search(r"^\s*wan-ip 1 mode pppoe username (\S+) password (\S+)", text, re.MULTILINE)
    names = dict(re.findall(r"^\s*ssid ctrl (wifi_0/\d) name (\S+)", text, re.MULTILINE))
    keys = dict(re.findall(r"^\s*ssid auth wpa (wifi_0/\d) .*?\bkey (\S+)", text, re.MULTILINE))
    return Management(
        wan_username=wan.group(1) if wan else None,
        wan_password=wan.group(2) if wan else None,
        ssid=names.get(BAND_24),
        wifi_key=keys.get(BAND_24),
        ssid_5g=names.get(BAND_5),
        wifi_key_5g=keys.get(BAND_5),
        lines=frozenset(line.strip() for line in text.splitlines()),
    )


def attenuation(text: str) -> tuple[float | None, float | None, float | None]:
    """``show pon power attenuation``: (ONU Rx, ONU Tx, OLT Rx) in dBm."""
    match = _POWER.search(text + "\n")
    if not match:
        return None, None, None
    olt_rx, tx, rx = match.groups()
    return _float(rx), _float(tx), _float(olt_rx)


def _float(text):
    try:
        return float(text)
    except ValueError:
        return None
