from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import PlanCase


@tagged("post_install", "-at_install")
class TestPriceChange(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._plan("T-300", billing_policy="annual")
        cls.partners = cls.env["res.partner"].create([{"name": "Ana"}, {"name": "Beto"}])

    def setUp(self):
        super().setUp()
        self.old = self._price(25, self.day(-30))
        self.old_other = self._price(240, self.day(-30), plan=self.other)

    def _change(self, **values):
        return self.env["isp.plan.price.change"].create(
            {
                "name": "Yearly increase",
                "date": self.day(10),
                "method": "percent",
                "value": 10,
                "product_ids": [(6, 0, (self.plan + self.other).ids)],
                **values,
            }
        )

    def test_preview_apply(self):
        change = self._change()
        change.action_preview()
        self.assertRecordValues(
            change.line_ids,
            [
                {"product_id": self.plan.id, "old_amount": 25, "new_amount": 27.5},
                {"product_id": self.other.id, "old_amount": 240, "new_amount": 264},
            ],
        )
        self.assertEqual(change.line_ids.mapped("difference"), [2.5, 24])
        self.assertEqual(self.amount_on(self.day(10)), 25, "a preview sets nothing")
        change.action_apply()
        self.assertEqual(change.state, "done")
        self.assertEqual(change.applied_by_id, self.env.user)
        self.assertEqual(self.amount_on(self.day(9)), 25)
        self.assertEqual(self.amount_on(self.day(10)), 27.5)
        self.assertEqual(self.amount_on(self.day(10), self.other), 264)
        self.assertEqual(change.line_ids.price_id.mapped("reason"), [change.name] * 2)

    def test_apply_twice_is_once(self):
        change = self._change()
        change.action_preview()
        change.action_apply()
        prices = self.plan.isp_price_ids
        change.action_apply()
        self.assertEqual(self.plan.isp_price_ids, prices)

    def test_nothing_without_preview(self):
        change = self._change()
        with self.assertRaisesRegex(UserError, "Preview"):
            change.action_apply()
        change.action_preview()
        change.value = 20
        self.assertFalse(change.line_ids, "the preview was for other numbers")
        with self.assertRaisesRegex(UserError, "Preview"):
            change.action_apply()

    def test_stale_preview(self):
        change = self._change()
        change.action_preview()
        self.plan.action_set_price(26, date=self.day(2))
        with self.assertRaisesRegex(UserError, "Preview it again"):
            change.action_apply()
        change.action_preview()
        change.action_apply()
        self.assertEqual(self.amount_on(self.day(10)), 28.6)

    def test_a_plan_that_cannot_change_is_set_aside(self):
        unpriced = self._plan("T-NONE")
        change = self._change(
            method="add",
            value=-30,
            product_ids=[(6, 0, (self.plan + self.other + unpriced).ids)],
        )
        change.action_preview()
        problems = {line.product_id: line.problem for line in change.line_ids}
        self.assertIn("negative", problems[self.plan])
        self.assertIn("no price", problems[unpriced])
        self.assertFalse(problems[self.other])
        change.action_apply()
        self.assertEqual(self.amount_on(self.day(10)), 25)
        self.assertEqual(self.amount_on(self.day(10), self.other), 210)

    def test_only_problems(self):
        change = self._change(value=0)
        change.action_preview()
        with self.assertRaisesRegex(UserError, "changes no price"):
            change.action_apply()
        self.assertEqual(change.state, "draft")

    def test_past_date(self):
        change = self._change(date=self.day(-1))
        change.action_preview()
        self.assertTrue(all(change.line_ids.mapped("problem")))
        with self.assertRaisesRegex(UserError, "changes no price"):
            change.action_apply()

    def test_set_and_round(self):
        change = self._change(method="percent", value=7, step=0.5)
        change.action_preview()
        self.assertEqual(change.line_ids[0].new_amount, 27)
        change.write({"method": "set", "value": 30})
        change.action_preview()
        self.assertEqual(change.line_ids.mapped("new_amount"), [30, 30])

    # === who is affected === #

    def _with_customers(self):
        """What a module that knows customers does: one line for each service."""
        ana, beto = self.partners

        def affected(change):
            lines = {line.product_id: line.id for line in change.line_ids}
            common = {"change_id": change.id}
            return [
                common | {"line_id": lines[self.plan], "partner_id": ana.id, "reference": "C1"},
                common | {"line_id": lines[self.other], "partner_id": ana.id, "reference": "C2"},
                common
                | {
                    "line_id": lines[self.plan],
                    "partner_id": beto.id,
                    "reference": "C3",
                    "has_custom_price": True,
                    "custom_amount": 20,
                },
            ]

        self.patch(type(self.env["isp.plan.price.change"]), "_affected_lines", affected)

    def test_effect_per_month(self):
        self._with_customers()
        change = self._change()
        change.action_preview()
        self.assertRecordValues(
            change.effect_ids,
            [
                {"reference": "C1", "old_amount": 25, "new_amount": 27.5, "monthly_effect": 2.5},
                {"reference": "C2", "old_amount": 240, "new_amount": 264, "monthly_effect": 2},
                {"reference": "C3", "old_amount": 25, "new_amount": 27.5, "monthly_effect": 0},
            ],
        )
        self.assertRecordValues(
            change, [{"affected_count": 2, "hidden_count": 1, "monthly_effect": 4.5}]
        )

    def test_effect_is_not_counted_twice(self):
        self._with_customers()
        change = self._change()
        change.action_preview()
        change.action_preview()
        self.assertEqual(len(change.effect_ids), 3)
        self.assertEqual(change.monthly_effect, 4.5)
        change.value = 5
        self.assertFalse(change.effect_ids)
        self.assertRecordValues(
            change, [{"affected_count": 0, "hidden_count": 0, "monthly_effect": 0}]
        )
        self.env.flush_all()
        self.assertFalse(change.effect_ids.search([("change_id", "=", change.id)]))

    # === undo === #

    def _history(self, plan):
        return [self.amount_on(self.day(day), plan) for day in range(-35, 120, 5)]

    def test_undo(self):
        before = [self._history(plan) for plan in (self.plan, self.other)]
        change = self._change()
        change.action_preview()
        change.action_apply()
        self.assertNotEqual(before[0], self._history(self.plan))
        change.action_undo()
        change.action_undo()
        self.assertEqual(change.state, "undone")
        self.assertEqual(before, [self._history(plan) for plan in (self.plan, self.other)])
        self.assertEqual(set(change.line_ids.price_id.mapped("active")), {False})
        self.assert_promises()

    def test_undo_brings_future_prices_back(self):
        self.plan.action_set_price(40, date=self.day(50))
        before = self._history(self.plan)
        for future in ("keep", "replace"):
            change = self._change(future=future)
            change.action_preview()
            self.assertEqual(change.line_ids[0].later_date, self.day(50))
            change.action_apply()
            self.assertEqual(self.amount_on(self.day(50)), 40 if future == "keep" else 27.5)
            change.action_undo()
            self.assertEqual(before, self._history(self.plan))

    def test_undo_of_a_price_in_force(self):
        change = self._change(date=self.today)
        change.action_preview()
        change.action_apply()
        self.assertEqual(self.plan.list_price, 27.5)
        change.action_undo()
        self.assertEqual(self.amount_on(self.today), 25)
        self.assertEqual(self.plan.list_price, 25)

    def test_undo_of_a_first_price(self):
        unpriced = self._plan("T-FIRST")
        change = self._change(
            method="set", value=9, product_ids=[(6, 0, unpriced.ids)], date=self.day(5)
        )
        change.action_preview()
        change.action_apply()
        self.assertEqual(self.amount_on(self.day(5), unpriced), 9)
        change.action_undo()
        self.assertIsNone(self.amount_on(self.day(5), unpriced))

    def test_no_undo_once_charged(self):
        change = self._change()
        change.action_preview()
        change.action_apply()
        charged = change.line_ids.price_id[0]
        self.patch(type(self.Price), "_charged", lambda prices: prices & charged)
        with self.assertRaisesRegex(UserError, "already charged"):
            change.action_undo()
        self.assertEqual(change.state, "done")
        self.assertEqual(self.amount_on(self.day(10)), 27.5)
        self.assertEqual(self.amount_on(self.day(10), self.other), 264)

    def test_no_undo_after_another_change(self):
        change = self._change()
        change.action_preview()
        change.action_apply()
        self.plan.action_set_price(50, date=self.day(60))
        with self.assertRaisesRegex(UserError, "changed again"):
            change.action_undo()
        self.assertEqual(self.amount_on(self.day(20)), 27.5)

    def test_no_undo_of_a_draft(self):
        with self.assertRaisesRegex(UserError, "nothing to undo"):
            self._change().action_undo()

    # === the record is kept === #

    def test_an_applied_change_is_kept(self):
        change = self._change()
        change.action_preview()
        change.action_apply()
        for values in ({"value": 50}, {"date": self.day(3)}, {"product_ids": [(5,)]}):
            with self.assertRaisesRegex(UserError, "already applied"):
                change.write(values)
        with self.assertRaisesRegex(UserError, "already applied"):
            change.unlink()
        with self.assertRaisesRegex(UserError, "already applied"):
            change.action_preview()
        for values in ({"state": "draft"}, {"line_ids": [(5,)]}, {"undone_on": False}):
            with self.assertRaisesRegex(UserError, "by previewing"):
                change.with_context(isp_price_change=True).write(values)
        with self.assertRaisesRegex(UserError, "by previewing"):
            self._change(state="done")

    def test_draft_is_deleted_with_its_preview(self):
        change = self._change()
        change.action_preview()
        lines = change.line_ids
        change.unlink()
        self.assertFalse(lines.exists())

    def test_form(self):
        with Form(self.env["isp.plan.price.change"]) as form:
            form.name = "By hand"
            form.value = 4
            form.product_ids.add(self.plan)
        self.assertEqual(form.record.date.day, 1)
        form.record.action_preview()
        form.record.action_apply()
        action = form.record.action_open_effects()
        self.assertEqual(action["domain"], [("change_id", "=", form.record.id)])
