"""Days are those of the time zone of the company: midnight, clocks that are changed, companies."""

from datetime import datetime, time, timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from .common import MonitoringCommon

HOUR = timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestDays(MonitoringCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.traffic_history = cls.env["isp.traffic.history"]
        cls.nas = cls.env["isp.nas"].create({"name": "BRAS D", "base_station_id": cls.base.id})
        cls.traffic = cls.nas.traffic_watch_ids
        cls.env.flush_all()
        cls._interface(cls.traffic)

    @classmethod
    def _interface(cls, watch):
        cls.env["isp.interface"]._enrol(watch, {"ether1": "ethernet"}, {})

    def zone(self, name, company=None):
        (company or self.env.company).partner_id.tz = name

    def passing(self, at, kbps=1000, watch=None):
        watch = watch or self.traffic
        self.traffic_history._append(watch.id, at, in_kbps=[kbps], out_kbps=[0])

    def hourly(self, start, count, kbps=1000, watch=None):
        for number in range(count):
            self.passing(start + HOUR * number, kbps, watch)

    def days(self, watch=None):
        """:return: ``{begin of the day: (readings, highest kbps)}``"""
        rows = self.env.execute_query(
            SQL(
                "SELECT at, polls, in_max[1] FROM isp_traffic_day WHERE watch_id = %s ORDER BY at",
                (watch or self.traffic).id,
            )
        )
        return {at: values for at, *values in rows}

    def test_a_peak_at_half_past_eleven_at_night_is_of_that_day(self):
        """23:30 in Lima, 04:30 UTC of the day after."""
        self.zone("America/Lima")
        self.hourly(datetime(2026, 5, 4, 5), 48)
        self.passing(datetime(2026, 5, 5, 4, 30), 900_000)
        before = datetime(2026, 5, 5, 4, 59)
        self.traffic_history._roll_up(before)
        self.assertEqual(self.days(), {})  # in Lima the day is not over
        self.traffic_history._roll_up(datetime(2026, 5, 5, 5))
        self.assertEqual(self.days(), {datetime(2026, 5, 4, 5): [25, 900_000]})
        self.traffic_history._roll_up(datetime(2026, 5, 6, 7))
        self.assertEqual(self.days()[datetime(2026, 5, 5, 5)], [24, 1000])

    def test_yesterday_is_that_of_the_company(self):
        self.zone("America/Lima")
        link = self.env["isp.interface"].search([("watch_id", "=", self.traffic.id)])
        link.capacity_in_mbps = 1000
        self.hourly(datetime(2026, 5, 4, 5), 24, 100_000)
        self.hourly(datetime(2026, 5, 5, 5), 23, 200_000)
        for moment, megabits in (
            (datetime(2026, 5, 6, 4, 1), 100),  # the 5th at 23:01
            (datetime(2026, 5, 6, 5, 1), 200),
            (datetime(2026, 5, 7, 4, 59), 200),  # nothing of the 6th is over
        ):
            self.env["isp.traffic.poller"]._digest(moment)
            self.assertEqual(link.p95_in_mbps, megabits, moment)

    def test_days_of_signals_are_those_of_the_company_too(self):
        self.zone("America/Lima")
        self.read(datetime(2026, 5, 5, 4, 30), rx=-27.0)
        self.read(datetime(2026, 5, 5, 5, 30), rx=-20.0)
        self.history._roll_up(datetime(2026, 5, 6, 6))
        rows = self.env.execute_query(
            SQL(
                "SELECT at, rx_min[1] FROM isp_signal_day WHERE olt_id = %s ORDER BY 1", self.olt.id
            )
        )
        expected = [(datetime(2026, 5, 4, 5), -2700), (datetime(2026, 5, 5, 5), -2000)]
        self.assertEqual(rows, expected)

    def test_days_of_23_and_25_hours(self):
        """In Chile the clock changes at midnight."""
        self.zone("America/Santiago")
        self.hourly(datetime(2026, 4, 4, 3), 72)
        self.traffic_history._roll_up(datetime(2026, 4, 7, 6))
        polls = {at: values[0] for at, values in self.days().items()}
        self.assertEqual(
            polls,
            {
                datetime(2026, 4, 4, 3): 25,
                datetime(2026, 4, 5, 4): 24,
                datetime(2026, 4, 6, 4): 23,  # what was read of it
            },
        )
        self.hourly(datetime(2026, 9, 5, 4), 71)
        self.traffic_history._roll_up(datetime(2026, 9, 9))
        polls = {at: values[0] for at, values in self.days().items() if at.month == 9}
        self.assertEqual(
            polls,
            {
                datetime(2026, 9, 5, 4): 24,
                datetime(2026, 9, 6, 4): 23,
                datetime(2026, 9, 7, 3): 24,
            },
        )

    def test_every_company_has_its_own_midnight(self):
        other = self.env["res.company"].create({"name": "Tokyo"})
        self.zone("Asia/Tokyo", other)
        self.zone("America/Lima")
        base = self.env["isp.base.station"].create(
            {"code": "TOK", "name": "Tokyo", "company_id": other.id}
        )
        nas = self.env["isp.nas"].create(
            {"name": "BRAS O", "base_station_id": base.id, "company_id": other.id}
        )
        there = nas.traffic_watch_ids
        self.env.flush_all()
        self._interface(there)
        for watch in (self.traffic, there):
            self.hourly(datetime(2026, 5, 4), 72, watch=watch)
        self.traffic_history._roll_up(datetime(2026, 5, 7))
        self.assertEqual(
            list(self.days()),
            [datetime(2026, 5, 3, 5), datetime(2026, 5, 4, 5), datetime(2026, 5, 5, 5)],
        )
        self.assertEqual(
            list(self.days(there)),
            [datetime(2026, 5, 3, 15), datetime(2026, 5, 4, 15), datetime(2026, 5, 5, 15)],
        )

    def test_days_made_in_another_zone_keep_their_date(self):
        """As an older version made them, or before the company had a time zone."""
        self.hourly(datetime(2026, 5, 1), 12 * 24)
        self.passing(datetime(2026, 5, 2, 4, 30), 700_000)
        self.passing(datetime(2026, 5, 10, 4, 30), 900_000)
        self.traffic_history._roll_up(datetime(2026, 5, 13))
        self.assertEqual(self.days()[datetime(2026, 5, 10)], [25, 900_000])
        self.env.cr.execute("DELETE FROM isp_traffic_sample WHERE at < '2026-05-06'")
        self.zone("America/Lima")
        self.traffic_history._roll_up(datetime(2026, 5, 13, 6))
        days = self.days()
        self.assertEqual(list(days), [datetime(2026, 5, day, 5) for day in range(1, 13)])
        # readings of that day are gone: it stays as it was
        self.assertEqual(days[datetime(2026, 5, 2, 5)], [25, 700_000])
        # of the 6th, in Lima, all is there: the 10th at 23:30 UTC was never
        self.assertEqual(days[datetime(2026, 5, 9, 5)], [25, 900_000])
        self.assertEqual(days[datetime(2026, 5, 10, 5)], [24, 1000])
        self.assertEqual(days[datetime(2026, 5, 12, 5)], [19, 1000])
        self.traffic_history._roll_up(datetime(2026, 5, 13, 7))
        self.assertEqual(self.days(), days)
        # and back, as a person who tries does
        self.zone("UTC")
        self.traffic_history._roll_up(datetime(2026, 5, 13, 8))
        self.assertEqual(list(self.days()), [datetime(2026, 5, day) for day in range(1, 13)])
        self.assertEqual(self.days()[datetime(2026, 5, 10)], [25, 900_000])

    def test_months_of_the_demo(self):
        self.zone("America/Lima")
        self.olt.olt_driver = "smartolt"
        self.env["isp.monitoring.demo"]._generate(self.olt.ids)
        self.assertEqual((self.watch.source, self.watch.health_at), ("smartolt", False))
        for days, resolution, count in ((181, "day", 180), (30, "hour", 719), (1, "sample", 250)):
            data = self.signals()[5].signal_series(days=days)
            self.assertEqual(data["resolution"], resolution)
            self.assertGreaterEqual(len(data["points"]), count, resolution)
            self.assertTrue(all(point[1] for point in data["points"][-20:]))
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT at::time FROM isp_signal_day WHERE olt_id = %s", self.olt.id)
        )
        self.assertEqual(rows, [(time(5),)])

    def test_statements_do_not_grow_with_companies_of_a_zone(self):
        def statements():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.traffic_history._places()
            return self.cr.sql_log_count - before

        few = statements()
        companies = self.env["res.company"].create([{"name": f"C {n}"} for n in range(5)])
        companies.partner_id.tz = "UTC"
        bases = self.env["isp.base.station"].create(
            [{"code": f"B{c.id}", "name": "B", "company_id": c.id} for c in companies]
        )
        self.env["isp.nas"].create(
            [
                {
                    "name": f"N{base.id}",
                    "base_station_id": base.id,
                    "company_id": base.company_id.id,
                }
                for base in bases
            ]
        )
        self.assertLessEqual(statements(), few)
        self.assertEqual(len(self.traffic_history._places()), 1)
