"""Where a fault is. Pure: examples, and properties over random plants."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..location import Onu, locate

T0 = datetime(2026, 5, 1, 12)
SLOW = [HealthCheck.too_slow]  # the machine may be busy
#: OLT > two ports > splitters; A feeds A1 and A2
PLANT = {"olt": None, "p0": "olt", "p1": "olt", "A": "p0", "A1": "A", "A2": "A", "B": "p1"}


def group(place, count, up, since=T0, cause="", prefix=""):
    return [
        Onu(f"{prefix}{place}-{number}", place, up, None if up else since, cause)
        for number in range(count)
    ]


def below(parents, place, onu):
    at = onu.place
    while at is not None:
        if at == place:
            return True
        at = parents[at]
    return False


@tagged("post_install", "-at_install")
class TestExamples(BaseCase):
    def places(self, onus, **kwargs):
        return [fault.place for fault in locate(PLANT, onus, **kwargs)]

    def test_one_splitter(self):
        onus = group("A1", 8, up=False) + group("A2", 8, up=True) + group("B", 8, up=True)
        fault = locate(PLANT, onus)[0]
        self.assertEqual((fault.place, len(fault.onus), fault.total), ("A1", 8, 8))

    def test_both_branches_are_the_splitter_above(self):
        onus = group("A1", 8, up=False) + group("A2", 4, up=False) + group("B", 8, up=True)
        self.assertEqual(self.places(onus), ["A"])

    def test_the_only_splitter_of_a_port_rather_than_the_port(self):
        self.assertEqual(self.places(group("B", 5, up=False) + group("A1", 5, up=True)), ["B"])

    def test_everything_is_the_olt(self):
        onus = group("A1", 4, up=False) + group("A2", 4, up=False) + group("B", 4, up=False)
        self.assertEqual(self.places(onus), ["olt"])

    def test_two_faults_at_once(self):
        onus = group("A1", 4, up=False) + group("A2", 4, up=True) + group("B", 4, up=False)
        self.assertCountEqual(self.places(onus), ["A1", "B"])

    def test_one_that_came_back_does_not_hide_the_rest(self):
        onus = group("A1", 9, up=False) + group("A1", 1, up=True, prefix="x")
        self.assertEqual(self.places(onus + group("A2", 3, up=True)), ["A1"])

    def test_a_lonely_neighbour_does_not_lift_the_fault(self):
        onus = (
            group("A1", 8, up=False) + group("A2", 1, up=False) + group("A2", 1, True, prefix="x")
        )
        self.assertEqual(self.places(onus), ["A1"])

    def test_those_that_fell_on_other_days_are_no_event(self):
        onus = [Onu(n, "A1", False, T0 + timedelta(hours=n)) for n in range(8)]
        self.assertEqual(self.places(onus), [])
        self.assertEqual(self.places(onus, together=timedelta(hours=8)), ["A1"])

    def test_the_event_is_seen_although_somebody_switched_off_just_before(self):
        early = [Onu("early", "A2", False, T0 - timedelta(minutes=14))]
        late = group("A1", 5, up=False, since=T0 + timedelta(minutes=5))
        onus = early + late + group("A2", 8, up=True)
        self.assertEqual(self.places(onus), ["A1"])

    def test_long_dark_ones_do_not_count(self):
        dark = [Onu(f"old{n}", "A1", False, None) for n in range(20)]
        onus = dark + group("A1", 3, up=False) + group("A2", 5, up=True)
        fault = locate(PLANT, onus)[0]
        self.assertEqual((fault.place, fault.total), ("A1", 3))

    def test_fewer_than_the_minimum(self):
        self.assertEqual(self.places(group("A1", 2, up=False)), [])
        self.assertEqual(self.places(group("A1", 2, up=False), minimum=2), ["A1"])

    def test_causes(self):
        for causes, expected in (
            (["power"] * 4, "power"),
            (["fibre"] * 3 + ["power"], "fibre"),
            (["power", "power", "fibre", "fibre"], ""),
            (["power", "", "", ""], ""),
            ([""] * 4, ""),
        ):
            with self.subTest(causes=causes):
                onus = [Onu(n, "B", False, T0, cause) for n, cause in enumerate(causes)]
                self.assertEqual(locate(PLANT, onus)[0].cause, expected)

    def test_a_plant_that_goes_in_circles_ends(self):
        parents = {"a": "b", "b": "a"}
        self.assertEqual(len(locate(parents, group("a", 5, up=False))), 1)


@st.composite
def plants(draw):
    """A random tree of places and ONUs hanging anywhere on it."""
    size = draw(st.integers(1, 12))
    parents = {0: None}
    for place in range(1, size):
        parents[place] = draw(st.integers(0, place - 1))
    onus = []
    for key in range(draw(st.integers(0, 40))):
        up = draw(st.booleans())
        minutes = draw(st.sampled_from([None, 0, 5, 10, 40, 600]))
        since = None if up or minutes is None else T0 + timedelta(minutes=minutes)
        onus.append(
            Onu(
                key,
                draw(st.integers(0, size - 1)),
                up,
                since,
                draw(st.sampled_from(["", "power", "fibre"])),
            )
        )
    share = draw(st.sampled_from([0.5, 0.8, 1.0]))
    return parents, onus, share, draw(st.integers(2, 4))


@tagged("post_install", "-at_install")
class TestProperties(BaseCase):
    @settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
    @given(plants())
    def test_every_fault_holds_what_it_says(self, case):
        parents, onus, share, minimum = case
        by_key = {onu.key: onu for onu in onus}
        for fault in locate(parents, onus, share, minimum):
            fallen = [by_key[key] for key in fault.onus]
            lit = sum(onu.up and below(parents, fault.place, onu) for onu in onus)
            self.assertGreaterEqual(len(fallen), minimum)
            self.assertTrue(all(not onu.up and below(parents, fault.place, onu) for onu in fallen))
            self.assertEqual(fault.total, len(fallen) + lit)
            self.assertGreaterEqual(len(fallen), share * fault.total)
            self.assertEqual(fault.since, min(onu.since for onu in fallen))
            self.assertLessEqual(
                max(onu.since for onu in fallen) - fault.since, timedelta(minutes=15)
            )

    @settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
    @given(plants())
    def test_no_fault_is_below_another_and_order_does_not_matter(self, case):
        parents, onus, share, minimum = case
        faults = locate(parents, onus, share, minimum)
        for one in faults:
            for other in faults:
                if one is not other:
                    self.assertFalse(below(parents, one.place, Onu(0, other.place, True)))
        self.assertEqual(faults, locate(parents, onus[::-1], share, minimum))

    @settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
    @given(plants(), st.data())
    def test_a_cut_is_found_where_it_was_made(self, case, data):
        """Cut the tree at a place: the narrowest place with the same ONUs below it is found."""
        parents, onus, share, minimum = case
        cut = data.draw(st.sampled_from(sorted(parents)))
        after = [Onu(onu.key, onu.place, not below(parents, cut, onu), T0, "fibre") for onu in onus]
        dark = frozenset(onu.key for onu in after if not onu.up)
        faults = locate(parents, after, share, minimum)
        self.assertEqual(bool(faults), len(dark) >= minimum)
        for fault in faults:
            self.assertLessEqual(fault.onus, dark)
        for fault in locate(parents, after, 1.0, minimum):
            # with no tolerance it is one place, and no place below it holds all that is dark
            self.assertEqual(fault.onus, dark)
            for place in parents:
                if place != fault.place and below(parents, fault.place, Onu(0, place, True)):
                    held = {onu.key for onu in after if below(parents, place, onu)}
                    self.assertFalse(held >= dark)

    @settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
    @given(plants())
    def test_nobody_down_is_no_fault(self, case):
        parents, onus, share, minimum = case
        lit = [Onu(onu.key, onu.place, True) for onu in onus]
        self.assertEqual(locate(parents, lit, share, minimum), [])
