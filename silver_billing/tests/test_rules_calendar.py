from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..rules import calendar as cal

settings.register_profile("silver", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("silver")

days = st.dates(date(2020, 1, 1), date(2032, 12, 31))
terms = st.builds(
    cal.Terms,
    start=days,
    day=st.integers(0, 31),
    months=st.sampled_from([1, 2, 3, 6, 12]),
    mode=st.sampled_from([cal.ADVANCE, cal.ARREARS]),
)


@tagged("post_install", "-at_install", "silver_pure")
class TestBillingCalendar(BaseCase):
    def test_day_31_does_not_drift(self):
        terms = cal.Terms(date(2026, 1, 31), 31)
        cuts = [cal.cut(terms, index) for index in range(5)]
        self.assertEqual(
            cuts,
            [
                date(2026, 1, 31),
                date(2026, 2, 28),
                date(2026, 3, 31),
                date(2026, 4, 30),
                date(2026, 5, 31),
            ],
        )

    def test_first_stretch_before_the_billing_day(self):
        found = cal.cycles_in(cal.Terms(date(2026, 11, 21), 5), *cal.month_of("2026-11"))
        self.assertEqual(
            found, (cal.Cycle(-1, date(2026, 11, 21), date(2026, 12, 4), date(2026, 11, 5)),)
        )
        self.assertEqual((found[0].days, found[0].full_days), (14, 30))

    def test_first_stretch_and_a_whole_cycle_in_one_month(self):
        found = cal.cycles_in(cal.Terms(date(2026, 11, 10), 15), *cal.month_of("2026-11"))
        self.assertEqual([one.index for one in found], [-1, 0])

    def test_arrears_of_a_calendar_month_belong_to_that_month(self):
        terms = cal.Terms(date(2026, 1, 1), 1, 1, cal.ARREARS)
        (found,) = cal.cycles_in(terms, *cal.month_of("2026-02"))
        self.assertEqual((found.start, found.end), (date(2026, 2, 1), date(2026, 2, 28)))

    def test_annual(self):
        terms = cal.Terms(date(2024, 2, 29), 0, 12)
        self.assertEqual(cal.cut(terms, 1), date(2025, 2, 28))
        self.assertEqual(cal.cut(terms, 4), date(2028, 2, 29))
        self.assertFalse(cal.cycles_in(terms, *cal.month_of("2025-03")))

    def test_a_wrong_period_is_refused(self):
        for key in ("2026-13", "2026-1", "26-01", "2026/01", "", "2026-00", "abcd-ef"):
            with self.assertRaises(ValueError, msg=key):
                cal.month_of(key)

    @given(terms, st.integers(0, 60))
    def test_cycles_follow_each_other_without_gap_or_overlap(self, terms, index):
        self.assertEqual(
            cal.cycle(terms, index).end + timedelta(days=1), cal.cycle(terms, index + 1).start
        )
        first = cal.cycle(terms, -1) or cal.cycle(terms, 0)
        self.assertEqual(first.start, terms.start)
        self.assertGreaterEqual(first.days, 1)

    @given(terms, st.integers(0, 60))
    def test_cuts_fall_on_the_day_or_on_the_last_of_the_month(self, terms, index):
        day = cal.cut(terms, index)
        self.assertTrue(
            day.day == cal.anchor_day(terms)
            or ((day + timedelta(days=1)).day == 1 and day.day < cal.anchor_day(terms))
        )

    @given(terms)
    def test_the_months_of_three_years_find_each_cycle_once(self, terms):
        found, year, month = [], terms.start.year, terms.start.month
        for offset in range(36):
            first = cal.clamp(year, month + offset, 1)
            inside = cal.cycles_in(terms, first, cal.clamp(year, month + offset, 31))
            # only the first stretch may share its month with the cycle after it
            self.assertLessEqual(len([one for one in inside if one.index >= 0]), 1)
            found += [one.index for one in inside]
        first_index = -1 if cal.cycle(terms, -1) else 0
        self.assertEqual(found, list(range(first_index, first_index + len(found))))

    @given(terms, st.integers(0, 1500))
    def test_cycle_of_a_day_contains_it(self, terms, offset):
        day = terms.start + timedelta(days=offset)
        found = cal.cycle_of(terms, day)
        self.assertTrue(found.start <= day <= found.end)
        self.assertIsNone(cal.cycle_of(terms, terms.start - timedelta(days=1)))

    @given(terms)
    def test_the_first_stretch_is_shorter_than_its_month(self, terms):
        first = cal.cycle(terms, -1)
        if first:
            self.assertLess(first.days, first.full_days)
            self.assertLessEqual(first.full_days, 31)
