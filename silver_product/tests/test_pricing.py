import datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..pricing import (
    add_months,
    changed_amount,
    promotion_last_day,
    promotional_amount,
    round_to,
    service_month,
)

cents = st.integers(0, 10_000_00).map(lambda number: number / 100)
days = st.dates(datetime.date(2000, 1, 1), datetime.date(2090, 12, 31))


@tagged("post_install", "-at_install")
class TestPricing(BaseCase):
    def test_changed_amount(self):
        self.assertEqual(changed_amount(25, "percent", 10), 27.5)
        self.assertEqual(changed_amount(25, "percent", -10), 22.5)
        self.assertEqual(changed_amount(19.99, "percent", 5), 20.99)
        self.assertEqual(changed_amount(19.99, "percent", 5, step=0.5), 21.0)
        self.assertEqual(changed_amount(25, "add", -1.5), 23.5)
        self.assertEqual(changed_amount(25, "set", 30), 30)
        self.assertEqual(changed_amount(1, "add", -2), -1)

    def test_half_a_cent_rounds_up(self):
        """2.675 is less than itself in binary; the arithmetic must be decimal."""
        self.assertEqual(changed_amount(2.675, "add", 0), 2.68)
        self.assertEqual(changed_amount(0.1, "add", 0.2), 0.3)

    def test_bad_arguments(self):
        for arguments in [(1, "double", 2), (1, "add", 1, 0), (1, "add", 1, -1)]:
            with self.assertRaises(ValueError):
                changed_amount(*arguments)
        with self.assertRaises(ValueError):
            promotional_amount(25, "percent", 50, 3, 0)
        with self.assertRaises(ValueError):
            promotional_amount(25, "gift", 50, 3, 1)
        with self.assertRaises(ValueError):
            service_month(datetime.date(2026, 2, 1), datetime.date(2026, 1, 31))

    @given(cents, st.integers(-99, 300), st.sampled_from([0.01, 0.05, 0.5, 1.0]))
    def test_changed_amount_is_a_near_multiple(self, old, percentage, step):
        amount = Decimal(str(changed_amount(old, "percent", percentage, step)))
        exact = Decimal(str(old)) * (100 + percentage) / 100
        step = Decimal(str(step))
        self.assertEqual(amount % step, 0)
        self.assertLessEqual(abs(amount - exact), step / 2)

    @given(cents, st.sampled_from([0.01, 0.5, 1.0]))
    def test_round_to_is_stable(self, amount, step):
        step = Decimal(str(step))
        once = round_to(Decimal(str(amount)), step)
        self.assertEqual(round_to(once, step), once)

    def test_promotional_amount(self):
        half = [promotional_amount(25, "percent", 50, 3, month) for month in range(1, 6)]
        self.assertEqual(half, [12.5, 12.5, 12.5, 25, 25])
        fixed = [promotional_amount(18, "price", 5, 1, month) for month in range(1, 4)]
        self.assertEqual(fixed, [5, 18, 18])
        self.assertEqual(promotional_amount(8, "percent", 100, 2, 2), 0)

    def test_promotion_never_dearer(self):
        self.assertEqual(promotional_amount(4, "price", 5, 3, 1), 4)

    @given(
        cents,
        st.sampled_from(["price", "percent"]),
        st.integers(0, 100),
        st.integers(1, 60),
        st.integers(1, 120),
    )
    def test_promotion_between_zero_and_base(self, base, kind, value, months, month):
        amount = promotional_amount(base, kind, value, months, month)
        self.assertTrue(0 <= amount <= base)
        if month > months:
            self.assertEqual(amount, base)
        else:  # the same in each of its months
            self.assertEqual(amount, promotional_amount(base, kind, value, months, 1))

    def test_months_are_counted_from_the_anchor(self):
        anchor = datetime.date(2026, 1, 31)
        self.assertEqual(
            [add_months(anchor, number).day for number in range(5)], [31, 28, 31, 30, 31]
        )
        self.assertEqual(add_months(datetime.date(2026, 12, 15), 1), datetime.date(2027, 1, 15))
        self.assertEqual(add_months(datetime.date(2024, 2, 29), 12), datetime.date(2025, 2, 28))

    def test_promotion_last_day(self):
        self.assertEqual(
            promotion_last_day(datetime.date(2026, 11, 21), 3), datetime.date(2027, 2, 20)
        )

    @given(days, st.integers(1, 60))
    def test_last_day_is_the_end_of_month_n(self, start, months):
        """The day a person reads and the month the charge counts agree."""
        last = promotion_last_day(start, months)
        self.assertEqual(service_month(start, last), months)
        self.assertEqual(service_month(start, last + datetime.timedelta(days=1)), months + 1)

    @given(days, st.integers(0, 2000))
    def test_service_month_never_goes_back(self, start, offset):
        day = start + datetime.timedelta(days=offset)
        number = service_month(start, day)
        self.assertGreaterEqual(number, 1)
        self.assertLessEqual(add_months(start, number - 1), day)
        self.assertGreater(add_months(start, number), day)
