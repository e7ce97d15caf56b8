from odoo import fields
from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestHolderChange(BillingCase):
    """Who owes what after a service passes to another customer."""

    def setUp(self):
        super().setUp()
        self.company.isp_cut_guard_minimum = 100000
        self.today = self.env["isp.contract"]._today()
        self.later = fields.Date.add(self.today, days=30)
        self.old = self.env["res.partner"].create({"name": "Old Holder"})
        self.new = self.env["res.partner"].create({"name": "New Holder"})
        self.contract = self.make_contract(self.old)
        self.bill("2026-02", self.contract)
        self.bill("2026-03", self.contract)
        self.contract.action_register_payment(amount=50, date="2026-03-05")

    def change(self, debt):
        self.contract.action_change_holder(partner_id=self.new.id, debt=debt)
        self.env.invalidate_all()

    def test_the_debt_moves_with_a_credit_and_an_invoice(self):
        self.charge_by_hand = self.env["isp.charge"].create(
            {"contract_id": self.contract.id, "amount": 10}
        )
        self.assertEqual((self.old.isp_debt, self.new.isp_debt), (30.5, 0))
        self.change("new")
        self.assertEqual((self.old.isp_debt, self.new.isp_debt), (0, 30.5))
        self.assertEqual(self.contract.isp_debt, 30.5)
        taken = self.contract.isp_charge_ids.filtered(
            lambda item: item.partner_id == self.new and item.state == "invoiced"
        )
        self.assertEqual((taken.amount_total, taken.due_date), (19, self.today))
        self.assertEqual(taken.move_id.partner_id, self.new)
        self.assertEqual(taken.move_id.amount_residual, 19)
        self.assertIn("Old Holder", taken.note)
        march = self.charge(self.contract, "2026-03")
        self.assertEqual((march.partner_id, march.amount_residual), (self.old, 0))
        self.assertEqual(self.charge_by_hand.partner_id, self.new)
        receivable = self.env["account.move.line"].search(
            [
                ("partner_id", "in", (self.old | self.new).ids),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ]
        )
        owed = {
            partner: sum(lines.mapped("amount_residual"))
            for partner, lines in receivable.grouped("partner_id").items()
        }
        self.assertEqual(owed, {self.old: 0, self.new: 19})
        self.assertAudit()
        self.contract.action_register_payment(amount=19)
        self.assertEqual(taken.state, "paid")
        self.assertAudit()

    def test_an_unpaid_charge_moves_whole_and_is_void_for_the_old_holder(self):
        self.bill("2026-04", self.contract)
        self.change("new")
        april = self.charge(self.contract, "2026-04")
        self.assertEqual((april.state, april.reason), ("void", "holder_change"))
        self.assertEqual(self.new.isp_debt, 53.5)
        self.bill("2026-04", self.contract)
        self.assertEqual(self.new.isp_debt, 53.5, "the days of April are not charged again")
        self.bill("2026-05", self.contract)
        self.assertEqual(self.charge(self.contract, "2026-05").partner_id, self.new)
        self.assertAudit()

    def test_nobody_is_cut_for_the_debt_of_the_holder_before(self):
        self.dun("2026-03-15", contract_ids=[(6, 0, self.contract.ids)])
        self.assertEqual(self.contract.state, "suspended")
        self.change("old")
        self.assertEqual((self.contract.state, self.contract.isp_debt), ("active", 0))
        self.assertEqual((self.old.isp_debt, self.new.isp_debt), (19, 0))
        self.dun(self.later, contract_ids=[(6, 0, self.contract.ids)])
        self.assertEqual(self.contract.state, "active")
        self.assertAudit()

    def test_a_cut_service_that_moves_with_its_debt(self):
        self.policy.reconnection_fee = 5
        self.dun("2026-03-15", contract_ids=[(6, 0, self.contract.ids)])
        self.change("new")
        self.assertEqual(self.contract.state, "active", "the new holder owes nothing overdue yet")
        self.assertEqual(self.new.isp_debt, 19, "and pays no reconnection of another")
        self.dun(self.later, contract_ids=[(6, 0, self.contract.ids)])
        self.assertEqual(self.contract.state, "suspended")
        self.assertAudit()

    def test_a_promise_is_of_who_made_it(self):
        promise = self.env["isp.payment.promise"].create(
            {"contract_id": self.contract.id, "date_until": self.today, "amount": 19}
        )
        self.change("new")
        self.assertEqual((promise.state, promise.partner_id), ("cancelled", self.old))


@tagged("post_install", "-at_install")
class TestAfterHolderChange(BillingCase):
    """What comes later in the period whose debt passed to the new holder."""

    def setUp(self):
        super().setUp()
        self.today = self.env["isp.contract"]._today()
        self.old = self.env["res.partner"].create({"name": "Old Holder"})
        self.new = self.env["res.partner"].create({"name": "New Holder"})

    def this_month(self, paid=0.0, **vals):
        """A contract charged for this month (34.50) that passes to the new holder with its debt."""
        self.first = self.today.replace(day=1)
        self.contract = self.make_contract(self.old, start=self.first.isoformat(), **vals)
        self.bill(f"{self.first:%Y-%m}", self.contract)
        self.month = self.charge(self.contract, f"{self.first:%Y-%m}")
        if paid:
            self.contract.action_register_payment(amount=paid)
        self.contract.action_change_holder(partner_id=self.new.id, debt="new")
        self.env.invalidate_all()
        self.end = self.month.service_end
        self.days = (self.end - self.today).days + 1

    def of_the_rest(self, amount):
        """What a difference of ``amount`` a month makes for the rest of this one."""
        return round(amount * self.days / self.end.day + 1e-9, 2)

    def taken(self):
        return self.month.taken_ids.filtered(lambda charge: charge.state != "void")

    def test_a_bigger_plan_is_charged_to_the_new_holder(self):
        self.this_month()
        self.assertEqual((self.month.state, self.taken().partner_id), ("void", self.new))
        bigger = self.make_plan("TEST-60", 60.0)
        self.contract.action_change_plan(product_id=bigger.id)
        adjustment = self.contract.isp_charge_ids - self.month - self.taken()
        self.assertEqual((adjustment.kind, adjustment.partner_id), ("adjustment", self.new))
        self.assertEqual((adjustment.state, adjustment.amount), ("pending", self.of_the_rest(30)))
        self.assertEqual(self.old.isp_debt, 0)
        self.assertAudit()

    def test_a_smaller_plan_is_given_back_to_the_new_holder(self):
        self.this_month()
        smaller = self.make_plan("TEST-20", 20.0)
        self.contract.action_change_plan(product_id=smaller.id)
        back = self.of_the_rest(10)
        self.assertAlmostEqual(self.new.isp_debt, 34.5 - back * 1.15, delta=0.02)
        self.assertEqual(self.old.isp_debt, 0)
        self.assertAudit()

    def test_a_smaller_plan_after_the_holder_changed_twice(self):
        self.this_month()
        third = self.env["res.partner"].create({"name": "Third"})
        self.contract.action_change_holder(partner_id=self.old.id, debt="new")
        self.contract.action_change_holder(partner_id=third.id, debt="new")
        self.env.invalidate_all()
        self.assertEqual(self.taken().partner_id, third)
        smaller = self.make_plan("TEST-20", 20.0)
        self.contract.action_change_plan(product_id=smaller.id)
        self.assertAlmostEqual(third.isp_debt, 34.5 - self.of_the_rest(10) * 1.15, delta=0.02)
        self.assertEqual((self.old.isp_debt, self.new.isp_debt), (0, 0))
        self.assertAudit()

    def test_what_the_new_holder_did_not_take_over_goes_back_to_who_paid_it(self):
        self.this_month(paid=30)
        self.assertEqual(self.taken().amount_total, 4.5)
        free = self.make_plan("TEST-FREE", 0.0)
        self.contract.action_change_plan(product_id=free.id)
        back = self.of_the_rest(30) * 1.15
        self.assertAlmostEqual(self.new.isp_debt, max(0, 4.5 - back), delta=0.02)
        credit = self.env["account.move"].search(
            [("partner_id", "=", self.old.id), ("move_type", "=", "out_refund")]
        )
        self.assertAlmostEqual(
            sum(credit.mapped("amount_total")), 4.5 + max(0, back - 4.5), delta=0.03
        )
        self.assertAudit()

    def test_a_cancellation_gives_back_the_days_left_once(self):
        self.policy.credit_last_period = True
        self.this_month(paid=20)
        self.contract.action_cancel()
        left = (self.end - self.today).days
        self.assertAlmostEqual(self.new.isp_debt, 14.5 * (1 - left / self.end.day), delta=0.02)
        credit = self.env["account.move"].search(
            [("partner_id", "in", (self.old.id, self.new.id)), ("move_type", "=", "out_refund")]
        )
        # the debt that passed on, and the days left of all of it
        self.assertAlmostEqual(
            sum(credit.mapped("amount_total")), 14.5 + 34.5 * left / self.end.day, delta=0.02
        )
        self.assertAudit()
