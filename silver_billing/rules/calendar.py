"""When a service is charged.

A contract has an anchor day (1 to 31). Its cycles are cut on that day of the month, clamped to the
last day of short months, and every cut is computed from (start, n), never from the cut before it:
31 January, 28 February, 31 March.

The *charge date* of a cycle is its first day when the plan is charged in advance and its last day
when in arrears; the billing period of a charge is the month of its charge date. Both maps are
one to
one, so a contract has at most one recurring charge in a period.
"""

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

ADVANCE = "advance"
ARREARS = "arrears"
ONE_DAY = timedelta(days=1)


class Terms(NamedTuple):
    """:param start: first day of service
    :param day: anchor day 1..31; 0 means the day of the month of ``start``
    :param months: months in a cycle, at least 1
    :param mode: ``advance`` or ``arrears``
    """

    start: date
    day: int = 1
    months: int = 1
    mode: str = ADVANCE


class Cycle(NamedTuple):
    """A stretch of service charged at once; both days are served. ``index`` is -1 for the first,
    shorter stretch before the first cut; ``full_start`` is when that one would have begun."""

    index: int
    start: date
    end: date
    full_start: date

    @property
    def days(self):
        return (self.end - self.start).days + 1

    @property
    def full_days(self):
        return (self.end - self.full_start).days + 1

    @property
    def is_partial(self):
        return self.start != self.full_start


@lru_cache(maxsize=4096)
def clamp(year, month, day):
    """:return: that day of the month, or the last one the month has; ``month`` may overflow."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(day, monthrange(year, month)[1]))


def month_of(key):
    """:param str key: ``YYYY-MM``
    :return: first and last day of that month
    :raise ValueError: when the key is not a month
    """
    if len(key) != 7 or key[4] != "-" or not (key[:4] + key[5:]).isdigit():
        raise ValueError(key)
    first = date(int(key[:4]), int(key[5:]), 1)
    return first, clamp(first.year, first.month, 31)


def key_of(day):
    """:return: the period ``YYYY-MM`` a day belongs to"""
    return f"{day.year:04d}-{day.month:02d}"


def anchor_day(terms):
    return terms.day or terms.start.day


def cut(terms, index):
    """:return: first day of cycle ``index``; ``cut(terms, 0)`` is the first cut on or after the
    start"""
    day = anchor_day(terms)
    months = terms.start.month
    if clamp(terms.start.year, months, day) < terms.start:
        months += 1
    return clamp(terms.start.year, months + index * terms.months, day)


def cycle(terms, index):
    """:return: cycle ``index``; -1 is the partial one before the first cut, None when there is
    none"""
    if index >= 0:
        first = cut(terms, index)
        return Cycle(index, first, cut(terms, index + 1) - ONE_DAY, first)
    first_cut = cut(terms, 0)
    if first_cut == terms.start:
        return None
    # a partial stretch is measured against one month, whatever the length of the cycle
    month_before = clamp(first_cut.year, first_cut.month - 1, anchor_day(terms))
    return Cycle(-1, terms.start, first_cut - ONE_DAY, min(month_before, terms.start))


def charge_date(terms, one_cycle):
    return one_cycle.start if terms.mode == ADVANCE else one_cycle.end


@lru_cache(maxsize=4096)
def cycles_in(terms, first, last):
    """:return: tuple of :class:`Cycle` whose charge date is between ``first`` and ``last``, in
    order"""
    day_zero = cut(terms, 0)
    months = (first.year - day_zero.year) * 12 + first.month - day_zero.month
    index = max(-1, months // terms.months - 2)
    found = []
    while True:
        candidate = cycle(terms, index)
        index += 1
        if candidate is None:
            continue
        when = charge_date(terms, candidate)
        if when > last:
            return tuple(found)
        if when >= first:
            found.append(candidate)


def cycle_of(terms, day):
    """:return: the :class:`Cycle` that serves ``day``; None before the start"""
    if day < terms.start:
        return None
    day_zero = cut(terms, 0)
    months = (day.year - day_zero.year) * 12 + day.month - day_zero.month
    index = max(-1, months // terms.months - 1)
    while True:
        candidate = cycle(terms, index)
        if candidate and candidate.start <= day <= candidate.end:
            return candidate
        index += 1
