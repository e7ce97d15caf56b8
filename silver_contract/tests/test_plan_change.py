from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestPlanChange(ContractCommon):
    def run_cron(self):
        cron = self.env.ref("silver_contract.ir_cron_plan_changes")
        with self.enter_registry_test_mode():
            self.assertIs(cron.method_direct_trigger(), True)

    def test_now(self):
        contract = self._fiber()
        calls = []
        self.patch(
            type(self.Contract),
            "_on_plan_change",
            lambda records, rows: calls.append((records, rows)),
        )
        self.assertIs(contract.action_change_plan(product_id=self.plan_fiber_big.id), True)
        change = contract.plan_change_ids
        self.assertEqual(calls, [(contract, change)])
        self.assertEqual(contract.product_id, self.plan_fiber_big)
        self.assertRecordValues(
            change,
            [
                {
                    "state": "done",
                    "old_product_id": self.plan_fiber.id,
                    "new_product_id": self.plan_fiber_big.id,
                    "old_price": 30,
                    "new_price": 45,
                    "date": self.today,
                }
            ],
        )
        event = self._last_event(contract)
        self.assertEqual((event.transition, event.monthly_amount), ("plan_change", 45))
        self.assertEqual((event.state_from, event.state_to), ("active", "active"))
        self.assertNoFindings()

    def test_scheduled_and_executed_by_cron(self):
        contract = self._fiber()
        day = contract._next_period_start()
        contract.action_change_plan(product_id=self.plan_fiber_big.id, date=str(day))
        self.assertEqual(contract.product_id, self.plan_fiber)
        self.assertEqual(contract.scheduled_change_id.date, day)
        self.run_cron()
        self.assertEqual(contract.product_id, self.plan_fiber, "not yet")
        with freeze_time(f"{day} 18:00:00"):
            self.run_cron()
        self.assertEqual(contract.product_id, self.plan_fiber_big)
        self.assertEqual(contract.plan_change_ids.state, "done")

    def test_conflict(self):
        contract = self._fiber()
        later = self.today + timedelta(days=10)
        contract.action_change_plan(product_id=self.plan_fiber_big.id, date=later)
        for day in (later, later + timedelta(days=3), None):
            with self.assertRaisesRegex(UserError, "already a change"):
                contract.action_change_plan(product_id=self.plan_fiber_big.id, date=day)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.cr.execute(
                "INSERT INTO isp_contract_plan_change (contract_id, old_product_id, new_product_id,"
                " date, state) SELECT contract_id, old_product_id, new_product_id, date, state"
                " FROM isp_contract_plan_change WHERE contract_id = %s",
                [contract.id],
            )
        contract.scheduled_change_id.action_cancel()
        contract.invalidate_recordset()
        contract.action_change_plan(product_id=self.plan_fiber_big.id)
        self.assertEqual(contract.product_id, self.plan_fiber_big)
        with self.assertRaisesRegex(UserError, "already made"):
            contract.plan_change_ids.filtered(lambda c: c.state == "done").action_cancel()

    def test_one_bad_change_does_not_stop_the_others(self):
        good, bad = self._fiber(0), self._fiber(1)
        day = self.today + timedelta(days=5)
        (good | bad).action_change_plan(product_id=self.plan_fiber_big.id, date=day)
        other = self._plan("T-BAD", "wireless", 10)
        self.env.flush_all()
        self.cr.execute(
            "UPDATE isp_contract_plan_change SET new_product_id = %s WHERE contract_id = %s",
            [other.id, bad.id],
        )
        self.env.invalidate_all()
        with freeze_time(f"{day} 18:00:00"):
            self.run_cron()
        self.assertEqual(good.product_id, self.plan_fiber_big)
        self.assertEqual(bad.product_id, self.plan_fiber)
        self.assertEqual(bad.plan_change_ids.state, "scheduled")
        self.assertIn("another technology", bad.plan_change_ids.error)

    def test_cancelling_cancels_the_change(self):
        contract = self._fiber()
        contract.action_change_plan(
            product_id=self.plan_fiber_big.id, date=self.today + timedelta(days=2)
        )
        contract.action_cancel()
        self.assertEqual(contract.plan_change_ids.state, "cancelled")

    # === bad input === #

    def test_same_plan(self):
        with self.assertRaisesRegex(UserError, "already on the plan"):
            self._fiber().action_change_plan(product_id=self.plan_fiber.id)

    def test_past_date(self):
        contract = self._contract(self.plan_pppoe)
        contract.action_activate(date=self.today - timedelta(days=10))
        other = self._plan("T-P50", "pppoe", 25)
        with self.assertRaisesRegex(UserError, "before its activation"):
            contract.action_change_plan(product_id=other.id, date=self.today - timedelta(days=20))
        with self.assertRaisesRegex(UserError, "in the past"):
            contract.action_change_plan(product_id=other.id, date=self.today - timedelta(days=2))
        self.assertFalse(contract.plan_change_ids)

    def test_wrong_plan(self):
        contract = self._fiber()
        for plan, message in (
            (self.plan_radio, "another technology"),
            (self.plan_tv, "another kind"),
            (self.env["product.product"].create({"name": "Cable"}), "is not a plan"),
        ):
            with self.assertRaisesRegex(UserError, message):
                contract.action_change_plan(product_id=plan.id)
        with self.assertRaisesRegex(UserError, "is not a plan"):
            contract.action_change_plan(product_id=-5)
        unpriced = self.env["product.product"].create(
            {
                "name": "No price",
                "is_isp_plan": True,
                "plan_code": "T-NP",
                "access_technology": "fiber",
                "download_mbps": 1,
                "upload_mbps": 1,
            }
        )
        with self.assertRaisesRegex(UserError, "no price"):
            contract.action_change_plan(product_id=unpriced.id)
        contract.action_cancel()
        with self.assertRaisesRegex(UserError, "does not change any more"):
            contract.action_change_plan(product_id=self.plan_fiber_big.id)

    # === money === #

    def test_custom_price(self):
        contract = self._fiber(has_custom_price=True, custom_price=25)
        self.assertEqual(contract.current_price, 25)
        contract.action_change_plan(product_id=self.plan_fiber_big.id)
        self.assertEqual((contract.has_custom_price, contract.current_price), (False, 45))
        kept = self._fiber(1, has_custom_price=True, custom_price=25)
        kept.action_change_plan(product_id=self.plan_fiber_big.id, keep_custom_price=True)
        self.assertEqual((kept.has_custom_price, kept.current_price), (True, 25))

    def test_preview(self):
        contract = self._fiber(billing_day=1)
        with freeze_time("2026-11-21 18:00:00"):
            row = contract._plan_change_preview(self.plan_fiber_big, date(2026, 11, 21))
        self.assertEqual((row["old_monthly"], row["new_monthly"]), (30, 45))
        self.assertAlmostEqual(row["difference"], 5.0)  # 15 more for 10 of 30 days
        self.assertFalse(contract.plan_change_ids)

    def test_annual_plan_counts_per_month(self):
        contract = self._contract(
            self.plan_year, splitter_port_id=self.ports[0].id, onu_id=self.onus[0].id
        )
        contract.action_activate()
        self.assertEqual((contract.current_price, contract.monthly_amount), (300, 25))
        self.assertEqual(self._last_event(contract).monthly_amount, 25)

    def test_early_termination(self):
        contract = self._contract(self.plan_pppoe, term_months=12)
        contract.action_activate(date="2026-01-15")
        self.assertEqual(contract.term_date, date(2027, 1, 15))
        contract.action_cancel(date="2026-10-14")
        self.assertAlmostEqual(contract.early_termination_amount, 18 * 3 * 0.5)
        free = self._contract(self.plan_pppoe)
        free.action_activate(date="2026-01-15")
        free.action_cancel()
        self.assertEqual(free.early_termination_amount, 0)

    def test_promotion(self):
        promotion = self.env["isp.promotion"].create(
            {
                "name": "Half",
                "code": "T-HALF",
                "kind": "percent",
                "percentage": 50,
                "months": 2,
                "date_start": "2020-01-01",
                "product_ids": [fields.Command.set(self.plan_pppoe.ids)],
            }
        )
        contract = self._contract(self.plan_pppoe, promotion_id=promotion.id)
        contract.action_activate(date="2026-03-10")
        self.assertEqual(contract.promotion_date_end, date(2026, 5, 9))
        for day, price in (
            (date(2026, 3, 10), 9),
            (date(2026, 5, 9), 9),
            (date(2026, 5, 10), 18),
        ):
            self.assertEqual(contract._prices_on(day)[contract.id], price)
        detail = contract._price_details_on(date(2026, 3, 10))[contract.id]
        self.assertEqual((detail.base, detail.promotion, detail.custom), (18, promotion, False))
        with self.assertRaisesRegex(UserError, "there are customers with it"):
            promotion.months = 5
        other = self._plan("T-P99", "pppoe", 40)
        contract.action_change_plan(product_id=other.id)
        self.assertFalse(contract.promotion_id, "the new plan is not in it")

    def test_mass_price_change_knows_the_contracts(self):
        normal, custom = self._fiber(0), self._fiber(1, has_custom_price=True, custom_price=20)
        self._fiber(2).action_cancel()
        change = self.env["isp.plan.price.change"].create(
            {
                "name": "T +10%",
                "product_ids": [fields.Command.set(self.plan_fiber.ids)],
                "method": "percent",
                "value": 10,
                "date": self.today + timedelta(days=30),
            }
        )
        change.action_preview()
        rows = {row.reference: row for row in change.effect_ids}
        self.assertEqual(set(rows), {normal.name, custom.name})
        self.assertAlmostEqual(rows[normal.name].monthly_effect, 3)
        self.assertEqual(rows[custom.name].monthly_effect, 0)
        self.assertTrue(rows[custom.name].has_custom_price)
