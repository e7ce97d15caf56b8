from psycopg2 import errors

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import InventoryCase


@tagged("post_install", "-at_install")
class TestRma(InventoryCase):
    def setUp(self):
        super().setUp()
        self.supplier = self.env["res.partner"].create({"name": "Mayorista"})

    def _send(self, items, **kwargs):
        ids = items.action_send_to_supplier(self.supplier.id, reference="RMA-7", **kwargs)
        return self.env["isp.rma"].browse(ids)

    def assertPromises(self):
        self.env.flush_all()
        found = [f for f in self.env["silver.audit"].run() if f["name"].startswith("equipment")]
        self.assertEqual(found, [])

    def test_there_by_a_real_picking(self):
        items = self.items[:2]
        rma = self._send(items, note="sin potencia")
        picking = (
            self.env["stock.move.line"]
            .search([("lot_id", "in", items.lot_id.ids)], order="id desc", limit=1)
            .picking_id
        )
        self.assertEqual((picking.state, picking.partner_id), ("done", self.supplier))
        self.assertEqual(picking.picking_type_id.isp_operation, "rma")
        self.assertEqual(items.location_id.isp_role, "rma")
        self.assertEqual(set(items.mapped("status")), {"maintenance"})
        self.assertEqual((rma.state, rma.count, rma.waiting), ("open", 2, 2))
        self.assertEqual(rma.line_ids.mapped("fault"), ["sin potencia"] * 2)
        with self.assertRaisesRegex(UserError, "cannot be installed. It is in .* since"):
            items[0]._install(self.ana, "C-1")
        with self.assertRaisesRegex(UserError, "cannot be sent to the supplier. It is in"):
            self._send(items[0])
        self.assertPromises()

    def test_the_same_comes_back(self):
        items = self.items[:2]
        rma = self._send(items)
        self.assertEqual(rma.action_back(items[:1].ids, "repaired"), items[:1].ids)
        self.assertEqual((items[0].status, items[0].condition), ("available", "refurbished"))
        self.assertEqual(items[0].location_id, self.base)
        self.assertEqual((rma.state, rma.waiting), ("open", 1))
        rma.action_back(items[1:].ids, "rejected", location_id=self._van().id)
        self.assertEqual((items[1].status, items[1].condition), ("maintenance", "broken"))
        self.assertEqual(items[1].location_id, self._van())
        self.assertEqual(rma.state, "closed")
        with self.assertRaisesRegex(UserError, "is not waiting in this return.*Prueba since"):
            rma.action_back(items[:1].ids, "repaired")
        self.assertPromises()

    def test_another_comes_instead(self):
        old = self.items[0]
        rma = self._send(old)
        with self.assertRaisesRegex(UserError, "serial numbers of the 1"):
            rma.action_back(old.ids, "replaced")
        with self.assertRaisesRegex(UserError, "Prueba since"), self.env.cr.savepoint():
            rma.action_back(old.ids, "replaced", serials=[self.items[1].name])
        wizard = Form(
            self.env["isp.rma.back"].with_context(**rma.line_ids.action_back()["context"])
        )
        wizard.outcome = "replaced"
        wizard.serials = "PRUE00000077; a4be2b000077"
        wizard.save().action_apply()
        new = rma.line_ids.replacement_id
        self.assertEqual((new.name, new.mac), ("PRUE00000077", "A4:BE:2B:00:00:77"))
        self.assertEqual((new.location_id, new.status), (self.base, "available"))
        self.assertEqual((old.status, old.location_id.isp_role), ("absent", False))
        self.assertEqual(rma.state, "closed")
        with self.assertRaisesRegex(UserError, "cannot be installed"):
            old._install(self.ana, "C-1")
        self.assertPromises()

    def test_credited(self):
        rma = self._send(self.items[0])
        self.assertEqual(rma.action_back(self.items[:1].ids, "credited"), [])
        self.assertEqual((self.items[0].status, rma.state), ("absent", "closed"))
        self.assertPromises()

    def test_straight_from_a_customer_and_from_repair(self):
        held, broken = self.items[:2]
        held._install(self.ana, "C-1")
        broken.action_send_to_repair()
        order = self.env["repair.order"].search([("lot_id", "=", broken.lot_id.id)])
        self._send(held | broken)
        self.assertTrue(held.assignment_ids.date_to)
        self.assertEqual(order.state, "cancel")
        self.assertPromises()

    def test_lost_there(self):
        rma = self._send(self.items[:2])
        self.items[0].action_declare_lost()
        self.assertEqual(rma.line_ids[0].outcome, "lost")
        self.assertEqual(rma.waiting, 1)
        self.assertPromises()

    def test_refused(self):
        item = self.items[0]
        item.ownership = "customer"
        with self.assertRaisesRegex(UserError, "is not ours .The customer's own."):
            self._send(item)
        with self.assertRaisesRegex(UserError, "which supplier"):
            item.action_send_to_supplier(None)
        with self.assertRaisesRegex(UserError, "cannot write off"):
            item.with_user(self.technician).action_send_to_supplier(self.supplier.id)
        there = self.env["stock.location"]._isp_role_location("rma", self.env.company)
        with self.assertRaisesRegex(UserError, "use Operation > Send to the supplier"):
            self.items[1]._transfer(there, "internal")

    def test_the_database_waits_for_it_once(self):
        rma = self._send(self.items[0])
        for values in (
            {"rma_id": rma.id, "item_id": self.items[0].id},
            {"rma_id": rma.id, "item_id": self.items[1].id, "outcome": "replaced"},
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(errors.UniqueViolation)
                if "outcome" not in values
                else self.assertRaises(errors.CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.env["isp.rma.line"].create(values)

    def test_the_wizard_of_every_operation(self):
        wizard = Form(
            self.env["isp.equipment.operation"].with_context(
                active_model="isp.onu", active_ids=self.onus[:1].ids
            )
        )
        wizard.operation = "to_supplier"
        wizard.partner_id = self.supplier
        wizard.save().action_apply()
        self.assertEqual(self.items[0].location_id.isp_role, "rma")
