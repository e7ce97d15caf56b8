from odoo.tests import tagged

from .common import InventoryCase


@tagged("post_install", "-at_install")
class TestAudit(InventoryCase):
    def _findings(self):
        return {finding["name"] for finding in self.env["silver.audit"].run()}

    def test_all_promises_hold_and_all_guards_are_there(self):
        self.items[0]._install(self.ana, "C-1")
        mine = {
            invariant.name
            for invariant in self.env["silver.audit"]._invariants()
            if invariant.name.startswith("equipment_")
        }
        self.assertTrue(mine)
        self.assertFalse(self._findings() & (mine | {"missing_index", "missing_constraint"}))

    def test_a_disagreement_is_found(self):
        item = self.items[0]
        item._install(self.ana, "C-1")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE isp_equipment_assignment SET partner_id = %s WHERE item_id = %s",
            (self.bea.id, item.id),
        )
        self.assertIn("equipment_assignment_is_where_stock_is", self._findings())

    def test_a_missing_guard_is_found(self):
        self.env.cr.execute("DROP INDEX stock_lot_isp_serial_uniq")
        self.assertIn("missing_index", self._findings())
