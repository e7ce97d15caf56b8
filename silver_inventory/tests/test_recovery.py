from psycopg2 import errors

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import InventoryCase


@tagged("post_install", "-at_install")
class TestRecovery(InventoryCase):
    def setUp(self):
        super().setUp()
        self.item = self.items[0]
        self.item._install(self.ana, "C-1")
        self.recovery = self.item._request_recovery("cancelado", self.technician)

    def _visit(self, result, **values):
        return (
            self.env["isp.recovery.visit"]
            .with_user(self.technician)
            .create({"recovery_id": self.recovery.id, "result": result, **values})
        )

    def test_asking_twice_lists_it_once(self):
        self.assertEqual(self.item._request_recovery("otra vez"), self.recovery)
        self.assertEqual(self.recovery.state, "pending")
        self.assertFalse(self.items[1]._request_recovery("nobody has it"))

    def test_visits_until_it_comes_back(self):
        self._visit("absent", date_next="2026-12-01")
        self.assertEqual(self.recovery.state, "visited")
        self.assertEqual(str(self.recovery.date_next), "2026-12-01")
        self._visit("recovered", condition="broken")
        self.assertEqual(self.recovery.state, "recovered")
        self.assertEqual(self.item.location_id, self._van())
        self.assertEqual(self.item.status, "maintenance", "it came back broken")

    def test_closes_by_itself(self):
        self.item._recover()
        self.assertEqual(self.recovery.state, "recovered")
        with self.assertRaisesRegex(UserError, "already closed"):
            self.recovery.action_cancel()

    def test_lost(self):
        self.item.action_declare_lost()
        self.assertEqual(self.recovery.state, "lost")
        self.item.action_found()
        self.assertEqual(self.recovery.state, "lost", "that custody ended in a loss")

    def test_it_stays(self):
        self.recovery.action_cancel()
        self.assertEqual(self.recovery.state, "cancelled")
        again = self.item._request_recovery("ahora sí")
        self.assertNotEqual(again, self.recovery)

    def test_the_database_lists_it_once(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(errors.UniqueViolation):
            self.env["isp.recovery"].create({"assignment_id": self.recovery.assignment_id.id})
