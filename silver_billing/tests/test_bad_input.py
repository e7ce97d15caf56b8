from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestBadInput(BillingCase):
    """Nothing lost, nothing doubled, and a message that says what to do."""

    def setUp(self):
        super().setUp()
        self.company.isp_mail_invoices = False
        self.contract = self.make_contract()
        self.bill("2026-03", self.contract)
        self.march = self.charge(self.contract, "2026-03")
        self.francs = (
            self.env["res.currency"].with_context(active_test=False).search([("name", "=", "CHF")])
        )
        self.francs.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": self.francs.id, "name": "2026-01-01", "rate": 2.0}
        )

    def pay(self, amount, **vals):
        payment_id = self.contract.action_register_payment(amount=amount, date="2026-03-05", **vals)
        return self.env["account.payment"].browse(payment_id)

    def refused(self, *words, **vals):
        before = self.env["account.payment"].search_count([])
        with self.assertRaises(UserError) as caught:
            self.contract.action_register_payment(**{"amount": 5, **vals})
        for word in words:
            self.assertIn(word, str(caught.exception))
        self.assertEqual(self.env["account.payment"].search_count([]), before)

    def test_more_than_the_debt_becomes_credit(self):
        payment = self.pay(40)
        self.assertEqual((self.march.state, payment.isp_unused), ("paid", 5.5))
        self.assertAudit()

    def test_in_another_currency(self):
        payment = self.pay(34.5, currency="CHF")
        self.assertEqual((payment.currency_id, payment.amount), (self.francs, 34.5))
        # worth half
        self.assertEqual((self.march.state, self.march.amount_paid), ("partially_paid", 17.25))
        self.pay(34.5, currency="CHF")
        self.assertEqual((self.march.state, self.contract.isp_debt), ("paid", 0))
        self.assertAudit()

    def test_in_a_currency_that_is_not_used(self):
        self.refused("XTS", "Activate", currency="XTS")

    def test_in_a_journal_of_another_currency(self):
        journal = self.env["account.journal"].create(
            {"name": "Francs", "type": "bank", "code": "FRA", "currency_id": self.francs.id}
        )
        self.refused("CHF", "Choose another", journal_id=journal.id)
        self.assertEqual(self.pay(10, currency="CHF", journal_id=journal.id).journal_id, journal)
        self.assertAudit()

    def test_on_a_cancelled_contract(self):
        """Who left still owes, and may pay."""
        self.contract.action_cancel(date="2026-03-31")
        owed = self.contract.isp_debt
        self.assertTrue(owed)
        self.pay(owed)
        self.contract.invalidate_recordset(["isp_debt"])
        self.assertEqual((self.contract.isp_debt, self.contract.state), (0, "cancelled"))
        self.bill("2026-04", self.contract)
        self.assertFalse(self.charge(self.contract, "2026-04"))
        self.assertAudit()

    def test_voided_after_payment(self):
        payment = self.pay(34.5)
        self.bill("2026-04", self.contract)
        self.march.action_void(reason="billing_error")
        april = self.charge(self.contract, "2026-04")
        self.assertEqual((self.march.state, april.state), ("void", "paid"))
        self.assertEqual(payment.isp_unused, 0)
        self.march.action_void(reason="billing_error")
        self.assertEqual(self.contract.isp_debt, 0)
        self.assertAudit()

    def test_period_closed(self):
        period = self.march.period_id
        self.env["isp.charge"].search(
            [("period_id", "=", period.id), ("state", "=", "pending")]
        ).action_void()
        period.action_close()
        late = self.make_contract()
        with self.assertRaises(UserError) as caught:
            self.bill("2026-03", late)
        self.assertIn("closed", str(caught.exception))
        self.assertIn("Open it again", str(caught.exception))
        # money for what it charged still comes in
        self.pay(34.5)
        self.assertEqual(self.march.state, "paid")

    def test_period_closed_while_a_run_goes_on(self):
        run = self.env["isp.billing.run"].create(
            {"period_key": "2026-04", "contract_ids": [(6, 0, self.contract.ids)]}
        )
        run.action_preview()
        run.period_id.state = "closed"
        with self.assertRaises(UserError):
            run.action_run()
        self.assertFalse(self.charge(self.contract, "2026-04"))
        run.period_id.state = "open"
        run.action_run()
        self.assertEqual(self.charge(self.contract, "2026-04").state, "invoiced")

    def test_no_price_on_that_date(self):
        plan = self.make_plan("TEST-LATE", None)
        self.env["isp.plan.price"].create(
            {
                "product_id": plan.id,
                "amount": 12,
                "effective_from": "2026-01-01",
                "effective_to": "2026-03-31",
            }
        )
        contract = self.make_contract(plan=plan)
        run = self.env["isp.billing.run"].create(
            {"period_key": "2026-04", "contract_ids": [(6, 0, (contract + self.contract).ids)]}
        )
        run.action_preview()
        line = run.line_ids.filtered(lambda item: item.contract_id == contract)
        self.assertEqual(line.anomaly, "missing_price")
        self.assertIn("price history of the plan", line.error)
        run.action_run()
        self.assertEqual((run.state, line.state), ("attention", "error"))
        self.assertIn("2026-04-01", line.error)
        self.assertEqual(self.charge(self.contract, "2026-04").state, "invoiced")

    def test_amounts_that_are_none(self):
        for amount in (0, -1, True, "5", None, 1e15):
            self.refused("greater than zero", amount=amount)
