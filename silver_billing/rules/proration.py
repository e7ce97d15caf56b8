"""How much a stretch of service costs, and the account of how that was reached."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple


class Segment(NamedTuple):
    """One line of the explanation of a charge.

    ``amount`` is not rounded; :func:`total` rounds once, at the end.
    """

    label: str
    start: object
    end: object
    price: Decimal
    days: int
    of_days: int
    factor: Decimal
    amount: Decimal

    def as_json(self):
        return {
            "label": self.label,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "price": str(self.price),
            "days": self.days,
            "of_days": self.of_days,
            "factor": str(self.factor),
            "amount": str(self.amount.quantize(Decimal("0.000001"))),
        }


def dec(value):
    """:return: exact Decimal of what a person would read in ``value`` (19.99 is 19.99)"""
    return (
        value
        if isinstance(value, Decimal)
        else Decimal(repr(value) if isinstance(value, float) else str(value))
    )


def round_to(amount, rounding):
    """:param amount: Decimal
    :param rounding: the smallest coin of the currency, for example 0.01
    """
    coin = dec(rounding)
    return (dec(amount) / coin).quantize(Decimal(1), ROUND_HALF_UP) * coin


def segment(label, start, end, price, of_days, days=None, factor=1):
    """Price of the days from ``start`` to ``end``, by day.

    :param price: what ``of_days`` days cost
    :param days: chargeable days among them, all by default
    :param factor: share that is charged (0 for free, 0.5 for half)
    """
    price, factor = dec(price), dec(factor)
    count = (end - start).days + 1 if days is None else days
    amount = price * factor if count == of_days else price * count * factor / of_days
    return Segment(label, start, end, price, count, of_days, factor, amount)


def total(segments, rounding):
    """:return: rounded sum; one rounding for the whole charge"""
    return round_to(sum((part.amount for part in segments), Decimal(0)), rounding)


def days_within(intervals, start, end):
    """:param intervals: list of (first day, last day or None for still open); they may overlap
    :return: how many different days of start..end (both included) they cover
    """
    count, reached = 0, start
    for first, last in sorted(intervals, key=lambda pair: pair[0]):
        first = max(first, reached)
        last = end if last is None else min(last, end)
        if last >= first:
            count += (last - first).days + 1
            reached = last + timedelta(days=1)
    return count


def change_difference(old_price, new_price, cycle_days, remaining_days, rounding):
    """:return: what a plan change in the middle of a charged cycle adds (negative: to be
    credited)"""
    difference = (dec(new_price) - dec(old_price)) * remaining_days / cycle_days
    if difference < 0:
        return -round_to(-difference, rounding)
    return round_to(difference, rounding)
