from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PlanCase

WINDOW = range(-40, 100, 3)

orders = st.lists(
    st.tuples(
        st.integers(-20, 60),
        st.none() | st.integers(0, 30),
        st.integers(0, 50),
        st.sampled_from(["refuse", "keep", "replace"]),
    ),
    min_size=1,
    max_size=6,
)


@tagged("post_install", "-at_install")
class TestPriceOnAnyDate(PlanCase):
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
    )
    @given(orders)
    def test_history_against_a_plain_model(self, steps):
        """Any sequence of set prices against a dict day -> amount.

        A day has at most one price; a refused order changes no day; an accepted one changes only
        its own days, and none that is over and had a price.
        """
        with self.env.cr.savepoint() as savepoint:
            self._price(7, self.day(-10))
            model = {day: (7 if day >= -10 else None) for day in WINDOW}
            for start, length, amount, future in steps:
                end = None if length is None else start + length
                try:
                    with self.env.cr.savepoint():
                        price = self.plan.action_set_price(
                            amount,
                            date=self.day(start),
                            date_to=end is not None and self.day(end),
                            future=future,
                        )
                except UserError:
                    price = None
                found = {day: self.amount_on(self.day(day)) for day in WINDOW}
                last = end
                if price and price.effective_to:
                    last = (price.effective_to - self.today).days
                for day in WINDOW:
                    if price and start <= day and (last is None or day <= last):
                        self.assertEqual(found[day], amount)
                    else:
                        self.assertEqual(found[day], model[day])
                    if day < 0 and model[day] is not None:
                        self.assertEqual(found[day], model[day], "the past stays")
                model = found
            self.assert_promises()
            savepoint.rollback()
            self.env.invalidate_all()
