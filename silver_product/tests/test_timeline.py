import datetime

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..timeline import DAY, Span, carve, covers, overlaps

BASE = datetime.date(2026, 1, 1)


def on(offset):
    return BASE + offset * DAY


@st.composite
def timelines(draw):
    """Spans that do not overlap, with gaps between some, the last one maybe open."""
    spans, at = [], 0
    for number in range(draw(st.integers(0, 6))):
        at += draw(st.integers(0, 5))
        length = draw(st.integers(1, 10))
        spans.append(Span(number, on(at), on(at + length - 1)))
        at += length
    if spans and draw(st.booleans()):
        spans[-1] = spans[-1]._replace(end=None)
    return draw(st.permutations(spans))


@st.composite
def dates(draw):
    start = draw(st.integers(0, 70))
    length = draw(st.none() | st.integers(1, 20))
    return on(start), None if length is None else on(start + length - 1)


def holder(spans, day):
    keys = [span.key for span in spans if covers(span, day)]
    assert len(keys) <= 1, "two spans on one day"
    return keys[0] if keys else None


def apply(spans, cut, new):
    kept = [
        span._replace(end=cut.shortened.get(span.key, span.end))
        for span in spans
        if span.key not in cut.removed
    ]
    return [*kept, *cut.tails, new]


@tagged("post_install", "-at_install")
class TestTimeline(BaseCase):
    def test_open_span_is_closed_the_day_before(self):
        cut = carve([Span("a", on(0), None)], on(10))
        self.assertEqual(cut, ({"a": on(9)}, [], [], [Span("a", on(10), None)]))

    def test_temporary_span_gives_back_the_rest(self):
        cut = carve([Span("a", on(0), None)], on(10), on(19))
        self.assertEqual(cut.tails, [Span("a", on(20), None)])
        self.assertEqual(cut.before, [Span("a", on(10), on(19))])

    def test_later_span_is_removed(self):
        cut = carve([Span("a", on(0), on(9)), Span("b", on(10), None)], on(5))
        self.assertEqual(cut.shortened, {"a": on(4)})
        self.assertEqual(cut.removed, ["b"])

    def test_neighbours_are_not_touched(self):
        cut = carve([Span("a", on(0), on(9)), Span("b", on(20), None)], on(10), on(19))
        self.assertEqual(cut, ({}, [], [], []))

    @given(timelines(), dates())
    def test_only_the_days_of_the_new_span_change(self, spans, window):
        new = Span("new", *window)
        after = apply(spans, carve(spans, *window), new)
        for offset in range(120):
            expected = "new" if covers(new, on(offset)) else holder(spans, on(offset))
            self.assertEqual(holder(after, on(offset)), expected)

    @given(timelines(), dates())
    def test_putting_back_what_was_before_restores_every_day(self, spans, window):
        cut = carve(spans, *window)
        undone = [*apply(spans, cut, Span("new", *window))[:-1], *cut.before]
        for offset in range(120):
            self.assertEqual(holder(undone, on(offset)), holder(spans, on(offset)))

    @given(timelines(), dates())
    def test_overlaps_means_a_common_day(self, spans, window):
        new = Span("new", *window)
        for span in spans:
            common = any(covers(span, on(day)) and covers(new, on(day)) for day in range(200))
            self.assertEqual(overlaps(span, *window), common)
