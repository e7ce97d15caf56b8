"""What a V1600G prints, as values (columns already turned into blanks by
:func:`..olt.text.render`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..olt.values import Discovered, Flow

#: the first network of each band: 1 to 4 are at 2.4 GHz, 5 to 8 at 5 GHz
BAND_24, BAND_5 = 1, 5

_WAITING = re.compile(r"^\s*GPON\d+/(\d+):(\d+)\s+([A-Z0-9]{4}[0-9A-Fa-f]{8})\b", re.MULTILINE)
_INFO = re.compile(r"^\s*GPON\d+/(\d+):(\d+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)", re.MULTILINE)
_STATE = re.compile(r"^\s*(?:GPON)?(?:\d+/)+(\d+):(\d+)\s+(\S+)\s+(\S+)\s+(\S+)", re.MULTILINE)
_PHASES = {"working": "working", "offline": "offline", "dyinggasp": "dyinggasp", "los": "los"}


@dataclass
class Running:
    """One ONU of the running configuration."""

    port: int
    number: int
    serial: str
    profile: str
    description: str = ""
    tcont: str = ""
    gemport: bool = False
    upload: str = ""
    download: str = ""
    flows: list[Flow] = field(default_factory=list)
    wan_index: int = 0  # of the one that dials
    wan_indexes: set[int] = field(default_factory=set)
    wan_username: str | None = None
    wan_password: str | None = None
    ssid: str | None = None
    wifi_key: str | None = None
    ssid_5g: str | None = None
    wifi_key_5g: str | None = None


def waiting(text: str) -> list[Discovered]:
    """``show onu auto-find``."""
    return [Discovered(sn.upper(), 0, int(port)) for port, _number, sn in _WAITING.findall(text)]


def numbers(text: str) -> set[int]:
    """``show onu info``: ONU numbers in use on the port."""
    return {int(row[1]) for row in _INFO.findall(text)}


def states(text: str) -> dict[tuple[int, int], str]:
    """``show onu state``: (port, number) -> phase in our words."""
    return {
        (int(row[0]), int(row[1])): _PHASES.get(row[4].lower(), "unknown")
        for row in _STATE.findall(text)
    }


def running(text: str) -> dict[str, Running]:
    """``show running-config``: ONUs by serial number."""
    port, here, found = None, {}, {}
    for line in text.splitlines():
        words = line.split()
        if words[:2] == ["interface", "gpon"] and len(words) == 3:
            port, here = int(words[2].rpartition("/")[2]), {}
        elif words[:1] == ["interface"]:
            port = None
        elif port is not None and words[:2] == ["onu", "add"]:
            match = re.match(r"\s*onu add (\d+) profile (\S+) sn (\S+)", line)
            if match:
                onu = Running(port, int(match.group(1)), match.group(3).upper(), match.group(2))
                here[onu.number] = found[onu.serial] = onu
        elif port is not None and words[:1] == ["onu"] and len(words) > 2 and words[1].isdigit():
            onu = here.get(int(words[1]))
            if onu:
                _setting(onu, " ".join(words[2:]))
    return found


def _setting(onu, text):
    if match := re.match(r"desc (\S+)", text):
        onu.description = match.group(1)
    elif match := re.match(r"tcont 1 name \S+ dba (\S+)", text):
        onu.tcont = match.group(1)
    elif re.match(r"gemport 1 tcont 1\b", text):
        onu.gemport = True
    elif match := re.match(r"gemport 1 traffic-limit upstream (\S+) downstream (\S+)", text):
        onu.upload, onu.download = match.groups()
    elif match := re.match(r"service-port (\d+) gemport (\d+) uservlan (\d+) vlan (\d+)", text):
        index, gem, user, vlan = (int(part) for part in match.groups())
        onu.flows.append(Flow(vlan=vlan, user_vlan=user, gemport=gem, index=index))
    elif match := re.match(r"pri wifi_ssid (\d) name (\S+) .*?shared_key (\S+)", text):
        if int(match.group(1)) == BAND_24:
            onu.ssid, onu.wifi_key = match.groups()[1:]
        elif int(match.group(1)) == BAND_5:
            onu.ssid_5g, onu.wifi_key_5g = match.groups()[1:]
    elif match := re.match(r"pri wan_adv index (\d+) (.*)", text):
        onu.wan_indexes.add(int(match.group(1)))
        dials = re.match(r"route ipv4 pppoe .*?\buser (\S+) pwd (\S+)", match.group(2))
        if dials and not onu.wan_index:
            onu.wan_index, onu.wan_username = int(match.group(1)), dials.group(1)
            # some firmwares print asterisks
            onu.wan_password = dials.group(2) if dials.group(2).strip("*") else None
