"""What SmartAX prints, as values. Tolerant: column widths and optional lines differ between
releases.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..base import Permanent
from ..olt.text import serial
from ..olt.values import Discovered, Flow

_PAIR = re.compile(r"^\s*([A-Za-z][^:]*?)\s*:\s?(.*?)\s*$")
_PLACE = re.compile(r"(\d+)\s*/\s*(\d+)\s*/\s*(\d+)")
_FLOW = re.compile(
    r"^\s*(\d+)\s+(\d+)\s+\S+\s+gpon\s+(\d+)\s*/\s*(\d+)\s*/\s*(\d+)\s+(\d+)\s+(\d+)\s+vlan\s+(\S+)\s+(\S+)\s+(\S+)\s+(\w+)\s*$",
    re.MULTILINE,
)
_ROW = re.compile(
    r"^\s*(\d+)\s*/\s*(\d+)\s*/\s*(\d+)\s+(\d+)\s+(\S{12,})\s+(\S+)\s+(\S+)\s+\S+\s+\S+",
    re.MULTILINE,
)
_NAMED = re.compile(r"^\s*(\d+)\s*/\s*(\d+)\s*/\s*(\d+)\s+(\d+)\s{2,}(\S.*?)\s*$", re.MULTILINE)
_OPTICAL = re.compile(
    r"^\s*(\d+)\s+(-?[\d.]+|-)\s+(-?[\d.]+|-)\s+(-?[\d.]+|-)\s+(-?[\d.]+|-)\s+(-?[\d.]+|-)\s+(-?[\d.]+|-)\s+(-?\d+|-)\s*$",
    re.MULTILINE,
)
_PHASES = {
    "los": "los",
    "losi/lobi": "los",
    "lofi": "los",
    "dying-gasp": "dyinggasp",
    "deactive": "offline",
}


@dataclass(frozen=True)
class Ont:
    """`display ont info`: place, switches and profiles of one ONT."""

    serial: str
    slot: int
    port: int
    number: int
    enabled: bool
    online: bool
    phase: str = "unknown"
    description: str | None = None
    line_profile: str | None = None
    service_profile: str | None = None
    distance_m: int | None = None


def autofind(text: str) -> list[Discovered]:
    """``display ont autofind all``."""
    found, place, number = [], None, None
    for line in text.splitlines():
        pair = _PAIR.match(line)
        if not pair:
            continue
        label, value = pair.groups()
        if label == "F/S/P":
            place = _PLACE.search(value)
        elif label == "Ont SN":
            number = value.split()[0] if value else None
            if place and number:
                found.append([number, int(place.group(2)), int(place.group(3)), ""])
        elif label == "Ont EquipmentID" and found:
            found[-1][3] = value
    return [Discovered(_serial(row[0]), *row[1:]) for row in found]


def added(text: str) -> int | None:
    """The answer to ``ont add``: the ONT id that was given."""
    match = re.search(r"ONTID\s*:\s*(\d+)", text)
    return int(match.group(1)) if match else None


def ont_info(text: str) -> Ont | None:
    """``display ont info by-sn`` or by place; None when there is no such ONT."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        pair = _PAIR.match(line)
        if pair:
            values.setdefault(pair.group(1), pair.group(2))
    place = _PLACE.search(values.get("F/S/P", ""))
    if not place or "ONT-ID" not in values or "SN" not in values:
        return None
    enabled = values.get("Control flag", "active") != "deactivated"
    online = values.get("Run state") == "online"
    down = values.get("Last down cause", "").lower()
    phase = "working" if online else "offline" if not enabled else _PHASES.get(down, "unknown")
    distance = values.get("ONT distance(m)", "")
    description = values.get("Description", "")
    return Ont(
        serial=_serial(values["SN"].split()[0]),
        slot=int(place.group(2)),
        port=int(place.group(3)),
        number=int(values["ONT-ID"]),
        enabled=enabled,
        online=online,
        phase=phase,
        description="" if description == "ONT_NO_DESCRIPTION" else description,
        line_profile=values.get("Line profile ID"),
        service_profile=values.get("Service profile ID"),
        distance_m=int(distance) if distance.isdigit() else None,
    )


def ont_table(text: str) -> list[Ont]:
    """``display ont info F [S [P]] all``: many ONTs, without their profiles."""
    # the two kinds of rows have the same beginning: a serial number tells them apart
    rows = {}
    for match in _ROW.finditer(text):
        frame, slot, port, number, digits, flag, run = match.groups()
        if run not in ("online", "offline", "-"):
            continue
        enabled = flag != "deactivated"
        online = run == "online"
        phase = "working" if online else "unknown" if enabled else "offline"
        rows[(slot, port, number)] = [
            _serial(digits),
            int(slot),
            int(port),
            int(number),
            enabled,
            online,
            phase,
        ]
    names = {}
    for match in _NAMED.finditer(text):
        _frame, slot, port, number, rest = match.groups()
        if not re.match(r"\S{12,}\s+\S+\s+(online|offline|-)\s", rest):
            names[(slot, port, number)] = rest
    return [Ont(*row, description=names.get(key)) for key, row in rows.items()]


def service_ports(text: str) -> dict[tuple[int, int, int], list[Flow]]:
    """``display service-port ...``: flows by (slot, port, ONT number)."""
    found: dict[tuple[int, int, int], list[Flow]] = {}
    for match in _FLOW.finditer(text):
        index, vlan, _frame, slot, port, ont, gem, user, receive, send, _state = match.groups()
        flow = Flow(
            vlan=int(vlan),
            user_vlan=int(user) if user.isdigit() else 0,
            gemport=int(gem),
            upload="" if receive == "-" else receive,
            download="" if send == "-" else send,
            index=int(index),
        )
        found.setdefault((int(slot), int(port), int(ont)), []).append(flow)
    return found


def optical(text: str) -> dict[int, dict[str, float | int | None]]:
    """``display ont optical-info P all``: readings by ONT number."""
    found = {}
    for match in _OPTICAL.finditer(text):
        number, rx, tx, olt_rx, temperature, _volt, _amp, distance = match.groups()
        found[int(number)] = {
            "rx_dbm": _float(rx),
            "tx_dbm": _float(tx),
            "olt_rx_dbm": _float(olt_rx),
            "temperature_c": _float(temperature),
            "distance_m": int(distance) if distance.isdigit() else None,
        }
    return found


def pppoe_user(text: str) -> str | None:
    """``display ont ipconfig``: the PPPoE user, None when the ONT is a bridge."""
    match = re.search(r"PPPoE username\s*:\s*(\S+)", text, re.IGNORECASE)
    return match.group(1) if match else None


def _float(text):
    return None if text == "-" else float(text)


def _serial(digits):
    try:
        return serial(digits)
    except (
        Permanent
    ):  # a serial that is not GPON's form (recordings, foreign vendors) is shown as it is
        return digits
