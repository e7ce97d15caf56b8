"""The life of a customer on RouterOS, over its API."""

from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..models import isp_provisioned_mixin
from .device_lab import RouterCommon


@tagged("post_install", "-at_install")
class TestRouterUsers(RouterCommon):
    """PPPoE users in the router itself; no RADIUS."""

    def dial(self, contract, password=None):
        user = contract.radius_user_id.sudo()
        return self.ros.store.dial(user.username, password or user.password)

    def test_life(self):
        contract = self.activated()
        user = contract.radius_user_id
        self.assertFalse(user.server_id, "the router keeps it")
        self.assertEqual(contract.target_ids.mapped("kind"), ["mikrotik"])
        self.assertEqual(self.target(contract).state, "in_sync", self.target(contract).last_error)
        self.assertTrue(self.dial(contract))
        [secret] = self.rows("/ppp/secret")
        profile = self.plan_fiber._radius_group_name()
        self.assertEqual((secret["profile"], secret["comment"]), (profile, self.comment(contract)))
        [plan] = [row for row in self.rows("/ppp/profile") if row["name"] == profile]
        self.assertTrue(plan["rate-limit"].startswith("50M/100M"))

        contract.action_suspend(reason="technical")
        self.drain()
        self.assertFalse(self.rows("/ppp/active"))
        self.assertFalse(self.dial(contract))
        contract.action_resume(reason="technical")
        self.drain()
        self.assertTrue(self.dial(contract))

        contract.action_change_plan(product_id=self.plan_fiber_big.id)
        self.drain()
        [secret] = self.rows("/ppp/secret")
        self.assertEqual(secret["profile"], self.plan_fiber_big._radius_group_name())
        self.assertFalse(self.rows("/ppp/active"), "the new terms need a new session")

        self.dial(contract)
        contract.action_cancel()
        self.assertTrue(contract.is_leaving)
        self.drain()
        self.assertFalse(self.rows("/ppp/secret") + self.rows("/ppp/active"))
        self.assertFalse(contract.is_leaving)

    def test_new_name_and_password(self):
        contract = self.activated()
        user = contract.radius_user_id
        old = user.username
        user.username = "another-name"
        self.drain()
        self.assertEqual([row["name"] for row in self.rows("/ppp/secret")], ["another-name"])
        password = user.sudo().password
        user.action_new_password()
        self.drain()
        self.assertFalse(self.dial(contract, password))
        self.assertTrue(self.dial(contract))
        self.assertFalse(self.ros.store.dial(old))

    def test_new_speed_of_a_plan(self):
        self.activated()
        self.plan_fiber.product_tmpl_id.download_mbps = 200
        self.drain()
        name = self.plan_fiber._radius_group_name()
        [profile] = [row for row in self.rows("/ppp/profile") if row["name"] == name]
        self.assertTrue(profile["rate-limit"].startswith("50M/200M"))

    def test_walled_garden_by_profile(self):
        self.nas.suspended_profile = "suspended"
        contract = self.activated()
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertTrue(self.dial(contract))
        self.assertEqual(self.rows("/ppp/secret")[0]["profile"], "suspended")

    def test_each_suspension_its_own_way(self):
        self.pool = self.env["isp.ip.pool"].create(
            {"label": "R", "cidr": "10.89.0.0/28", "base_station_id": self.base.id}
        )
        self.pool.action_activate()
        garden, slow, closed = (self.activated(index) for index in range(3))
        for contract in (garden, slow, closed):
            contract.action_change_ip_address(pool_id=self.pool.id)
        self.drain()
        for contract, mode in ((garden, "walled_garden"), (slow, "throttle"), (closed, "reject")):
            self.dial(contract)
            contract.action_suspend(reason="technical", mode=mode)
        self.drain()
        online = {row["name"] for row in self.rows("/ppp/active")}
        self.assertEqual(online, {garden.radius_user_id.username}, "the list needs no new session")
        listed = {row["address"] for row in self.rows("/ip/firewall/address-list")}
        self.assertEqual(listed, {garden.ip_address, closed.ip_address})
        self.assertTrue(self.dial(slow))
        [queue] = [
            row
            for row in self.rows("/queue/simple")
            if row["dynamic"] == "true" and slow.radius_user_id.username in row["name"]
        ]
        self.assertEqual(queue["max-limit"], "512k/512k")
        self.assertFalse(self.dial(closed))
        (garden | slow | closed).action_resume(reason="technical")
        self.drain()
        self.assertFalse(self.rows("/ip/firewall/address-list"))
        self.assertEqual({row["disabled"] for row in self.rows("/ppp/secret")}, {"false"})
        profiles = {row["profile"] for row in self.rows("/ppp/secret")}
        self.assertEqual(profiles, {self.plan_fiber._radius_group_name()})
        self.assertEqual(set(self.targets(garden | slow | closed).mapped("state")), {"in_sync"})

    def test_reduced_speed_of_the_router(self):
        self.nas.throttled_rate = "256k/1M"
        contract = self.activated()
        contract.action_suspend(reason="technical", mode="throttle")
        self.drain()
        [profile] = [r for r in self.rows("/ppp/profile") if r["name"] == "silver-throttle"]
        self.assertEqual(profile["rate-limit"], "256k/1M")
        self.nas.throttled_rate = False
        self.drain()
        self.assertFalse(self.dial(contract), "nobody slows it: it is cut as the others")
        with self.assertRaises(ValidationError):
            self.nas.throttled_rate = "fast"

    def test_somebody_elses_name(self):
        contract = self.activated()
        name = contract.radius_user_id.username
        [row] = self.rows("/ppp/secret")
        self.ros.store.set("/ppp/secret", row[".id"], {"comment": "silver:OTHER"})
        contract.action_reconcile()
        self.drain()
        target = self.target(contract)
        self.assertEqual((target.state, target.error_class), ("failed", "needs_human"))
        self.assertIn("OTHER", target.last_error)
        contract.action_cancel()
        self.drain()
        self.assertEqual([row["name"] for row in self.rows("/ppp/secret")], [name])
        self.assertEqual(target.state, "in_sync")

    def test_reboots_in_the_middle_of_a_change(self):
        contract = self.activated()
        self.dial(contract)
        self.ros.faults.inject("reboot", "/ppp/secret/set", times=1)
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(self.target(contract).state, "pending")
        self.recover()
        self.assertEqual(self.target(contract).state, "in_sync")
        self.assertFalse(self.dial(contract))

    def test_answer_lost(self):
        self.ros.faults.inject("drop_after", "/ppp/secret/add", times=1)
        contract = self.activated()
        self.assertEqual(self.target(contract).state, "pending")
        self.recover()
        self.assertEqual(len(self.rows("/ppp/secret")), 1)
        self.assertTrue(self.dial(contract))

    def test_cancelled_after_a_lost_answer(self):
        self.ros.faults.inject("drop_after", "/ppp/secret/add", times=1)
        contract = self.activated()
        contract.action_cancel()
        self.recover()
        self.assertFalse(self.rows("/ppp/secret"))

    def test_dead_router(self):
        self.ros.stop()
        contract, other = self.activated(), self.activated(1)
        self.assertEqual(self.device.health, "silent")
        self.assertEqual((contract | other).mapped("network_state"), ["pending"] * 2)
        self.ros.start()
        self.recover()
        self.assertEqual(len(self.rows("/ppp/secret")), 2)

    def test_hangs(self):
        self.ros.faults.inject("hang", "/ppp/secret/add", times=1)
        with patch.object(isp_provisioned_mixin, "ANSWER_SECONDS", 0.5):
            contract = self.activated()
        self.assertEqual(self.target(contract).state, "pending")
        self.ros.faults.clear()
        self.recover()
        self.assertTrue(self.dial(contract))

    def test_batch_in_one_connection(self):
        contracts = self.env["isp.contract"].union(
            *(self._fiber(index, active=False) for index in range(4))
        )
        contracts.action_activate()
        before = self.ros.connections
        self.assertEqual(self.drain()["done"], 4)
        self.assertEqual(self.ros.connections - before, 1)

    def test_found_by_hand(self):
        contract = self.activated()
        self.ros.store.add("/ppp/secret", {"name": "stranger", "password": "x"})
        [row] = [r for r in self.rows("/ppp/secret") if r["name"] != "stranger"]
        self.ros.store.set("/ppp/secret", row[".id"], {"disabled": "true"})
        self.env.flush_all()
        with self.enter_registry_test_mode():
            counts = self.env["isp.provisioning.drift"]._compare(self.device.id)
        self.env.invalidate_all()
        self.assertEqual((counts["different"], counts["extra"], counts["repaired"]), (1, 1, 1))
        self.drain()
        self.assertTrue(self.dial(contract))
        self.assertTrue(self.ros.store.dial("stranger", "x"))

    def test_passwords_stay_out_of_the_journal(self):
        self.ros.faults.inject("error", "/ppp/secret/add", text="failure: not so")
        contract = self.activated()
        target, user = self.target(contract), contract.radius_user_id.sudo()
        self.assertIn("not so", target.last_error)
        texts = " ".join(
            str(value)
            for row in target.attempt_ids
            for value in (row.plan, row.transcript, row.error)
        )
        for secret in (user.password, "lab-router"):
            self.assertNotIn(secret, texts + target.last_error)


@tagged("post_install", "-at_install")
class TestRouterAddresses(RouterCommon):
    """Customers known by their address: leases, queues, the list of the suspended."""

    def setUp(self):
        super().setUp()
        self.pool = self.env["isp.ip.pool"].create(
            {
                "label": "R",
                "cidr": "10.89.0.0/28",
                "base_station_id": self.base.id,
                "auto_assign": True,
            }
        )
        for index, onu in enumerate(self.onus):
            onu.item_id.mac = f"02:00:00:00:01:{index:02x}"

    def address(self, contract):
        return contract.ip_address

    def test_lease_and_queue(self):
        self.nas.customer_mode = "dhcp"
        contract = self.activated()
        self.assertEqual(self.target(contract).state, "in_sync", self.target(contract).last_error)
        [lease] = self.rows("/ip/dhcp-server/lease")
        [queue] = self.rows("/queue/simple")
        self.assertEqual(
            (lease["address"], lease["mac-address"]), (contract.ip_address, "02:00:00:00:01:00")
        )
        self.assertEqual(queue["max-limit"], "50000000/100000000")
        old = contract.ip_address
        contract.action_change_ip_address()
        self.assertNotEqual(contract.ip_address, old)
        self.drain()
        [lease] = self.rows("/ip/dhcp-server/lease")
        [queue] = self.rows("/queue/simple")
        self.assertEqual(
            (lease["address"], queue["target"]),
            (contract.ip_address, f"{contract.ip_address}/32"),
        )
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(self.blocked(), [contract.ip_address])
        contract.action_change_ip_address()
        self.drain()
        self.assertEqual(self.blocked(), [contract.ip_address], "he does not escape so")
        contract.action_cancel()
        self.drain()
        for menu in ("/ip/dhcp-server/lease", "/queue/simple", "/ip/firewall/address-list"):
            self.assertFalse(self.rows(menu), menu)
        self.assertFalse(contract.is_leaving)

    def test_list_beside_radius(self):
        self.nas.customer_mode = "list"
        contract = self.activated()
        self.assertTrue(contract.radius_user_id.server_id)
        self.assertFalse(self.rows("/ppp/secret") + self.rows("/queue/simple"))
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(self.blocked(), [contract.ip_address])
        contract.action_resume(reason="technical")
        self.drain()
        self.assertEqual(self.blocked(), [])

    def test_each_suspension_its_own_way(self):
        self.nas.customer_mode = "queue"
        garden, slow, closed = (self.activated(index) for index in range(3))
        for contract, mode in ((garden, "walled_garden"), (slow, "throttle"), (closed, "reject")):
            contract.action_suspend(reason="technical", mode=mode)
        self.drain()
        self.assertEqual(set(self.blocked()), {garden.ip_address, closed.ip_address})
        speeds = {row["comment"]: row["max-limit"] for row in self.rows("/queue/simple")}
        self.assertEqual(speeds[self.comment(slow)], "512000/512000")
        self.assertEqual(speeds[self.comment(garden)], "50000000/100000000")

    def test_slow_in_radius_is_not_on_the_list(self):
        """As the RADIUS server says, when the contract says nothing."""
        self.nas.customer_mode = "list"
        self.server.suspend_mode = "throttle"
        contract = self.activated()
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(self.blocked(), [])
        contract.action_resume(reason="technical")
        contract.action_suspend(reason="technical", mode="walled_garden")
        self.drain()
        self.assertEqual(self.blocked(), [contract.ip_address])

    def test_new_speed_reaches_the_queues(self):
        self.nas.customer_mode = "queue"
        self.activated()
        self.plan_fiber.product_tmpl_id.download_mbps = 200
        self.drain()
        [queue] = self.rows("/queue/simple")
        self.assertEqual(queue["max-limit"], "50000000/200000000")

    def test_what_is_missing_is_said(self):
        self.nas.customer_mode = "dhcp"
        self.onus[0].item_id.mac = False
        contract = self.activated()
        self.assertIn("MAC", self.target(contract).last_error)
        self.assertEqual(self.target(contract).state, "failed")
        self.assertFalse(self.rows("/queue/simple"))

    def test_by_the_plan(self):
        self.nas.customer_mode = "plan"
        pppoe = self._contract(self.plan_pppoe, base_station_id=self.base.id)
        pppoe.action_activate()
        fiber = self.activated()
        self.drain()
        self.assertEqual(
            [row["name"] for row in self.rows("/ppp/secret")], [pppoe.radius_user_id.username]
        )
        self.assertFalse(pppoe.radius_user_id.server_id)
        self.assertTrue(fiber.radius_user_id.server_id)

    def blocked(self):
        return [row["address"] for row in self.rows("/ip/firewall/address-list")]
