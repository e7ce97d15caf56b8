from freezegun import freeze_time
from psycopg2 import errors

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import InventoryCase


@tagged("post_install", "-at_install")
class TestItem(InventoryCase):
    def test_receive_is_a_real_receipt(self):
        lines = self.env["stock.move.line"].search([("lot_id", "in", self.items.lot_id.ids)])
        self.assertEqual(set(lines.mapped("state")), {"done"})
        self.assertEqual(lines.picking_id.picking_type_id.code, "incoming")
        self.assertEqual(lines.location_id.usage, "supplier")
        self.assertEqual(self.onu_product.qty_available, 4)
        for onu in self.onus:
            self.assertEqual(onu.status, "available")
            self.assertEqual(onu.location_id, self.base)
            self.assertEqual(onu.base_station_id, self.station)
            self.assertEqual(onu.company_id, self.env.company)
            self.assertEqual(onu.value, 30)
            self.assertTrue(onu.located_since)

    def test_gpon_serial_comes_from_the_serial(self):
        onu = self.onus[0]
        self.assertEqual(onu.gpon_serial, "PRUE00000000")
        self.assertEqual(onu.gpon_serial_hex, "5052554500000000")

    def test_create_over_rpc_then_receive(self):
        onu = self.env["isp.onu"].create(
            {
                "name": " maker-77 ",
                "product_id": self.onu_product.id,
                "gpon_serial": "5052554512345678",
                "mac": "a4be.2b00.102f",
            }
        )
        self.assertEqual(onu.gpon_serial, "PRUE12345678")
        self.assertEqual(onu.mac, "A4:BE:2B:00:10:2F")
        self.assertEqual(onu.name, "maker-77")
        self.assertEqual(onu.status, "absent")
        with self.assertRaisesRegex(UserError, "has not been received"):
            onu.item_id._install(self.ana, "C1")
        onu.action_receive_registered(location_id=self.base.id)
        self.assertEqual(onu.status, "available")
        with self.assertRaisesRegex(UserError, "cannot be received.*Prueba"):
            onu.action_receive_registered()

    def test_receive_only_into_places_of_ours(self):
        custody = self.env["stock.location"]._isp_custody(self.ana)
        receive = self.env["isp.onu"].action_receive
        with self.assertRaisesRegex(UserError, "not a place of ours"), self.env.cr.savepoint():
            receive(serials=["Q1"], product_id=self.onu_product.id, location_id=custody.id)
        self.assertFalse(self.env["isp.onu"].search([("name", "=", "Q1")]), "nothing half done")
        self.assertEqual(len(receive(serials="Q1", product_id=self.onu_product.id)), 1)

    def test_every_serial_of_ours_gets_its_item(self):
        lot = self.env["stock.lot"].create({"name": "TPL-1", "product_id": self.router_product.id})
        self.assertEqual(lot.isp_item_ids.cpe_ids.name, "TPL-1")
        item = self.env["isp.inventory.item"].create(
            {"name": "PRUE99999999", "product_id": self.onu_product.id}
        )
        self.assertEqual(item.onu_ids.gpon_serial, "PRUE99999999")
        other = self.env["product.product"].create(
            {"name": "Bolsa", "is_storable": True, "tracking": "lot"}
        )
        lot = self.env["stock.lot"].create({"name": "L1", "product_id": other.id})
        self.assertFalse(lot.isp_item_ids or lot.isp_serial_key)

    def test_duplicates_are_refused_in_any_spelling(self):
        self.onus[0].item_id.write({"mac": "A4BE2B00102F", "asset_tag": "sn-1"})
        onus = self.env["isp.onu"]
        product = self.onu_product.id
        for values in (
            {"name": "prue-00000000"},
            {"name": "5052554500000000"},
            {"name": "OTHER", "gpon_serial": "50:52:55:45:00:00:00:00"},
            {"name": "OTHER", "mac": "A4-BE-2B-00-10-2F"},
            {"name": "OTHER", "asset_tag": " SN-1 "},
        ):
            with self.assertRaisesRegex(ValidationError, "Prueba since", msg=values):
                onus.create({**values, "product_id": product})
        with self.assertRaisesRegex(ValidationError, "twice"):
            onus.action_receive(serials=["ZZ 1", "zz-1"], product_id=product)
        self.assertFalse(onus.search([("name", "in", ["OTHER", "ZZ 1"])]))

    def test_wrong_numbers_are_refused(self):
        product = self.onu_product.id
        with self.assertRaisesRegex(ValidationError, "twelve digits"):
            self.env["isp.onu"].create({"name": "A", "product_id": product, "mac": "A4BE2B0010"})
        with self.assertRaisesRegex(ValidationError, "group or empty"):
            self.env["isp.onu"].create({"name": "A", "product_id": product, "mac": "F" * 12})
        with self.assertRaisesRegex(ValidationError, "not a GPON serial"):
            self.onus[0].gpon_serial = "HWTC"
        with self.assertRaisesRegex(ValidationError, "twelve digits"):
            self.onus[0].mac = "1"
        with self.assertRaisesRegex(UserError, "serial number of each"):
            self.env["isp.onu"].action_receive(serials=["  "], product_id=product)

    def test_the_database_refuses_what_python_did_not_see(self):
        first, second = self.onus[:2]
        cases = [
            ("stock_lot", "isp_serial_key", first.isp_serial_key, second.lot_id.id),
            ("isp_onu", "gpon_serial", first.gpon_serial, second.id),
        ]
        for table, column, value, record_id in cases:
            with (
                self.subTest(column),
                mute_logger("odoo.sql_db"),
                self.assertRaises(errors.UniqueViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE id = %s",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        value,
                        record_id,
                    )
                )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE isp_inventory_item SET asset_tag = 'SN-1' WHERE id IN %s",
                (tuple(self.items.ids),),
            )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.env["isp.equipment.mac"].create(
                [{"item_id": item.id, "mac": "A4BE2B00102F"} for item in self.items[:2]]
            )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE isp_inventory_item SET mac = 'a4be' WHERE id = %s", (self.items[0].id,)
            )

    def test_a_second_mac_is_as_unique_as_the_first(self):
        first, second = self.items[:2]
        first.mac = "A4BE2B001000"
        second.mac_ids = [
            fields.Command.create({"interface": "wifi5", "mac": "a4be.2b00.1001"}),
        ]
        self.assertEqual(self.env["isp.inventory.item"]._find_by_scan("A4BE2B001001"), second)
        with self.assertRaisesRegex(ValidationError, "already registered"):
            self.env["isp.onu"].create(
                {"name": "N", "product_id": self.onu_product.id, "mac": "A4BE2B001001"}
            )
        with mute_logger("odoo.sql_db"), self.assertRaises(errors.UniqueViolation):
            first.mac = "A4BE2B001001"
        first.mac = "A4BE2B001002"
        self.assertEqual(first.mac_ids.mapped("mac"), ["A4:BE:2B:00:10:02"])
        first.mac = False
        self.assertFalse(first.mac_ids)

    def test_days_in_place(self):
        items = self.env["isp.inventory.item"]
        mine = Domain("id", "in", self.items.ids)
        with freeze_time("2026-01-01 10:00:00"):
            self.items[0].action_load_van(self.technician.id)
        with freeze_time("2026-01-16 09:00:00"):
            self.items[0].invalidate_recordset()
            self.assertEqual(self.items[0].days_in_place, 14)
            self.assertFalse(items.search(mine & Domain("days_in_place", ">=", 15)))
            self.assertEqual(items.search(mine & Domain("days_in_place", ">", 13)), self.items[0])
        with freeze_time("2026-01-16 10:00:00"):
            self.assertEqual(items.search(mine & Domain("days_in_place", ">=", 15)), self.items[0])
            self.assertNotIn(self.items[0], items.search(Domain("days_in_place", "<", 15)))

    def test_kind_must_agree(self):
        with self.assertRaisesRegex(ValidationError, "not registered as ONU"):
            self.env["isp.onu"].create({"name": "R1", "product_id": self.router_product.id})
        with self.assertRaisesRegex(ValidationError, "not registered as CPE"):
            self.env["isp.cpe"].create({"name": "O1", "product_id": self.onu_product.id})

    def test_equipment_is_tracked_by_serial(self):
        self.assertTrue(self.onu_product.is_storable)
        self.assertEqual(self.onu_product.tracking, "serial")
        fresh = self.env["product.template"].create(
            {"name": "Antena", "is_isp_equipment": True, "equipment_kind": "antenna"}
        )
        self.assertEqual(fresh.tracking, "serial")
        with self.assertRaisesRegex(ValidationError, "unique serial number"):
            fresh.tracking = "none"

    def test_what_has_a_history_stays(self):
        with self.assertRaisesRegex(UserError, "history must stay"):
            self.onus[0].unlink()
        onu = self.env["isp.onu"].create({"name": "TYPO", "product_id": self.onu_product.id})
        lot = onu.lot_id
        onu.unlink()
        self.assertFalse(lot.exists())

    def test_found_by_any_mark(self):
        item = self.items[0]
        item.write({"mac": "A4BE2B00102F", "asset_tag": "SN-1"})
        find = self.env["isp.inventory.item"]._find_by_scan
        for code in ("prue 0000-0000", "5052554500000000", "a4be.2b00.102f", "sn-1"):
            self.assertEqual(find(code), item, code)
        self.assertFalse(find("") or find("nothing"))
        onus = self.env["isp.onu"]
        for code in ("prue-00000000", "A4:BE:2B:00:10:2F", "a4be2b00102f", "SN-1"):
            self.assertEqual(onus.name_search(code)[0][0], self.onus[0].id, code)
