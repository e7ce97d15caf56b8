from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import PlanCase


@tagged("post_install", "-at_install")
class TestAccess(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = {
            "support": "silver_base.group_silver_support",
            "admin": "silver_base.group_silver_admin",
            "outsider": "base.group_user",
        }
        cls.users = {
            name: new_test_user(cls.env, f"t_plan_{name}", groups=group)
            for name, group in groups.items()
        }
        cls._price(25, cls.today)

    def test_staff_reads(self):
        plan = self.plan.with_user(self.users["support"])
        self.assertEqual(plan.isp_price_amount, 25)
        self.assertEqual(plan._isp_prices_on(self.today)[plan.id].amount, 25)
        plan.isp_promotion_ids.read(["name"])
        for view, view_type in [
            ("plan_view_form", "form"),
            ("plan_view_list", "list"),
            ("plan_view_kanban", "kanban"),
        ]:
            view_id = self.env.ref(f"silver_product.{view}").id
            self.assertTrue(plan.get_view(view_id, view_type)["arch"])

    def test_staff_does_not_price(self):
        plan = self.plan.with_user(self.users["support"])
        with self.assertRaises(AccessError):
            plan.action_set_price(30, date=self.day(1))
        with self.assertRaises(AccessError):
            plan.isp_price_ids.action_close(date=self.day(1))
        with self.assertRaises(AccessError):
            plan.write({"download_mbps": 1})
        with self.assertRaises(AccessError):
            self.env["isp.plan.price.change"].with_user(self.users["support"]).create(
                {"name": "No", "value": 1, "product_ids": [(6, 0, plan.ids)]}
            )
        with self.assertRaises(AccessError):
            self.env["isp.promotion"].with_user(self.users["support"]).create({"name": "No"})

    def test_administrator_prices(self):
        plan = self.plan.with_user(self.users["admin"])
        plan.action_set_price(30, date=self.day(1))
        change = plan.env["isp.plan.price.change"].create(
            {"name": "Up", "value": 10, "date": self.day(5), "product_ids": [(6, 0, plan.ids)]}
        )
        change.action_preview()
        change.action_apply()
        self.assertEqual(self.amount_on(self.day(5)), 33)
        with self.assertRaises(AccessError):
            change.line_ids.write({"new_amount": 1})
        change.action_undo()
        self.assertEqual(self.amount_on(self.day(5)), 30)
        new = plan.create(
            {
                "name": "New",
                "is_isp_plan": True,
                "plan_code": "T-NEW",
                "download_mbps": 1,
                "upload_mbps": 1,
            }
        )
        new.action_set_price(5)
        self.assertEqual(new.list_price, 5)

    def test_outsider_sees_a_product_but_no_prices(self):
        """Users of Odoo outside the provider's staff can still read products."""
        plan = self.plan.with_user(self.users["outsider"])
        self.assertEqual(plan.read(["plan_code"])[0]["plan_code"], "T-100")
        self.assertNotIn("isp_price_ids", plan.fields_get())
        self.assertNotIn("isp_price_amount", plan.fields_get())
        with self.assertRaises(AccessError):
            plan._isp_prices_on(self.today)

    def test_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            "t_plan_other",
            groups="silver_base.group_silver_admin",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        prices = self.env["isp.plan.price"].with_user(user)
        self.assertFalse(prices.search([("product_id", "=", self.plan.id)]))
        with self.assertRaises(AccessError):
            self.plan.isp_price_ids.with_user(user).read(["amount"])
        with self.assertRaises(AccessError):
            self.plan.with_user(user).action_set_price(1, company_id=self.company.id)
        self.plan.with_user(user).action_set_price(9)  # shared plan, its own price
        self.assertEqual(self.amount_on(self.today), 25)
