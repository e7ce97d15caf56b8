"""From counters to traffic: rates, capacity, what an interface is. Pure: no ORM."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

TICKS = 2**32  # sysUpTime counts hundredths of a second, and begins anew after 497 days
SHORTEST = 5.0  # seconds: below that the rate is the rounding of the device's own counting
LONGEST = 3600.0  # a mean over more than that says nothing of a moment
#: devices add up their counters now and then: a little more than the line carries is believed
SLACK = 1.25
FASTEST_MBPS = 1_600_000  # of an interface that does not tell its speed
#: ifType of IANA -> kind; what is in none is not kept (loopbacks, the session of each customer)
TYPES = {6: "ethernet", 62: "ethernet", 117: "ethernet", 54: "lag", 161: "lag", 135: "vlan"} | {
    136: "vlan",
    250: "pon",
}
PON = re.compile(r"pon(?![a-z])", re.IGNORECASE)
PLACE = re.compile(r"(\d+)\D(\d+)$")
#: Mbps that a PON carries (from the ONUs, to the ONUs)
PON_MBPS = {
    "gpon": (1244, 2488),
    "epon": (1000, 1000),
    "xgpon": (2488, 9953),
    "xgspon": (9953, 9953),
}


class Capacity(NamedTuple):
    """Mbps the interface takes in and gives out; 0 where nobody knows."""

    inward: int
    outward: int


def elapsed(ticks_before: int | None, ticks: int, by_clock: float) -> float | None:
    """Seconds between two readings by the device's own clock, which no delay of ours disturbs.

    :param by_clock: the same as we saw it
    :return: None when it started anew in between (its counters began at zero), or was never read
    """
    if ticks_before is None:
        return None
    seconds = (ticks - ticks_before) % TICKS / 100
    return None if abs(seconds - by_clock) > max(30.0, by_clock * 0.02) else seconds


def rate(
    before: int | None, now: int | None, seconds: float | None, mbps: float = 0, bits: int = 64
) -> float | None:
    """Mean Mbps between two counts of octets.

    A counter that came back to zero at its end is followed; one that was cleared gives None and
    not a peak, since no line carries that much. So does whatever cannot be told: a 32 bit counter
    that may have gone round more than once, a pause, a restart.

    :param seconds: from :func:`elapsed`
    :param mbps: what the line carries, 0 when nobody knows
    """
    if before is None or now is None or seconds is None or not SHORTEST <= seconds <= LONGEST:
        return None
    size, most = 1 << bits, (mbps or FASTEST_MBPS) * SLACK
    if most * 125_000 * seconds >= size:
        return None
    found = (now - before) % size / 125_000 / seconds
    return None if found > most else found


def kilobits(mbps: float | None) -> int | None:
    """kbps as they are kept; None stays None."""
    return None if mbps is None else round(mbps * 1000)


def kind(if_type: int, name: str) -> str | None:
    """``ethernet``, ``lag``, ``vlan``, ``pon``; None for what is not kept."""
    found = TYPES.get(if_type)
    if PON.search(name) and found != "vlan" and if_type in (0, 1, 6, 117, 250):
        return "pon"
    return found or ("ethernet" if if_type == 0 else None)


def place(name: str) -> tuple[int, int] | None:
    """(card, port) of a PON interface by its name, as ``GPON 0/1/3`` or ``gpon_olt-1/1/3``."""
    found = PLACE.search(name)
    return found and (int(found[1]), int(found[2]))


def capacity(sort: str, speed: int, by_hand: int = 0, technology: str | None = None) -> Capacity:
    """What an interface carries.

    :param speed: Mbps the device tells; :param by_hand: what somebody wrote, and knows better (a
        transit of 2 Gbps on a port of 10)
    """
    if by_hand:
        return Capacity(by_hand, by_hand)
    if sort == "pon" and speed < 9000:  # an OLT tells the speed of one direction, or none
        return Capacity(*PON_MBPS.get(technology or "gpon", PON_MBPS["gpon"]))
    return Capacity(speed, speed)


def use(inward: float | None, outward: float | None, most: Capacity) -> float | None:
    """Percent of the fuller direction; None when a side of the division is missing."""
    shares = [
        100 * mbps / limit
        for mbps, limit in zip((inward, outward), most, strict=True)
        if mbps is not None and limit
    ]
    return max(shares, default=None)


def match(known: Iterable[tuple[str, int]], shown: Iterable[tuple[str, int]], restarted: bool):
    """Which interface that is shown is which that is known.

    By name; one whose name is new is the one that had its index when that name is gone, so that a
    renamed port keeps its history. After a restart indexes may be dealt anew and say nothing.

    :param known: (name, index); :param shown: the same
    :return: ``{name shown: name known}`` of those that were found
    """
    known, shown = list(known), list(shown)
    names = {name for name, _index in known}
    found = {name: name for name, _index in shown if name in names}
    if not restarted:
        here = {name for name, _index in shown}
        gone = {index: name for name, index in known if name not in here}
        found.update(
            (name, gone[index]) for name, index in shown if name not in names and index in gone
        )
    return found
