"""Someone edits RADIUS by hand: found, mended or reported, and never more than allowed."""

from odoo.tests import tagged

from .common import ProvisioningCommon


@tagged("post_install", "-at_install")
class TestDrift(ProvisioningCommon):
    def setUp(self):
        super().setUp()
        self.device = self.env["isp.provisioning.device"]._of("radius", self.server)[self.server.id]

    def compare(self, device=None):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            counts = self.env["isp.provisioning.drift"]._compare((device or self.device).id)
        self.env.invalidate_all()
        return counts

    def findings(self, **values):
        domain = [("device_id", "=", self.device.id)]
        return self.env["isp.provisioning.finding"].search(
            domain + [(name, "=", value) for name, value in values.items()]
        )

    def test_nothing_to_find(self):
        self.activated()
        self.assertEqual(sum(self.compare().values()), 0)
        self.assertFalse(self.findings())

    def test_edit_by_hand_is_mended(self):
        contract = self.activated()
        contract.action_suspend(reason="technical")
        self.drain()
        self.lab.sql("DELETE FROM radusergroup WHERE groupname = 'suspended'")
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"], "50M/100M")
        counts = self.compare()
        self.assertEqual((counts["missing"], counts["repaired"]), (1, 1))
        self.assertEqual(self.findings().resolution, "repairing")
        router = self.router()
        self.online(contract, Class=contract.radius_user_id.policy)
        self.drain()
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"], "128k/128k")
        self.assertEqual(len(router.requests), 1, "who profited from it dials in again")
        self.compare()
        self.assertEqual(self.findings().resolution, "gone")

    def test_report_only(self):
        self.env["isp.provisioning.drift.policy"].search(
            [("kind", "=", "radius"), ("area", "=", "radcheck")]
        ).mode = "report"
        contract = self.activated()
        self.lab.sql("UPDATE radcheck SET value = 'by-hand'")
        counts = self.compare()
        self.assertEqual((counts["different"], counts["repaired"]), (1, 0))
        target = self.targets(contract, "radius")
        self.assertEqual((target.state, contract.network_state), ("drift", "attention"))
        finding = self.findings(resolution="open")
        self.assertEqual((finding.contract_id, finding.finding), (contract, "different"))
        self.assertNotIn("by-hand", finding.detail)
        self.assertNotIn(contract.radius_user_id.sudo().password, finding.detail)
        self.drain()
        self.assertEqual(self.lab.sql("SELECT value FROM radcheck"), [("by-hand",)])
        finding.with_user(self.operator).action_repair()
        self.drain()
        self.assertEqual(self.login(contract)[0], "Access-Accept")

    def test_strangers_are_never_touched(self):
        self.activated()
        self.lab.sql(
            "INSERT INTO radcheck (username, attribute, op, value)"
            " VALUES ('old-customer', 'Cleartext-Password', ':=', 'x')"
        )
        self.assertEqual(self.compare()["extra"], 1)
        finding = self.findings(finding="extra")
        self.assertEqual((finding.key, finding.resolution), ("old-customer", "open"))
        finding.action_repair()
        self.drain()
        self.assertEqual(self.lab.login("old-customer", "x")[0], "Access-Accept")
        finding.action_ignore()
        self.compare()
        self.assertEqual(finding.resolution, "ignored")
        self.lab.sql("DELETE FROM radcheck WHERE username = 'old-customer'")
        self.compare()
        self.assertEqual(finding.resolution, "gone")

    def test_repairs_are_capped(self):
        for index in range(6):
            self.activated(index, drain=False)
        self.drain()
        self.device.repair_cap_pct = 34
        self.lab.sql("UPDATE radcheck SET value = 'all-of-them'")
        counts = self.compare()
        self.assertEqual((counts["different"], counts["repaired"]), (6, 2))
        self.assertEqual(len(self.Target.search([("state", "=", "drift")])), 4)
        self.device.repair_cap_pct = 0
        self.assertEqual(self.compare()["repaired"], 0)

    def test_session_on_old_terms(self):
        router = self.router()
        contract = self.activated()
        self.online(contract, Class="silver-000000000000")
        coa = self.targets(contract, "coa").device_id
        counts = self.compare(coa)
        self.assertEqual((counts["stale"], counts["repaired"]), (1, 1))
        self.drain()
        self.assertEqual(len(router.requests), 1)

    def test_change_nobody_announced(self):
        """Raw SQL on the contract: the fingerprint of the wanted state tells."""
        contract = self.activated()
        self.env.cr.execute(
            "UPDATE isp_contract SET product_id = %s WHERE id = %s",
            (self.plan_fiber_big.id, contract.id),
        )
        self.env.invalidate_all()
        self.env["isp.provisioning.drift"]._mark_changed()
        self.assertEqual(self.targets(contract, "radius").state, "pending")
        self.drain()
        rows = self.lab.sql("SELECT groupname FROM radusergroup")
        self.assertEqual(rows, [(self.plan_fiber_big._radius_group_name(),)])

    def test_device_away(self):
        self.activated()
        self.lab.away()
        self.assertEqual(sum(self.compare().values()), 0)
        self.assertEqual(self.device.health, "silent")
        self.assertFalse(self.findings(), "silence is no difference")
