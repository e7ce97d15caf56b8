import base64
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged

from ..rules import bank_file
from .common import BillingCase


@tagged("post_install", "-at_install", "silver_pure")
class TestBankFile(BaseCase):
    def test_formats(self):
        content = "Fecha;Concepto;Importe;Referencia\n05/04/2026;PAGO CTR/000007;1.234,50;A1\n"
        (entry,) = bank_file.parse(content.encode("latin-1"))
        self.assertEqual(
            (entry.day, entry.amount, entry.reference),
            (date(2026, 4, 5), Decimal("1234.50"), "A1"),
        )
        self.assertIn("CTR/000007", bank_file.codes_in(entry.text))

    def test_wrong_files(self):
        for content, code in (
            (b"", "empty"),
            (b"a;b;c\n1;2;3\n", "columns"),
            (b"fecha,importe,concepto\n31/31/2026,5,x\n", "date"),
            (b"fecha,importe,concepto\n2026-01-01,-.-,x\n", "amount"),
        ):
            with self.assertRaises(bank_file.BankFileError) as caught:
                bank_file.parse(content)
            self.assertEqual(caught.exception.args[0], code)

    @given(st.lists(st.tuples(st.dates(), st.integers(1, 10**7), st.sampled_from("abc"))))
    def test_every_deposit_has_its_own_key_and_keeps_it(self, rows):
        content = "date,amount,description\n" + "".join(
            f"{day.year:04d}-{day:%m-%d},{cents / 100:.2f},{text}\n" for day, cents, text in rows
        )
        entries = bank_file.parse(content.encode())
        self.assertEqual(len({entry.key for entry in entries}), len(rows))
        self.assertEqual(bank_file.parse(content.encode()), entries)
        self.assertEqual(sum(e.amount for e in entries), Decimal(sum(r[1] for r in rows)) / 100)


@tagged("post_install", "-at_install")
class TestBankImport(BillingCase):
    def do_import(self, content):
        item = (
            self.env["isp.bank.import"]
            .with_user(self.collector)
            .create(
                {
                    "file": base64.b64encode(content.encode()),
                    "journal_id": self.company.isp_transfer_journal_id.id,
                }
            )
        )
        item.action_import()
        return item

    def test_file_twice_and_what_does_not_match(self):
        contract, other = self.make_contract(), self.make_contract()
        self.bill("2026-03", contract + other)
        self.company.isp_cut_guard_minimum = 100000
        self.dun("2026-03-20")
        invoice = other.isp_charge_ids.move_id.name
        content = (
            "fecha,importe,concepto,referencia\n"
            f"2026-03-21,34.50,Transferencia {contract.name},B-1\n"
            f"2026-03-21,10.00,pago de {invoice},B-2\n"
            f"2026-03-21,5.00,{contract.name} y {other.name},B-3\n"
            "2026-03-21,99.00,gracias,B-4\n"
            "2026-03-21,-12.00,comision,B-5\n"
        )
        first = self.do_import(content)
        self.assertEqual((first.line_count, first.matched_count, first.waiting_count), (4, 2, 2))
        self.assertEqual((contract.isp_debt, contract.state), (0, "active"))
        self.assertEqual((other.isp_debt, other.state), (24.5, "suspended"))
        again = self.do_import(content)
        self.assertEqual((again.line_count, again.repeated_count), (0, 4))
        self.assertEqual(other.isp_debt, 24.5)
        waiting = first.line_ids.filtered(lambda line: line.reference == "B-4")
        self.assertTrue(waiting.why)
        with self.assertRaises(UserError):
            waiting.action_register()
        waiting.contract_id = other
        waiting.action_register()
        self.assertEqual((waiting.state, other.isp_debt, other.state), ("registered", 0, "active"))
        self.assertAudit()

    def test_a_file_that_cannot_be_read_leaves_nothing(self):
        before = self.env["isp.bank.import.line"].search_count([])
        with self.assertRaises(UserError):
            self.do_import("fecha,importe,concepto\n2026-03-21,5,x\nayer,5,x\n")
        self.assertEqual(self.env["isp.bank.import.line"].search_count([]), before)
