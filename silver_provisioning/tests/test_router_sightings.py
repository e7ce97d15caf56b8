"""What the routers show reaches the address management: sessions, leases, ARP."""

from unittest.mock import patch

from odoo.tests import tagged

from .device_lab import RouterCommon


@tagged("post_install", "-at_install")
class TestRouterSightings(RouterCommon):
    def setUp(self):
        super().setUp()
        self.env["isp.nas"].search([("id", "!=", self.nas.id)]).provisioning_mode = "off"
        self.domain = self.base.routing_domain_id or self.env["isp.routing.domain"].create(
            {"name": "Test"}
        )
        self.base.routing_domain_id = self.domain
        self.pool = self.env["isp.ip.pool"].create(
            {
                "label": "R",
                "cidr": "10.89.0.0/24",
                "base_station_id": self.base.id,
                "domain_id": self.domain.id,
            }
        )
        self.pool.action_activate()
        for index, onu in enumerate(self.onus):
            onu.item_id.mac = f"02:00:00:00:01:{index:02x}"

    def read_routers(self):
        """What the cron does, ten minutes later."""
        self.env["isp.nas"].search([]).sighting_at = False
        self.env.flush_all()
        with (
            self.enter_registry_test_mode(),
            patch.object(
                self.env.registry["ir.cron"], "_commit_progress", lambda *args, **kw: 1000.0
            ),
        ):
            self.env["isp.nas"]._cron_sightings()
        self.env.invalidate_all()

    def seen(self):
        rows = self.env["isp.ip.sighting"].search([("nas_id", "=", self.nas.id)])
        return {(row.source, row.ip_address): row for row in rows}

    def findings(self):
        Finding = self.env["isp.ip.finding"]
        Finding._compare()
        return {
            (finding.kind, finding.ip_address)
            for finding in Finding.search(
                [("state", "=", "open"), ("domain_id", "=", self.domain.id)]
            )
        }

    def lease(self, address, mac, **values):
        store = self.ros.store
        row = {"address": address, "mac-address": mac, "server": "clientes", **values}
        row_id = store.add("/ip/dhcp-server/lease", row)
        [held] = store._rows("/ip/dhcp-server/lease", row_id)
        store.tables["/ip/dhcp-server/lease"].update(held, {"status": "bound"})
        return row_id

    def test_a_lease_with_another_customers_address(self):
        self.nas.provisioning_mode = "dry_run"
        victim, thief = self.activated(0), self.activated(1)
        for contract in (victim, thief):
            contract.action_change_ip_address(pool_id=self.pool.id)
        lease = self.lease(victim.ip_address, self.onus[1].item_id.mac)
        self.read_routers()
        row = self.seen()["dhcp", victim.ip_address]
        self.assertEqual((row.contract_id, row.nas_id), (thief, self.nas))
        self.assertEqual(self.nas.sighting_count, 1)
        self.assertIn(("other_contract", victim.ip_address), self.findings())
        # it is over when the lease is, not an hour later
        self.ros.store.remove("/ip/dhcp-server/lease", lease)
        self.lease(thief.ip_address, self.onus[1].item_id.mac)
        self.read_routers()
        self.assertTrue(self.seen()["dhcp", victim.ip_address].ended_at)
        self.assertFalse(self.findings() & {("other_contract", victim.ip_address)})

    def test_sessions_of_the_router_itself(self):
        contract = self.activated()
        contract.action_change_ip_address(pool_id=self.pool.id)
        self.drain()
        user = contract.radius_user_id.sudo()
        self.ros.store.dial(user.username, user.password)
        self.ros.store.add("/ppp/secret", {"name": "ajeno", "password": "clave-ajena"})
        self.ros.store.dial("ajeno", address="10.89.0.77")
        self.read_routers()
        seen = self.seen()
        self.assertEqual(seen["ppp", contract.ip_address].contract_id, contract)
        self.assertFalse(seen["ppp", "10.89.0.77"].contract_id)
        found = self.findings()
        self.assertIn(("not_booked", "10.89.0.77"), found | self._unknown_as_not_booked(found))

    @staticmethod
    def _unknown_as_not_booked(found):
        """An address nobody has ever had has no row: it is unknown instead."""
        return {("not_booked", address) for kind, address in found if kind == "unknown"}

    def test_arp_of_our_pools_only(self):
        contract = self.activated()
        contract.action_change_ip_address(pool_id=self.pool.id)
        mac = self.onus[0].item_id.mac
        for address in (contract.ip_address, "192.0.2.1"):
            self.ros.store.add(
                "/ip/arp", {"address": address, "mac-address": mac, "interface": "bridge"}
            )
        self.read_routers()
        arp = {address: row for (source, address), row in self.seen().items() if source == "arp"}
        self.assertEqual(list(arp), [contract.ip_address], "the uplink is no customer")
        self.assertEqual(arp[contract.ip_address].contract_id, contract)

    def test_one_dead_router_does_not_stop_the_others(self):
        dead = self.nas.copy(
            {
                "name": "Dead router",
                "management_address": "127.0.0.1",
                "management_port": 1,
                "username": "x",
                "password": "y",
            }
        )
        dead.provisioning_mode = "on"
        self.ros.store.add("/ppp/secret", {"name": "ajeno", "password": "clave-ajena"})
        self.ros.store.dial("ajeno", address="10.89.0.77")
        self.read_routers()
        self.assertIn("does not answer", dead.sighting_reason)
        self.assertTrue(dead.sighting_at, "its turn is over; the next round tries again")
        self.assertFalse(self.nas.sighting_error)
        self.assertIn(("ppp", "10.89.0.77"), self.seen())

    def test_the_same_again_only_moves_the_time(self):
        self.ros.store.add("/ppp/secret", {"name": "ajeno", "password": "clave-ajena"})
        self.ros.store.dial("ajeno", address="10.89.0.77")
        self.read_routers()
        self.read_routers()
        self.assertEqual(len(self.seen()), 1)
        self.assertFalse(self.seen()["ppp", "10.89.0.77"].ended_at)
        self.nas.provisioning_mode = "off"
        self.assertNotIn(self.nas, self.env["isp.nas"]._due_for_sightings())
