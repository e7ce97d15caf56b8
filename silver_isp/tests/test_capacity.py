from datetime import timedelta

from freezegun import freeze_time

from odoo import fields

from .common import PlantCase


class TestCapacity(PlantCase):
    def pon_row(self):
        self.env["isp.pon.capacity"].invalidate_model()
        return self.env["isp.pon.capacity"].browse(self.pon.id)

    def nap_row(self):
        self.env["isp.nap.capacity"].invalidate_model()
        return self.env["isp.nap.capacity"].browse(self.nap.id)

    def test_pon(self):
        row = self.pon_row()
        # 3 ports of the trunk and 8 of the leaf, but only 4 ONUs
        self.assertEqual((row.ports, row.free_ports, row.sellable), (11, 11, 4))
        self.assertFalse(row.days_to_full)
        self.port._lend(self.ana, "A")._confirm()
        self.leaf.port_ids[1]._lend(self.ana, "B")._confirm()._give_back(5)
        self.leaf.port_ids[2].out_of_service = True
        row = self.pon_row()
        self.assertEqual((row.used_onus, row.free_onus, row.cooling, row.free_ports), (1, 3, 1, 8))
        self.assertEqual((row.occupancy, row.growth), (25.0, 1))
        self.assertEqual(row.days_to_full, 270, "3 left at one each 90 days")
        self.assertAlmostEqual(row.worst_margin_db, 33 - 8.75 - 10.7)

    def test_every_port_has_a_row(self):
        rows = self.env["isp.pon.capacity"].search([("olt_id", "=", self.olt.id)])
        self.assertEqual(rows.port_id, self.olt.port_ids)
        self.assertEqual(sum(rows.mapped("max_onus")), 16)

    def test_box(self):
        self.port._lend(self.ana, "A")._confirm()
        self.leaf.port_ids[1]._lend(self.ana, "B")
        self.nap.state = "project"
        self.env["isp.feasibility"].check(nap_id=self.nap.id)
        row = self.nap_row()
        self.assertEqual((row.ports, row.used, row.reserved, row.free, row.unmet), (8, 1, 1, 6, 1))
        self.assertEqual((self.nap.port_count, self.nap.used_count, self.nap.free_count), (8, 2, 6))

    def test_soonest_full_first(self):
        with freeze_time(fields.Datetime.now() - timedelta(days=100)):
            self.port._lend(self.ana, "old")._confirm()
        self.assertEqual(self.pon_row().growth, 0)
        quiet = self.splitter("T-QUIET", self.other_pon, ratio="8")
        quiet.port_ids[0]._lend(self.ana, "new")
        rows = self.env["isp.pon.capacity"].search([("olt_id", "=", self.olt.id)])
        self.assertEqual(rows[0].port_id, self.other_pon)

    def test_connected_per_base(self):
        self.port._lend(self.ana, "A")
        sector = self.env["isp.sector"].create(
            {"name": "T-S", "base_station_id": self.base.id, "max_clients": 2}
        )
        sector.slot_ids[0]._lend(self.beto, "B")
        self.base.invalidate_recordset()
        self.assertEqual(self.base.connected_count, 2)
