from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestScreens(BillingCase):
    """What a cashier does, with the rights of a cashier."""

    def setUp(self):
        super().setUp()
        self.contract = self.make_contract()
        self.bill("2026-03", self.contract)
        self.charge_of_march = self.charge(self.contract, "2026-03")

    def test_cash_desk_and_receipt(self):
        session = (
            self.env["isp.cash.session"].with_user(self.collector).create({"opening_amount": 50})
        )
        desk = Form(self.env["isp.cash.desk"].with_user(self.collector))
        desk.partner_id = self.contract.partner_id
        self.assertEqual((desk.debt, desk.amount, desk.contract_id), (34.5, 34.5, self.contract))
        desk.received = 40
        self.assertEqual(desk.change, 5.5)
        desk.save().action_pay()
        self.assertEqual(self.charge_of_march.state, "paid")
        self.assertEqual(session.expected_amount, 84.5)
        payment = session.payment_ids
        html = (
            self.env["ir.actions.report"]
            .with_user(self.collector)
            ._render_qweb_html("silver_billing.report_receipt", payment.ids)[0]
        )
        self.assertIn(self.contract.name, html.decode())
        with self.assertRaises(UserError):
            session.action_close()
        session.counted_amount = 80
        session.action_close()
        self.assertEqual((session.state, session.difference), ("closed", -4.5))
        with self.assertRaises(UserError):
            session.counted_amount = 84.5

    def test_void_from_the_list(self):
        wizard = Form(
            self.env["isp.charge.void"]
            .with_user(self.collector)
            .with_context(active_ids=self.charge_of_march.ids)
        )
        wizard.reason = "courtesy"
        wizard.save().action_confirm()
        self.assertEqual(
            (self.charge_of_march.state, self.charge_of_march.reason), ("void", "courtesy")
        )

    def test_a_cashier_sees_what_is_needed(self):
        as_collector = self.env(user=self.collector)
        for model, kinds in {
            "isp.charge": ("list", "form", "kanban", "pivot", "graph", "search"),
            "isp.billing.run": ("list", "form", "kanban", "search"),
            "isp.dunning.run": ("list", "form", "kanban", "search"),
            "isp.payment.promise": ("list", "form", "kanban", "search"),
            "isp.debt.report": ("list", "pivot", "graph", "search"),
            "isp.cash.session": ("list", "form", "kanban", "search"),
            "isp.bank.import": ("list", "form"),
            "isp.contract": ("list", "form"),
            "res.partner": ("form",),
        }.items():
            for kind in kinds:
                with self.subTest(model=model, kind=kind):
                    self.assertTrue(as_collector[model].get_view(view_type=kind)["arch"])
        invoice = self.charge_of_march.move_id.with_user(self.collector)
        payment_id = self.contract.action_register_payment(amount=5)
        for record, view in (
            (invoice, "account_move_view_form"),
            (self.charge_of_march.with_user(self.collector), "isp_charge_view_form"),
            (
                self.env["account.payment"].with_user(self.collector).browse(payment_id),
                "account_payment_view_form",
            ),
        ):
            view_id = self.env.ref(f"silver_billing.{view}").id
            arch = etree.fromstring(record.get_view(view_id, "form")["arch"])
            inner = arch.xpath("//field//field")
            names = {node.get("name") for node in arch.iter("field") if node not in inner}
            self.assertTrue(record.web_read({name: {} for name in names}))
        self.assertTrue(
            as_collector["isp.debt.report"].search([("contract_id", "=", self.contract.id)])
        )

    def test_one_off_charge_by_hand(self):
        form = Form(self.env["isp.charge"].with_user(self.collector))
        form.contract_id = self.contract
        form.amount = 10
        charge = form.save()
        self.assertEqual(
            (charge.state, charge.kind, charge.amount_total), ("pending", "one_off", 11.5)
        )
        charge.action_invoice()
        self.assertEqual(charge.state, "invoiced")
        with self.assertRaises(UserError):
            self.env["isp.charge"].with_user(self.collector).create(
                {"contract_id": self.contract.id, "amount": -10}
            )
