import base64

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import InventoryCase

CSV = """Serie;Modelo;MAC;Base;Cliente;Contrato;Desde;Condición
PRUEBBBB0001;TEST-ONU-1;a4be2b990001;PRB-1;Ana;C-77;01/02/2026;usado
50525545BBBB0001;TEST-ONU-1;;PRB-1;;;;
PRUEBBBB0003;TEST-ONU-1;A4BE2B9900;PRB-1;;;;
PRUEBBBB0004;Nada;;;;;;
prue-00000000;TEST-ONU-1;;;;;;
RT-1;Router de prueba;;Ninguna;;;;
RT-2;Router de prueba;;;Zoe;;;
RT-3;Router de prueba;;Prueba;;;;nuevo
"""


@tagged("post_install", "-at_install")
class TestImport(InventoryCase):
    def _job(self, text, **values):
        return self.env["isp.equipment.import"].create(
            {"file": base64.b64encode(text.encode()), "file_name": "x.csv", **values}
        )

    def test_verdict_per_row(self):
        job = self._job(CSV)
        job.action_check()
        reasons = {line.row: line.message for line in job.line_ids}
        ready = job.line_ids.filtered(lambda line: line.verdict == "ready")
        self.assertEqual(ready.mapped("row"), [2, 9])
        self.assertIn("Repeats row 2", reasons[3])
        self.assertIn("mac «A4BE2B9900»", reasons[4])
        self.assertIn("Nada", reasons[5])
        self.assertIn("Already registered", reasons[6])
        self.assertIn("Ninguna", reasons[7])
        self.assertIn("0 customers", reasons[8])
        self.assertFalse(self.env["stock.lot"].search([("name", "=", "PRUEBBBB0001")]))

    def test_import(self):
        job = self._job(CSV)
        job.action_run()
        self.assertEqual((job.state, job.done_count, job.refused_count), ("done", 2, 6))
        onu = self.env["isp.onu"].search([("gpon_serial", "=", "PRUEBBBB0001")])
        self.assertEqual((onu.status, onu.partner_id), ("assigned", self.ana))
        self.assertEqual(onu.mac, "A4:BE:2B:99:00:01")
        self.assertEqual(onu.base_station_id, self.station)
        self.assertEqual(onu.assignment_ids.reference, "C-77")
        self.assertEqual(str(onu.assignment_ids.date_from), "2026-02-01 00:00:00")
        router = self.env["isp.cpe"].search([("name", "=", "RT-3")])
        self.assertEqual((router.status, router.location_id), ("available", self.base))
        with self.assertRaisesRegex(UserError, "already imported"):
            job.action_check()
        again = self._job(CSV)
        again.action_run()
        self.assertEqual((again.done_count, again.refused_count), (0, 8))
        url = job.action_download()["url"]
        attachment = self.env["ir.attachment"].browse(int(url.split("/")[3].split("?")[0]))
        text = attachment.raw.decode("utf-8-sig")
        self.assertEqual(len(text.splitlines()), 9)
        self.assertIn("Repeats row 2", text)

    def test_a_row_refused_while_importing_does_not_stop_the_others(self):
        job = self._job(
            "serial\nPRUECCCC0001\nPRUECCCC0002\n",
            product_id=self.onu_product.id,
            location_id=self.base.id,
        )
        job.action_check()
        # registered by someone else between the check and the import
        self.env["isp.onu"].create({"name": "PRUECCCC0001", "product_id": self.onu_product.id})
        job.action_run()
        self.assertEqual(job.line_ids.mapped("verdict"), ["refused", "done"])
        self.assertIn("already", job.line_ids[0].message)
        self.assertEqual(job.line_ids[1].item_id.location_id, self.base)

    def test_long_imports_go_on_in_the_background(self):
        rows = "\n".join(f"RTX{number:05}" for number in range(620))
        job = self._job(
            f"serial\n{rows}\n", product_id=self.router_product.id, location_id=self.base.id
        )
        job.action_run()
        self.assertEqual((job.state, job.done_count), ("running", 500))
        cron = self.env.ref("silver_inventory.ir_cron_equipment_import")
        with self.enter_registry_test_mode():
            self.assertIs(cron.method_direct_trigger(), True)
        job.invalidate_recordset()
        self.assertEqual((job.state, job.done_count), ("done", 620))

    def test_no_serial_column(self):
        with self.assertRaisesRegex(UserError, "headings"):
            self._job("a;b\n1;2\n").action_check()
