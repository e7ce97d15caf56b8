"""The day of a moment and the first moment of a day, where the company is."""

from datetime import date, datetime, timedelta

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestDates(TransactionCase):
    def test_the_first_moment_of_a_day(self):
        contracts = self.env["isp.contract"]
        for zone, day, start in (
            ("UTC", date(2026, 5, 4), datetime(2026, 5, 4)),
            ("America/Lima", date(2026, 5, 4), datetime(2026, 5, 4, 5)),
            ("Asia/Kolkata", date(2026, 5, 4), datetime(2026, 5, 3, 18, 30)),
            ("America/Santiago", date(2026, 9, 6), datetime(2026, 9, 6, 4)),  # begins at one
            ("America/Santiago", date(2026, 4, 5), datetime(2026, 4, 5, 4)),  # 23 o'clock twice
            ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4)),  # midnight twice
        ):
            self.env.company.partner_id.tz = zone
            self.assertEqual(contracts._start_of_day(day), start, (zone, day))
            self.assertEqual(contracts._local_day(start), day)
            before = start - timedelta(seconds=1)
            self.assertEqual(contracts._local_day(before), day - timedelta(days=1))
