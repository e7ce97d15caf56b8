from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import PlantCase


class TestSplitterTree(PlantCase):
    def test_branch_is_on_its_parents_pon(self):
        self.assertEqual(self.leaf.olt_port_id, self.pon)
        self.assertEqual(self.leaf.parent_id, self.trunk)
        feed = self.trunk.port_ids[0]
        self.assertEqual((feed.state, feed.child_ids), ("cascade", self.leaf))

    def test_path_loss_adds_up(self):
        # 1 km, 2 splices, 1 connector; then 7.4 of the trunk and the same joints without fibre
        self.assertAlmostEqual(self.trunk.path_loss_db, 0.35 + 0.2 + 0.3)
        self.assertAlmostEqual(self.leaf.path_loss_db, 0.85 + 7.4 + 0.5)
        self.trunk.feeder_km = 3
        self.assertAlmostEqual(self.leaf.path_loss_db, 0.85 + 0.7 + 7.4 + 0.5)

    def test_moving_the_trunk_moves_branches_and_customers(self):
        self.port._lend(self.ana, "C-1")._confirm()
        self.trunk.olt_port_id = self.other_pon
        self.assertEqual(self.leaf.olt_port_id, self.other_pon)
        self.assertEqual(set(self.leaf.port_ids.mapped("pon_id")), {self.other_pon.id})
        self.assertEqual(self.port.state, "used")
        self.assertEqual(self.port.onu_slot_id.port_id, self.other_pon)
        self.assertEqual((self.pon.used_onus, self.other_pon.used_onus), (0, 1))
        self.env.flush_all()
        self.assertFalse(self.env["silver.audit"].run())

    def test_moving_where_places_collide(self):
        other = self.splitter("T-OTHER", self.other_pon, ratio="4")
        for port, name in zip(other.port_ids[:2], "AB", strict=True):
            port._lend(self.beto, name)
        for port, name in zip(self.leaf.port_ids[:2], "CD", strict=True):
            port._lend(self.ana, name)
        self.trunk.olt_port_id = self.other_pon
        self.assertEqual(self.other_pon.used_onus, 4)
        indexes = (self.leaf.port_ids + other.port_ids).onu_slot_id.mapped("onu_index")
        self.assertEqual(sorted(indexes), [0, 1, 2, 3])

    def test_moving_where_there_is_no_room(self):
        self.other_pon.max_onus = 1
        for port, name in zip(self.leaf.port_ids[:2], "AB", strict=True):
            port._lend(self.ana, name)
        with self.assertRaisesRegex(UserError, "is full"), self.env.cr.savepoint():
            self.trunk.olt_port_id = self.other_pon
        self.env.invalidate_all()
        self.assertEqual(self.leaf.olt_port_id, self.pon)

    def test_hang_from_another_port_and_back(self):
        feed, other = self.trunk.port_ids[:2]
        self.leaf.parent_port_id = other
        self.assertEqual((feed.state, other.state), ("free", "cascade"))
        self.leaf.parent_port_id = False
        self.assertEqual(other.state, "free")
        self.assertFalse(self.leaf.parent_id)
        self.assertEqual(self.leaf.olt_port_id, self.pon)

    def test_fed_by_itself(self):
        for port in (self.leaf.port_ids[0], self.trunk.port_ids[1]):
            with self.assertRaisesRegex(UserError, "fed by itself"):
                self.trunk.parent_port_id = port

    def test_cascade_port_takes_neither_customer_nor_second_splitter(self):
        feed = self.trunk.port_ids[0]
        with self.assertRaisesRegex(UserError, "feeds splitter T-LEAF"):
            feed._lend(self.ana, "C-1")
        with self.assertRaisesRegex(UserError, "feeds splitter T-LEAF"):
            self.splitter("T-SECOND", feed=feed, ratio="2")

    def test_lent_port_feeds_no_splitter(self):
        self.trunk.port_ids[1]._lend(self.ana, "C-1")
        with self.assertRaisesRegex(UserError, "reserved for Ana"):
            self.splitter("T-SECOND", feed=self.trunk.port_ids[1], ratio="2")

    def test_cascade_without_light(self):
        with self.assertRaisesRegex(UserError, "dB short"):
            self.splitter("T-TOO-DEEP", feed=self.leaf.port_ids[7], ratio="64")
        with self.assertRaisesRegex(UserError, "dB short"), self.env.cr.savepoint():
            self.trunk.feeder_km = 80

    @mute_logger("odoo.sql_db")
    def test_database_keeps_the_tree(self):
        """Raw SQL cannot break what the verbs keep."""
        feed = self.trunk.port_ids[0]
        self.port._lend(self.ana, "C-1")
        wrong = {
            "branch on another PON": (
                "UPDATE isp_splitter SET olt_port_id = %s WHERE id = %s",
                (self.other_pon.id, self.leaf.id),
            ),
            "cascade port made free": (
                "UPDATE isp_splitter_port SET state = 'free' WHERE id = %s",
                (feed.id,),
            ),
            "port on another PON": (
                "UPDATE isp_splitter_port SET pon_id = %s WHERE id = %s",
                (self.other_pon.id, self.leaf.port_ids[3].id),
            ),
            "half a feed": (
                "UPDATE isp_splitter SET parent_port_id = NULL WHERE id = %s",
                (self.leaf.id,),
            ),
            "trunk moved under its customers": (
                "UPDATE isp_splitter SET olt_port_id = %s WHERE id = %s",
                (self.other_pon.id, self.trunk.id),
            ),
        }
        self.env.flush_all()
        for name, (query, params) in wrong.items():
            with self.subTest(name), self.assertRaises(IntegrityError):
                with self.env.cr.savepoint():
                    self.env.cr.execute(query, params)
