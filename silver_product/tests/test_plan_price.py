from datetime import date, timedelta

import psycopg2
from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..pricing import add_months
from .common import PlanCase


@tagged("post_install", "-at_install")
class TestPlanPrice(PlanCase):
    def _refused(self, error, function):
        with self.assertRaises(error), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            function()
            self.env.flush_all()

    def _sql(self, query, *values):
        return lambda: self.env.cr.execute(query, values)

    def test_price_on_a_date(self):
        self._price(20, self.day(-100), self.day(-51))
        self._price(25, self.day(-50), self.day(29))
        self._price(30, self.day(40))
        for day, amount in [
            (-101, None),
            (-100, 20),
            (-51, 20),
            (-50, 25),
            (0, 25),
            (29, 25),
            (30, None),
            (39, None),
            (40, 30),
            (9999, 30),
        ]:
            self.assertEqual(self.amount_on(self.day(day)), amount, day)

    def test_one_query_for_many_plans(self):
        plans = self.plan
        for number in range(20):
            plans += self._plan(f"T-Q{number}")
        for plan in plans:
            self._price(10, self.today, plan=plan)
        company = self.company
        for some in (self.plan, plans):  # as many for 21 plans as for one
            self.env.invalidate_all()
            self.assertTrue(company.currency_id)
            with self.assertQueryCount(1):
                self.assertEqual(set(some._isp_prices_on(self.today, company)), set(some.ids))

    def test_by_currency_and_company(self):
        eur = self.env.ref("base.EUR")
        eur.active = True
        other = self.env["res.company"].create({"name": "Other", "currency_id": eur.id})
        self.env.user.company_ids |= other
        self._price(25, self.today)
        self._price(23, self.today, currency_id=eur.id)
        self._price(24, self.today, company_id=other.id, currency_id=eur.id)
        on = self.plan._isp_prices_on
        self.assertEqual(on(self.today)[self.plan.id].amount, 25)
        self.assertEqual(on(self.today, currency=eur)[self.plan.id].amount, 23)
        self.assertEqual(on(self.today, company=other)[self.plan.id].amount, 24)
        self.assertFalse(on(self.today, company=other, currency=self.currency))

    def test_no_overlap(self):
        self._price(20, self.day(0), self.day(10))
        overlap = psycopg2.errors.ExclusionViolation
        self._refused(overlap, lambda: self._price(21, self.day(10)))
        self._refused(overlap, lambda: self._price(21, self.day(-5), self.day(0)))
        self._refused(overlap, lambda: self._price(21, self.day(-5)))
        self._price(21, self.day(11))

    def test_amount_and_dates(self):
        check = psycopg2.errors.CheckViolation
        self._refused(check, lambda: self._price(-1, self.today))
        self._refused(check, lambda: self._price(1, self.today, self.day(-1)))
        self._price(0, self.today)

    def test_only_plans_have_prices(self):
        cable = self.env["product.product"].create({"name": "Cable"})
        with self.assertRaisesRegex(UserError, "Cable"):
            self._price(1, self.today, plan=cable)

    def test_a_price_is_not_edited(self):
        price = self._price(20, self.day(-10))
        for values in [
            {"amount": 1},
            {"effective_from": self.day(-20)},
            {"product_id": self._plan("T-X").id},
            {"reason": "other", "effective_to": self.day(3)},
        ]:
            with self.assertRaisesRegex(UserError, "not edited"):
                price.write(values)
        with self.assertRaisesRegex(UserError, "kept"):
            price.unlink()

    def test_the_database_refuses_too(self):
        price = self._price(20, self.day(-10), self.day(20))
        cancelled = self._price(30, self.day(30), self.day(40))
        cancelled.action_cancel()
        self.env.flush_all()
        refused = psycopg2.errors.RestrictViolation
        table = "UPDATE isp_plan_price SET "
        for query, record in [
            (table + "amount = 1 WHERE id = %s", price),
            (table + "effective_to = NULL WHERE id = %s", price),
            (table + "effective_to = effective_to + 1 WHERE id = %s", price),
            (table + "active = TRUE WHERE id = %s", cancelled),
            (table + "active = NULL WHERE id = %s", cancelled),
            (table + "effective_to = effective_to - 1 WHERE id = %s", cancelled),
            ("DELETE FROM isp_plan_price WHERE id = %s", price),
        ]:
            self._refused(refused, self._sql(query, record.id))
        self._refused(refused, self._sql("TRUNCATE isp_plan_price CASCADE"))

    def test_close(self):
        price = self._price(20, self.day(-10))
        price.action_close(date=self.day(5).isoformat())
        self.assertEqual(price.effective_to, self.day(5))
        price.action_close(date=self.day(5))  # the same again is nothing
        self.assertEqual(self.amount_on(self.day(5)), 20)
        self.assertIsNone(self.amount_on(self.day(6)))
        price.action_close(date=self.day(2))
        with self.assertRaisesRegex(UserError, "opened again"):
            price.action_close(date=self.day(3))

    def test_closing_leaves_the_past(self):
        price = self._price(20, self.day(-10))
        with self.assertRaisesRegex(UserError, "over"):
            price.action_close(date=self.day(-2))
        with self.assertRaisesRegex(UserError, "before it starts"):
            price.action_close(date=self.day(-11))
        with self.assertRaisesRegex(UserError, "not a date"):
            price.action_close(date="tomorrow")
        price.action_close(date=self.day(-1))
        self.assertEqual(self.amount_on(self.day(-1)), 20)
        self.assertIsNone(self.amount_on(self.today))

    def test_cancel_a_future_price(self):
        self._price(20, self.day(-10))
        future = self.plan.action_set_price(30, date=self.day(10))
        later = self.plan.action_set_price(40, date=self.day(20))
        future.action_cancel()
        future.action_cancel()
        self.assertFalse(future.active)
        self.assertEqual(future.status, "cancelled")
        self.assertEqual(self.amount_on(self.day(15)), 20)
        self.assertEqual(self.amount_on(self.day(25)), 40)
        later.action_cancel()
        self.assertEqual(self.amount_on(self.day(9999)), 20)

    def test_cancel_only_what_is_to_come(self):
        price = self._price(20, self.today)
        with self.assertRaisesRegex(UserError, "in force"):
            price.action_cancel()
        with self.assertRaisesRegex(UserError, "in force"):
            price.with_context(isp_price_undoing=True).write({"active": False})

    def test_status(self):
        prices = self.Price.concat(
            self._price(1, self.day(-20), self.day(-11)),
            self._price(2, self.day(-10), self.day(0)),
            self._price(3, self.day(1)),
        )
        self.assertEqual(prices.mapped("status"), ["past", "current", "future"])

    def test_plan_with_history_stays_a_plan_of_its_company(self):
        self._price(20, self.day(-10), self.day(-5))
        other = self.env["res.company"].create({"name": "Other"})
        for values in ({"is_isp_plan": False}, {"company_id": other.id}):
            with (
                self.assertRaisesRegex(ValidationError, "price history"),
                self.env.cr.savepoint(),
            ):
                self.plan.write(values)
        self.plan.company_id = self.company

    def test_plan_with_history_is_not_deleted(self):
        self._price(20, self.today)
        self._refused(psycopg2.errors.ForeignKeyViolation, self.plan.unlink)

    # === what the plan shows === #

    def test_price_today_and_next(self):
        self._price(20, self.day(-10), self.day(9))
        self._price(40, self.day(20))
        self._price(30, self.day(10), self.day(19))
        self.assertRecordValues(
            self.plan,
            [
                {
                    "isp_price_amount": 20,
                    "isp_next_price_amount": 30,
                    "isp_next_price_date": self.day(10),
                    "isp_price_currency_id": self.currency.id,
                }
            ],
        )

    def test_next_price_is_the_next_change(self):
        self._price(20, self.day(-10), self.day(9))
        self._price(20, self.day(10), self.day(19))
        self.assertFalse(self.plan.isp_next_price_id)
        self._price(30, self.day(20))
        self.assertEqual(self.plan.isp_next_price_date, self.day(20))

    def test_list_price_follows(self):
        self._price(20, self.day(-10), self.day(-1))
        self.assertEqual(self.plan.list_price, 0)
        self._price(25, self.today)
        self.assertEqual(self.plan.list_price, 25)
        self._price(30, self.day(1), plan=self._plan("T-F"))
        self.plan.product_tmpl_id.list_price = 99
        self.assertEqual(self.plan.list_price, 25, "the price history decides")
        self.plan.action_set_price(28)
        self.assertEqual(self.plan.lst_price, 28)

    def test_price_by_month(self):
        first = self.today.replace(day=1)
        start, change = add_months(first, -4), add_months(first, -2)
        self._price(20, start, change + timedelta(days=14))
        self._price(25, change + timedelta(days=15), add_months(first, 1))
        months = self.env["isp.plan.price.month"].search([("product_id", "=", self.plan.id)])
        self.assertEqual(
            [(line.month, line.amount) for line in months],
            [(add_months(first, -4), 20), (add_months(first, -3), 20)]
            + [(add_months(first, number), 25) for number in (-2, -1, 0)],
        )
        self.assertEqual(len(set(months.ids)), 5)

    def test_cron_sets_the_list_price_of_the_day(self):
        self._price(25, self.day(-10), self.day(0))
        self._price(30, self.day(1))
        self.env.cr.execute(
            "UPDATE product_template SET list_price = 1 WHERE id = %s",
            [self.plan.product_tmpl_id.id],
        )
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref("silver_product.ir_cron_list_price").method_direct_trigger()
        self.assertEqual(self.plan.list_price, 25)

    def test_the_day_is_the_companys_whoever_asks(self):
        """20:00 of the 14th in Lima is the 15th in UTC and in Brussels."""
        self._price(25, date(2031, 3, 1), date(2031, 3, 14))
        self._price(30, date(2031, 3, 15))
        for zone in ("Europe/Brussels", "America/Lima", False):
            self.env.user.tz = zone
            with self.subTest(zone=zone), freeze_time("2031-03-15 01:00:00"):
                self.env.invalidate_all()
                self.assertEqual(self.plan.isp_price_amount, 25)
            with self.subTest(zone=zone), freeze_time("2031-03-15 05:00:00"):
                self.env.invalidate_all()
                self.assertEqual(self.plan.isp_price_amount, 30)
