import datetime

import psycopg2

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PlanCase


@tagged("post_install", "-at_install")
class TestPromotion(PlanCase):
    def _promotion(self, **values):
        return self.env["isp.promotion"].create(
            {
                "name": "Half price",
                "code": "T-HALF",
                "kind": "percent",
                "percentage": 50,
                "months": 3,
                "date_start": self.day(-10),
                "date_end": self.day(10),
                "product_ids": [(6, 0, self.plan.ids)],
                **values,
            }
        )

    def test_amount_by_month(self):
        promotion = self._promotion()
        self.assertEqual(
            [promotion._isp_amount(24.99, month) for month in (1, 3, 4)], [12.5, 12.5, 24.99]
        )
        fixed = self._promotion(code="T-5", kind="price", amount=5)
        self.assertEqual([fixed._isp_amount(18, month) for month in (1, 4)], [5, 18])

    def test_last_day(self):
        promotion = self._promotion()
        self.assertEqual(
            promotion._isp_last_day(datetime.date(2026, 1, 31)), datetime.date(2026, 4, 29)
        )

    def test_what_can_be_sold_on_a_date(self):
        promotion = self._promotion()
        endless = self._promotion(code="T-2", date_end=False)
        other = self._plan("T-OTHER")
        plans = self.plan + other
        self.assertEqual(plans._isp_promotions_on(self.day(10))[self.plan.id], promotion + endless)
        self.assertEqual(plans._isp_promotions_on(self.day(11))[self.plan.id], endless)
        self.assertFalse(plans._isp_promotions_on(self.day(-11))[self.plan.id])
        self.assertFalse(plans._isp_promotions_on(self.today)[other.id])
        endless.active = False
        self.assertEqual(plans._isp_promotions_on(self.today)[self.plan.id], promotion)

    def test_on_sale_today(self):
        promotions = (
            self._promotion()
            + self._promotion(code="T-OVER", date_end=self.day(-1))
            + self._promotion(code="T-LATER", date_start=self.day(1))
        )
        self.assertEqual(promotions.mapped("is_open"), [True, False, False])
        domain = [("id", "in", promotions.ids)]
        Promotion = self.env["isp.promotion"]
        self.assertEqual(Promotion.search(domain + [("is_open", "=", True)]), promotions[0])
        self.assertEqual(
            set(Promotion.search(domain + [("is_open", "=", False)])), set(promotions[1:])
        )

    def test_in_words(self):
        promotion = self._promotion()
        self.assertFalse(promotion.example)
        self._price(24, self.today)
        promotion.invalidate_recordset()
        for amount in (12, 24):
            self.assertIn(self.currency.format(amount), promotion.example)

    def test_constraints(self):
        for number, values in enumerate(
            [
                {"months": 0},
                {"months": 61},
                {"percentage": 0},
                {"percentage": 101},
                {"kind": "price", "amount": -1},
                {"date_end": self.day(-11)},
            ]
        ):
            with (
                self.subTest(values),
                self.assertRaises(psycopg2.errors.CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self._promotion(code=f"T-C{number}", **values)
        self._promotion()
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self._promotion()

    def test_for_plans(self):
        cable = self.env["product.product"].create({"name": "Cable"})
        with self.assertRaisesRegex(ValidationError, "Cable"):
            self._promotion(product_ids=[(6, 0, cable.ids)])
        with self.assertRaisesRegex(ValidationError, "choose the plans"):
            self._promotion(code="T-EMPTY", product_ids=[])

    def test_terms_stay_once_in_use(self):
        promotion = self._promotion()
        promotion.percentage = 40
        self.patch(type(promotion), "_in_use", lambda promotions: promotions)
        for values in ({"percentage": 10}, {"months": 1}, {"kind": "price"}):
            with self.assertRaisesRegex(UserError, "customers"):
                promotion.write(values)
        with self.assertRaisesRegex(UserError, "Archive"):
            promotion.unlink()
        promotion.write({"date_end": self.today, "name": "Half price, last days"})
