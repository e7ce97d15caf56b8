import re
from unittest.mock import patch

from lxml import html

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import BillingCase

RENDER = "odoo.addons.base.models.ir_actions_report.IrActionsReport._render_qweb_pdf"


@tagged("post_install", "-at_install")
class TestInvoiceMail(BillingCase):
    """What the customer gets: the document, and the e-mail after the run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("es_419")
        cls.company.isp_mail_invoices = True
        cls.company.isp_payment_instructions = "<p>Bank 123, account 456</p>"
        cls.today = cls.env["isp.contract"]._today()
        cls.key = f"{cls.today:%Y-%m}"
        cls.start = f"{cls.today:%Y-%m}-01"

    def customer(self, **vals):
        return self.env["res.partner"].create(
            {"name": "Ana", "email": "ana@example.com", "lang": "es_419", **vals}
        )

    def billed(self, **vals):
        contract = self.make_contract(self.customer(**vals), start=self.start)
        self.bill(self.key, contract)
        return contract

    def notices(self, contract):
        return self.env["isp.notice"].search(
            [("partner_id", "=", contract.partner_id.id), ("kind", "=", "invoice")]
        )

    def text(self, move):
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "silver_billing.report_invoice", move.ids
        )
        return re.sub(r"\s+", " ", html.fromstring(content).text_content())

    def test_queued_once_with_the_run(self):
        contract = self.billed()
        notice = self.notices(contract)
        self.assertEqual((notice.state, notice.move_id.state), ("queued", "posted"))
        self.assertEqual(notice.amount, contract.isp_charge_ids.amount_total)
        notice.move_id._isp_queue_mail()
        self.bill(self.key, contract)
        self.assertEqual(len(self.notices(contract)), 1)

    def test_sent_with_its_document_in_the_language_of_the_customer(self):
        notice = self.notices(self.billed())
        notice._send()
        self.assertEqual(notice.state, "sending")
        mail = notice.mail_id
        self.assertIn("Hola", mail.body_html)
        self.assertIn("Bank 123", mail.body_html)
        self.assertEqual(len(mail.attachment_ids), 1)
        self.assertTrue(mail.attachment_ids.raw)

    def test_switched_off_old_or_without_address(self):
        old = self.make_contract(self.customer())
        self.bill("2026-01", old)
        self.assertFalse(self.notices(old))
        nobody = self.billed(email=False)
        self.notices(nobody)._send()
        self.assertEqual(self.notices(nobody).state, "no_address")
        self.company.isp_mail_invoices = False
        self.assertFalse(self.notices(self.billed()))

    def test_what_fails_stays_on_the_notice(self):
        """Neither the run nor the other customers notice."""
        bad, good = self.billed(), self.billed()
        original = type(self.env["ir.actions.report"])._render_qweb_pdf

        def render(report, report_ref, res_ids=None, data=None):
            if res_ids == self.notices(bad).move_id.ids:
                raise UserError("No printer")
            return original(report, report_ref, res_ids=res_ids, data=data)

        with patch(RENDER, render):
            for notice in self.notices(bad) | self.notices(good):
                notice._send()
        self.assertEqual(self.notices(bad).state, "failed")
        self.assertIn("No printer", self.notices(bad).error)
        self.assertEqual(self.notices(good).state, "sending")
        self.notices(bad).move_id.with_user(self.collector).action_isp_send()
        self.assertEqual(self.notices(bad).state, "queued")

    def test_the_document_says_what_is_owed_and_why(self):
        contract = self.billed()
        move = contract.isp_charge_ids.move_id
        text = self.text(move)
        for part in (contract.name, move.name, "Bank 123", "A pagar", "Cómo pagar"):
            self.assertIn(part, text)
        self.assertIn("34.50", text.replace(",", "."))

    def test_earlier_debt_payments_and_credit(self):
        contract = self.make_contract(self.customer(), start="2026-01-01")
        self.bill("2026-03", contract)
        self.bill("2026-04", contract)
        april = self.charge(contract, "2026-04").move_id
        bill = april._isp_bill()
        self.assertEqual((bill["before"], bill["residual"], bill["total"]), (34.5, 34.5, 69.0))
        contract.action_register_payment(amount=44.5, date="2026-04-02")
        bill = april._isp_bill()
        self.assertEqual((bill["before"], bill["covered"], bill["total"]), (0, 10, 24.5))
        contract.action_register_payment(amount=30, date="2026-04-02")
        bill = april._isp_bill()
        self.assertEqual((bill["credit"], bill["total"]), (5.5, 0))
        self.assertIn("No debe nada", self.text(april))

    def test_a_credit_note_says_what_it_corrects(self):
        contract = self.billed()
        charge = contract.isp_charge_ids
        note = self.env["account.move"].browse(charge.action_credit(5))
        text = self.text(note)
        self.assertIn(charge.move_id.name, text)
        self.assertNotIn("Cómo pagar", text)

    def test_first_days_are_explained(self):
        contract = self.make_contract(self.customer(), start="2026-03-22")
        self.bill("2026-03", contract)
        self.assertIn("10 de 31 días", self.text(contract.isp_charge_ids.move_id))

    def test_only_posted_invoices_are_sent(self):
        draft = self.env["account.move"].create({"move_type": "out_invoice"})
        with self.assertRaises(UserError):
            draft.action_isp_send()
