from odoo.exceptions import UserError

from .common import PlantCase


class TestGuards(PlantCase):
    """Nothing that somebody uses is deleted or shrunk, and the refusal says what is in the way."""

    def setUp(self):
        super().setUp()
        self.port._lend(self.ana, "C-1")._confirm()

    def test_what_hangs_below(self):
        for record in (self.olt, self.olt.card_ids, self.pon):
            with self.subTest(record), self.assertRaisesRegex(UserError, "T-OLT 0/0 feeds"):
                record.unlink()
        with self.assertRaisesRegex(UserError, "T-BOX still holds splitter T-LEAF"):
            self.nap.unlink()
        with self.assertRaisesRegex(UserError, "feeds splitter T-LEAF"):
            self.trunk.unlink()
        with self.assertRaisesRegex(UserError, r"used by Ana \(C-1\)"):
            self.leaf.unlink()
        with self.assertRaisesRegex(UserError, r"used by Ana \(C-1\)"):
            self.port.unlink()

    def test_unused_goes_away(self):
        self.other_pon.unlink()
        self.port._give_back(0)
        feed = self.leaf.parent_port_id
        self.leaf.unlink()
        self.assertEqual(feed.state, "free")
        self.trunk.unlink()
        self.nap.unlink()
        self.olt.unlink()
        self.assertFalse(self.olt.exists())

    def test_limit_below_use(self):
        self.leaf.port_ids[1]._lend(self.beto, "C-2")
        with self.assertRaisesRegex(UserError, "cannot go down to 1"):
            self.pon.max_onus = 1
        self.pon.max_onus = 2
        with self.assertRaisesRegex(UserError, "1 to 256"):
            self.pon.max_onus = 0

    def test_ratio_below_use(self):
        self.leaf.port_ids[7]._lend(self.beto, "C-2")
        with self.assertRaisesRegex(UserError, "cannot become 1:4.*Beto"):
            self.leaf.ratio = "4"
        with self.assertRaisesRegex(UserError, "no splitter 1:5"):
            self.leaf.ratio = "5"
        self.assertEqual(len(self.leaf.port_ids), 8)

    def test_sector_below_use(self):
        sector = self.env["isp.sector"].create(
            {"name": "T-S", "base_station_id": self.base.id, "max_clients": 3}
        )
        sector.slot_ids[2]._lend(self.ana, "W-1")
        with self.assertRaisesRegex(UserError, "cannot go down to 2.*Ana"):
            sector.max_clients = 2
        with self.assertRaisesRegex(UserError, "reserved for Ana"):
            sector.unlink()
