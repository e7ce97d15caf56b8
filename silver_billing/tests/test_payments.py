from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestPayments(BillingCase):
    def setUp(self):
        super().setUp()
        self.contract = self.make_contract()
        for key in ("2026-03", "2026-04"):
            self.bill(key, self.contract)
        self.march = self.charge(self.contract, "2026-03")
        self.april = self.charge(self.contract, "2026-04")

    def pay(self, amount, **vals):
        payment_id = self.contract.action_register_payment(amount=amount, **vals)
        return self.env["account.payment"].browse(payment_id)

    def test_oldest_first_and_partial(self):
        payment = self.pay(40)
        self.assertEqual((self.march.state, self.april.state), ("paid", "partially_paid"))
        self.assertEqual(self.april.amount_residual, 29.0)
        self.assertEqual(sorted(payment.isp_allocation_ids.mapped("amount")), [5.5, 34.5])
        self.assertEqual(self.contract.isp_debt, 29.0)
        self.assertAudit()

    def test_a_reference_enters_once(self):
        first = self.pay(10, method="gateway", external_reference="ABC-1")
        self.assertEqual(self.pay(10, method="gateway", external_reference="ABC-1"), first)
        self.assertEqual(self.march.amount_paid, 10)
        with self.assertRaises(UserError):
            self.pay(11, method="gateway", external_reference="ABC-1")

    def test_chosen_charge(self):
        self.pay(34.5, charge_ids=self.april.ids)
        self.assertEqual((self.march.state, self.april.state), ("invoiced", "paid"))

    def test_over_payment_pays_the_next_invoice(self):
        self.pay(100)
        self.assertEqual(self.contract.partner_id.isp_credit, 31.0)
        self.bill("2026-05", self.contract)
        may = self.charge(self.contract, "2026-05")
        self.assertEqual((may.state, may.amount_paid), ("partially_paid", 31.0))
        self.assertAudit()

    def test_payment_made_the_ordinary_way(self):
        invoice = self.march.move_id
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"amount": 20.0})
        )
        wizard._create_payments()
        self.assertEqual((self.march.state, self.march.amount_paid), ("partially_paid", 20.0))

    def test_bank_line_reconciled_with_the_invoice(self):
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company.isp_transfer_journal_id.id,
                "date": "2026-04-05",
                "payment_ref": "TRF",
                "partner_id": self.contract.partner_id.id,
                "amount": 34.5,
            }
        )
        debit = self.march.move_id._isp_receivable_lines()
        suspense = line._seek_for_lines()[1]
        suspense.write({"account_id": debit.account_id.id})
        (suspense + debit).reconcile()
        self.assertEqual(self.march.state, "paid")
        self.assertEqual(self.march.allocation_ids.source, "statement")
        self.assertAudit()

    def test_unreconciling_gives_the_debt_back(self):
        payment = self.pay(69)
        self.assertEqual(self.contract.isp_debt, 0)
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(self.contract.isp_debt, 69)
        self.assertEqual((self.march.state, self.april.state), ("invoiced", "invoiced"))
        self.assertFalse(payment.isp_allocation_ids)
        self.assertAudit()

    def test_cancelled_payment(self):
        payment = self.pay(69)
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual(self.contract.isp_debt, 69)
        self.assertAudit()

    def test_bad_input_leaves_nothing(self):
        before = self.env["account.payment"].search_count([])
        other = self.make_contract()
        self.bill("2026-03", other)
        for vals in (
            {"amount": 0},
            {"amount": -5},
            {"amount": "diez"},
            {"amount": 5, "method": "bitcoin"},
            {"amount": 5, "date": "32/13/2026"},
            {"amount": 5, "journal_id": 99999999},
            {"amount": 5, "charge_ids": other.isp_charge_ids.ids},
        ):
            with self.subTest(**vals), self.assertRaises(UserError), self.env.cr.savepoint():
                self.contract.action_register_payment(**vals)
        self.assertEqual(self.env["account.payment"].search_count([]), before)

    def test_mixed_payment(self):
        payment = self.pay(30, method="mixed", breakdown={"cash": 10, "transfer": 20})
        self.assertEqual(payment._isp_cash_part(), 10)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.pay(30, method="mixed", breakdown={"cash": 10, "transfer": 2})

    def test_void_after_payment_becomes_credit(self):
        self.pay(34.5)
        self.march.action_void(reason="billing_error")
        self.assertEqual((self.march.state, self.march.reason), ("void", "billing_error"))
        self.assertEqual(self.april.state, "paid", "the money moved to the next debt")
        self.march.action_void()
        self.assertEqual(
            self.env["account.move"].search_count(
                [("reversed_entry_id", "=", self.march.move_id.id)]
            ),
            1,
        )
        self.assertAudit()

    def test_credit_part_of_a_charge(self):
        self.march.action_credit(11.5, reason="outage")
        self.assertEqual((self.march.state, self.march.amount_residual), ("partially_paid", 23.0))
        with self.assertRaises(UserError):
            self.march.action_credit(30)
        self.assertAudit()

    def test_payment_on_a_cancelled_contract(self):
        self.contract.action_cancel()
        self.pay(69)
        self.assertEqual(self.contract.isp_debt, 0)
        self.assertEqual(self.contract.state, "cancelled")

    def test_who_may(self):
        support = new_test_user(self.env, "silver_sup", groups="silver_base.group_silver_support")
        with self.assertRaises(AccessError):
            self.contract.with_user(support).action_register_payment(amount=5)
        payment_id = self.contract.with_user(self.collector).action_register_payment(amount=5)
        payment = self.env["account.payment"].browse(payment_id)
        self.assertEqual(payment.cashier_id, self.collector)
        self.assertTrue(payment.with_user(self.collector).read(["amount", "memo"]))

    def test_debt_on_a_date_and_search(self):
        self.pay(34.5, date="2026-04-15")
        past = self.contract.with_context(isp_date="2026-04-10")
        self.assertEqual((past.isp_debt, past.isp_overdue), (69.0, 34.5))
        self.assertEqual(past.isp_overdue_since, self.day("2026-03-11"))
        contracts = self.env["isp.contract"]
        mine = [("id", "=", self.contract.id)]
        self.assertTrue(contracts.search(mine + [("isp_debt", ">", 0)]))
        self.assertTrue(contracts.search(mine + [("isp_debt", "=", 34.5)]))
        self.assertFalse(contracts.search(mine + [("isp_debt", "=", 0)]))
        self.assertTrue(contracts.search(mine + [("isp_overdue_since", "<", "2026-11-01")]))
        self.pay(34.5)
        self.assertTrue(contracts.search(mine + [("isp_debt", "=", 0)]))
        self.assertTrue(contracts.search(mine + [("isp_debt", "<=", 0)]))
        self.assertFalse(contracts.search(mine + [("isp_debt", ">", 0)]))
        self.assertTrue(contracts.search(mine + [("isp_overdue_since", "=", False)]))
        self.assertTrue(
            self.env["res.partner"].search(
                [("id", "=", self.contract.partner_id.id), ("isp_debt", "=", 0)]
            )
        )
