from odoo.exceptions import UserError

from .common import PlantCase


class TestGenerate(PlantCase):
    def test_cards_ports_and_places(self):
        self.assertEqual(self.olt.card_ids.mapped("slot"), [0])
        self.assertEqual(self.olt.port_ids.mapped("number"), [0, 1, 2, 3])
        self.assertEqual(self.pon.name, "T-OLT 0/0")
        self.assertEqual(self.pon.slot_ids.mapped("onu_index"), [0, 1, 2, 3])
        self.assertEqual((self.pon.tx_dbm, self.pon.onu_sensitivity_dbm), (3.0, -30.0))

    def test_again_changes_nothing(self):
        before = self.olt.card_ids, self.olt.port_ids, self.olt.port_ids.slot_ids
        self.olt.action_generate()
        self.pon.action_generate_slots()
        after = self.olt.card_ids, self.olt.port_ids, self.olt.port_ids.slot_ids
        self.assertEqual(before, after)
        ports = self.leaf.port_ids
        self.leaf.action_generate_ports()
        self.assertEqual(self.leaf.port_ids, ports)

    def test_completes_what_is_missing(self):
        self.olt.port_ids.filtered(lambda port: port.number == 3).unlink()
        self.chassis.slots = 2
        self.olt.action_generate()
        self.assertEqual(len(self.olt.card_ids), 2)
        self.assertEqual(len(self.olt.port_ids), 8)

    def test_without_chassis(self):
        self.olt.olt_model_id = False
        with self.assertRaisesRegex(UserError, "T-OLT"):
            self.olt.action_generate()

    def test_splitter_ports_follow_the_ratio(self):
        self.assertEqual(self.leaf.port_ids.mapped("number"), list(range(1, 9)))
        self.assertEqual(set(self.leaf.port_ids.mapped("loss_db")), {10.7})
        self.leaf.ratio = "16"
        self.assertEqual(len(self.leaf.port_ids), 16)
        self.assertEqual(set(self.leaf.port_ids.mapped("loss_db")), {13.9})
        self.leaf.ratio = "4"
        self.assertEqual(len(self.leaf.port_ids), 4)

    def test_tap_gives_each_output_its_loss(self):
        tap = self.splitter("T-TAP", self.other_pon, ratio="2", tap="80")
        self.assertEqual(tap.port_ids.mapped("loss_db"), [1.3, 7.9])

    def test_a_higher_limit_adds_places(self):
        self.pon.max_onus = 6
        self.assertEqual(len(self.pon.slot_ids), 6)
        self.assertEqual(set(self.pon.slot_ids.mapped("max_onus")), {6})
        self.pon.max_onus = 2
        self.assertEqual(self.pon.slot_ids.mapped("onu_index"), [0, 1])

    def test_sector_places(self):
        sector = self.env["isp.sector"].create(
            {"name": "T-S", "base_station_id": self.base.id, "max_clients": 3}
        )
        self.assertEqual(sector.slot_ids.mapped("number"), [1, 2, 3])
        sector.max_clients = 5
        sector.action_generate_slots()
        self.assertEqual(len(sector.slot_ids), 5)
        sector.max_clients = 2
        self.assertEqual(len(sector.slot_ids), 2)
