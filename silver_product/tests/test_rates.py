from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..rates import kbps, plan_rates
from .common import PlanCase

mbps = st.integers(1, 10_000_000).map(lambda number: number / 1000)


@tagged("post_install", "-at_install")
class TestRates(BaseCase):
    def test_plain(self):
        rates = plan_rates(download_mbps=100, upload_mbps=50)
        self.assertEqual(rates[:2], (100_000, 50_000))
        self.assertFalse(rates.has_burst)
        self.assertEqual(rates.burst_time_s, 0)
        self.assertEqual(rates.priority, 8)
        self.assertEqual(rates[-2:], (100_000, 50_000))

    def test_provisioned_wins_per_direction(self):
        rates = plan_rates(download_mbps=100, upload_mbps=50, provisioned_download_mbps=105)
        self.assertEqual(rates[:2], (105_000, 50_000))

    def test_burst_and_contention(self):
        rates = plan_rates(
            download_mbps=100,
            upload_mbps=50,
            burst_download_mbps=120,
            burst_threshold_pct=75,
            burst_time_s=10,
            contention_ratio=8,
            priority=5,
        )
        self.assertEqual(
            rates, (100_000, 50_000, 120_000, 50_000, 75_000, 37_500, 10, 5, 12_500, 6_250)
        )

    def test_burst_needs_speed_threshold_and_time(self):
        burst = {"burst_download_mbps": 120, "burst_threshold_pct": 75, "burst_time_s": 10}
        for missing in burst:
            rates = plan_rates(download_mbps=100, upload_mbps=50, **{**burst, missing: 0})
            self.assertFalse(rates.has_burst, missing)
        slower = plan_rates(
            download_mbps=100, upload_mbps=50, **{**burst, "burst_download_mbps": 80}
        )
        self.assertFalse(slower.has_burst)

    def test_fraction_of_a_megabit(self):
        self.assertEqual(kbps(0.512), 512)
        self.assertEqual(kbps(2.3), 2300)

    @given(mbps, mbps, mbps, mbps, st.integers(0, 100), st.integers(0, 60), st.integers(1, 100))
    def test_order_of_the_numbers(self, down, up, burst_down, burst_up, threshold, time, ratio):
        """A router refuses a burst below the rate and a guarantee above it."""
        rates = plan_rates(
            download_mbps=down,
            upload_mbps=up,
            burst_download_mbps=burst_down,
            burst_upload_mbps=burst_up,
            burst_threshold_pct=threshold,
            burst_time_s=time,
            contention_ratio=ratio,
        )
        self.assertTrue(all(isinstance(number, int) and number >= 0 for number in rates))
        for rate, burst, limit, guaranteed in (
            (rates[0], rates[2], rates[4], rates[8]),
            (rates[1], rates[3], rates[5], rates[9]),
        ):
            self.assertGreaterEqual(rate, 1)
            self.assertLessEqual(guaranteed, rate)
            if rates.has_burst:
                self.assertGreaterEqual(burst, rate)
                self.assertLessEqual(limit, rate)


@tagged("post_install", "-at_install")
class TestPlanRates(PlanCase):
    def test_rates_of_plans(self):
        other = self._plan(
            "T-10",
            download_mbps=10,
            upload_mbps=2.5,
            burst_download_mbps=15,
            burst_threshold_pct=80,
            burst_time_s=16,
            priority=6,
            contention_ratio=10,
        )
        rates = (self.plan + other)._isp_rates()
        self.assertEqual(rates[self.plan.id].download_kbps, 100_000)
        self.assertEqual(
            rates[other.id],
            (10_000, 2_500, 15_000, 2_500, 8_000, 2_000, 16, 6, 1_000, 250),
        )
        self.assertIn("15000", other.rates_label)
        self.assertEqual(other.speed_label, "10 / 2.5 Mbps")
