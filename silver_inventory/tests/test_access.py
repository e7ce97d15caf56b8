from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import InventoryCase


@tagged("post_install", "-at_install")
class TestAccess(InventoryCase):
    def test_staff_reads_and_does_not_move(self):
        onu = self.onus[0].with_user(self.staff)
        self.assertEqual(onu.status, "available")
        self.assertTrue(onu.location_id.display_name)
        with self.assertRaises(AccessError):
            onu.item_id.action_install(self.ana.id, "C-1")
        with self.assertRaises(AccessError):
            self.env["isp.onu"].with_user(self.staff).action_receive(
                serials=["X"], product_id=self.onu_product.id
            )

    def test_operator_receives_without_rights_on_inventory(self):
        ids = (
            self.env["isp.onu"]
            .with_user(self.operator)
            .action_receive(
                serials=[{"serial": "PRUEDDDD0001", "mac": "A4BE2B00102F"}],
                product_id=self.onu_product.id,
                location_id=self.base.id,
            )
        )
        onu = self.env["isp.onu"].browse(ids).with_user(self.operator)
        self.assertEqual(onu.location_id.id, self.base.id)
        onu.item_id.action_install(self.ana.id, "C-1")
        onu.item_id.action_send_to_repair("x")
        onu.item_id.action_back_from_repair()
        onu.item_id.action_scrap()

    def test_nobody_writes_assignments(self):
        self.items[0]._install(self.ana, "C-1")
        admin = new_test_user(self.env, "inv_admin", "silver_base.group_silver_admin")
        assignment = self.items[0].assignment_ids.with_user(admin)
        for forbidden in (
            lambda: assignment.write({"date_to": "2026-01-01"}),
            lambda: assignment.unlink(),
            lambda: assignment.copy(),
        ):
            with self.assertRaises(AccessError):
                forbidden()

    def test_companies_do_not_see_each_other(self):
        other = self.env["res.company"].create({"name": "Otra red"})
        stranger = new_test_user(
            self.env,
            "inv_stranger",
            "silver_base.group_silver_admin",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.items[0]._install(self.ana, "C-1")
        for model in ("isp.onu", "isp.inventory.item", "isp.equipment.assignment"):
            ours = self.env[model].search([])
            self.assertTrue(ours)
            theirs = self.env[model].with_user(stranger).search([])
            self.assertFalse(theirs & ours.with_user(stranger))
        ids = (
            self.env["isp.onu"]
            .with_user(stranger)
            .action_receive(serials=["OTRA00000001"], product_id=self.onu_product.id)
        )
        onu = self.env["isp.onu"].browse(ids)
        self.assertEqual(onu.company_id, other)
        self.assertEqual(onu.location_id.company_id, other)
