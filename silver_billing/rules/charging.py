"""What a contract is charged for one of its periods: from plain facts to an explained amount."""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from . import calendar, proration

ONE_DAY = timedelta(days=1)


class PriceStep(NamedTuple):
    """From ``start`` on, a whole cycle costs ``price`` (None: nobody set one).

    ``source`` says where the price comes from, for the explanation.
    """

    start: date
    price: Decimal | None
    label: str
    product_id: int = 0
    source: dict | None = None


class Stop(NamedTuple):
    """Days without service: ``last`` None while it is still stopped. ``factor``: share charged."""

    first: date
    last: date | None
    reason: str
    factor: Decimal


class Situation(NamedTuple):
    """Everything that decides the charge of one contract.

    :param steps: list of PriceStep in order; the first one holds from the beginning
    :param ended: last day of service when the contract is cancelled
    """

    terms: calendar.Terms
    steps: tuple
    stops: tuple = ()
    free_cycles: int = 0
    first_period: str = "separate"
    ended: date | None = None
    rounding: float = 0.01


class Result(NamedTuple):
    """``computation`` explains ``amount``; ``reason`` says why it is zero or less than usual."""

    start: date
    end: date
    charge_date: date
    amount: Decimal
    reason: str | None
    computation: dict
    product_id: int


class MissingPrice(Exception):
    """No price on a day. ``args[0]`` is the day."""


def charge_for(situation, first, last):
    """The recurring charge of the period from ``first`` to ``last``.

    :return: :class:`Result`, None when no cycle is charged in it
    :raise MissingPrice: when a cycle has no price
    """
    cycles = _cycles_charged(situation, first, last)
    if not cycles:
        return None
    segments, reasons, steps = [], [], []
    for cycle in cycles:
        parts, why, used = _segments_of(situation, cycle)
        segments += parts
        reasons.append(why)
        steps += used
    if not segments:
        return None
    amount = proration.total(segments, situation.rounding)
    start = min(part.start for part in segments)
    end = max(part.end for part in segments)
    exact = sum((part.amount for part in segments), Decimal(0))
    reason = next((code for code in reasons if code), None)
    if not amount and reason is None:
        promoted = any((step.source or {}).get("promotion") for step in steps)
        reason = "promotion" if promoted else "free_plan"
    charge_date = calendar.charge_date(situation.terms, cycles[-1])
    if situation.first_period == "separate" and cycles[0].index == -1:
        charge_date = calendar.charge_date(situation.terms, cycles[0])
    computation = {
        "segments": [
            {**part.as_json(), "source": step.source or {}}
            for part, step in zip(segments, steps, strict=True)
        ],
        "exact": str(exact.quantize(Decimal("0.000001"))),
        "rounding": str(amount - exact.quantize(Decimal("0.000001"))),
        "amount": str(amount),
        "mode": situation.terms.mode,
        "months": situation.terms.months,
        "cycle_days": cycles[-1].full_days,
    }
    still = [stop for stop in situation.stops if stop.last is None and stop.first <= end]
    if still and still[0].factor < 1:
        computation["open_stop"] = {
            "from": max(still[0].first, start).isoformat(),
            "factor": str(still[0].factor),
            "reason": still[0].reason,
        }
    return Result(start, end, charge_date, amount, reason, computation, steps[-1].product_id)


def _cycles_charged(situation, first, last):
    terms = situation.terms
    cycles = calendar.cycles_in(terms, first, last)
    stub = calendar.cycle(terms, -1)
    if stub and situation.first_period == "with_next":
        cycles = [cycle for cycle in cycles if cycle.index != -1]
        if cycles and cycles[0].index == 0:
            cycles.insert(0, stub)
    if situation.ended is not None:
        cycles = [cycle for cycle in cycles if cycle.start <= situation.ended]
    return cycles


def _segments_of(situation, cycle):
    """:return: (segments of a cycle, reason of the last not charged in full, their price steps)"""
    end = cycle.end if situation.ended is None else min(cycle.end, situation.ended)
    if cycle.index == -1 and situation.first_period == "free":
        free = "first_days_free"
    elif 0 <= cycle.index < situation.free_cycles:
        free = "promotion"
    else:
        free = None
    months = 1 if cycle.index == -1 else situation.terms.months
    segments, reason, steps = [], None, []
    for start, stop_at, factor, why, step in _stretches(situation, cycle.start, end, free):
        if step.price is None:
            raise MissingPrice(start)
        price = step.price * months / situation.terms.months
        segments.append(
            proration.segment(step.label, start, stop_at, price, cycle.full_days, factor=factor)
        )
        reason = why or reason
        steps.append(step)
    return segments, reason, steps


def _stretches(situation, start, end, free):
    """Cut start..end wherever the price or the service changes.

    :return: generator of (first, last, factor, reason, PriceStep)
    """
    cuts = {start}
    for step in situation.steps[1:]:
        if start < step.start <= end:
            cuts.add(step.start)
    for stop in situation.stops:
        if start < stop.first <= end:
            cuts.add(stop.first)
        if stop.last is not None and start <= stop.last < end:
            cuts.add(stop.last + ONE_DAY)
    edges = sorted(cuts) + [end + ONE_DAY]
    for first, following in zip(edges, edges[1:], strict=False):
        step = [
            item for item in situation.steps if item.start <= first or item is situation.steps[0]
        ]
        factor, reason = Decimal(1), None
        for stop in situation.stops:
            if stop.first <= first and (stop.last is None or first <= stop.last):
                factor, reason = stop.factor, stop.reason
        if free:
            factor, reason = Decimal(0), free
        yield first, following - ONE_DAY, factor, reason if factor < 1 else None, step[-1]
