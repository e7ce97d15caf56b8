from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from ..models.silver_audit import DbObject, Invariant, SilverAudit


@tagged("post_install", "-at_install")
class TestAudit(TransactionCase):
    def run_with(self, invariants=(), objects=()):
        with (
            patch.object(SilverAudit, "_invariants", lambda self: list(invariants)),
            patch.object(SilverAudit, "_expected_objects", lambda self: list(objects)),
        ):
            return self.env["silver.audit"].run()

    def names(self, findings):
        return [finding["name"] for finding in findings]

    def test_a_broken_promise_is_shown_with_its_rows(self):
        findings = self.run_with(
            [
                Invariant("audit_test_holds", "SELECT 1 WHERE false", "holds"),
                Invariant("audit_test_broken", "SELECT login FROM res_users", "nobody may log in"),
            ]
        )
        self.assertNotIn("audit_test_holds", self.names(findings))
        broken = next(f for f in findings if f["name"] == "audit_test_broken")
        self.assertEqual(broken["meaning"], "nobody may log in")
        self.assertTrue(broken["rows"])

    def test_a_missing_constraint_is_found(self):
        findings = self.run_with(
            objects=[
                DbObject("index", "res_users", "res_users_pkey"),
                DbObject("trigger", "res_users", "silver_is_not_there"),
            ]
        )
        missing = [f for f in findings if f["name"] == "missing_trigger"]
        self.assertIn(["res_users.silver_is_not_there"], missing[0]["rows"])
        self.assertNotIn(["res_users.res_users_pkey"], [r for f in findings for r in f["rows"]])

    def test_only_administrators(self):
        user = new_test_user(
            self.env, login="silver_audit_support", groups="silver_base.group_silver_support"
        )
        with self.assertRaises(AccessError):
            self.env["silver.audit"].with_user(user).run()
        admin = new_test_user(
            self.env, login="silver_audit_admin", groups="silver_base.group_silver_admin"
        )
        self.env["silver.audit"].with_user(admin).run()

    def test_the_suite_keeps_its_promises(self):
        """On the demo data, every module's invariants hold and every object is there."""
        self.assertEqual(self.env["silver.audit"].run(), [])
