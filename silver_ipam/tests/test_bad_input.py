from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import IpamCommon


@tagged("post_install", "-at_install")
class TestBadInput(IpamCommon):
    """One test for each line of the list: refused in plain words, and nothing is left behind."""

    def refused(self, words, act):
        with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
            act()
        self.env.invalidate_all()

    def test_overlapping_pool(self):
        self.refused("overlaps the pool 10.77.0.0/28", lambda: self._pool("10.77.0.8/29"))
        self.refused("overlaps the pool 10.77.0.0/28", lambda: self._pool("10.77.0.0/16"))
        other = self._pool("10.77.0.0/28", base=self.other_base)
        self.assertNotEqual(other.domain_id, self.pool.domain_id)

    def test_overlapping_pool_in_another_base_of_the_domain(self):
        self.refused(
            "overlaps",
            lambda: self._pool(
                "10.77.0.0/29", base=self.other_base, domain_id=self.pool.domain_id.id
            ),
        )

    def test_a_retired_pool_makes_room(self):
        self.pool.action_retire()
        self._pool("10.77.0.0/28")

    def test_host_bits(self):
        self.refused(
            "10.78.0.5/24 has host bits set. The network is 10.78.0.0/24",
            lambda: self._pool("10.78.0.5/24"),
        )

    def test_no_network(self):
        self.refused("is not a network", lambda: self._pool("10.78.0.0/40"))
        self.refused("is not a network", lambda: self._pool("hello"))

    def test_gateway_outside(self):
        self.refused(
            "gateway 10.79.0.1 is outside", lambda: self._pool("10.78.0.0/24", gateway="10.79.0.1")
        )
        self.refused("gateway", lambda: self.pool.write({"gateway": "10.1.0.1"}))
        self.refused("is not an address", lambda: self.pool.write({"gateway": "router"}))

    def test_multicast_documentation_loopback(self):
        for cidr in (
            "224.0.5.0/24",
            "203.0.113.0/24",
            "127.0.0.0/24",
            "2001:db8::/32",
            "fe80::/64",
        ):
            self.refused("is not for customers", lambda cidr=cidr: self._pool(cidr))

    def test_public_in_a_private_domain(self):
        self.refused(
            "must be the public Internet",
            lambda: self._pool("200.7.190.0/24", domain_id=self.base.routing_domain_id.id),
        )

    def test_block_length(self):
        self.refused("do not fit", lambda: self._pool("10.78.0.0/24", alloc_plen=20))
        self.refused("do not fit", lambda: self._pool("10.78.0.0/24", alloc_plen=33))
        self.refused("more blocks", lambda: self._pool("2800:aaaa::/32", alloc_plen=96))

    def test_changing_the_block_length_of_a_used_pool(self):
        self._take()
        self.refused(
            "length of its blocks cannot change", lambda: self.pool.write({"alloc_plen": 30})
        )

    def test_shrinking_below_what_is_used(self):
        self.Reservation._take_unit(self.pool, 12, partner=self.partner)
        self.refused(
            "cannot shrink to 10.77.0.0/29: 10.77.0.12 is on record",
            lambda: self.pool.write({"cidr": "10.77.0.0/29"}),
        )
        self.assertEqual(self.pool.cidr, "10.77.0.0/28")

    def test_shrinking_above_what_is_used_is_fine(self):
        self.Reservation._take_unit(self.pool, 5, partner=self.partner)
        self.pool.write({"cidr": "10.77.0.0/29"})
        self.assertEqual(self.pool.size, 8)
        edges = self.Reservation.search(
            [("pool_id", "=", self.pool.id), ("purpose", "!=", "customer")]
        )
        self.assertEqual(sorted(edges.mapped("unit")), [0, 1, 7])
        self.pool.write({"cidr": "10.77.0.0/27"})
        self.assertEqual(self.pool.size, 32)
        self.assertEqual(len({self._take()[0].unit for _number in range(28)}), 28)
        self.assertEqual(self._take()[1], "exhausted")

    def test_address_outside_the_pool(self):
        self.refused(
            "lies outside the pool",
            lambda: self.Reservation.create({"pool_id": self.pool.id, "ip_address": "10.99.0.1"}),
        )
        self.refused("is not an address", lambda: self.pool._unit_of("10.77.0"))

    def test_create_by_address(self):
        row = self.Reservation.create(
            {
                "pool_id": self.pool.id,
                "ip_address": "10.77.0.9",
                "state": "reserved",
                "partner_id": self.partner.id,
            }
        )
        self.assertEqual((row.unit, row.base_station_id), (9, self.base))

    def test_one_in_quarantine_for_someone_else(self):
        contract = self._service()
        row = contract.ip_reservation_ids
        address = row.ip_address
        contract.action_cancel()
        other = self._service()
        self.refused(
            f"{address} cannot be given: it is in quarantine until",
            lambda: other.action_change_ip_address(address=address),
        )
        self.refused(
            "cannot be given to someone else",
            lambda: row.write({"state": "reserved", "partner_id": self.partner.id}),
        )
        self.refused("quarantine until", lambda: row.write({"state": "free"}))
        # its own customer may
        back = self._service(partner=row.last_partner_id, display_label="again")
        self.assertEqual(back.ip_address, address)

    def test_in_use_never_goes_to_free(self):
        row = self._service().ip_reservation_ids
        self.refused("it goes to quarantine first", lambda: row.write({"state": "free"}))

    def test_deleting_addresses_and_history(self):
        row = self._service().ip_reservation_ids
        self.refused("released, never deleted", row.unlink)
        history = self.History.search([("reservation_id", "=", row.id)])
        self.refused("only ever added to", history.unlink)
        self.refused("has handed out addresses", self.pool.unlink)

    def test_retiring_a_used_pool(self):
        self._take()
        self.refused("still has customers", self.pool.action_retire)
        self.pool.action_drain()
        self.assertEqual(self._take()[1], "exhausted")

    def test_excluding_what_a_customer_has(self):
        row = self._service().ip_reservation_ids
        self.refused(
            "cannot be excluded",
            lambda: self.env["isp.ip.exclude"]
            .create({"pool_id": self.pool.id, "first": row.ip_address})
            .action_apply(),
        )
        self.refused("cannot be excluded", lambda: self.pool.write({"gateway": row.ip_address}))

    def test_releasing_the_gateway(self):
        gateway = self.Reservation.search(
            [("pool_id", "=", self.pool.id), ("purpose", "=", "gateway")]
        )
        self.refused("follows from the pool", gateway.action_release)

    def test_numbers(self):
        self.refused("VLAN", lambda: self._pool_flushed(vlan=5000))
        self.refused("1 to 65536", lambda: self.pool.action_take(count=0))
        self.refused(
            "only 13 of the 14", lambda: self.pool.action_take(count=14, partner_id=self.partner.id)
        )

    def _pool_flushed(self, **vals):
        self.pool.write(vals)

    def test_another_base(self):
        foreign = self._pool("10.78.0.0/28", base=self.other_base)
        contract = self._service()
        self.refused(
            "does not serve the base", lambda: contract.action_change_ip_address(pool_id=foreign.id)
        )

    def test_a_draft_has_no_address(self):
        contract = self._service(active=False)
        self.refused("neither reserved nor in service", contract.action_change_ip_address)

    def test_validation_error_is_a_user_error(self):
        self.assertTrue(issubclass(ValidationError, UserError))
