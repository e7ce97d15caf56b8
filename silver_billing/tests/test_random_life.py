from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import BillingCase

steps = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(0, 6), st.integers(1, 12000)),
        st.tuples(st.just("pay_many"), st.integers(1, 7), st.integers(1, 9000)),
        st.tuples(st.just("refund"), st.integers(0, 6), st.integers(1, 6000)),
        st.tuples(st.just("reverse"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("one_off"), st.integers(0, 6), st.integers(1, 2000)),
        st.tuples(st.just("unreconcile"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("cancel_payment"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("bill"), st.integers(1, 6), st.just(0)),
        st.tuples(st.just("dun"), st.integers(0, 180), st.just(0)),
        st.tuples(st.just("void"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("credit"), st.integers(0, 9), st.integers(1, 3000)),
    ),
    min_size=4,
    max_size=10,
)


@tagged("post_install", "-at_install")
class TestRandomLife(BillingCase):
    """Whatever happens, in whatever order, the books of charges and accounting agree."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.isp_cut_guard_minimum = 100000
        partner = cls.env["res.partner"].create({"name": "Two services"})
        cls.contracts = cls.make_contract(partner, label="a") + cls.make_contract(
            partner, label="b", day=15
        )
        # enough who are alike for their invoices to be written in bulk
        for _customer in range(5):
            cls.contracts |= cls.make_contract()

    @settings(
        max_examples=12,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        derandomize=True,
        database=None,
    )
    @given(steps)
    def test_every_audit_query_stays_empty(self, actions):
        savepoint = self.env.cr.savepoint()
        try:
            for name, first, second in actions:
                getattr(self, f"do_{name}")(first, second)
                self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
                self.env.cr.execute("SET CONSTRAINTS ALL DEFERRED")
            self.assertAudit()
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def pick(self, records, number):
        return records[number % len(records)] if records else records

    def do_bill(self, month, _unused):
        self.bill(f"2026-{month:02d}", self.contracts)

    def do_pay(self, number, cents):
        self.contracts[number].action_register_payment(amount=cents / 100, date="2026-03-01")

    def do_pay_many(self, count, cents):
        answers = self.env["isp.contract"].action_register_payments(
            [
                {"contract_id": contract.id, "amount": (cents + place * 700) / 100}
                for place, contract in enumerate(self.contracts[:count])
            ]
        )
        self.assertFalse([answer for answer in answers if answer["error"]])

    def do_refund(self, number, cents):
        contract = self.contracts[number]
        credit = contract._isp_credit_to_return(None)
        if -sum(credit.mapped("amount_residual")) >= cents / 100:
            contract.action_refund_credit(amount=cents / 100)
        else:
            with self.assertRaises(UserError):
                contract.action_refund_credit(amount=cents / 100)

    def do_reverse(self, number, _unused):
        self.pick(self.payments(), number).action_isp_reverse(reason="Returned by the bank")

    def do_one_off(self, number, cents):
        charge = self.env["isp.charge"].create(
            {"contract_id": self.contracts[number].id, "amount": cents / 100, "kind": "one_off"}
        )
        charge.action_invoice()

    def payments(self):
        return self.env["account.payment"].search(
            [("contract_id", "in", self.contracts.ids), ("state", "in", ("in_process", "paid"))]
        )

    def do_unreconcile(self, number, _unused):
        self.pick(self.payments(), number).move_id.line_ids.remove_move_reconcile()

    def do_cancel_payment(self, number, _unused):
        payment = self.pick(self.payments(), number)
        if payment:
            payment.action_draft()
            payment.action_cancel()

    def do_dun(self, days, _unused):
        self.dun(self.day("2026-01-01") + timedelta(days=days))

    def do_void(self, number, _unused):
        self.pick(self.contracts.isp_charge_ids, number).action_void()

    def do_credit(self, number, cents):
        charge = self.pick(self.contracts.isp_charge_ids, number)
        if charge and charge.move_id:
            left = charge._not_credited()
            if left >= cents / 100:
                charge.action_credit(cents / 100)
            else:
                with self.assertRaises(UserError):
                    charge.action_credit(cents / 100)
