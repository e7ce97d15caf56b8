"""Spans of whole days that do not overlap, and how a new one makes room for itself. No ORM here."""

import datetime
from typing import Any, NamedTuple

DAY = datetime.timedelta(days=1)


class Span(NamedTuple):
    """From ``start`` to ``end``, both days included; no ``end``: until further notice."""

    key: Any
    start: datetime.date
    end: datetime.date | None


class Carve(NamedTuple):
    """What to do with the spans that were there.

    ``shortened``: key -> its new last day; ``removed``: keys; ``tails``: what must be set again
    after the new span; ``before``: what held in the days the new span takes, to undo it.
    """

    shortened: dict
    removed: list
    tails: list
    before: list


def covers(span, day):
    return span.start <= day and (span.end is None or span.end >= day)


def overlaps(span, start, end):
    return (end is None or span.start <= end) and (span.end is None or span.end >= start)


def _earlier(end, other):
    return min(filter(None, (end, other)), default=None)


def carve(spans, start, end=None):
    """Make room for a new span from ``start`` to ``end``.

    :param spans: :class:`Span` that do not overlap, in any order
    :return: :class:`Carve`; outside ``start``..``end`` every day keeps what it had
    """
    touched = sorted((span for span in spans if overlaps(span, start, end)), key=lambda s: s.start)
    return Carve(
        shortened={span.key: start - DAY for span in touched if span.start < start},
        removed=[span.key for span in touched if span.start >= start],
        tails=[
            Span(span.key, end + DAY, span.end)
            for span in touched
            if end is not None and (span.end is None or span.end > end)
        ],
        before=[
            Span(span.key, max(span.start, start), _earlier(span.end, end)) for span in touched
        ],
    )
