import re

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import InventoryCase


@tagged("post_install", "-at_install")
class TestOperations(InventoryCase):
    def test_van(self):
        item = self.items[0]
        item.with_user(self.operator).action_load_van(self.technician.id)
        self.assertEqual(item.technician_id, self.technician)
        self.assertEqual(item.status, "available")
        self.assertEqual(item.base_station_id, self.station, "a van keeps the last base")
        item.with_user(self.technician).action_install(self.ana.id, "C-1")
        self.assertEqual(item.assignment_ids.technician_id, self.technician)
        item.with_user(self.technician).action_recover()
        self.assertEqual(item.location_id, self._van())

    def test_technician_installs_only_from_his_van(self):
        item = self.items[0].with_user(self.technician)
        with self.assertRaisesRegex(UserError, "not in the van of inv_technician.*Prueba since"):
            item.action_install(self.ana.id, "C-1")
        item._install(self.ana, "C-1")  # another module's verb, which asked on its own
        with self.assertRaisesRegex(UserError, "cannot write off"):
            item.action_declare_lost()

    def test_repair_and_back(self):
        item = self.items[0]
        item._install(self.ana, "C-1")
        item.action_send_to_repair(note="no enciende")
        self.assertEqual(item.status, "maintenance")
        self.assertEqual(item.location_id.isp_role, "repair")
        self.assertFalse(item.assignment_ids.filtered("is_open"))
        order = self.env["repair.order"].search([("lot_id", "=", item.lot_id.id)])
        self.assertEqual(order.state, "confirmed")
        with self.assertRaisesRegex(
            UserError, "cannot be installed. " + re.escape(item._where_it_is())
        ):
            item._install(self.ana, "C-1")
        item.action_back_from_repair()
        self.assertEqual(order.state, "done")
        self.assertEqual((item.status, item.condition), ("available", "refurbished"))
        self.assertEqual(item.location_id, self.base)
        with self.assertRaisesRegex(UserError, "not being repaired"):
            item.action_back_from_repair()

    def test_lost_with_charge_and_found(self):
        item = self.items[0]
        item._install(self.ana, "C-1")
        losses = []
        self.patch(
            self.registry["isp.inventory.item"], "_on_lost", lambda self, rows: losses.extend(rows)
        )
        item.action_declare_lost(charge=True, note="robo")
        self.assertEqual(losses, [(item, self.ana, 30, True)])
        self.assertEqual(item.status, "lost")
        self.assertFalse(item.assignment_ids.filtered("is_open"))
        item.action_found()
        self.assertEqual((item.status, item.location_id), ("available", self.base))
        with self.assertRaisesRegex(UserError, "is not lost"):
            item.action_found()

    def test_scrap(self):
        item = self.items[0]
        item._install(self.ana, "C-1")
        with self.assertRaisesRegex(UserError, "Ana has it.*Recover it first"):
            item.action_scrap()
        item._recover()
        item.action_scrap()
        self.assertEqual(item.status, "retired")
        other = self.items[1]
        scrap = self.env["stock.scrap"].create(
            {
                "product_id": self.onu_product.id,
                "lot_id": other.lot_id.id,
                "location_id": self.base.id,
            }
        )
        scrap.do_scrap()
        self.assertEqual(other.status, "retired", "scrapped from the Inventory application")

    def test_move_only_between_our_places(self):
        customers = self.env.ref("stock.stock_location_customers")
        with self.assertRaisesRegex(UserError, "not a place of ours"):
            self.items[0].action_move(customers.id)
        self.items[0]._install(self.ana, "C-1")
        with self.assertRaisesRegex(UserError, "cannot be moved from stock.*Ana"):
            self.items[0].action_move(self._van().id)

    def test_wizard_by_scanning(self):
        form = Form(self.env["isp.equipment.operation"])
        form.operation = "install"
        form.partner_id = self.ana
        form.scanned = "prue-00000000\n5052554500000001"
        wizard = form.save()
        self.assertEqual(wizard.item_ids, self.items[:2])
        wizard.action_apply()
        self.assertEqual(self.items[:2].partner_id, self.ana)

    def test_wizard_unknown_code_moves_nothing(self):
        wizard = self.env["isp.equipment.operation"].create(
            {
                "operation": "install",
                "partner_id": self.ana.id,
                "scanned": "PRUE00000000\nNADA-1",
            }
        )
        with self.assertRaisesRegex(UserError, "NADA-1"):
            wizard.action_apply()
        self.assertFalse(self.items[0].partner_id)

    def test_wizard_from_a_list_does_every_operation(self):
        self.items.action_load_van(self.technician.id)
        steps = [
            ({"operation": "install", "partner_id": self.ana.id}, "assigned"),
            ({"operation": "recover", "location_id": self.base.id}, "available"),
            ({"operation": "load_van", "technician_id": self.technician.id}, "available"),
            ({"operation": "move", "location_id": self.base.id}, "available"),
            ({"operation": "to_repair"}, "maintenance"),
            ({"operation": "from_repair", "condition": "refurbished"}, "available"),
            ({"operation": "lost"}, "lost"),
            ({"operation": "found"}, "available"),
            ({"operation": "scrap"}, "retired"),
        ]
        for values, status in steps:
            wizard = (
                self.env["isp.equipment.operation"]
                .with_context(active_model="isp.onu", active_ids=self.onus[:2].ids)
                .create(values)
            )
            wizard.action_apply()
            self.assertEqual(set(self.onus[:2].mapped("status")), {status}, values)

    def test_receive_wizard(self):
        wizard = self.env["isp.equipment.receive"].create(
            {
                "product_id": self.onu_product.id,
                "location_id": self.base.id,
                "serials": "PRUEAAAA0001; A4BE2B00102F\n\nMAKER-2;;50525545AAAA0002\n",
            }
        )
        action = wizard.action_apply()
        onus = self.env["isp.onu"].search(action["domain"], order="id")
        self.assertEqual(onus.mapped("gpon_serial"), ["PRUEAAAA0001", "PRUEAAAA0002"])
        self.assertEqual(onus.location_id, self.base)

    def test_labels(self):
        report = self.env["ir.actions.report"]
        html = report._render_qweb_html("silver_inventory.equipment_label_via_item", self.onus.ids)[
            0
        ].decode()
        for onu in self.onus:
            self.assertIn(onu.name, html)
        self.assertEqual(html.count("data:image/png"), len(self.onus))
