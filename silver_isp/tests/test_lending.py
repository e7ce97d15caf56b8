from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError

from .common import PlantCase


class TestLending(PlantCase):
    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()

    def test_life_of_a_port(self):
        self.port._lend(self.ana, "C-1")
        self.assertEqual(
            (self.port.state, self.port.partner_id, self.port.reference),
            ("reserved", self.ana, "C-1"),
        )
        slot = self.port.onu_slot_id
        self.assertEqual(slot.port_id, self.pon)
        self.port._confirm()
        self.assertEqual((self.port.state, self.port.onu_slot_id), ("used", slot))
        self.port._give_back()
        self.assertEqual(self.port.state, "free")
        self.assertFalse(self.port.partner_id or self.port.reference)
        self.assertFalse(slot.splitter_port_id)

    def test_an_onu_place_that_rests_is_not_offered(self):
        """The OLT may still hold the ONU that was there: the PON port counts it."""
        self.port._lend(self.ana, "C-1")
        slot = self.port.onu_slot_id
        self.assertFalse(slot._rest(self.now + timedelta(hours=1)), "somebody holds it")
        self.port._give_back(0)
        self.assertEqual(slot._rest(self.now + timedelta(hours=1)), slot)
        self.pon.max_onus = slot.onu_index + 1
        (self.pon.slot_ids - slot).filtered(lambda s: not s.splitter_port_id).sudo().unlink()
        self.assertFalse(self.pon._with_free_slot())
        with self.assertRaisesRegex(UserError, "may still hold"):
            self.port._lend(self.beto, "C-2")
        with freeze_time(self.now + timedelta(hours=2)):
            self.assertEqual(self.pon._with_free_slot(), self.pon)
            self.port._lend(self.beto, "C-2")
        self.assertEqual(self.port.onu_slot_id, slot)
        self.assertFalse(slot.available_from)

    def test_each_verb_twice(self):
        until = self.now + timedelta(hours=2)
        self.port._lend(self.ana, "C-1")._lend(self.ana, "C-1", until)
        self.assertEqual(self.port.reserved_until, until)
        self.assertEqual(self.pon.used_onus, 1)
        self.port._confirm()._confirm()
        self.assertFalse(self.port.reserved_until)
        self.port._give_back(0)._give_back(0)
        self.assertEqual(self.pon.used_onus, 0)

    def test_taken_port_says_by_whom(self):
        self.port._lend(self.ana, "C-1")
        with self.assertRaisesRegex(UserError, r"T-LEAF / 1 is reserved for Ana \(C-1\)"):
            self.port._lend(self.beto, "C-2")
        self.port._confirm()
        with self.assertRaisesRegex(UserError, r"is used by Ana \(C-1\)"):
            self.port._lend(self.ana, "C-1")

    def test_confirm_needs_a_reservation(self):
        with self.assertRaisesRegex(UserError, "not reserved for anyone"):
            self.port._confirm()

    def test_bad_requests(self):
        with self.assertRaisesRegex(UserError, "reference is missing"):
            self.port._lend(self.ana, " ")
        with self.assertRaisesRegex(UserError, "in the past"):
            self.port._lend(self.ana, "C-1", self.now - timedelta(hours=1))
        with self.assertRaisesRegex(UserError, "negative"):
            self.port._give_back(-1)
        self.assertEqual(self.port.state, "free")

    def test_expired_reservation_counts_as_free_when_read(self):
        self.port._lend(self.ana, "C-1", self.now + timedelta(hours=1))
        self.assertNotIn(self.port, self.leaf._free_ports())
        with freeze_time(self.now + timedelta(hours=2)):
            self.port.invalidate_recordset()
            self.assertTrue(self.port.lendable)
            self.assertIn(self.port, self.leaf._free_ports())
            self.port._lend(self.beto, "C-2")
            self.assertEqual(self.port.partner_id, self.beto)
            self.assertEqual(self.pon.used_onus, 1)

    def test_released_port_rests(self):
        self.port._lend(self.ana, "C-1")._confirm()._give_back(cooling_hours=10)
        self.assertNotIn(self.port, self.leaf._free_ports())
        with self.assertRaisesRegex(UserError, "rests until"):
            self.port._lend(self.beto, "C-2")
        with freeze_time(self.now + timedelta(hours=11)):
            self.port.invalidate_recordset()
            self.assertIn(self.port, self.leaf._free_ports())
            self.port._lend(self.beto, "C-2")
            self.assertFalse(self.port.available_from)

    def test_configured_rest_only_after_use(self):
        self.env["ir.config_parameter"].set_param("silver_isp.cooling_hours", "5")
        self.port._lend(self.ana, "C-1")._give_back()
        self.assertFalse(self.port.available_from, "nobody had plugged anything in")
        self.port._lend(self.ana, "C-1")._confirm()._give_back()
        self.assertGreater(self.port.available_from, self.now + timedelta(hours=4))
        self.port.action_offer_now()
        self.assertTrue(self.port.lendable)

    def test_pon_full(self):
        for port, name in zip(self.leaf.port_ids[:4], "ABCD", strict=True):
            port._lend(self.ana, name)
        self.assertFalse(self.leaf._free_ports())
        with self.assertRaisesRegex(UserError, "is full: its 4 ONU places"):
            self.leaf.port_ids[4]._lend(self.beto, "E")

    def test_pon_full_of_expired_reservations(self):
        for port, name in zip(self.leaf.port_ids[:4], "ABCD", strict=True):
            port._lend(self.ana, name, self.now + timedelta(hours=1))
        with freeze_time(self.now + timedelta(hours=2)):
            self.assertEqual(len(self.leaf._free_ports()), 8)
            self.leaf.port_ids[5]._lend(self.beto, "E")
            self.assertEqual(self.leaf.port_ids[5].partner_id, self.beto)
            self.assertEqual(self.pon.used_onus, 4)

    def test_out_of_service(self):
        self.port.out_of_service = True
        self.assertNotIn(self.port, self.leaf._free_ports())
        with self.assertRaisesRegex(UserError, "out of service"):
            self.port._lend(self.ana, "C-1")
        self.pon.out_of_service = True
        self.assertFalse(self.leaf._free_ports())
        with self.assertRaisesRegex(UserError, "out of service"):
            self.leaf.port_ids[1]._lend(self.ana, "C-1")

    def test_best_light_first(self):
        far = self.splitter(
            "T-FAR", feed=self.trunk.port_ids[1], ratio="8", feeder_km=5, nap_id=self.nap.id
        )
        ports = self.nap._free_ports()
        self.assertEqual(ports[0], self.port)
        self.assertEqual(ports[-1], far.port_ids[-1])

    def test_lend_any_until_none_is_left(self):
        ports = self.leaf._free_ports()
        won = [ports._lend_any(self.ana, f"C-{n}") for n in range(4)]
        self.assertEqual(len(set(won)), 4)
        with self.assertRaises(UserError):
            ports._lend_any(self.ana, "C-5")

    def test_nobody_writes_what_the_verbs_own(self):
        for values in ({"state": "used"}, {"partner_id": self.ana.id}, {"onu_index": 3}):
            with self.assertRaisesRegex(UserError, "its own actions"):
                self.port.write(values)
        with self.assertRaisesRegex(UserError, "stays on its splitter"):
            self.port.splitter_id = self.trunk

    def test_search_agrees_with_the_field(self):
        ports = self.leaf.port_ids
        ports[0]._lend(self.ana, "A")
        ports[1]._lend(self.ana, "B", self.now + timedelta(minutes=1))
        ports[2]._lend(self.ana, "C")._confirm()._give_back(cooling_hours=1)
        ports[3].out_of_service = True
        for when in (self.now, self.now + timedelta(hours=3)):
            with freeze_time(when):
                ports.invalidate_recordset()
                domain = [("id", "in", ports.ids)]
                found = ports.search([*domain, ("lendable", "=", True)])
                self.assertEqual(found, ports.filtered("lendable"))
                other = ports.search([*domain, ("lendable", "=", False)])
                self.assertEqual(other, ports - found)

    def test_sector(self):
        sector = self.env["isp.sector"].create(
            {"name": "T-S", "base_station_id": self.base.id, "max_clients": 2}
        )
        first, second = sector._free_slots()
        first._lend(self.ana, "W-1")._confirm()
        self.assertEqual(sector._free_slots(), second)
        second._lend(self.beto, "W-2")
        self.assertFalse(sector._free_slots())
        self.assertEqual(sector.used_count, 2)
        with self.assertRaisesRegex(UserError, "is used by Ana"):
            first._lend(self.beto, "W-3")
        first._give_back(0)
        self.assertEqual(sector._free_slots(), first)
