"""What would change on a whole device, before Silver is let at it."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models import isp_provisioning_device_plan
from .device_lab import OltCommon, RouterCommon


class PlanMixin:
    def dry_run(self, record):
        """The wizard that the button opens, as an operator sees it."""
        self.env.flush_all()
        action = record.with_user(self.operator).action_network_plan()
        wizard = self.env[action["res_model"]].with_user(self.operator).browse(action["res_id"])
        counts = ("compared_count", "equal_count", "change_count", "error_count", "left_count")
        return wizard, tuple(wizard[name] for name in counts)


@tagged("post_install", "-at_install")
class TestRouterPlan(PlanMixin, RouterCommon):
    def writes(self):
        return [cmd for cmd, *_rest in self.ros.log if not cmd.endswith(("print", "login"))]

    def test_only_what_differs_with_totals(self):
        contracts = self.env["isp.contract"].union(*(self.activated(i) for i in range(4)))
        self.nas.provisioning_mode = "dry_run"
        contracts[0].action_suspend(reason="technical")
        name = contracts[1].radius_user_id.username
        [row] = [row for row in self.rows("/ppp/secret") if row["name"] == name]
        self.ros.store.remove("/ppp/secret", row[".id"])
        self.ros.log.clear()
        wizard, counts = self.dry_run(self.nas)
        self.assertEqual(counts, (4, 2, 2, 0, 0))
        self.assertEqual(wizard.line_ids.contract_id, contracts[:2])
        text = "\n".join(wizard.line_ids.mapped("text"))
        self.assertIn(f"create the PPP user {name} (active)", text)
        self.assertIn("1 × create the PPP user … (…)", wizard.summary)
        self.assertFalse(self.writes(), "nothing was sent")
        self.assertFalse(wizard.is_enabled)
        self.assertEqual(wizard.action_view_contracts()["domain"][0][2], contracts[:2].ids)

        self.nas.provisioning_mode = "on"
        wizard, _counts = self.dry_run(self.nas)
        wizard.action_apply()
        self.recover()
        self.assertEqual(self.dry_run(self.nas)[1], (4, 4, 0, 0, 0))

    def test_profiles_of_plans_are_said_too(self):
        self.nas.provisioning_mode = "dry_run"
        self.activated()
        wizard, _counts = self.dry_run(self.nas)
        shared = wizard.line_ids.filtered(lambda line: not line.contract_id)
        self.assertIn(self.plan_fiber._radius_group_name(), shared.text)

    def test_thousands_in_batches_on_one_connection(self):
        for index in range(5):
            self.activated(index)
        self.ros.log.clear()
        before = self.ros.connections
        with patch.object(isp_provisioning_device_plan, "CHUNK", 2):
            _wizard, counts = self.dry_run(self.nas)
        self.assertEqual(counts, (5, 5, 0, 0, 0))
        self.assertEqual(self.ros.connections - before, 1)
        secrets = [cmd for cmd, *_rest in self.ros.log if cmd == "/ppp/secret/print"]
        self.assertEqual(len(secrets), 3, "one question for each batch")

    def test_it_ends_in_time(self):
        for index in range(5):
            self.activated(index)
        Device = self.env.registry["isp.provisioning.device"]
        plan = Device._plan

        def hasty(device, contracts, shared=False):
            return plan(device, contracts, shared, seconds=-1)

        with (
            patch.object(isp_provisioning_device_plan, "CHUNK", 2),
            patch.object(Device, "_plan", hasty),
        ):
            _wizard, counts = self.dry_run(self.nas)
        self.assertEqual((counts[0], counts[4]), (2, 3), "the first batch, and the rest is said")

    def test_what_cannot_be_said(self):
        self.activated()
        bad = self.activated(1)
        bad.radius_user_ids.unlink()
        _wizard, counts = self.dry_run(self.nas)
        self.assertEqual(counts, (2, 1, 0, 1, 0))

    def test_a_dead_or_foreign_router(self):
        self.activated()
        self.activated(1).radius_user_ids.unlink()
        self.ros.stop()
        wizard, counts = self.dry_run(self.nas)
        self.assertEqual(wizard.line_ids.mapped("level"), ["error"] * 2)
        self.assertEqual(counts[:2], (0, 0), "nothing is said to be in order")
        self.nas.provisioning_mode = "off"
        with self.assertRaises(UserError):
            self.nas.action_network_plan()


@tagged("post_install", "-at_install")
class TestOltPlan(PlanMixin, OltCommon):
    def test_whole_olt(self):
        first, second = self.activated(0), self.activated(1)
        self.olt.provisioning_mode = "dry_run"
        self.plant.by_serial(self.lights[1]).enabled = False
        log = len(self.lab_olt.log)
        wizard, counts = self.dry_run(self.olt)
        self.assertEqual(counts, (2, 1, 1, 0, 0))
        self.assertEqual(wizard.line_ids.contract_id, second)
        self.assertIn("activate", wizard.line_ids.text)
        sent = " ".join(str(line) for line in self.lab_olt.log[log:])
        self.assertNotIn("ont activate", sent)
        self.assertNotIn(first.name, " ".join(wizard.line_ids.mapped("text")))
