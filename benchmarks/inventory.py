"""What the import of 10,000 serials costs, against Odoo's own receipt of as many, in one run.

    ./silver shell < benchmarks/inventory.py

2026-11-21, two cores, one of them busy with tests: 10,000 serials 45.3 s by Odoo's own receipt and
55.6 s by the import, 1.23 times. (At load 12 to 17: 516 s and 776 s, 1.50 times.)
Four fifths of both is Odoo's stock.quant, created one by one.

Works in one transaction that is rolled back. SILVER_BENCH_COUNT changes the number of serials.
"""

# ruff: noqa: F821  (env is the shell's)
import base64
import os
import time

from odoo import fields

COUNT = int(os.environ.get("SILVER_BENCH_COUNT", "10000"))
env = env(context={**env.context, "tracking_disable": True})
station = env["isp.base.station"].create({"name": "Bench", "code": "BENCH-1"})
base = env["stock.location"]._isp_base(station)
env["product.product"].create(
    {
        "name": "Bench ONU",
        "is_isp_equipment": True,
        "equipment_kind": "onu",
        "brand": "Huawei",
        "model": "BENCH-ONU-1",
    }
)


def odoo_receipt():
    """Odoo's own way: one receipt with a line per serial, validated."""
    product = env["product.product"].create(
        {"name": "Plain serial", "is_storable": True, "tracking": "serial"}
    )
    place = {
        "location_id": env.ref("stock.stock_location_suppliers").id,
        "location_dest_id": base.id,
    }
    line = {**place, "product_id": product.id}
    picking = env["stock.picking"].create(
        {
            **place,
            "picking_type_id": env["stock.location"]._isp_warehouse().in_type_id.id,
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
    env.flush_all()
    assert picking.state == "done"


def our_import():
    rows = "\n".join(
        f"BNCH{number:08X};{0xA4BE2C000000 + number:012X};BENCH-ONU-1;BENCH-1"
        for number in range(COUNT)
    )
    job = env["isp.equipment.import"].create(
        {"file": base64.b64encode(f"serial;mac;model;base\n{rows}\n".encode())}
    )
    job.action_check()
    job.state = "running"
    while job._process(500):  # what the cron does, but for its commits
        env.flush_all()
        env.invalidate_all()
    env.flush_all()
    assert (job.done_count, job.refused_count) == (COUNT, 0)


def timed(function):
    env.flush_all()
    env.invalidate_all()
    start = time.monotonic()
    function()
    return time.monotonic() - start


plain, ours = timed(odoo_receipt), timed(our_import)
print(f"{COUNT} serials: Odoo's receipt {plain:.1f} s, import {ours:.1f} s, {ours / plain:.2f} x")
env.cr.rollback()
