from datetime import datetime

from freezegun import freeze_time
from psycopg2 import IntegrityError, errors

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import InventoryCase


@tagged("post_install", "-at_install")
class TestCustody(InventoryCase):
    def _open(self, item):
        return item.assignment_ids.filtered("is_open")

    def test_install_and_recover(self):
        item = self.items[0]
        picking = item._install(self.ana, "C-1")
        self.assertEqual(picking.state, "done")
        self.assertEqual(picking.origin, "C-1")
        self.assertEqual(item.status, "assigned")
        self.assertEqual(item.partner_id, self.ana)
        self.assertEqual(item.location_id, item._partner_custody_location(self.ana))
        assignment = self._open(item)
        self.assertEqual(assignment.partner_id, self.ana)
        self.assertEqual(assignment.reference, "C-1")
        self.assertEqual(assignment.role, "onu")
        self.assertEqual(assignment.move_in_id, picking.move_ids)
        item._recover()
        self.assertEqual(item.status, "available")
        self.assertEqual(item.location_id, self.base)
        self.assertEqual(item.condition, "used")
        self.assertTrue(assignment.date_to)
        self.assertEqual(assignment.move_out_id.location_dest_id, self.base)

    def test_one_picking_for_many(self):
        routers = self._receive("RT", 2, self.router_product).item_id
        picking = (self.items[:2] | routers)._install(self.ana, "C-1")
        self.assertEqual(len(picking), 1)
        self.assertEqual(len(picking.move_ids), 2)
        self.assertEqual(self.ana.isp_item_count, 4)
        self.assertEqual(self.ana.isp_item_value, 60)

    def test_custody_follows_a_move_made_in_the_inventory_application(self):
        item = self.items[0]
        place = item._partner_custody_location(self.ana)
        warehouse = self.env["stock.location"]._isp_warehouse()
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": warehouse.out_type_id.id,
                "location_id": self.base.id,
                "location_dest_id": place.id,
                "origin": "SO-9",
                "move_ids": [
                    fields.Command.create(
                        {
                            "product_id": self.onu_product.id,
                            "product_uom_qty": 1,
                            "location_id": self.base.id,
                            "location_dest_id": place.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.move_ids.move_line_ids.unlink()
        picking.move_ids.lot_ids = item.lot_id
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        self.assertEqual(self._open(item).reference, "SO-9")
        # and the lot's own "relocate" does it too
        item.lot_id.location_id = self.base
        self.assertFalse(self._open(item))
        self.assertEqual(item.status, "available")

    def test_already_assigned(self):
        item = self.items[0]
        with freeze_time("2026-03-05 14:30:00"):
            item._install(self.ana, "C-1")
        with self.assertRaisesRegex(UserError, "Ana has it since 2026-03-05 14:30"):
            item._install(self.bea, "C-2")
        self.assertEqual(item.partner_id, self.ana)

    def test_returning_what_was_never_delivered(self):
        with self.assertRaisesRegex(UserError, "no customer has it.*Prueba since"):
            self.items[0]._recover()
        # nor through a move forced in the Inventory application
        place = self.items[0]._partner_custody_location(self.ana)
        with self.assertRaisesRegex(UserError, "is not in .*Ana"):
            self.items[0]._picking(
                place, self.base, "return", self.env.company, self.ana, None, None
            )

    def test_a_count_cannot_put_it_in_two_places(self):
        quant = (
            self.env["stock.quant"]
            .with_context(inventory_mode=True)
            .create(
                {
                    "product_id": self.onu_product.id,
                    "lot_id": self.items[0].lot_id.id,
                    "location_id": self._van().id,
                    "inventory_quantity": 1,
                }
            )
        )
        with self.assertRaisesRegex(UserError, "It is in .*Prueba"):
            quant.action_apply_inventory()

    def test_the_database_refuses_two_places(self):
        quant = self.items[0].lot_id.quant_ids.filtered(lambda q: q.quantity > 0)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.ExclusionViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "INSERT INTO stock_quant (product_id, location_id, lot_id, company_id, quantity,"
                " reserved_quantity, in_date, isp_place)"
                " SELECT product_id, %s, lot_id, company_id, 1, 0, in_date, true"
                " FROM stock_quant WHERE id = %s",
                (self._van().id, quant.id),
            )
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_the_database_refuses_two_customers_at_once(self):
        item = self.items[0]
        with freeze_time("2026-01-10"):
            item._install(self.ana, "C-1")
        with freeze_time("2026-02-10"):
            item._recover()
        with freeze_time("2026-03-10"):
            item._install(self.bea, "C-2")
        self.env.flush_all()
        insert = (
            "INSERT INTO isp_equipment_assignment"
            " (item_id, lot_id, partner_id, company_id, date_from, date_to, role)"
            " VALUES (%s, %s, %s, %s, %s, %s, 'onu')"
        )
        key = (item.id, item.lot_id.id, self.bea.id, self.env.company.id)
        for period in (("2026-02-01", "2026-02-20"), ("2025-12-01", None), ("2026-05-01", None)):
            with (
                self.subTest(period),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(insert, (*key, *period))

    def test_the_history_cannot_be_rewritten(self):
        item = self.items[0]
        item._install(self.ana, "C-1")
        self.env.flush_all()
        for statement in (
            "UPDATE isp_equipment_assignment SET date_from = '2020-01-01' WHERE item_id = %s",
            "DELETE FROM isp_equipment_assignment WHERE item_id = %s",
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(errors.RestrictViolation, "custody history"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement, (item.id,))

    def test_who_had_it(self):
        item = self.items[0]
        with freeze_time("2026-01-10 12:00:00"):
            item._install(self.ana, "C-1")
        with freeze_time("2026-02-10 12:00:00"):
            item._recover()
        with freeze_time("2026-03-10 12:00:00"):
            item._install(self.bea, "C-2")
        ask = self.env["isp.inventory.item"].action_who_had
        for when, customer in (
            ("2026-01-10 11:59:59", None),
            ("2026-01-10 12:00:00", "Ana"),
            ("2026-02-10 11:59:59", "Ana"),
            ("2026-02-10 12:00:00", None),
            ("2026-03-10 12:00:01", "Bea"),
        ):
            answer = ask("5052554500000000", when)
            self.assertEqual([row["customer"] for row in answer], [customer] if customer else [])
        wizard = self.env["isp.equipment.who.had"].create(
            {"code": "prue-00000000", "date": datetime(2026, 1, 20)}
        )
        self.assertEqual(wizard.assignment_ids.partner_id, self.ana)

    def test_swap_keeps_customer_and_reference(self):
        old, new = self.items[:2]
        old._install(self.ana, "C-1")
        swaps = []
        self.patch(
            self.registry["isp.inventory.item"], "_on_swap", lambda self, done: swaps.extend(done)
        )
        old.action_swap(new.id, condition="broken")
        self.assertEqual(new.partner_id, self.ana)
        self.assertEqual(self._open(new).reference, "C-1")
        self.assertEqual(old.location_id, self.base)
        self.assertEqual(old.status, "maintenance")
        self.assertEqual(swaps, [(old, new, self.ana, "C-1")])

    def test_a_refused_swap_changes_nothing(self):
        old, new = self.items[:2]
        old._install(self.ana, "C-1")
        new._install(self.bea, "C-2")
        with self.assertRaisesRegex(UserError, "Bea has it"), self.env.cr.savepoint():
            old.action_swap(new.id)
        self.assertEqual(old.partner_id, self.ana)
        self.assertEqual(len(old.assignment_ids), 1)
        self.assertFalse(old.assignment_ids.date_to)
