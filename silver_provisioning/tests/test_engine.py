"""Targets and executors: order, back-off, supersede, breaker, journal, buttons."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError
from psycopg2.errors import RestrictViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..drivers.base import NeedsHuman, Outcome, Permanent, Retryable
from ..drivers.radius_sql import RadiusSql
from ..models import alarm, isp_provisioning_target_wake
from ..models.backoff import MAX_ATTEMPTS
from .common import ProvisioningCommon

CANARY = "c4naryS3cr3tValue"


@tagged("post_install", "-at_install")
class TestEngine(ProvisioningCommon):
    @contextmanager
    def failing(self, error):
        """Every change of the RADIUS database fails so."""

        def apply(driver, plans):
            return {key: Outcome(error) for key in plans}

        with patch.object(RadiusSql, "apply", apply):
            yield

    def due_again(self):
        """Let the back-off pass."""
        self.Target.search([("state", "=", "pending")]).next_attempt = fields.Datetime.now()
        self.env["isp.provisioning.device"].search([]).breaker_until = False
        self.env.flush_all()

    def device(self, kind="radius"):
        record = self.server if kind == "radius" else self.nas
        return self.env["isp.provisioning.device"]._of(kind, record)[record.id]

    # faults of the world ---------------------------------------------------------
    def test_database_away_does_not_stop_the_business(self):
        contract = self.activated()
        self.lab.away()
        contract.action_suspend(reason="technical")
        self.assertEqual(contract.state, "suspended")
        counts = self.drain()
        self.assertEqual((counts["retry"], counts["remaining"]), (1, 2))
        target = self.targets(contract, "radius")
        self.assertEqual((target.state, target.attempts), ("pending", 0))
        self.assertIn("does not answer", target.last_error)
        self.assertEqual(self.device().health, "silent")
        self.assertEqual(self.drain()["retry"], 0, "left alone meanwhile")
        self.lab.back()
        self.due_again()
        self.drain()
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"], "128k/128k")
        self.assertEqual(self.device().health, "ok")

    def test_breaker_grows_and_a_person_can_end_it(self):
        self.activated(drain=False)
        self.lab.away()
        pauses = []
        for _ in range(4):
            self.due_again()
            before = fields.Datetime.now()
            self.drain()
            pauses.append(self.device().breaker_until - before)
        self.assertGreater(pauses[3], pauses[0] * 4)
        self.lab.back()
        self.device().action_try_now()
        self.assertEqual(self.drain()["remaining"], 0)

    def test_silent_router_waits_and_others_go_on(self):
        contract = self.activated()
        router = self.router("silent")
        self.online(contract)
        contract.action_suspend(reason="technical")
        other = self.activated(1, drain=False)
        self.drain()
        self.assertEqual(len(router.requests), 3)
        self.assertEqual(self.targets(contract, "radius").state, "in_sync")
        coa = self.targets(contract, "coa")
        self.assertEqual((coa.state, coa.error_class), ("pending", "unreachable"))
        self.assertEqual(self.login(other)[0], "Access-Accept")
        router.answer = "ack"
        self.due_again()
        self.drain()
        self.assertEqual(coa.state, "in_sync")

    def test_reply_lost_after_the_change(self):
        contract = self.activated()
        router = self.router("silent")
        self.online(contract)
        contract.action_suspend(reason="technical")
        self.drain()
        # the router did end the session: only its answer was lost
        self.lab.accounting("Stop", contract.radius_user_id.username, "s1", NAS_Port=1)
        self.due_again()
        sent = len(router.requests)
        self.drain()
        self.assertEqual(len(router.requests), sent, "nothing is done twice")
        self.assertEqual(self.targets(contract, "coa").state, "in_sync")

    # the order of things ---------------------------------------------------------
    def test_session_is_ended_only_after_the_policy(self):
        contract = self.activated()
        router = self.router()
        self.online(contract)
        contract.action_suspend(reason="technical")
        with self.failing(Permanent("no")):
            self.drain()
        self.assertEqual(router.requests, [], "it would log in again under the old policy")
        self.assertEqual(self.targets(contract, "coa").state, "pending")
        self.targets(contract, "radius").action_retry()
        self.drain()
        self.assertEqual(len(router.requests), 1)

    def test_suspend_pay_suspend(self):
        contract = self.activated()
        for _ in range(3):
            contract.action_suspend(reason="technical")
            contract.action_resume()
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"], "128k/128k")
        self.assertEqual(len(contract.target_ids), 2)
        self.assertEqual(
            len(contract.target_ids.filtered(lambda t: t.kind == "radius").attempt_ids), 2
        )

    def test_superseded_while_talking(self):
        contract = self.activated()
        contract.action_suspend(reason="technical")
        real = RadiusSql.apply
        test = self

        def apply(driver, plans):
            outcome = real(driver, plans)
            if contract.state == "suspended":
                contract.action_resume()  # the customer pays in this very moment
                test.env.flush_all()
            return outcome

        with patch.object(RadiusSql, "apply", apply):
            counts = self.drain()
        self.assertGreaterEqual(counts["superseded"], 1)
        self.drain()
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"], "50M/100M")
        self.assertEqual(self.targets(contract, "radius").state, "in_sync")
        self.assertIn("superseded", contract.target_ids.attempt_ids.mapped("result"))

    def test_try_again_while_it_is_tried(self):
        """Somebody asks again while the attempt that fails is running: what he asked is not lost
        in the back-off of that attempt."""
        contract = self.activated(drain=False)
        target = self.targets(contract, "radius")
        test = self

        def apply(driver, plans):
            target.action_retry()
            test.env.flush_all()
            return {key: Outcome(Retryable("busy")) for key in plans}

        with patch.object(RadiusSql, "apply", apply):
            self.drain(limit=1)
        self.assertEqual((target.state, target.attempts), ("pending", 0))
        self.assertLessEqual(target.next_attempt, fields.Datetime.now(), "due at once")
        self.drain()
        self.assertEqual(target.state, "in_sync")

    def test_woken_when_the_back_off_is_over(self):
        """Odoo looks once a minute: a back-off of five seconds takes five."""
        contract = self.activated(drain=False)
        target = self.targets(contract, "radius")
        cron = self.env.ref("silver_provisioning.ir_cron_executor_1")
        triggers = self.env["ir.cron.trigger"].sudo()
        triggers.search([]).unlink()
        self.env.flush_all()
        with (
            patch.object(isp_provisioning_target_wake, "ring") as ring,
            self.failing(Retryable("busy")),
            self.enter_registry_test_mode(),
        ):
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(target.state, "pending")
        self.assertIn(target.next_attempt, triggers.search([]).mapped("call_at"))
        (_database, seconds), _options = ring.call_args
        self.assertTrue(1 < seconds < 10, seconds)

    def test_one_bell_at_a_time(self):
        with patch.object(alarm.threading, "Timer") as timer, patch.dict(alarm._set, clear=True):
            self.assertTrue(alarm.ring("some", 20))
            self.assertFalse(alarm.ring("some", 30), "one that rings before will look")
            self.assertTrue(alarm.ring("some", 5))
            self.assertTrue(alarm.ring("other", 30))
        self.assertEqual([call.args[0] for call in timer.call_args_list], [20, 5, 30])

    def test_retry_then_a_person(self):
        contract = self.activated(drain=False)
        target = self.targets(contract, "radius")
        with self.failing(Retryable("busy", f"password {CANARY}")):
            for attempt in range(1, MAX_ATTEMPTS + 1):
                self.due_again()
                before = fields.Datetime.now()
                self.drain()
                if attempt < MAX_ATTEMPTS:
                    self.assertEqual((target.state, target.attempts), ("pending", attempt))
                    self.assertGreater(target.next_attempt, before + timedelta(seconds=3))
        self.assertEqual(target.state, "failed")
        self.assertEqual(contract.network_state, "attention")
        self.assertEqual(len(target.attempt_ids), MAX_ATTEMPTS)
        self.assertNotIn(CANARY, target.last_error)
        self.assertNotIn(CANARY, "".join(target.attempt_ids.mapped("error")))
        target.with_user(self.operator).action_retry()
        self.drain()
        self.assertEqual((target.state, target.last_error), ("in_sync", False))

    def test_permanent_at_once(self):
        for number, error in enumerate((Permanent("wrong profile"), NeedsHuman("another's"))):
            contract = self.activated(number, drain=False)
            with self.failing(error):
                self.drain()
            target = self.targets(contract, "radius")
            self.assertEqual((target.state, target.error_class), ("failed", error.kind))

    def test_bad_one_does_not_stop_the_others(self):
        good, bad = self.activated(0, drain=False), self.activated(1, drain=False)
        real = RadiusSql.plan

        def plan(driver, desired, observed):
            if getattr(desired, "username", "") == bad.radius_user_id.username:
                raise ZeroDivisionError(f"bug with password={CANARY}")
            return real(driver, desired, observed)

        with (
            patch.object(RadiusSql, "plan", plan),
            self.assertLogs("odoo.addons.silver_provisioning", "ERROR") as logs,
        ):
            self.drain()
        self.assertNotIn(CANARY, "".join(logs.output))
        self.assertEqual(self.targets(good, "radius").state, "in_sync")
        target = self.targets(bad, "radius")
        self.assertEqual((target.state, target.attempts), ("pending", 1))
        self.assertIn("ZeroDivisionError", target.last_error)
        self.assertNotIn(CANARY, target.last_error)

    def test_cron_does_not_spin_on_a_silent_device(self):
        self.activated(drain=False)
        self.lab.away()
        cron = self.env.ref("silver_provisioning.ir_cron_executor_1")
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.assertIs(cron.method_direct_trigger(), True)
        self.env.invalidate_all()
        self.assertEqual(self.device().failures, 1, "tried once, then left alone")
        self.assertEqual(self.Target.search_count([("state", "=", "pending")]), 2)

    def test_limit(self):
        for index in range(4):
            self.activated(index, drain=False)
        counts = self.drain(limit=3)
        self.assertEqual(sum(counts[k] for k in ("done", "unchanged")), 3)
        self.assertEqual(counts["remaining"], 5)

    def test_turned_off_device_waits(self):
        self.device().enabled = False
        contract = self.activated()
        self.assertEqual(self.targets(contract, "radius").state, "pending")
        self.device().enabled = True
        self.drain()
        self.assertEqual(self.targets(contract, "radius").state, "in_sync")

    # people ------------------------------------------------------------------------
    def test_hold_and_skip(self):
        contract = self.activated()
        target = self.targets(contract, "radius")
        target.with_user(self.operator).action_hold()
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(target.state, "held")
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"], "50M/100M")
        target.with_user(self.operator).action_retry()
        self.drain()
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"], "128k/128k")
        contract.action_resume()
        target.with_user(self.operator).action_skip()
        self.drain()
        self.assertEqual((target.state, target.applied_generation), ("in_sync", target.generation))
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"], "128k/128k")
        self.assertEqual(
            {a.user_id for a in target.attempt_ids if a.result in ("held", "skipped")},
            {self.operator},
        )

    def test_dry_run_changes_nothing(self):
        contract = self.activated()
        contract.action_suspend(reason="technical")
        plan = contract.network_plan()
        (radius,) = [row for row in plan if row["kind"] == "radius"]
        self.assertIn("+ radusergroup suspended (priority 1)", radius["steps"])
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"], "50M/100M")
        action = contract.action_network_plan()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertTrue(any("suspended" in line.text for line in wizard.line_ids))
        password = contract.radius_user_id.sudo().password
        self.assertNotIn(password, str(plan) + str(wizard.line_ids.mapped("text")))
        self.lab.away()
        self.assertTrue(all(row["error"] for row in contract.network_plan()))

    def test_roles(self):
        contract = self.activated(drain=False)
        for user in (self.support, self.collection, self.technician):
            with self.assertRaises(AccessError):
                self.Target.with_user(user).drain()
            with self.assertRaises(AccessError):
                contract.target_ids.with_user(user).action_retry()
            self.assertTrue(contract.with_user(user).network_state)
        with self.assertRaises(AccessError):
            contract.radius_user_id.with_user(self.support).action_reveal_password()
        with self.assertRaises(AccessError):
            contract.radius_user_id.with_user(self.support).read(["password"])
        self.assertTrue(contract.with_user(self.support).action_reconcile())
        with self.assertRaises(AccessError):
            contract.radius_user_id.with_user(self.collection).action_new_password()

    def test_secret_is_revealed_only_on_demand(self):
        user = self.activated(drain=False).radius_user_id
        admin = self.env.ref("base.user_admin")
        shown = user.with_user(admin).read(["password"])[0]["password"]
        self.assertNotEqual(shown, user.sudo().password)
        self.assertEqual(user.with_user(admin).action_reveal_password(), user.sudo().password)
        self.assertIn("password was shown", str(user.contract_id.message_ids.mapped("body")))

    # what the database keeps ---------------------------------------------------------
    def test_journal_is_append_only(self):
        contract = self.activated()
        row = contract.target_ids.attempt_ids[:1]
        self.assertTrue(row)
        with mute_logger("odoo.sql_db"):
            for work in (
                lambda: row.sudo().unlink(),
                lambda: self.env.cr.execute("UPDATE isp_provisioning_attempt SET result = 'held'"),
            ):
                with self.assertRaises(RestrictViolation), self.env.cr.savepoint():
                    work()

    @mute_logger("odoo.sql_db")
    def test_unique(self):
        contract = self.activated()
        user, target = contract.radius_user_id, self.targets(contract, "radius")
        for statement in (
            "INSERT INTO isp_radius_user (contract_id, server_id, username, password)"
            f" VALUES ({contract.id}, {self.server.id}, 'x', 'y')",
            f"UPDATE isp_radius_user SET username = 'with space' WHERE id = {user.id}",
            "INSERT INTO isp_provisioning_target (contract_id, device_id, sequence, state,"
            " generation, applied_generation, attempts, next_attempt) VALUES"
            f" ({contract.id}, {target.device_id.id}, 1, 'pending', 1, 0, 0, now())",
            f"UPDATE isp_provisioning_target SET applied_generation = 99 WHERE id = {target.id}",
        ):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.env.cr.execute(statement)

    def test_bad_input(self):
        contract, other = self.activated(0), self.activated(1)
        with self.assertRaises(UserError):
            contract.radius_user_id.contract_id = other
        with self.assertRaises(ValidationError) as caught:
            contract.radius_user_id.username = "two words"
        self.assertIn("two words", str(caught.exception))

    def test_test_connection(self):
        self.activated()
        self.assertIn("1 users", self.server.action_test_connection()["params"]["message"])
        self.server.sql_database = "no_such_database_here"
        with self.assertRaises(UserError) as caught:
            self.server.action_test_connection()
        self.assertIn("no_such_database_here", str(caught.exception))

    def test_rules(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Own step",
                "model_id": self.env["ir.model"]._get_id("isp.contract"),
                "state": "code",
                "code": "records.write({'external_code': 'ran'})",
            }
        )
        rule = self.env["isp.provisioning.rule"].create(
            {
                "name": "Own",
                "transition": "suspend",
                "domain": f"[('product_id', '=', {self.plan_fiber.id})]",
                "action_id": action.id,
            }
        )
        contract, other = self.activated(0), self.activated(1)
        other.action_change_plan(product_id=self.plan_fiber_big.id)
        (contract | other).action_suspend(reason="technical")
        self.assertEqual((contract.external_code, other.external_code), ("ran", False))
        with self.assertRaises(ValidationError):
            rule.domain = "[('no_such_field', '=', 1)]"
        with self.assertRaises(ValidationError):
            rule.action_id = action.copy({"model_id": self.env["ir.model"]._get_id("res.partner")})
