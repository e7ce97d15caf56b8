"""What a received power means. Pure: no ORM."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

#: phase of a reading -> the letter it is kept as
LETTERS = {"working": "w", "los": "l", "dyinggasp": "d", "offline": "o", "unknown": "u"}
PHASES = {letter: phase for phase, letter in LETTERS.items()}
LIMIT = 32767  # of what is kept: hundredths of a dBm in 16 bits
#: more light than this blinds an ONU (ITU-T G.984.2, class B+ and C+)
STRONG_DBM = -8.0
EPOCH = datetime(1970, 1, 1)
FEWEST_DAYS = 5  # below that a slope is a guess


class Trend(NamedTuple):
    """:param slope: dB a day; :param change: over the days that were looked at"""

    slope: float
    change: float


def hundredths(dbm: float | None) -> int | None:
    """0.01 dBm as it is kept; None stays None."""
    return None if dbm is None else round(max(-LIMIT, min(LIMIT, dbm * 100)))


def level(rx_dbm: float | None, weak: float, critical: float) -> str:
    """``none``, ``good``, ``weak``, ``critical`` or ``strong``; a limit is on its worse side."""
    if rx_dbm is None:
        return "none"
    if rx_dbm <= critical:
        return "critical"
    if rx_dbm <= weak:
        return "weak"
    return "strong" if rx_dbm >= STRONG_DBM else "good"


def trend(days: Sequence[tuple[float, float]]) -> Trend | None:
    """Least squares through daily averages, as ``regr_slope`` of PostgreSQL does it.

    :param days: (day, dBm)
    :return: None with fewer than :data:`FEWEST_DAYS` different days
    """
    if len({day for day, _rx in days}) < FEWEST_DAYS:
        return None
    count = len(days)
    mean_day = sum(day for day, _rx in days) / count
    mean_rx = sum(rx for _day, rx in days) / count
    spread = sum((day - mean_day) ** 2 for day, _rx in days)
    slope = sum((day - mean_day) * (rx - mean_rx) for day, rx in days) / spread
    reach = max(day for day, _rx in days) - min(day for day, _rx in days)
    return Trend(slope, slope * reach)


def milliseconds(moment: datetime) -> float:
    """Since 1970, as charts count. XML-RPC has no integer that is large enough."""
    return (moment - EPOCH).total_seconds() * 1000
