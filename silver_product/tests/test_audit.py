from odoo.tests import tagged

from .common import PlanCase


@tagged("post_install", "-at_install")
class TestAudit(PlanCase):
    def _findings(self):
        return {finding["name"]: finding for finding in self.env["silver.audit"].sudo().run()}

    def test_all_holds(self):
        self.assertFalse(
            {name for name in self._findings() if name.startswith(("plan_", "missing_"))}
        )

    def test_a_lost_constraint_and_what_it_lets_in_are_found(self):
        self._price(20, self.today)
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE isp_plan_price DROP CONSTRAINT isp_plan_price_no_overlap")
        self._price(21, self.today)
        findings = self._findings()
        self.assertIn("plan_price_overlap", findings)
        self.assertIn(
            ["isp_plan_price.isp_plan_price_no_overlap"], findings["missing_constraint"]["rows"]
        )

    def test_a_price_left_on_a_product(self):
        self._price(20, self.today)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE product_template SET is_isp_plan = FALSE WHERE id = %s",
            [self.plan.product_tmpl_id.id],
        )
        self.assertIn("plan_price_of_no_plan", self._findings())
