import psycopg2

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import PlanCase


@tagged("post_install", "-at_install")
class TestPlan(PlanCase):
    def _refused(self, **values):
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self._plan("T-BAD", **values)
            self.env.flush_all()

    def test_a_plan_is_a_monthly_service_in_advance(self):
        plan = self.env["product.product"].create(
            {
                "name": "Short",
                "is_isp_plan": True,
                "plan_code": "T-SHORT",
                "download_mbps": 5,
                "upload_mbps": 1,
            }
        )
        self.assertRecordValues(
            plan,
            [
                {
                    "type": "service",
                    "service_category": "internet",
                    "access_technology": "any",
                    "billing_policy": "monthly",
                    "billing_mode": "advance",
                    "billing_interval_months": 1,
                    "default_code": "T-SHORT",
                    "list_price": 0,
                }
            ],
        )

    def test_other_products_are_left_alone(self):
        product = self.env["product.product"].create({"name": "Cable"})
        self.assertFalse(product.service_category or product.billing_policy)
        self.assertEqual(product.list_price, 1.0)

    def test_speeds(self):
        self._refused(download_mbps=0)
        self._refused(upload_mbps=0)
        self._refused(download_mbps=-1)
        self._refused(service_category="hotspot", upload_mbps=0)
        self._refused(burst_upload_mbps=-5)
        self._plan("T-TV", service_category="tv", download_mbps=0, upload_mbps=0)

    def test_numbers_in_range(self):
        self._refused(priority=0)
        self._refused(priority=9)
        self._refused(contention_ratio=0)
        self._refused(burst_threshold_pct=101)
        self._refused(type="consu")

    def test_interval_follows_the_policy(self):
        annual = self._plan("T-YEAR", billing_policy="annual")
        self.assertEqual(annual.billing_interval_months, 12)
        quarter = self._plan("T-3M", billing_policy="variable", billing_interval_months=3)
        self.assertEqual(quarter.billing_interval_months, 3)
        quarter.billing_policy = "monthly"
        self.assertEqual(quarter.billing_interval_months, 1)
        self._refused(billing_policy="monthly", billing_interval_months=2)
        self._refused(billing_policy="variable", billing_interval_months=0)

    def test_code_is_unique_in_the_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        own = self._plan("T-OWN", company_id=self.company.id)
        self._plan("T-OWN", company_id=company.id)
        with self.assertRaisesRegex(ValidationError, own.name):
            self._plan("T-OWN")  # shared: it would meet the one of each company
        with self.assertRaisesRegex(ValidationError, self.plan.name):
            self._plan("T-100", company_id=company.id)

    def test_code_is_unique_in_the_database(self):
        other = self._plan("T-101")
        self.env.flush_all()
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE product_template SET plan_code = 'T-100' WHERE id = %s",
                [other.product_tmpl_id.id],
            )
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation) as caught,
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self._plan("T-100")
        message = self.env["product.template"]._sql_error_to_message(caught.exception)
        self.assertEqual(
            message,
            self.env["product.template"]._plan_code_uniq.get_error_message(
                self.env["product.template"], caught.exception.diag
            ),
        )

    def test_copy_gets_a_free_code(self):
        # what create() returns carries a context that makes no variants, so look it up again
        self.plan = self.env["product.product"].browse(self.plan.id)
        first = self.plan.copy()
        second = self.plan.copy()
        self.assertEqual((first.plan_code, second.plan_code), ("T-100-2", "T-100-3"))
        self.assertEqual(first.default_code, "T-100-2")
        self.assertFalse(first.isp_price_ids)

    def test_no_variants(self):
        attribute = self.env["product.attribute"].create(
            {"name": "Speed", "value_ids": [(0, 0, {"name": "1"}), (0, 0, {"name": "2"})]}
        )
        with self.assertRaisesRegex(ValidationError, "variants"):
            self.plan.product_tmpl_id.attribute_line_ids = [
                (
                    0,
                    0,
                    {
                        "attribute_id": attribute.id,
                        "value_ids": [(6, 0, attribute.value_ids.ids)],
                    },
                )
            ]

    def test_found_by_its_code(self):
        found = self.env["product.product"].name_search("T-100")
        self.assertIn(self.plan.id, [number for number, _name in found])

    def test_form(self):
        view = "silver_product.plan_view_form"
        action = self.env.ref("silver_product.plan_action")
        context = {"default_is_isp_plan": True, "default_type": "service"}
        self.assertEqual(action.res_model, "product.product")
        with Form(self.env["product.product"].with_context(**context), view=view) as form:
            form.name = "By hand"
            form.plan_code = "T-HAND"
            form.download_mbps = 20
            form.upload_mbps = 10
            form.billing_policy = "annual"
        plan = form.record
        self.assertEqual(plan.service_category, "internet")
        self.assertEqual(plan.billing_interval_months, 12)
        self.assertEqual(plan.default_code, "T-HAND")
