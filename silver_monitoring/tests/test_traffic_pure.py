"""Counters to Mbps: whatever a device does to its counters, no peak that was not there."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..traffic import SLACK, TICKS, Capacity, capacity, elapsed, kind, match, place, rate, use

#: what is tested is the answer, not how busy the machine is
UNHURRIED = settings(deadline=None, suppress_health_check=list(HealthCheck))
counts = st.integers(0, 2**64 - 1)
spans = st.floats(5, 3600)
speeds = st.sampled_from([10, 100, 1000, 2488, 10_000, 100_000])


@tagged("post_install", "-at_install")
class TestTrafficPure(BaseCase):
    @UNHURRIED
    @given(counts, spans, speeds, st.floats(0, 1))
    def test_a_rate_is_found_wherever_the_counter_stands(self, start, seconds, mbps, share):
        """Also when it goes round."""
        flown = round(mbps * 125_000 * seconds * share)
        found = rate(start, (start + flown) % 2**64, seconds, mbps)
        self.assertAlmostEqual(found, flown / 125_000 / seconds, delta=1e-6 * mbps)

    @UNHURRIED
    @given(st.integers(0, 2**32 - 1), spans, st.floats(0, 1))
    def test_32_bits_are_followed_round_once_or_not_at_all(self, start, seconds, share):
        mbps = 10
        flown = round(mbps * 125_000 * seconds * share)
        found = rate(start, (start + flown) % 2**32, seconds, mbps, 32)
        if mbps * SLACK * 125_000 * seconds < 2**32:
            self.assertAlmostEqual(found, flown / 125_000 / seconds, delta=1e-6 * mbps)
        else:
            self.assertIsNone(found)

    @UNHURRIED
    @given(counts, counts, spans, speeds)
    def test_never_negative_never_more_than_the_line(self, before, now, seconds, mbps):
        found = rate(before, now, seconds, mbps)
        if found is not None:
            self.assertTrue(0 <= found <= mbps * SLACK)

    @UNHURRIED
    @given(st.integers(2**50, 2**63), st.integers(0, 2**40), speeds)
    def test_a_cleared_counter_is_no_peak(self, before, now, mbps):
        self.assertIsNone(rate(before, now, 300, mbps))

    def test_what_cannot_be_told(self):
        for before, now, seconds in (
            (None, 5, 300),
            (5, None, 300),
            (5, 6, None),
            (5, 6, 0),
            (5, 6, 4.9),
            (5, 6, 3601),
        ):
            self.assertIsNone(rate(before, now, seconds, 100))
        self.assertIsNone(rate(0, 1000, 300, 0, 32))  # may have gone round unseen
        self.assertEqual(rate(0, 37_500_000, 300), 1.0)

    @UNHURRIED
    @given(st.integers(0, TICKS - 1), st.floats(5, 3600), st.floats(-20, 20))
    def test_time_by_the_device(self, before, seconds, late):
        """Its clock goes round after 497 days; our delay does not count."""
        now = (before + round(seconds * 100)) % TICKS
        found = elapsed(before, now, seconds + late)
        self.assertAlmostEqual(found, seconds, delta=0.01)

    @UNHURRIED
    @given(st.integers(0, TICKS - 1), st.floats(100, 3600), st.floats(0, 1))
    def test_a_restart_is_noticed(self, before, by_clock, share):
        since = round(by_clock * share * 100)  # up again for so long
        found = elapsed(before, since, by_clock)
        if found is not None:  # it stood where a running clock would: up for just as long
            self.assertLessEqual(abs((since - before) % TICKS / 100 - by_clock), 72)
        self.assertIsNone(elapsed(None, since, by_clock))

    def test_a_restart_soon_after_another(self):
        self.assertIsNone(elapsed(10_000, 20_000, 1200))
        self.assertIsNone(elapsed(90_000_000, 1_000, 300))

    def test_kinds(self):
        for if_type, name, expected in (
            (6, "ether1", "ethernet"),
            (161, "bond1", "lag"),
            (135, "vlan100", "vlan"),
            (250, "GPON 0/1/3", "pon"),
            (1, "gpon_olt-1/1/3", "pon"),
            (6, "EPON0/3", "pon"),
            (6, "sponsor", "ethernet"),
            (0, "GE0/1", "ethernet"),
            (23, "<pppoe-ana>", None),
            (24, "lo", None),
            (1, "mgmt", None),
        ):
            self.assertEqual(kind(if_type, name), expected, name)
        self.assertEqual(
            [place(n) for n in ("GPON 0/1/3", "EPON0/3", "lo")], [(1, 3), (0, 3), None]
        )

    def test_capacity_and_use(self):
        self.assertEqual(capacity("pon", 2488), (1244, 2488))
        self.assertEqual(capacity("pon", 10000, technology="xgspon"), (10000, 10000))
        self.assertEqual(capacity("pon", 0, technology="xgspon"), (9953, 9953))
        self.assertEqual(capacity("ethernet", 10000, 2000), (2000, 2000))
        self.assertEqual(use(50, 900, Capacity(100, 1000)), 90)
        self.assertIsNone(use(50, 900, Capacity(0, 0)))
        self.assertIsNone(use(None, None, Capacity(10, 10)))

    def test_a_renamed_port_is_the_same_port(self):
        known = [("ether1", 1), ("ether2", 2), ("sfp1", 3)]
        shown = [("WAN", 1), ("ether2", 9), ("new", 12)]
        self.assertEqual(match(known, shown, False), {"WAN": "ether1", "ether2": "ether2"})
        self.assertEqual(match(known, shown, True), {"ether2": "ether2"})
