from datetime import datetime, timedelta

from psycopg2.errors import ExclusionViolation, RestrictViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PlantCase


@tagged("post_install", "-at_install")
class TestHistory(PlantCase):
    """Who was on this port on that day."""

    def at(self, day):
        return self.port.with_context(isp_place_date=datetime.fromisoformat(f"{day} 12:00:00"))

    def rows(self):
        self.env.flush_all()
        return [
            (row.partner_id, row.state, row.date_from.date(), row.date_to and row.date_to.date())
            for row in self.env["isp.place.history"].search(
                [("splitter_port_id", "=", self.port.id)], order="id"
            )
        ]

    def test_two_tenants(self):
        self.at("2026-01-10")._lend(self.ana, "CTR-1")
        self.at("2026-01-12")._confirm()
        self.at("2026-03-01")._give_back(cooling_hours=0)
        self.at("2026-04-01")._lend(self.beto, "CTR-2")
        day = fields.Date.to_date
        self.assertEqual(
            self.rows(),
            [
                (self.ana, "reserved", day("2026-01-10"), day("2026-01-12")),
                (self.ana, "used", day("2026-01-12"), day("2026-03-01")),
                (self.beto, "reserved", day("2026-04-01"), False),
            ],
        )
        answers = {
            when: [
                (row["customer"], row["state"])
                for row in self.port.action_who_was_there(f"{when} 13:00:00")
            ]
            for when in ("2026-01-09", "2026-01-11", "2026-02-01", "2026-03-15", "2026-05-01")
        }
        self.assertEqual(
            answers,
            {
                "2026-01-09": [],
                "2026-01-11": [("Ana", "reserved")],
                "2026-02-01": [("Ana", "used")],
                "2026-03-15": [],
                "2026-05-01": [("Beto", "reserved")],
            },
        )
        with self.assertRaisesRegex(UserError, "not a moment"):
            self.port.action_who_was_there("yesterday")

    def test_a_date_before_the_last_tenant_left_is_moved_up(self):
        self.at("2026-03-01")._lend(self.ana, "CTR-1")
        self.at("2026-03-05")._give_back(cooling_hours=0)
        self.at("2026-03-02")._lend(self.beto, "CTR-2")
        self.assertEqual(self.rows()[-1][2], fields.Date.to_date("2026-03-05"))

    def test_sector(self):
        sector = self.env["isp.sector"].create(
            {"name": "T-SEC", "base_station_id": self.base.id, "max_clients": 2}
        )
        place = sector.slot_ids[0]
        place._lend(self.ana, "CTR-1")
        [row] = place.action_who_was_there(fields.Datetime.now() + timedelta(seconds=2))
        self.assertEqual((row["customer"], row["place"]), ("Ana", place.display_name))

    def test_nothing_escapes(self):
        """A statement by hand is in the history too, and the history stands."""
        self.port._lend(self.ana, "CTR-1")
        self.cr.execute(
            "UPDATE isp_splitter_port SET partner_id = %s WHERE id = %s",
            [self.beto.id, self.port.id],
        )
        self.env.invalidate_all()
        self.assertEqual([row[0] for row in self.rows()], [self.ana, self.beto])
        findings = [row["name"] for row in self.env["silver.audit"].run()]
        self.assertNotIn("isp_history_ends_with_who_is_there", findings)
        for statement, error in (
            ("UPDATE isp_place_history SET reference = 'x'", RestrictViolation),
            ("DELETE FROM isp_place_history", RestrictViolation),
            (
                "INSERT INTO isp_place_history (place, splitter_port_id, company_id, partner_id,"
                " reference, state, date_from) SELECT place, splitter_port_id, company_id,"
                " partner_id, reference, state, date_from FROM isp_place_history"
                " WHERE date_to IS NULL",
                ExclusionViolation,
            ),
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(error), self.cr.savepoint():
                self.cr.execute(statement)

    def test_the_audit_sees_a_silenced_trigger(self):
        self.cr.execute("ALTER TABLE isp_splitter_port DISABLE TRIGGER isp_splitter_port_history")
        self.port._lend(self.ana, "CTR-1")
        self.env.flush_all()
        findings = [row["name"] for row in self.env["silver.audit"].run()]
        self.assertIn("isp_history_ends_with_who_is_there", findings)

    def test_a_port_that_is_gone_leaves_its_name(self):
        self.port._lend(self.ana, "CTR-1")
        self.port._give_back(cooling_hours=0)
        name, port = self.port.display_name, self.port.id
        history = self.env["isp.place.history"].search([("splitter_port_id", "=", port)])
        self.leaf.unlink()
        self.assertFalse(history.splitter_port_id)
        self.assertEqual(history.place, name)
