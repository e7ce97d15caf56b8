from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestPaymentBatch(BillingCase):
    """Many payments at once: the same as one by one, and each with its own answer."""

    def setUp(self):
        super().setUp()
        self.company.isp_mail_invoices = False
        self.contracts = self.make_contract() + self.make_contract() + self.make_contract()
        self.bill("2026-03", self.contracts)
        self.bill("2026-04", self.contracts)

    def register(self, *rows):
        model = self.env["isp.contract"].with_user(self.collector)
        return model.action_register_payments(list(rows))

    def row(self, number, amount, **vals):
        return {"contract_id": self.contracts[number].id, "amount": amount, **vals}

    def test_as_one_by_one(self):
        answers = self.register(
            self.row(0, 40, method="gateway", external_reference="G-1"),
            self.row(1, 100, method="gateway", external_reference="G-2"),
            self.row(0, 20, method="gateway", external_reference="G-3", date="2026-04-09"),
        )
        self.assertFalse([answer for answer in answers if answer["error"]])
        self.assertEqual(self.contracts[0].isp_debt, 9)
        self.assertEqual(self.contracts[1].isp_debt, 0)
        self.assertEqual(self.contracts[1].partner_id.isp_credit, 31)
        self.assertEqual(self.contracts[2].isp_debt, 69)
        march = self.charge(self.contracts[0], "2026-03")
        first = self.env["account.payment"].browse(answers[0]["payment_id"])
        self.assertEqual(march.allocation_ids.payment_id, first)
        self.assertEqual(first.isp_allocated, 40)
        self.assertAudit()

    def test_one_bad_does_not_stop_the_others(self):
        answers = self.register(
            self.row(0, 34.5, external_reference="R-1"),
            self.row(1, -3),
            self.row(1, 3, method="bitcoin"),
            self.row(1, 3, date="31/31/2026"),
            self.row(1, 3, colour="red"),
            {"contract_id": 99999999, "amount": 4},
            self.row(2, 3, method="mixed", breakdown={"cash": 1}),
            self.row(2, 34.5),
        )
        self.assertEqual(
            [bool(answer["payment_id"]) for answer in answers], [1, 0, 0, 0, 0, 0, 0, 1]
        )
        self.assertTrue(all(answer["error"] for answer in answers[1:7]))
        self.assertEqual(self.contracts.mapped("isp_debt"), [34.5, 69, 34.5])
        self.assertAudit()

    def test_references_that_are_known_or_repeated(self):
        first = self.register(self.row(0, 10, external_reference="R-1"))[0]
        again = self.register(
            self.row(0, 10, external_reference="R-1"),
            self.row(0, 11, external_reference="R-1"),
            self.row(1, 5, external_reference="R-2"),
            self.row(1, 5, external_reference="R-2"),
            self.row(2, 5, external_reference="R-2"),
        )
        self.assertEqual(again[0], first)
        self.assertIn("R-1", again[1]["error"])
        self.assertEqual(again[3], again[2])
        self.assertIn("R-2", again[4]["error"])
        self.assertEqual(self.contracts.mapped("isp_debt"), [59, 64, 69])

    def test_chosen_charges_and_services_that_come_back(self):
        self.company.isp_cut_guard_minimum = 100000
        self.dun("2026-05-20")
        self.assertEqual(set(self.contracts.mapped("state")), {"suspended"})
        april = self.charge(self.contracts[0], "2026-04")
        self.register(self.row(0, 34.5, charge_ids=april.ids), self.row(1, 69))
        self.assertEqual(april.state, "paid")
        self.assertEqual(self.contracts.mapped("state"), ["suspended", "active", "suspended"])

    def test_bounded_queries(self):
        partners = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(30)])
        contracts = self.env["isp.contract"].union(*(self.make_contract(p) for p in partners))
        self.bill("2026-03", contracts)
        rows = [{"contract_id": contract.id, "amount": 34.5} for contract in contracts]
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.register(*rows)
        queries = (self.env.cr.sql_log_count - before) / len(rows)
        self.assertLess(queries, 30, "a wizard for each one takes more than 130")
        self.assertEqual(set(contracts.mapped("isp_debt")), {0})

    def test_rights(self):
        support = new_test_user(
            self.env, "silver_support_batch", groups="silver_base.group_silver_support"
        )
        with self.assertRaises(AccessError):
            self.env["isp.contract"].with_user(support).action_register_payments([self.row(0, 5)])


@tagged("post_install", "-at_install")
class TestRefunds(BillingCase):
    """Money that goes back."""

    def setUp(self):
        super().setUp()
        self.company.isp_mail_invoices = False
        self.contract = self.make_contract()
        self.bill("2026-03", self.contract)
        self.march = self.charge(self.contract, "2026-03")
        self.mine = self.contract.with_user(self.collector)

    def pay(self, amount, **vals):
        payment_id = self.mine.action_register_payment(amount=amount, **vals)
        return self.env["account.payment"].browse(payment_id)

    def wizard(self, payment, **vals):
        action = payment.with_user(self.collector).action_isp_refund_wizard()
        model = self.env[action["res_model"]].with_user(self.collector)
        return model.with_context(**action["context"]).create({"note": "Test", **vals})

    def test_over_payment_is_given_back(self):
        payment = self.pay(50)
        self.assertEqual(payment.isp_unused, 15.5)
        wizard = self.wizard(payment)
        self.assertEqual((wizard.available, wizard.amount, wizard.allocated), (15.5, 15.5, 34.5))
        self.assertEqual(wizard.new(origin=wizard).charge_ids.amount_residual, 0)
        wizard.action_confirm()
        refund = self.env["account.payment"].search(
            [("partner_id", "=", self.contract.partner_id.id), ("payment_type", "=", "outbound")]
        )
        self.assertEqual((refund.amount, refund.move_id.state), (15.5, "posted"))
        self.assertEqual(payment.isp_unused, 0)
        self.assertEqual(self.contract.partner_id.isp_credit, 0)
        self.assertEqual(self.march.state, "paid")
        self.assertAudit()

    def test_no_more_than_what_is_left(self):
        payment = self.pay(40)
        with self.assertRaises(UserError) as caught:
            self.mine.action_refund_credit(amount=6)
        self.assertIn("void or credit that charge", str(caught.exception))
        other = self.make_contract()
        with self.assertRaises(UserError):
            other.action_refund_credit(amount=1, payment_id=payment.id)
        self.mine.action_refund_credit(amount=2)
        self.assertEqual(payment.isp_unused, 3.5)

    def test_a_reference_goes_out_once(self):
        self.pay(60)
        first = self.mine.action_refund_credit(amount=5, method="transfer", external_reference="T1")
        again = self.mine.action_refund_credit(amount=5, method="transfer", external_reference="T1")
        self.assertEqual(first, again)
        self.assertEqual(self.contract.partner_id.isp_credit, 20.5)

    def test_what_paid_a_charge_comes_back_through_the_credit_note(self):
        payment = self.pay(34.5)
        self.march.action_void(reason="billing_error")
        self.assertEqual(self.contract.partner_id.isp_credit, 34.5)
        self.mine.action_refund_credit(amount=34.5, payment_id=payment.id)
        self.assertEqual(payment.isp_unused, 0)
        self.assertEqual((self.march.state, self.contract.isp_debt), ("void", 0))
        self.assertAudit()

    def test_undone_payment_is_owed_again(self):
        payment = self.pay(34.5, method="transfer")
        self.wizard(payment, action="reverse").action_confirm()
        self.assertEqual((payment.state, self.march.state), ("canceled", "invoiced"))
        self.assertEqual(self.contract.isp_debt, 34.5)
        payment.with_user(self.collector).action_isp_reverse()
        self.assertAudit()

    def test_cash_counted_is_not_undone_but_given_back(self):
        session = self.env["isp.cash.session"].with_user(self.collector).create({})
        payment = self.pay(40)
        self.assertEqual(session.expected_amount, 40)
        self.mine.action_refund_credit(amount=5.5)
        session.invalidate_recordset()
        self.assertEqual((session.expected_amount, session.payment_count), (34.5, 2))
        session.counted_amount = 34.5
        session.action_close()
        with self.assertRaises(UserError) as caught:
            payment.with_user(self.collector).action_isp_reverse()
        self.assertIn("closed", str(caught.exception))

    def test_rights(self):
        payment = self.pay(40)
        support = new_test_user(
            self.env, "silver_support_refund", groups="silver_base.group_silver_support"
        )
        with self.assertRaises(AccessError):
            self.contract.with_user(support).action_refund_credit(amount=1)
        with self.assertRaises(AccessError):
            payment.with_user(support).action_isp_reverse()
