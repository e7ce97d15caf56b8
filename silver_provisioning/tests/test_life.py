"""The life of a customer, as FreeRADIUS answers it."""

from odoo.tests import tagged

from ..drivers.radius_sql import class_text
from .common import ProvisioningCommon


@tagged("post_install", "-at_install")
class TestLife(ProvisioningCommon):
    def test_activation_opens_the_service(self):
        contract = self.activated(drain=False)
        user = contract.radius_user_id
        self.assertTrue(user)
        self.assertEqual(set(contract.target_ids.mapped("state")), {"pending"})
        self.assertEqual(contract.network_state, "pending")
        self.assertEqual(self.login(contract)[0], "Access-Reject", "the executor was not here yet")
        counts = self.drain()
        self.assertEqual((counts["done"], counts["failed"], counts["remaining"]), (1, 0, 0))
        self.assertEqual(contract.network_state, "in_sync")
        answer, attributes = self.login(contract)
        self.assertEqual(answer, "Access-Accept")
        self.assertEqual(attributes["Mikrotik-Rate-Limit"].split()[0], "50M/100M")
        self.assertEqual(class_text(attributes["Class"]), user.policy)

    def test_suspend_pay_change_cancel(self):
        router = self.router()
        contract = self.activated()
        self.online(contract)
        contract.action_suspend(reason="technical")
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"], "50M/100M")
        self.drain()
        self.assertEqual(len(router.requests), 1)
        self.assertEqual(router.requests[0]["User-Name"], contract.radius_user_id.username)
        answer, attributes = self.login(contract)
        self.assertEqual(answer, "Access-Accept")
        self.assertEqual(attributes["Mikrotik-Rate-Limit"], "128k/128k")
        self.assertEqual(attributes["Mikrotik-Address-List"], "silver-suspended")

        self.online(contract, "s2", Class=contract.radius_user_id.policy)
        contract.action_resume()
        self.drain()
        self.assertEqual(len(router.requests), 2)
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"], "50M/100M")

        self.online(contract, "s3", Class=contract.radius_user_id.policy)
        contract.action_change_plan(product_id=self.plan_fiber_big.id)
        self.drain()
        self.assertEqual(len(router.requests), 3)
        self.assertEqual(
            self.lab.sql("SELECT count(*) FROM radacct WHERE acctstoptime IS NULL"),
            [(1,)],
            "a new speed does not cut",
        )

        contract.action_cancel()
        self.drain()
        self.assertEqual(self.login(contract)[0], "Access-Reject")
        self.assertEqual(contract.network_state, "in_sync")
        for promise in self.env["silver.audit"]._invariants():
            if promise.name.startswith("provisioning"):
                self.env.cr.execute(promise.sql)
                self.assertEqual(self.env.cr.fetchall(), [], promise.meaning)

    def test_nobody_online_nothing_is_sent(self):
        router = self.router()
        contract = self.activated()
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(router.requests, [])
        self.assertEqual(set(contract.target_ids.mapped("state")), {"in_sync"})

    def test_asked_again_nothing_is_written(self):
        contract = self.activated()
        ids = self.lab.sql("SELECT id FROM radcheck UNION ALL SELECT id FROM radreply")
        contract.action_reconcile()
        counts = self.drain()
        self.assertEqual((counts["done"], counts["unchanged"]), (0, 2))
        self.assertEqual(
            self.lab.sql("SELECT id FROM radcheck UNION ALL SELECT id FROM radreply"), ids
        )

    def test_suspended_by_refusal(self):
        self.server.suspend_mode = "reject"
        contract = self.activated()
        contract.action_suspend(reason="abuse")
        self.drain()
        self.assertEqual(self.login(contract)[0], "Access-Reject")
        self.server.suspend_mode = "profile"
        self.drain()
        self.assertEqual(
            self.login(contract)[0], "Access-Accept", "the mode reaches who is suspended"
        )

    def test_plan_speed_reaches_the_group(self):
        contract = self.activated()
        self.plan_fiber.product_tmpl_id.write({"download_mbps": 200, "upload_mbps": 20})
        self.drain()
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"].split()[0], "20M/200M")

    def test_new_plan_gets_its_group(self):
        self.activated()
        contract = self._contract(self._plan("T-NEW", "pppoe", 5.0), base_station_id=self.base.id)
        contract.action_activate()
        self.drain()
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"].split()[0], "50M/100M")

    def test_new_router_is_known(self):
        self.activated()
        self.nas.copy({"name": "Second", "management_address": "127.0.0.5", "radius_secret": "abc"})
        self.drain()
        self.assertEqual(
            self.lab.sql("SELECT secret FROM nas WHERE nasname = '127.0.0.5'"), [("abc",)]
        )

    def test_new_password(self):
        contract = self.activated()
        old = contract.radius_user_id.sudo().password
        contract.radius_user_id.action_new_password()
        self.drain()
        self.assertEqual(self.login(contract, old)[0], "Access-Reject")
        self.assertEqual(self.login(contract)[0], "Access-Accept")

    def test_a_service_without_network(self):
        contract = self._contract(self.plan_tv)
        contract.action_activate()
        self.assertFalse(contract.radius_user_id)
        self.assertFalse(contract.target_ids)
        self.assertEqual(contract.network_state, "none")

    def test_user_names_do_not_collide(self):
        contract, other = self.activated(0, drain=False), self.activated(1, drain=False)
        other.radius_user_ids.unlink()
        name = self.env["isp.radius.user"]._username_for(other)
        contract.radius_user_id.username = name
        other._provision()
        self.assertNotEqual(other.radius_user_id.username, contract.radius_user_id.username)

    def test_in_bulk(self):
        contracts = self.env["isp.contract"].union(
            *(self._fiber(index, active=False) for index in range(6))
        )
        contracts.action_activate()
        self.assertEqual(self.drain()["done"], 6)
        contracts.action_suspend(reason="technical")
        with self.assertQueryCount(40):
            self.Target._mark(contracts)
        self.assertEqual(self.drain()["done"], 6)
