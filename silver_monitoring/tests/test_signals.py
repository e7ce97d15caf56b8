"""Powers, limits and trends. Pure."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..signals import FEWEST_DAYS, hundredths, level, trend

SLOW = [HealthCheck.too_slow]  # the machine may be busy
powers = st.floats(-40, 10, allow_nan=False)


@tagged("post_install", "-at_install")
class TestSignals(BaseCase):
    def test_levels(self):
        for rx, expected in (
            (None, "none"),
            (-28.0, "critical"),
            (-27.0, "critical"),
            (-26.99, "weak"),
            (-25.0, "weak"),
            (-24.9, "good"),
            (-8.1, "good"),
            (-8.0, "strong"),
            (2.0, "strong"),
        ):
            self.assertEqual(level(rx, -25.0, -27.0), expected, rx)

    @settings(deadline=None, suppress_health_check=SLOW)
    @given(powers)
    def test_what_is_kept_is_what_was_read(self, dbm):
        self.assertAlmostEqual(hundredths(dbm) / 100, dbm, delta=0.00501)

    @settings(deadline=None, suppress_health_check=SLOW)
    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_nonsense_fits_in_sixteen_bits(self, dbm):
        self.assertLessEqual(abs(hundredths(dbm)), 32767)

    @settings(deadline=None, suppress_health_check=SLOW)
    @given(powers, st.floats(-1, 1), st.integers(FEWEST_DAYS, 30))
    def test_a_straight_line_has_its_own_slope(self, start, slope, days):
        found = trend([(day, start + slope * day) for day in range(days)])
        self.assertAlmostEqual(found.slope, slope, places=6)
        self.assertAlmostEqual(found.change, slope * (days - 1), places=5)

    @settings(deadline=None, suppress_health_check=SLOW)
    @given(st.lists(powers, min_size=FEWEST_DAYS, max_size=30), powers)
    def test_where_it_lies_does_not_matter_and_time_backwards_is_the_other_way(self, values, lift):
        days = list(enumerate(values))
        slope = trend(days).slope
        lifted = trend([(day + 1000, rx + lift) for day, rx in days])
        self.assertAlmostEqual(lifted.slope, slope, places=6)
        self.assertAlmostEqual(trend([(-day, rx) for day, rx in days]).slope, -slope, places=6)
        low, high = min(values), max(values)
        self.assertLessEqual(abs(slope), 1.5 * (high - low) + 1e-9)

    def test_too_few_days_are_no_trend(self):
        self.assertIsNone(trend([(day, -20.0) for day in range(FEWEST_DAYS - 1)]))
        self.assertIsNone(trend([(1, -20.0 - n) for n in range(9)]))
