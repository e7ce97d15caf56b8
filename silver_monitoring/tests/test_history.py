"""Months of readings in little space: hours, days, what is forgotten, what is drawn."""

from datetime import datetime, timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from ..signals import trend
from .common import T0, MonitoringCommon, minutes


@tagged("post_install", "-at_install")
class TestHistory(MonitoringCommon):
    def rows(self, table):
        return self.env.execute_query(
            SQL(
                "SELECT * FROM %s WHERE olt_id = %s ORDER BY at", SQL.identifier(table), self.olt.id
            )
        )

    def test_a_reading_of_an_olt_is_one_row(self):
        self.read(down=[1])
        ((_olt, at, rx, tx, phase),) = self.rows("isp_signal_sample")
        self.assertEqual((at, rx[0], rx[1], tx[0], tx[1]), (T0, -2000, None, 200, None))
        self.assertEqual(phase, list("wlwwww"))

    def test_hours_and_days(self):
        self.read(minutes(0), rx=-20.0)
        self.read(minutes(20), rx=-22.0)
        self.read(minutes(40), rx=-21.0, down=[5])
        self.read(minutes(60), rx=-30.0)  # of the next hour
        self.history._roll_up(minutes(65))
        ((_olt, at, polls, online, low, mean, high, tx),) = self.rows("isp_signal_hour")
        self.assertEqual((at, polls), (T0, 3))
        self.assertEqual((low[0], mean[0], high[0], tx[0]), (-2200, -2100, -2000, 200))
        self.assertEqual((online[0], online[5], mean[5]), (3, 2, -2100))
        self.assertEqual(self.rows("isp_signal_day"), [])
        self.history._roll_up(T0 + timedelta(days=1))
        ((_olt, at, polls, online, low, mean, high, _tx),) = self.rows("isp_signal_day")
        self.assertEqual((at, polls), (T0.replace(hour=0), 4))
        self.assertEqual((low[0], mean[0], high[0], online[5]), (-3000, -2325, -2000, 3))

    def test_rolling_up_again_changes_nothing(self):
        for count in range(30):
            self.read(minutes(20 * count), rx=-20 - count / 10, down=[count % 6])
        end = T0 + timedelta(days=1, hours=3)
        self.history._roll_up(end)
        hours, days = self.rows("isp_signal_hour"), self.rows("isp_signal_day")
        self.assertEqual((len(hours), len(days)), (10, 1))
        self.history._roll_up(end)
        self.history._roll_up(end + timedelta(days=1))
        self.assertEqual(self.rows("isp_signal_hour"), hours)
        self.assertEqual(self.rows("isp_signal_day"), days)

    def test_after_a_long_stop_nothing_is_left_out(self):
        self.read(T0)
        self.history._roll_up(minutes(70))
        self.read(T0 + timedelta(hours=5))
        self.read(T0 + timedelta(days=2))
        self.history._roll_up(T0 + timedelta(days=4))
        self.assertEqual(len(self.rows("isp_signal_hour")), 3)
        self.assertEqual(len(self.rows("isp_signal_day")), 2)

    def test_an_onu_that_came_later(self):
        self.record([self.reading(0)], T0)
        self.record([self.reading(0), self.reading(1)], minutes(10))
        self.history._roll_up(minutes(70))
        ((_olt, _at, polls, online, _low, mean, _high, _tx),) = self.rows("isp_signal_hour")
        self.assertEqual((polls, online, mean), (2, [2, 1], [-2000, -2000]))
        _name, points = self.history._drawn(self.olt.id, 2, T0, minutes(30))
        self.assertEqual([point[4] for point in points], [0.0, 1.0])

    def test_old_readings_go(self):
        self.read(T0)
        self.history._roll_up(T0 + timedelta(days=1))
        for days, left in ((6, (1, 1, 1)), (8, (0, 1, 1)), (91, (0, 0, 1)), (1096, (0, 0, 0))):
            self.history._purge(T0 + timedelta(days=days))
            found = tuple(
                len(self.rows(table))
                for table in ("isp_signal_sample", "isp_signal_hour", "isp_signal_day")
            )
            self.assertEqual(found, left, days)

    def test_the_graph_takes_the_table_that_suits(self):
        self.read(T0)
        self.read(minutes(5), rx=-21.0, down=[1])
        self.history._roll_up(T0 + timedelta(days=1))
        signal = self.signals()[0]
        data = signal.signal_series(days=1, until=minutes(30))
        start = (T0 - datetime(1970, 1, 1)).total_seconds() * 1000
        self.assertEqual(data["resolution"], "sample")
        self.assertEqual(
            data["points"], [[start, -20.0, -20.0, -20.0, 1.0], [start + 3e5, -21, -21, -21, 1.0]]
        )
        self.assertEqual((data["weak"], data["critical"]), (-25.0, -27.0))
        dark = self.signals()[1].signal_series(days=1, until=minutes(30))["points"]
        self.assertEqual(dark[1][1:], [False, False, False, 0.0])
        data = self.contracts[0].signal_series(days=30, until=T0 + timedelta(days=1))
        self.assertEqual(data["resolution"], "hour")
        self.assertEqual(data["points"], [[start, -21.0, -20.5, -20.0, 1.0]])
        data = self.onus[0].signal_series(days=180, until=T0 + timedelta(days=1))
        self.assertEqual((data["resolution"], len(data["points"])), ("day", 1))
        self.assertEqual(self._customer_without_onu().signal_series()["points"], [])

    def _customer_without_onu(self):
        return self._contract()

    def test_the_trend_in_the_database_is_the_pure_one(self):
        values = [-20, -20.3, -20.2, -21, -20.9, -21.7, -22, -22.4, -22.1, -23]
        for day, rx in enumerate(values):
            self.read(T0 + timedelta(days=day), rx=rx, down=[4] if day else [])
        end = T0 + timedelta(days=len(values))
        self.history._roll_up(end)
        self.Signal._measure(end)
        signal = self.signals()[0]
        self.assertAlmostEqual(signal.trend_db, trend(list(enumerate(values))).change, delta=0.011)
        self.assertTrue(signal.has_trend)
        self.assertFalse(self.signals()[4].has_trend)  # one day only

    def test_an_olt_that_is_deleted_takes_its_history_along(self):
        base = self.env["isp.base.station"].create({"code": "GONE", "name": "Gone"})
        olt = self.env["isp.olt"].create({"name": "GONE", "base_station_id": base.id})
        self.Signal._record(olt, T0, [self.reading(0)], None)
        olt.unlink()
        self.assertFalse(self.Signal.search([("olt_id", "=", olt.id)]))
        self.assertEqual(
            self.env.execute_query(
                SQL("SELECT count(*) FROM isp_signal_sample WHERE olt_id = %s", olt.id)
            ),
            [(0,)],
        )
