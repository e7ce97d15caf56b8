from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..contract_math import (
    add_months,
    change_difference,
    early_termination,
    months_left,
    next_period_start,
    period_of,
)

days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
billing_days = st.integers(1, 31)
# a busy machine is no defect of the calculation
calm = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@tagged("post_install", "-at_install")
class TestContractMath(BaseCase):
    @calm
    @given(days, billing_days)
    def test_periods_cover_every_day_once(self, day, billing_day):
        start, end = period_of(day, billing_day)
        self.assertTrue(start <= day < end)
        self.assertEqual(period_of(end, billing_day)[0], end)
        self.assertEqual(period_of(start - timedelta(days=1), billing_day)[1], start)
        self.assertGreater(next_period_start(day, billing_day), day)
        self.assertLessEqual((end - start).days, 31)

    def test_the_31st(self):
        self.assertEqual(period_of(date(2026, 2, 28), 31), (date(2026, 2, 28), date(2026, 3, 31)))
        self.assertEqual(period_of(date(2026, 3, 30), 31), (date(2026, 2, 28), date(2026, 3, 31)))
        self.assertEqual(add_months(date(2026, 1, 31), 1), date(2026, 2, 28))
        self.assertEqual(add_months(date(2026, 1, 31), 2), date(2026, 3, 31))

    @calm
    @given(days, st.integers(0, 60))
    def test_months_left_of_whole_months(self, day, months):
        self.assertEqual(months_left(day, add_months(day, months)), Decimal(months))

    @calm
    @given(days, st.integers(0, 2000), st.integers(0, 500))
    def test_months_left_grows(self, day, some, more):
        first = months_left(day, day + timedelta(days=some))
        self.assertLessEqual(first, months_left(day, day + timedelta(days=some + more)))
        self.assertGreaterEqual(first, 0)

    @calm
    @given(days, days, st.floats(0, 1000), st.floats(0, 100))
    def test_early_termination_is_never_more_than_what_is_left(self, day, end, monthly, percent):
        amount = early_termination(monthly, day, end, percent)
        left = float(months_left(day + timedelta(days=1), end))
        self.assertGreaterEqual(amount, 0)
        self.assertLessEqual(amount, monthly * left + 0.01)
        self.assertEqual(early_termination(monthly, day, None, percent), 0)

    @calm
    @given(st.floats(0, 1000), st.floats(0, 1000), days, billing_days)
    def test_difference_is_a_share_of_the_change(self, old, new, day, billing_day):
        difference = change_difference(old, new, day, billing_day)
        self.assertLessEqual(abs(difference), abs(new - old) + 0.01)
        self.assertAlmostEqual(change_difference(new, old, day, billing_day), -difference, places=4)
        start = period_of(day, billing_day)[0]
        self.assertAlmostEqual(change_difference(old, new, start, billing_day), new - old, places=4)
