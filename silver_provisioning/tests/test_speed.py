"""A new speed reaches who is online: without a cut where the router can, with one where not."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ProvisioningCommon
from .lab import routeros


@tagged("post_install", "-at_install")
class TestSpeed(ProvisioningCommon):
    def sync(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.server._sync_sessions()
        self.env.invalidate_all()

    def open_count(self):
        return self.lab.sql("SELECT count(*) FROM radacct WHERE acctstoptime IS NULL")[0][0]

    def dialled_in(self, index=0, session="s1"):
        contract = self.activated(index)
        self.online(contract, session, Class=contract.radius_user_id.policy)
        self.sync()
        return contract

    def faster(self, download=300):
        """The plan gets another speed; the group is written, those online keep theirs."""
        self.lab.sql("UPDATE radacct SET acctstarttime = now() - interval '1 minute'")
        self.sync_start()
        self.plan_fiber.product_tmpl_id.write({"download_mbps": download, "upload_mbps": 30})
        self.drain()

    def sync_start(self):
        # the start of a session is written once; as if it had been a minute ago
        self.env.flush_all()
        self.env.cr.execute("UPDATE isp_radius_session SET started = started - interval '1 minute'")
        self.env.invalidate_all()

    def test_change_of_plan_keeps_the_session(self):
        router = self.router()
        contract = self.dialled_in()
        contract.action_change_plan(product_id=self.plan_fiber_big.id)
        self.drain()
        self.assertEqual(router.codes, [43])
        rate = router.requests[0]["Mikrotik-Rate-Limit"]
        self.assertEqual(rate, self.login(contract)[1]["Mikrotik-Rate-Limit"])
        self.assertEqual(self.open_count(), 1)
        self.sync()
        self.assertFalse(contract.radius_session_ids.is_outdated)
        contract.action_reconcile()
        self.drain()
        self.assertEqual(len(router.requests), 1, "it is known that the session has it")
        said = self.targets(contract, "coa").attempt_ids.mapped("transcript")
        self.assertTrue(any("CoA-ACK" in (text or "") for text in said), said)

    def test_refused_change_ends_the_session(self):
        router = self.router("no_coa")
        contract = self.dialled_in()
        contract.action_change_plan(product_id=self.plan_fiber_big.id)
        self.drain()
        self.assertEqual(router.codes, [43, 40])
        self.assertEqual(self.open_count(), 0)
        self.assertEqual(set(contract.target_ids.mapped("state")), {"in_sync"})

    def test_other_vendors_end_it(self):
        router = self.router()
        self.nas.vendor = "cisco"
        contract = self.dialled_in()
        contract.action_change_plan(product_id=self.plan_fiber_big.id)
        self.drain()
        self.assertEqual(router.codes, [40])

    def test_an_address_needs_a_new_session(self):
        router = self.router()
        contract = self.dialled_in()
        contract.product_id.product_tmpl_id.radius_group = "kept-by-hand"
        contract.action_reconcile()
        self.drain()
        self.assertEqual(router.codes, [40], "a group kept by hand may hold more than a speed")

    def test_read_back_from_the_router(self):
        api = self.enterContext(routeros())
        self.nas.write(
            {"username": "silver", "password": "lab-router", "management_port": api.port}
        )
        router = self.router()
        contract = self.dialled_in()
        queue = {"name": f"<pppoe-{contract.radius_user_id.username}>", "max-limit": "5M/10M"}
        row = api.store.add("/queue/simple", {**queue, "target": "100.64.0.10/32"})
        contract.action_change_plan(product_id=self.plan_fiber_big.id)
        self.drain()
        self.assertEqual(router.codes, [43, 40], "acknowledged, and the queue says otherwise")
        self.assertEqual(self.open_count(), 0)
        self.online(contract, "s2", Class=contract.radius_user_id.policy)
        contract.action_change_plan(product_id=self.plan_fiber.id)
        api.store.set("/queue/simple", row, {"max-limit": "50000000/100000000"})
        self.drain()
        self.assertEqual(router.codes, [43, 40, 43])
        self.assertEqual(self.open_count(), 1)

    def test_speed_of_a_plan_for_who_is_online(self):
        router = self.router()
        contract, other = self.dialled_in(0), self.dialled_in(1, "s2")
        self.assertFalse(self.plan_fiber.old_speed_count)
        self.faster()
        self.assertEqual(router.requests, [], "nobody was asked yet")
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"].split()[0], "30M/300M")
        self.assertEqual(self.plan_fiber.old_speed_count, 2)
        wizard = self.env["isp.speed.push"].browse(
            self.plan_fiber.with_user(self.operator).action_open_speed_push()["res_id"]
        )
        self.assertEqual((wizard.change_count, wizard.cut_count), (2, 0))
        wizard.with_user(self.operator).action_apply()
        self.drain()
        self.assertEqual(router.codes, [43, 43])
        self.assertEqual(
            {request["Mikrotik-Rate-Limit"].split()[0] for request in router.requests},
            {"30M/300M"},
        )
        self.assertEqual(self.open_count(), 2)
        self.plan_fiber.invalidate_recordset()
        self.assertFalse(self.plan_fiber.old_speed_count)
        (contract | other).action_reconcile()
        self.drain()
        self.assertEqual(len(router.requests), 2)

    def test_at_most_so_many_a_minute(self):
        self.router()
        contract, other = self.dialled_in(0), self.dialled_in(1, "s2")
        self.faster()
        self.assertEqual(self.plan_fiber.action_push_speed(per_minute=1), 2)
        due = (contract | other).target_ids.filtered(lambda t: t.state == "pending")
        moments = sorted(due.mapped("next_attempt"))
        self.assertEqual((moments[1] - moments[0]).total_seconds(), 60)

    def test_at_the_next_login(self):
        router = self.router()
        self.dialled_in()
        self.faster()
        wizard = self.env["isp.speed.push"].browse(
            self.plan_fiber.action_open_speed_push()["res_id"]
        )
        wizard.when = "login"
        wizard.action_apply()
        self.drain()
        self.plan_fiber.invalidate_recordset()
        self.assertFalse(self.plan_fiber.old_speed_count)
        self.assertEqual(router.requests, [])

    def test_who_would_be_cut_is_asked_for(self):
        router = self.router()
        self.nas.vendor = "cisco"
        self.dialled_in()
        self.faster()
        self.assertEqual(self.plan_fiber.action_push_speed(), 0)
        self.assertEqual(self.plan_fiber.action_push_speed(include_cut=True), 1)
        self.drain()
        self.assertEqual(router.codes, [40])

    def test_support_does_not_push(self):
        with self.assertRaises(AccessError):
            self.plan_fiber.with_user(self.support).action_push_speed()
