from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from ..fields import MASK, Secret


@tagged("post_install", "-at_install")
class TestSecret(TransactionCase):
    """The field by itself; models that carry credentials test it over RPC reads."""

    def setUp(self):
        super().setUp()
        self.field = Secret(string="API password")
        admin = new_test_user(
            self.env, login="silver_secret_admin", groups="silver_base.group_silver_admin"
        )
        self.record = self.env["res.partner"].with_user(admin).browse(admin.partner_id.id)

    def test_people_see_only_that_there_is_one(self):
        self.assertEqual(self.field.convert_to_read("hunter2", self.record), MASK)
        self.assertFalse(self.field.convert_to_read(False, self.record))
        self.assertEqual(self.field.convert_to_export("hunter2", self.record), MASK)
        self.assertEqual(self.field.convert_to_export(False, self.record), "")

    def test_the_executor_reads_it(self):
        self.assertEqual(self.field.convert_to_read("hunter2", self.record.sudo()), "hunter2")

    def test_the_mask_is_not_a_password(self):
        self.field.string = "API password"  # a model would set it
        with self.assertRaisesRegex(UserError, "API password"):
            self.field.convert_to_column(MASK, self.record)
        self.assertEqual(self.field.convert_to_column("hunter2", self.record), "hunter2")

    def test_not_copied(self):
        self.assertFalse(Secret()._args__["copy"])


@tagged("post_install", "-at_install")
class TestRoles(TransactionCase):
    def test_administrator_has_every_role(self):
        admin = new_test_user(
            self.env, login="silver_roles", groups="silver_base.group_silver_admin"
        )
        for role in ("technician", "support", "collection", "operator", "user", "secrets"):
            self.assertTrue(admin.has_group(f"silver_base.group_silver_{role}"), role)

    def test_support_holds_no_secrets(self):
        user = new_test_user(
            self.env, login="silver_support", groups="silver_base.group_silver_support"
        )
        self.assertFalse(user.has_group("silver_base.group_silver_secrets"))
