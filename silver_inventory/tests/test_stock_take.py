from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import InventoryCase


@tagged("post_install", "-at_install")
class TestStockTake(InventoryCase):
    def test_compare_and_apply(self):
        here, elsewhere, held, missing = self.items
        (here | missing).action_load_van(self.technician.id)
        held._install(self.ana, "C-1")
        new = self.env["isp.onu"].create({"name": "NEW1", "product_id": self.onu_product.id})
        take = self.env["isp.stock.take"].create(
            {
                "location_id": self._van().id,
                "scanned": "\n".join(
                    ["prue-00000000", here.name, elsewhere.name, held.name, "NEW1", "NADA"]
                ),
            }
        )
        with self.assertRaisesRegex(UserError, "Compare first"):
            take.action_apply()
        take.action_check()
        verdicts = {line.item_id: line.verdict for line in take.line_ids}
        self.assertEqual(verdicts[here], "right")
        self.assertEqual(verdicts[elsewhere], "elsewhere")
        self.assertEqual(verdicts[held], "elsewhere")
        self.assertEqual(verdicts[missing], "missing")
        self.assertEqual(len(take.line_ids), 6, "scanned twice counts once; NADA is unknown")
        self.assertEqual(take.wrong_count, 5)
        self.assertEqual(held.partner_id, self.ana, "comparing changes nothing")
        take.line_ids.filtered(lambda line: line.verdict == "missing").apply = True
        take.action_apply()
        van = self._van()
        self.assertEqual((here | elsewhere | held | new.item_id).location_id, van)
        self.assertTrue(held.assignment_ids.date_to, "the customer no longer has it")
        self.assertEqual(missing.status, "lost")
        with self.assertRaisesRegex(UserError, "already applied"):
            take.action_check()

    def test_what_is_not_ticked_stays(self):
        take = self.env["isp.stock.take"].create(
            {"location_id": self._van().id, "scanned": self.items[0].name}
        )
        take.action_check()
        take.line_ids.apply = False
        take.action_apply()
        self.assertEqual(self.items[0].location_id, self.base)
