import ipaddress
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tools import addressing
from .common import IpamCommon


@tagged("post_install", "-at_install")
class TestAllocator(IpamCommon):
    def test_fresh_ones_are_inside_and_never_excluded(self):
        # 16 addresses less network, broadcast and gateway
        rows = [self._take() for _number in range(13)]
        addresses = [row.ip_address for row, _how in rows]
        self.assertEqual({how for _row, how in rows}, {"fresh"})
        self.assertEqual(len(set(addresses)), 13)
        self.assertFalse({"10.77.0.0", "10.77.0.1", "10.77.0.15"} & set(addresses))
        row, how = self._take()
        self.assertEqual((len(row), how), (0, "exhausted"))
        self.assertPromises()

    def test_asking_twice_gives_the_same(self):
        contract = self._service(active=False)
        first, how = self._take(contract=contract)
        again, how_again = self._take(contract=contract)
        self.assertEqual((first, how, how_again), (again, "fresh", "held"))

    def test_sticky_to_the_customer_even_from_quarantine(self):
        partner = self._customer()
        first, _how = self._take(partner=partner)
        for _number in range(3):
            self._take()
        first._release()
        row, how = self._take(partner=partner)
        self.assertEqual((row, how), (first, "sticky"))

    def test_nobody_else_gets_one_in_quarantine(self):
        contract = self._service()
        row = contract.ip_reservation_ids
        rest = [self._take()[0] for _number in range(12)]
        contract.action_cancel()
        self.assertEqual(row.state, "quarantine")
        self.assertEqual(self._take()[1], "exhausted")
        self.assertEqual(len(rest), 12)

    def test_quarantine_ends_by_time_not_by_a_job(self):
        contract = self._service()
        row = contract.ip_reservation_ids
        for _number in range(12):
            self._take()
        contract.action_cancel()
        self._rest_is_over(row)
        self.assertEqual(row.state, "quarantine")
        self.assertTrue(row.available)
        self.assertEqual(self._take(), (row, "recycled"))

    def test_the_longest_rested_is_next(self):
        rows = [self._take()[0] for _number in range(13)]
        for row in (rows[5], rows[2], rows[9]):
            row._release()
        taken = [self._take()[0] for _number in range(3)]
        self.assertEqual(taken, [rows[5], rows[2], rows[9]])

    def test_recycle_first(self):
        self.pool.order_policy = "recycle_first"
        row = self._take()[0]
        row._release()
        self.assertEqual(self._take(), (row, "recycled"))

    def test_a_reservation_that_ran_out_counts_as_free(self):
        past = fields.Datetime.now() - timedelta(minutes=1)
        rows = [self._take(until=past)[0] for _number in range(13)]
        self.assertTrue(rows[0].available)
        stranger = self._customer()
        row, how = self._take(partner=stranger)
        self.assertEqual((row, how, row.partner_id), (rows[0], "recycled", stranger))
        periods = self.History.search([("reservation_id", "=", row.id)], order="id")
        self.assertEqual(len(periods), 2)
        self.assertTrue(periods[0].date_to)
        self.assertPromises()

    def test_the_next_pool_when_one_is_full(self):
        small = self._pool("10.78.0.0/31", exclude_edges=False)
        both = small | self.pool
        homes = [self._take(both)[0].pool_id for _number in range(3)]
        self.assertEqual(homes, [small, small, self.pool])

    def test_a_pool_of_one(self):
        pool = self._pool("10.78.0.9/32")
        self.assertEqual(self._take(pool)[0].ip_address, "10.78.0.9")
        self.assertEqual(self._take(pool)[1], "exhausted")

    def test_static_choice(self):
        row = self.Reservation._take_unit(
            self.pool, self.pool._unit_of("10.77.0.9"), partner=self.partner
        )
        self.assertEqual(row.ip_address, "10.77.0.9")
        with self.assertRaisesRegex(UserError, "10.77.0.9.*reserved for"):
            self.Reservation._take_unit(self.pool, row.unit, partner=self._customer())
        addresses = {self._take()[0].ip_address for _number in range(12)}
        self.assertNotIn("10.77.0.9", addresses)

    def test_many_at_once_or_none(self):
        rows = self.Reservation.browse(self.pool.action_take(count=5, partner_id=self.partner.id))
        self.assertEqual(len(set(rows.mapped("ip_address"))), 5)
        self.assertEqual(set(rows.mapped("state")), {"reserved"})
        with self.assertRaisesRegex(UserError, "only 8 of the 9"), self.env.cr.savepoint():
            self.pool.action_take(count=9, partner_id=self.partner.id)
        self.assertEqual(self.pool.reserved, 5)

    def test_business_blocks(self):
        pool = self._pool("200.7.180.0/27", alloc_plen=29, gateway="200.7.180.1")
        self.assertEqual(pool.domain_id, self.internet)
        self.assertEqual(pool.quarantine_hours, 24)
        blocks = [self._take(pool)[0].ip_address for _number in range(3)]
        # the block of the gateway is nobody's
        self.assertEqual(blocks, ["200.7.180.8/29", "200.7.180.16/29", "200.7.180.24/29"])
        self.assertEqual(self._take(pool)[1], "exhausted")

    def test_delegated_prefixes_leave_room_to_grow(self):
        pool = self._pool("2800:aaaa::/32", alloc_plen=56, order_policy="spread")
        rows = self.Reservation.browse(pool.action_take(count=16, partner_id=self.partner.id))
        networks = sorted(ipaddress.ip_network(text) for text in rows.mapped("ip_address"))
        self.assertEqual({network.prefixlen for network in networks}, {56})
        gaps = [
            int(b.network_address) - int(a.network_address)
            for a, b in zip(networks, networks[1:], strict=False)
        ]
        # each could become a /36
        self.assertEqual(min(gaps), 1 << (128 - 36))

    def test_nothing_is_made_in_advance(self):
        for cidr, plen in (("10.0.0.0/8", 32), ("2800:bbbb::/32", 56)):
            pool = self._pool(cidr, base=self.other_base, alloc_plen=plen, exclude_edges=False)
            self.assertFalse(pool.reservation_ids)
            self.assertEqual(pool.free_now, addressing.size(pool._network(), plen))

    def test_one_round_trip_for_many_contracts(self):
        self._pool("10.78.0.0/24", sequence=1)
        contracts = self.Contract.union(*(self._service(active=False) for _number in range(20)))
        contracts._ip_assign("reserved", "warm up")
        contracts._ip_live()._release()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(60):
            contracts._ip_assign("reserved", "test")
        self.assertEqual(len(contracts._ip_live()), 20)

    def test_exclusions(self):
        wizard = self.env["isp.ip.exclude"].create(
            {
                "pool_id": self.pool.id,
                "first": "10.77.0.2",
                "last": "10.77.0.12",
                "note": "equipment",
            }
        )
        wizard.action_apply()
        self.assertEqual(
            {self._take()[0].ip_address for _n in range(2)}, {"10.77.0.13", "10.77.0.14"}
        )
        self.assertEqual(self._take()[1], "exhausted")
        row = self.Reservation.search(
            [("ip_address", "=", "10.77.0.2"), ("pool_id", "=", self.pool.id)]
        )
        row.action_release()
        self.assertEqual(self._take(), (row, "recycled"))

    def test_holes_come_back(self):
        pool = self._pool("10.78.0.0/29", exclude_edges=False)
        self.env.cr.execute(
            "SELECT nextval(isp_ip_sequence(%s)::regclass) FROM generate_series(1, 6)", [pool.id]
        )
        hygiene = self.env["isp.ip.hygiene"]
        self.assertEqual(hygiene._reclaim(pool), 6)
        self.assertEqual(hygiene._reclaim(pool), 0)
        taken = [self._take(pool) for _number in range(8)]
        self.assertEqual(sum(how == "recycled" for _row, how in taken), 6)
        self.assertEqual(len({row.unit for row, _how in taken}), 8)
