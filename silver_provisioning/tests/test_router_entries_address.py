"""Customers whom the router knows by address are taken over; and what evidence says."""

from odoo.tests import TransactionCase, tagged

from ..models.router_verdict import choose, words
from .test_router_entries import EntriesCommon


@tagged("post_install", "-at_install")
class TestRouterAdoptionByAddress(EntriesCommon):
    """Leases and queues."""

    def setUp(self):
        super().setUp()
        self.nas.customer_mode = "dhcp"

    def lease(self, address, mac, **values):
        row = {"address": address, "mac-address": mac, "server": "clientes", **values}
        return self.ros.store.add("/ip/dhcp-server/lease", row)

    def test_lease_and_queue_are_the_same_rows(self):
        contract = self.activated()
        lease = self.lease("10.89.0.7", "02:00:00:00:00:07", comment="Luis")
        queue = self.queue("Luis cola", "10.89.0.7", comment=contract.name)
        self.nas.dhcp_server = "clientes"
        row = self.entry("10.89.0.7")
        self.assertEqual((row.verdict, row.contract_id), ("adoptable", contract))
        self.assertEqual(row.speed, "50M/100M")
        row.action_adopt()
        self.assertFalse(row.error)
        self.assertEqual(self.onus[0].item_id.mac, "02:00:00:00:00:07")
        self.assertEqual(contract.ip_address, "10.89.0.7")
        self.switch_on()
        self.assertEqual(self.target(contract).state, "in_sync", self.target(contract).last_error)
        [lease_now] = self.rows("/ip/dhcp-server/lease")
        [queue_now] = self.rows("/queue/simple")
        self.assertEqual((lease_now[".id"], queue_now[".id"]), (lease, queue))
        self.assertEqual(queue_now["name"], f"silver-{contract.name}")
        self.assertEqual(self.entry("10.89.0.7").verdict, "equal")

        contract.action_suspend(reason="technical")
        self.drain()
        [blocked] = self.rows("/ip/firewall/address-list")
        self.assertEqual(blocked["address"], "10.89.0.7")

    def test_suspended_on_the_router_only(self):
        contract = self.activated()
        contract.action_change_ip_address(address="10.89.0.7")
        self.onus[0].item_id.mac = "02:00:00:00:00:07"
        self.lease("10.89.0.7", "02:00:00:00:00:07")
        self.ros.store.add("/ip/firewall/address-list", {"list": "morosos", "address": "10.89.0.7"})
        row = self.entry("10.89.0.7")
        self.assertTrue(row.listed)
        self.assertIn("the router cuts it", row.explanation)
        self.assertIn("no queue", row.explanation)

    def test_other_equipment(self):
        contract, other = self.activated(0), self.activated(1)
        self.onus[0].item_id.mac = "02:00:00:00:00:01"
        self.onus[1].item_id.mac = "02:00:00:00:00:02"
        self.lease("10.89.0.7", "02:00:00:00:00:02", comment=contract.name)
        row = self.entry("10.89.0.7")
        self.assertEqual(row.verdict, "conflict")
        self.assertIn(other.name, row.explanation)
        row.chosen_contract_id = contract
        row.action_adopt()
        self.assertIn("02:00:00:00:00:01", row.error)


@tagged("post_install", "-at_install")
class TestRouterVerdict(TransactionCase):
    """What evidence says, without a router."""

    def test_choose(self):
        cases = [
            ({}, {}, "nobody", None),
            ({"user": {1}}, {}, "one", 1),
            ({"user": {1}, "mac": {1, 2}}, {}, "one", 1),
            ({"user": {1}, "address": {2}}, {}, "conflict", None),
            ({"number": {1, 2}}, {}, "ambiguous", None),
            ({"number": {1, 2}, "address": {1}}, {}, "one", 1),
            ({}, {"user": {3}}, "ended", 3),
            ({"address": {1}}, {"user": {3}}, "conflict", 1),
            ({"user": {1}}, {"address": {3}}, "one", 1),
        ]
        for live, ended, verdict, contract in cases:
            choice = choose(live, ended)
            self.assertEqual((choice.verdict, choice.contract), (verdict, contract), (live, ended))

    def test_words(self):
        found = words("Juan ctr-000025, 5 mb; casa 12", "silver-CTR/000026")
        self.assertIn("CTR/000025", found)
        self.assertNotIn("12", found)
        self.assertNotIn("5", found)
