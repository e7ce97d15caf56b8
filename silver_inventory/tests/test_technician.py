import base64

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import InventoryCase

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAA"
    "BJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestTechnician(InventoryCase):
    def setUp(self):
        super().setUp()
        self.items[:2].action_load_van(self.technician.id)
        self.screen = self.env["isp.inventory.item"].with_user(self.technician)

    def test_my_van(self):
        answer = self.screen.technician_screen()
        self.assertEqual({row["id"] for row in answer["van"]}, set(self.items[:2].ids))
        row = self.screen.technician_scan("prue-00000000")
        self.assertTrue(row["mine"])
        self.assertFalse(self.screen.technician_scan(self.items[2].name)["mine"])
        with self.assertRaisesRegex(UserError, "NADA"):
            self.screen.technician_scan("NADA")

    def test_close_a_job_with_its_evidence(self):
        record = self.env["isp.installation"].browse(
            self.screen.technician_close(
                item_id=self.items[0].id,
                partner_id=self.ana.id,
                reference="C-1",
                signal_dbm=-19.5,
                photo=PIXEL,
                signature=PIXEL,
                signed_by="Ana",
            )
        )
        self.assertEqual(record.partner_id, self.ana)
        self.assertEqual(record.item_id, self.items[0])
        self.assertEqual(record.technician_id, self.technician)
        self.assertTrue(record.signal_ok)
        self.assertTrue(base64.b64decode(record.photo).startswith(b"\x89PNG"))
        self.assertEqual(self.items[0].partner_id, self.ana)

    def test_weak_and_impossible_readings(self):
        close = self.screen.technician_close
        record = close(item_id=self.items[0].id, partner_id=self.ana.id, signal_dbm=-29)
        self.assertFalse(self.env["isp.installation"].browse(record).signal_ok)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            close(item_id=self.items[1].id, partner_id=self.ana.id, signal_dbm=300)
        self.assertFalse(self.items[1].partner_id, "nothing is left half done")

    def test_swap_from_the_phone(self):
        old, new = self.items[:2]
        self.screen.technician_close(item_id=old.id, partner_id=self.ana.id, reference="C-1")
        (customer,) = self.screen.technician_customers("Ana")[:1]
        self.assertEqual([row["id"] for row in customer["items"]], old.ids)
        with self.assertRaisesRegex(UserError, "not at this customer's. Ana has it"):
            self.screen.technician_close(item_id=new.id, partner_id=self.bea.id, old_item_id=old.id)
        self.screen.technician_close(item_id=new.id, partner_id=self.ana.id, old_item_id=old.id)
        self.assertEqual(new.partner_id, self.ana)
        self.assertEqual(old.technician_id, self.technician)

    def test_not_in_the_van(self):
        with self.assertRaisesRegex(UserError, "not in the van.*Prueba since"):
            self.screen.technician_close(item_id=self.items[2].id, partner_id=self.ana.id)
        with self.assertRaises(AccessError):
            self.screen.with_user(self.staff).technician_close(
                item_id=self.items[0].id, partner_id=self.ana.id
            )

    def test_recover_from_the_phone(self):
        self.items[2]._install(self.ana, "C-1")
        recovery = self.items[2]._request_recovery("cancelado")
        listed = self.screen.technician_screen()["recoveries"]
        self.assertIn(recovery.id, [row["id"] for row in listed])
        self.assertEqual(self.screen.technician_recover(recovery.id, "absent"), "visited")
        self.assertEqual(self.screen.technician_recover(recovery.id, "recovered"), "recovered")
        self.assertEqual(self.items[2].technician_id, self.technician)


@tagged("post_install", "-at_install")
class TestTechnicianScreen(HttpCase, InventoryCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_install_on_a_phone(self):
        self.items[:1].action_load_van(self.technician.id)
        self.ana.name = "Ana Phone Tour"
        self.start_tour("/odoo/silver-van", "silver_inventory_van", login="inv_technician")
        self.assertEqual(self.items[0].partner_id, self.ana)
        record = self.env["isp.installation"].search([("partner_id", "=", self.ana.id)])
        self.assertEqual(record.signal_dbm, -19.5)
        self.assertTrue(record.signature)
