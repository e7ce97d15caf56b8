from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestHolderChange(BillingCase):
    """Who owes what after a service passes to another customer."""

    def setUp(self):
        super().setUp()
        self.company.isp_cut_guard_minimum = 100000
        self.today = self.env["isp.contract"]._today()
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
        self.dun("2026-12-15", contract_ids=[(6, 0, self.contract.ids)])
        self.assertEqual(self.contract.state, "active")
        self.assertAudit()

    def test_a_cut_service_that_moves_with_its_debt(self):
        self.policy.reconnection_fee = 5
        self.dun("2026-03-15", contract_ids=[(6, 0, self.contract.ids)])
        self.change("new")
        self.assertEqual(self.contract.state, "active", "the new holder owes nothing overdue yet")
        self.assertEqual(self.new.isp_debt, 19, "and pays no reconnection of another")
        self.dun("2026-12-31", contract_ids=[(6, 0, self.contract.ids)])
        self.assertEqual(self.contract.state, "suspended")
        self.assertAudit()

    def test_a_promise_is_of_who_made_it(self):
        promise = self.env["isp.payment.promise"].create(
            {"contract_id": self.contract.id, "date_until": self.today, "amount": 19}
        )
        self.change("new")
        self.assertEqual((promise.state, promise.partner_id), ("cancelled", self.old))
