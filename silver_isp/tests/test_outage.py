from datetime import datetime, timedelta

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import PlantCase


class TestOutage(PlantCase):
    def setUp(self):
        super().setUp()
        self.Outage = self.env["isp.outage"]

    def test_each_kind_of_place_knows_its_base_and_company(self):
        sector = self.env["isp.sector"].create({"name": "T-SEC", "base_station_id": self.base.id})
        outages = self.Outage.create(
            [
                {"base_station_id": self.base.id},
                {"olt_id": self.olt.id},
                {"olt_port_id": self.pon.id},
                {"splitter_id": self.leaf.id},
                {"sector_id": sector.id},
            ]
        )
        self.assertEqual(outages.site_id, self.base)
        self.assertEqual(outages.company_id, self.company)
        self.assertEqual(outages.mapped("scope"), ["base", "olt", "port", "splitter", "sector"])
        self.assertEqual(outages[2].place_name, self.pon.display_name)

    def test_one_place_and_only_one(self):
        for vals in ({}, {"olt_id": self.olt.id, "splitter_id": self.leaf.id}):
            with self.assertRaisesRegex(UserError, "one place"):
                self.Outage.create(vals)
        outage = self.Outage.create({"splitter_id": self.leaf.id})
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.cr.savepoint(),
        ):
            outage.olt_id = self.olt
            outage.flush_recordset()

    def test_a_second_open_one_at_the_place_is_refused_with_the_first(self):
        outage = self.Outage.create({"splitter_id": self.leaf.id})
        with self.assertRaisesRegex(UserError, "already an open outage at T-LEAF"):
            self.Outage.create({"splitter_id": self.leaf.id})
        self.Outage.create({"splitter_id": self.trunk.id})  # another place
        outage.action_close()
        self.Outage.create({"splitter_id": self.leaf.id})

    def test_the_database_refuses_two_open_ones(self):
        self.Outage.create({"olt_port_id": self.pon.id}).flush_recordset()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.cr.savepoint(),
        ):
            self.cr.execute(
                """
                INSERT INTO isp_outage (scope, olt_port_id, company_id, state, date_start, cause,
                                        source, down_count, total_count)
                VALUES ('port', %s, %s, 'open', now(), 'unknown', 'manual', 0, 0)
                """,
                (self.pon.id, self.company.id),
            )

    def test_closing_is_idempotent_and_never_before_the_start(self):
        start = datetime(2026, 5, 1, 10)
        outage = self.Outage.create({"splitter_id": self.leaf.id, "date_start": start})
        with self.assertRaisesRegex(UserError, "starts after that"):
            outage.action_close(date=start - timedelta(minutes=1))
        outage.action_close(date="2026-05-01 12:30:00", note="Spliced")
        self.assertEqual((outage.state, outage.duration_hours), ("closed", 2.5))
        self.assertEqual(outage.note, "Spliced")
        outage.action_close()
        self.assertEqual(outage.date_end, start + timedelta(hours=2.5))

    def test_running_at_a_moment(self):
        start = datetime(2026, 5, 1, 10)
        past = self.Outage.create({"splitter_id": self.leaf.id, "date_start": start})
        past.action_close(date=start + timedelta(hours=1))
        planned = self.Outage.create(
            {"olt_id": self.olt.id, "date_start": datetime.now() + timedelta(days=2)}
        )
        for at, expected in (
            (start - timedelta(seconds=1), self.Outage),
            (start, past),
            (start + timedelta(minutes=59), past),
            (start + timedelta(hours=1), self.Outage),
            (None, self.Outage),
            (datetime.now() + timedelta(days=3), planned),
        ):
            with self.subTest(at=at):
                self.assertEqual(self.Outage._running_at(at), expected)

    def test_support_opens_and_closes_and_others_read(self):
        roles = {
            name: new_test_user(
                self.env,
                login=f"t_outage_{name}",
                groups=f"silver_base.group_silver_{name}",
                company_id=self.company.id,
                company_ids=[self.company.id],
            )
            for name in ("support", "operator", "technician")
        }
        outage = self.Outage.with_user(roles["support"]).create({"splitter_id": self.leaf.id})
        outage.with_user(roles["operator"]).action_close()
        self.assertEqual(outage.with_user(roles["technician"]).state, "closed")
        with self.assertRaises(AccessError):
            self.Outage.with_user(roles["technician"]).create({"splitter_id": self.leaf.id})
        with self.assertRaises(AccessError):
            outage.with_user(roles["operator"]).unlink()

    def test_other_companies_see_nothing(self):
        outage = self.Outage.create({"splitter_id": self.leaf.id})
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            login="t_outage_other",
            groups="silver_base.group_silver_operator",
            company_id=other.id,
            company_ids=[other.id],
        )
        self.assertFalse(
            self.Outage.with_user(stranger)
            .with_context(allowed_company_ids=other.ids)
            .search([("id", "=", outage.id)])
        )
