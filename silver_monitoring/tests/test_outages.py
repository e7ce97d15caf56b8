"""A fault that hits many becomes one outage, where they have their place in common."""

from datetime import timedelta

from odoo.tests import tagged

from .common import T0, MonitoringCommon, minutes

LEFT, RIGHT, ALL = range(3), range(3, 6), range(6)


@tagged("post_install", "-at_install")
class TestOutages(MonitoringCommon):
    def setUp(self):
        super().setUp()
        self.read(T0)

    def test_a_splitter_goes_dark_and_comes_back(self):
        self.read(minutes(5), down=LEFT)
        outage = self.outages()
        self.assertEqual(
            (outage.splitter_id, outage.state, outage.cause), (self.left, "open", "fibre")
        )
        self.assertEqual((outage.down_count, outage.total_count), (3, 3))
        self.assertEqual(outage.date_start, minutes(5))
        # support sees it, and whoever collects asks the same method
        self.assertEqual(set(self.contracts._open_outages()), set(self.contracts[:3].ids))
        self.read(minutes(10), down=LEFT)
        self.assertEqual(self.outages(), outage)
        self.read(minutes(15))
        self.assertEqual((outage.state, outage.date_end), ("closed", minutes(15)))
        self.assertEqual((outage.peak_count, outage.down_count), (3, 3))
        self.assertEqual(self.contracts._open_outages(), {})

    def test_power(self):
        self.read(minutes(5), down=LEFT, phase="dyinggasp")
        self.assertEqual(self.outages().cause, "power")

    def test_the_place_above_when_both_sides_fall(self):
        self.read(minutes(5), down=ALL)
        self.assertEqual(self.outages().splitter_id, self.trunk)

    def test_what_grows_and_what_comes_back_in_part_is_the_same_outage(self):
        self.read(minutes(5), down=LEFT)
        outage = self.outages()
        self.read(minutes(10), down=ALL)
        self.assertEqual((self.outages(), outage.splitter_id), (outage, self.trunk))
        self.assertEqual((outage.down_count, outage.peak_count), (6, 6))
        self.read(minutes(15), down=RIGHT)
        self.assertEqual((self.outages(), outage.splitter_id), (outage, self.right))
        self.assertEqual((outage.down_count, outage.total_count, outage.peak_count), (3, 3, 6))
        self.assertEqual(outage.date_start, minutes(5))
        self.read(minutes(20))
        self.assertEqual(outage.state, "closed")

    def test_one_that_is_back_early_does_not_close_it(self):
        self.read(minutes(5), down=ALL)
        outage = self.outages()
        self.read(minutes(10), down=range(1, 6))
        self.assertEqual((outage.state, outage.down_count, outage.total_count), ("open", 5, 6))
        self.read(minutes(15), down=[1, 2])
        self.assertEqual((outage.state, outage.down_count), ("open", 2))
        self.read(minutes(20), down=[1])
        self.assertEqual((outage.state, outage.date_end), ("closed", minutes(20)))

    def test_neighbours_who_switch_off_in_the_evening(self):
        for count in range(1, 7):
            self.read(minutes(40 * count), down=range(count), phase="dyinggasp")
        self.assertFalse(self.outages())

    def test_two_are_too_few(self):
        self.read(minutes(5), down=[0, 1])
        self.assertFalse(self.outages())

    def test_suspended_customers_are_not_counted(self):
        self.contracts[0].action_suspend(reason="technical")
        self.read(minutes(5), down=LEFT)
        self.assertFalse(self.outages())

    def test_what_a_person_opened_is_not_opened_again(self):
        by_hand = self.Outage.create(
            {"olt_port_id": self.pon.id, "date_start": minutes(3), "cause": "maintenance"}
        )
        self.read(minutes(5), down=ALL)
        self.assertFalse(self.outages())
        self.assertEqual((by_hand.down_count, by_hand.total_count), (6, 6))
        self.assertEqual(by_hand.cause, "maintenance")
        self.read(minutes(10))
        self.assertEqual((by_hand.state, by_hand.down_count), ("open", 0))  # that person closes it

    def test_of_the_whole_base(self):
        self.Outage.create({"base_station_id": self.base.id, "date_start": minutes(3)})
        self.read(minutes(5), down=ALL)
        self.assertFalse(self.outages())

    def test_an_onu_we_do_not_know_hangs_from_its_port(self):
        rows = [self.reading(index, serial=f"ZZZZ0000000{index}") for index in range(6)]
        self.record(rows, minutes(5))
        dark = [self.reading(index, "los", serial=f"ZZZZ0000000{index}") for index in range(6)]
        self.record(dark, minutes(10))
        self.assertEqual(self.outages().olt_port_id, self.pon)

    def test_old_darkness_is_forgotten(self):
        self.read(minutes(5), down=LEFT)
        outage = self.outages()
        self.read(T0 + timedelta(days=8), down=LEFT)
        self.assertEqual(outage.state, "closed")
        self.assertEqual(self.outages(), outage)

    def test_the_board_counts_it(self):
        self.read(minutes(5), down=LEFT)
        self.assertEqual((self.watch.outage_count, self.watch.down_count), (1, 3))
        self.assertEqual(self.pon._down_counts(), {self.pon.id: 3})
