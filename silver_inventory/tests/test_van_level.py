from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import InventoryCase


@tagged("post_install", "-at_install")
class TestVanLevel(InventoryCase):
    def setUp(self):
        super().setUp()
        self._van().isp_base_station_id = self.station
        self.level = self._level(self.technician, 2, 3)

    def _level(self, technician, minimum, maximum):
        return self.env["isp.van.level"].create(
            {
                "technician_id": technician.id,
                "product_id": self.onu_product.id,
                "minimum": minimum,
                "maximum": maximum,
            }
        )

    def test_below_the_minimum_up_to_the_maximum(self):
        level = self.level
        self.assertEqual((level.in_van, level.at_source, level.to_load), (0, 4, 3))
        self.assertIn(level, level.search([("to_load", ">", 0)]))
        answer = level.with_user(self.operator).action_load()
        self.assertEqual(answer["params"]["type"], "success")
        self.assertEqual((level.in_van, level.at_source, level.to_load), (3, 1, 0))
        loaded = self.items.filtered(lambda item: item.technician_id == self.technician)
        self.assertEqual(loaded, self.items[:3], "the oldest first")
        self.assertEqual(
            set(
                self.env["stock.move.line"]
                .search([("lot_id", "in", loaded.lot_id.ids), ("location_id", "=", self.base.id)])
                .mapped("state")
            ),
            {"done"},
        )
        loaded[0]._install(self.ana, "C-1")
        level.invalidate_recordset()
        self.assertEqual(level.to_load, 0, "two are the minimum")
        self.assertNotIn(level, level.search([("to_load", ">", 0)]))
        with self.assertRaisesRegex(UserError, "Nothing to load"):
            level.action_load()

    def test_broken_ones_do_not_count(self):
        self.items[:2].action_load_van(self.technician.id)
        self.items[0].condition = "broken"
        self.items[2].condition = "broken"
        self.assertEqual((self.level.in_van, self.level.at_source), (1, 1))

    def test_two_vans_want_the_same(self):
        other = new_test_user(self.env, "inv_other", "silver_base.group_silver_technician")
        self._van(other).isp_base_station_id = self.station
        second = self._level(other, 1, 3)
        answer = (self.level | second).action_load()
        self.assertEqual((self.level.in_van, second.in_van), (3, 1))
        self.assertEqual(answer["params"]["type"], "success", "it has its minimum")
        second.minimum = 2
        with self.assertRaisesRegex(UserError, "have none of what is missing"):
            second.action_load()

    def test_what_lacks_is_said(self):
        self.level.maximum = 9
        answer = self.level.action_load()["params"]
        self.assertEqual(answer["type"], "success")
        self.level.minimum = 6
        self.items[3]._install(self.ana, "C-1")
        self._receive("PRUE0000009", 1)
        answer = self.level.action_load()["params"]
        self.assertEqual(answer["type"], "warning")
        self.assertIn("5 ×", answer["message"])

    def test_bad_levels(self):
        for values in ({"minimum": 5, "maximum": 2}, {"minimum": 0, "maximum": 0}, {"minimum": -1}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.level.write(values)
                self.level.flush_recordset()
        with self.assertRaises(UserError):
            self.level.with_user(self.technician).action_load()


@tagged("post_install", "-at_install")
class TestWarehouses(InventoryCase):
    """A base may have a warehouse of its own."""

    def test_a_base_with_its_own_warehouse(self):
        warehouse = self.env["stock.warehouse"].create({"name": "Sur", "code": "SURW"})
        main = self.env["stock.location"]._isp_warehouse()
        self.assertNotEqual(warehouse, main)
        self.assertEqual(self.base.warehouse_id, main)
        van = self._van()
        van.isp_base_station_id = self.station
        item = self.items[0]
        self.station.warehouse_id = warehouse
        self.assertEqual((self.base.warehouse_id, van.warehouse_id), (warehouse, warehouse))
        self.assertEqual(item.location_id, self.base, "what is there stays there")
        self.assertEqual(self.onu_product.with_context(warehouse_id=warehouse.id).qty_available, 4)
        picking = item._install(self.ana, "C-1")
        self.assertEqual(picking.picking_type_id.warehouse_id, warehouse)
        picking = item._recover()
        self.assertEqual(picking.picking_type_id.warehouse_id, warehouse)
        new = self._receive("PRUE0000008", 1).item_id
        receipt = (
            new.lot_id.quant_ids
            and self.env["stock.move.line"].search([("lot_id", "=", new.lot_id.id)]).picking_id
        )
        self.assertEqual(receipt.picking_type_id, warehouse.in_type_id)
        other = self.env["isp.base.station"].create(
            {"name": "Otra", "code": "PRB-2", "warehouse_id": warehouse.id}
        )
        self.assertEqual(self.env["stock.location"]._isp_base(other).warehouse_id, warehouse)
        self.station.warehouse_id = False
        self.assertEqual(self.base.warehouse_id, main)
