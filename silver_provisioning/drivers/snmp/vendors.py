"""Where each vendor keeps its ONU table, and what its numbers mean. Pure: OIDs and decoding.

Sources and what is not certain: design/network.md, 4.3 to 4.5. The phase numbers of ZTE differ
between firmwares: compare once with the command line and give ``Endpoint.options['phases']`` if
they are
not these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Oid = tuple[int, ...]
Place = tuple[int, int, int]  # slot, port, ONU number


@dataclass(frozen=True)
class Column:
    """One column. :param place: index after the column's OID -> (slot, port, number)"""

    oid: Oid
    decode: Callable[[object], object]
    place: Callable[[Oid], Place]


@dataclass(frozen=True)
class Vendor:
    """:param causes: number of the column ``down_cause`` -> phase, for vendors whose ``phase`` only
    says up or down; :param cpu: and :param temperature: columns of the cards, the highest counts"""

    columns: Mapping[str, Column]
    phases: Mapping[int, str] = field(default_factory=dict)
    causes: Mapping[int, str] = field(default_factory=dict)
    cpu: Oid = ()
    temperature: Oid = ()


def oid(text: str) -> Oid:
    return tuple(int(part) for part in text.strip(".").split("."))


# ------------------------------------------------------------------ decoding
def _text(value) -> str:
    return bytes(value).decode("utf-8", "replace")


def _integer(value) -> int | None:
    number = int(value)
    return number if number >= 0 else None


def _huawei_serial(value) -> str:
    data = bytes(value)
    return data[:4].decode("latin-1") + data[4:].hex().upper() if len(data) == 8 else _text(value)


def _hundredths(value) -> float | None:
    """0.01 dBm; 2147483647 is "no reading"."""
    number = int(value)
    return None if number == 2147483647 else number / 100


def _huawei_olt_rx(value) -> float | None:
    number = int(value)
    return None if number == 2147483647 else (number - 10000) / 100


def _huawei_temperature(value) -> float | None:
    number = int(value)
    return None if number == 2147483647 else float(number)


def _zte_power(value) -> float | None:
    """Signed 16 bits in steps of 0.002 dB above -30 dBm; 65535 is "no reading"."""
    number = int(value)
    if number == 65535:
        return None
    return round((number - 65536 if number > 32767 else number) * 0.002 - 30, 3)


def _zte_serial(value) -> str:
    return _text(value).rpartition(",")[2]


def _number(value) -> float | None:
    """A number as text, as V-SOL gives it; "N/A" is none."""
    try:
        return float(_text(value))
    except ValueError:
        return None


def card_number(value) -> float | None:
    """Load or heat of a card: an integer or a number as text; None where there is no card."""
    try:
        return float(int(value))
    except (TypeError, ValueError):
        return _number(value)


# ------------------------------------------------------------------ indexes
def _huawei_place(index: Oid) -> Place:
    rest = index[0] - 4194304000
    return rest // 8192, rest % 8192 // 256, index[1]


def _zte_place(index: Oid) -> Place:
    rest = index[0] - 0x11010000
    return rest // 256, rest % 256, index[1]


def _zte_old_place(index: Oid) -> Place:
    rest = index[0] - 0x10000000
    return rest // 65536, rest % 65536 // 256, index[1]


def _vsol_place(index: Oid) -> Place:
    return 0, index[0], index[1]


def _columns(base: str, place, **columns) -> dict[str, Column]:
    root = oid(base)
    return {
        name: Column(root + oid(tail), decode, place) for name, (tail, decode) in columns.items()
    }


VENDORS = {
    "huawei": Vendor(
        _columns(
            "1.3.6.1.4.1.2011.6.128.1.1.2",
            _huawei_place,
            serial=("43.1.3", _huawei_serial),
            description=("43.1.9", _text),
            phase=("46.1.15", int),
            distance_m=("46.1.20", _integer),
            down_cause=("46.1.24", int),
            temperature_c=("51.1.1", _huawei_temperature),
            tx_dbm=("51.1.3", _hundredths),
            rx_dbm=("51.1.4", _hundredths),
            olt_rx_dbm=("51.1.6", _huawei_olt_rx),
        ),
        {1: "working", 2: "offline"},
        {1: "los", 2: "los", 3: "los", 4: "los", 13: "dyinggasp"},
        oid("1.3.6.1.4.1.2011.2.6.7.1.1.2.1.5"),
        oid("1.3.6.1.4.1.2011.2.6.7.1.1.2.1.10"),
    ),
    "zte": Vendor(
        {
            **_columns(
                "1.3.6.1.4.1.3902.1082.500",
                _zte_place,
                serial=("10.2.3.3.1.18", _zte_serial),
                description=("10.2.3.3.1.2", _text),
                phase=("10.2.3.8.1.4", int),
                distance_m=("10.2.3.10.1.2", _integer),
                rx_dbm=("20.2.2.2.1.10", _zte_power),
            ),
            **_columns(
                "1.3.6.1.4.1.3902.1012.3", _zte_old_place, tx_dbm=("50.12.1.1.14", _zte_power)
            ),
        },
        {2: "los", 4: "working", 5: "dyinggasp", 7: "offline"},
        cpu=oid("1.3.6.1.4.1.3902.1082.10.1.2.4.1.9"),
        temperature=oid("1.3.6.1.4.1.3902.1082.10.10.2.1.6.1.2"),
    ),
    "vsol": Vendor(
        _columns(
            "1.3.6.1.4.1.37950.1.1.6.1.1",
            _vsol_place,
            serial=("2.1.5", _text),
            phase=("1.1.5", int),
            temperature_c=("3.1.3", _number),
            rx_dbm=("3.1.7", _number),
        ),
        {3: "working", 4: "los", 6: "dyinggasp", 7: "offline"},
        cpu=oid("1.3.6.1.4.1.37950.1.1.5.10.12.3"),
        temperature=oid("1.3.6.1.4.1.37950.1.1.5.10.12.5.9"),
    ),
    # any device with interfaces: a router; cpu is hrProcessorLoad
    "router": Vendor({}, cpu=oid("1.3.6.1.2.1.25.3.3.1.2")),
}
