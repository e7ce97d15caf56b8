"""Run on demand: ``--test-tags silver_bench``. The ratio is of two timings of the same run."""

import base64
import logging
import time

from odoo import fields
from odoo.tests import tagged

from .common import InventoryCase

_logger = logging.getLogger(__name__)
COUNT = 10_000
ALLOWED = 1.5


@tagged("-standard", "silver_bench", "post_install", "-at_install")
class TestBenchmark(InventoryCase):
    def _odoo_receipt(self):
        """Odoo's own way: one receipt with a line per serial, validated."""
        product = self.env["product.product"].create(
            {"name": "Serie simple", "is_storable": True, "tracking": "serial"}
        )
        suppliers = self.env.ref("stock.stock_location_suppliers")
        place = {"location_id": suppliers.id, "location_dest_id": self.base.id}
        line = {**place, "product_id": product.id}
        picking = self.env["stock.picking"].create(
            {
                **place,
                "picking_type_id": self.env["stock.location"]._isp_warehouse().in_type_id.id,
                "move_ids": [fields.Command.create({**line, "product_uom_qty": COUNT})],
            }
        )
        picking.action_confirm()
        move = picking.move_ids
        move.move_line_ids.unlink()
        move.move_line_ids = [
            fields.Command.create(
                {**line, "picking_id": picking.id, "lot_name": f"PLAIN{number:08}", "quantity": 1}
            )
            for number in range(COUNT)
        ]
        move.picked = True
        picking.button_validate()
        self.env.flush_all()
        self.assertEqual(picking.state, "done")

    def _our_import(self):
        rows = "\n".join(
            f"BNCH{number:08X};{0xA4BE2C000000 + number:012X};TEST-ONU-1;PRB-1"
            for number in range(COUNT)
        )
        job = self.env["isp.equipment.import"].create(
            {"file": base64.b64encode(f"serial;mac;model;base\n{rows}\n".encode())}
        )
        job.action_check()
        job.state = "running"
        while job._process(500):  # what the cron does, but for its commits
            self.env.flush_all()
            self.env.invalidate_all()
        self.env.flush_all()
        self.assertEqual((job.done_count, job.refused_count), (COUNT, 0))

    def _timed(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        start = time.monotonic()
        function()
        return time.monotonic() - start

    def test_import_costs_little_more_than_a_receipt(self):
        plain, ours = self._timed(self._odoo_receipt), self._timed(self._our_import)
        _logger.info("%s serials: Odoo %.1f s, import %.1f s", COUNT, plain, ours)
        self.assertLessEqual(ours / plain, ALLOWED)
