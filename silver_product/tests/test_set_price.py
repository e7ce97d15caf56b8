from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import PlanCase


@tagged("post_install", "-at_install")
class TestSetPrice(PlanCase):
    def test_first_price(self):
        price = self.plan.action_set_price(25.0, date=self.day(-30), reason="start")
        self.assertEqual(price.amount, 25)
        self.assertEqual(self.amount_on(self.today), 25)

    def test_new_price_closes_the_old_one(self):
        old = self._price(25, self.day(-30))
        new = self.plan.action_set_price(30, date=self.day(10), reason="increase")
        self.assertEqual(old.effective_to, self.day(9))
        self.assertEqual(new.effective_from, self.day(10))
        self.assertEqual(new.reason, "increase")
        self.assertFalse(new.effective_to)

    def test_twice_is_once(self):
        self._price(25, self.day(-30))
        first = self.plan.action_set_price(30, date=self.day(10))
        again = self.plan.action_set_price(30, date=self.day(10))
        self.assertEqual(first, again)
        self.assertEqual(len(self.plan.isp_price_ids), 2)
        same = self.plan.action_set_price(25, date=self.day(-5), date_to=None, future="keep")
        self.assertEqual(len(self.plan.isp_price_ids), 2)
        self.assertEqual(same.amount, 25)

    def test_temporary_price(self):
        self._price(25, self.day(-30))
        self.plan.action_set_price(15, date=self.day(10), date_to=self.day(19))
        self.assertEqual(
            [self.amount_on(self.day(day)) for day in (9, 10, 19, 20, 500)], [25, 15, 15, 25, 25]
        )

    def test_future_price_in_the_way(self):
        self._price(25, self.day(-30), self.day(29))
        self._price(40, self.day(30))
        with self.assertRaisesRegex(UserError, "keep it or to replace it"):
            self.plan.action_set_price(30, date=self.day(5))
        self.assertEqual(self.amount_on(self.day(5)), 25, "nothing half done")
        kept = self.plan.action_set_price(30, date=self.day(5), future="keep")
        self.assertEqual(kept.effective_to, self.day(29))
        self.assertEqual(self.amount_on(self.day(30)), 40)
        self.plan.action_set_price(35, date=self.day(6), future="replace")
        self.assertEqual(self.amount_on(self.day(5)), 30)
        self.assertEqual(self.amount_on(self.day(30)), 35)

    def test_days_that_are_over(self):
        self._price(25, self.day(-30))
        with self.assertRaisesRegex(UserError, "over keep"):
            self.plan.action_set_price(30, date=self.day(-1))
        with self.assertRaisesRegex(UserError, "over keep"):
            self.plan.action_set_price(20, date=self.day(-60), future="replace")
        self.assertEqual(self.amount_on(self.day(-30)), 25)
        # there was none before that, so an old price may be written down
        self.plan.action_set_price(20, date=self.day(-60), future="keep")
        self.assertEqual(self.amount_on(self.day(-31)), 20)
        self.assertEqual(self.amount_on(self.day(-30)), 25)

    def test_twice_on_the_same_day(self):
        self._price(25, self.day(-30))
        self.plan.action_set_price(30)
        wrong = self.plan.isp_price_ids.filtered(lambda price: price.amount == 30)
        self.plan.action_set_price(28)
        self.assertFalse(wrong.active)
        self.assertEqual(self.amount_on(self.today), 28)
        self.assertEqual(self.amount_on(self.day(-1)), 25)

    def test_a_charged_price_is_not_replaced(self):
        price = self._price(25, self.today)
        self.patch(type(self.Price), "_charged", lambda prices: prices & price)
        with self.assertRaisesRegex(UserError, "already charged"):
            self.plan.action_set_price(30, date=self.today)
        self.plan.action_set_price(30, date=self.day(1))
        self.assertEqual(self.amount_on(self.today), 25)

    def test_bad_input(self):
        self._price(25, self.day(-30))
        for amount in (-1, float("nan"), float("inf"), "25", None, True):
            with self.assertRaisesRegex(UserError, "not a price"):
                self.plan.action_set_price(amount)
        with self.assertRaisesRegex(UserError, "not a date"):
            self.plan.action_set_price(30, date="31/12/2026")
        with self.assertRaisesRegex(UserError, "before it starts"):
            self.plan.action_set_price(30, date=self.day(5), date_to=self.day(4))
        with self.assertRaisesRegex(UserError, "refuse, keep or replace"):
            self.plan.action_set_price(30, future="perhaps")
        self.assertEqual(len(self.plan.isp_price_ids), 1)

    def test_several_plans_few_queries(self):
        plans = self.plan
        for number in range(20):
            plans += self._plan(f"T-Q{number}")
        for plan in plans:
            self._price(10, self.day(-30), plan=plan)
        self.env.flush_all()
        self.env.invalidate_all()
        plans.action_set_price(12, date=self.day(10))  # warm caches of the registry
        self.env.flush_all()
        with self.assertQueryCount(30):
            plans.action_set_price(13, date=self.day(40))
            self.env.flush_all()

    def test_wizard(self):
        self._price(25, self.day(-30), self.day(29))
        self._price(40, self.day(30))
        action = self.plan.action_open_set_price()
        wizard = Form(self.env["isp.plan.set.price"].with_context(**action["context"]))
        wizard.amount = 30
        wizard.date = self.day(5)
        self.assertEqual(wizard.later_date, self.day(30))
        self.assertIn(self.plan.name, wizard.preview)
        wizard.future = "keep"
        wizard.save().action_confirm()
        self.assertEqual(self.amount_on(self.day(29)), 30)
        self.assertEqual(self.amount_on(self.day(30)), 40)

    def test_close_wizard(self):
        price = self._price(25, self.day(-30))
        action = price.action_open_close_wizard()
        wizard = Form(self.env["isp.plan.price.close"].with_context(**action["context"]))
        wizard.date = self.day(3)
        wizard.save().action_confirm()
        self.assertEqual(price.effective_to, self.day(3))
