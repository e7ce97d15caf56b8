from collections import defaultdict
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.isp_invoice_proof import RANKS
from .common import BillingCase

ALIKE = 6
WRITER = "odoo.addons.silver_billing.models.isp_invoice_writer"


@tagged("post_install", "-at_install")
class TestBulkPosting(BillingCase):
    """What is written in bulk is what Odoo would have written, in every stored field."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.isp_bulk_posting = True
        cls.writer = cls.env["isp.invoice.writer"]

    def customers(self, count=ALIKE, **vals):
        return self.env["res.partner"].create(
            [{"name": f"Alike {number}", **vals} for number in range(count)]
        )

    def contracts(self, partners, **vals):
        return self.env["isp.contract"].union(
            *(self.make_contract(partner, **vals) for partner in partners)
        )

    def posted(self, contracts, in_bulk, key="2026-03", given=True, **vals):
        """Bill, and give every stored field of what was written, with no trace of it left.

        :return: (what by customer, sorted numbers, how many were written in bulk)
        """
        savepoint = self.env.cr.savepoint()
        try:
            self.company.isp_bulk_posting = in_bulk
            with patch(f"{WRITER}.MIN_ALIKE", 4 if given else 10**6):
                run = self.bill(key, contracts, **vals)
            self.assertEqual(run.state, "done")
            self.assertAudit()
            found, numbers = {}, []
            snapshot = self.writer._snapshot(run.move_ids.ids)
            for move in run.move_ids:
                document, lines = snapshot[move.id]
                numbers.append(document.pop("name"))
                document.pop("isp_run_id")
                document.pop("sequence_number")
                for row in (document, *lines):
                    for name, value in row.items():
                        row[name] = "NUMBER" if value == numbers[-1] else value
                for line in lines:
                    line["isp_charge_id"] = (
                        line["isp_charge_id"]
                        and self.env["isp.charge"].browse(line["isp_charge_id"]).contract_id.name
                    )
                charges = [
                    charge.read(["state", "amount", "tax_amount", "amount_total", "due_date"])[0]
                    for charge in move.isp_charge_ids.sorted("contract_id")
                ]
                for charge in charges:
                    charge.pop("id")
                key = (move.partner_id.id, move.invoice_date, move.amount_total)
                found[key] = (document, lines, charges, move.partner_id.customer_rank)
            return found, sorted(numbers), run.bulk_count
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def assertSame(self, contracts, in_bulk, **vals):
        """The three ways write the same, and ``in_bulk`` documents did not go through Odoo."""
        self.maxDiff = None
        one, one_numbers, none = self.posted(contracts, False, given=False, **vals)
        self.assertTrue(one)
        self.assertEqual(none, 0)
        with self.assertNoLogs(WRITER, "WARNING"):
            for way, count in ((True, in_bulk), (False, 0)):
                other, other_numbers, copied = self.posted(contracts, way, **vals)
                self.assertEqual(copied, count)
                self.assertEqual(one_numbers, other_numbers)
                self.assertEqual(one, other)

    # === shapes === #

    def test_plain(self):
        self.assertSame(self.contracts(self.customers()), ALIKE - 2)

    def test_customers_who_have_invoices_already(self):
        contracts = self.contracts(self.customers())
        self.bill("2026-02", contracts)
        self.assertSame(contracts, ALIKE - 2)

    def test_tax_included_two_taxes_and_none(self):
        included = self.tax.copy({"name": "Included", "price_include_override": "tax_included"})
        second = self.tax.copy({"name": "Second", "amount": 3.7})
        for name, taxes in (("I", included), ("T", self.tax + second), ("N", self.tax.browse())):
            with self.subTest(taxes=taxes.mapped("name")):
                plan = self.make_plan(f"TEST-{name}", 19.99, taxes_id=[Command.set(taxes.ids)])
                self.assertSame(self.contracts(self.customers(), plan=plan), ALIKE - 2)

    def test_rounding_of_the_whole_document(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        plan = self.make_plan("TEST-R", 9.99)
        partners = self.customers()
        contracts = self.contracts(partners, plan=plan, label="a")
        contracts |= self.contracts(partners, plan=plan, label="b")
        self.assertSame(contracts, ALIKE - 2)

    def test_several_services_and_a_fee(self):
        partners = self.customers()
        other = self.make_plan("TEST-12", 12.5)
        contracts = self.contracts(partners, label="Home", installation_fee=25, start="2026-03-01")
        contracts |= self.contracts(partners, label="Shop", plan=other, start="2026-03-01")
        self.assertSame(contracts, ALIKE - 2)

    def test_another_currency(self):
        currency = (
            self.env["res.currency"].with_context(active_test=False).search([("name", "=", "CHF")])
        )
        currency.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2026-01-01", "rate": 1.37}
        )
        self.env["isp.plan.price"].create(
            {
                "product_id": self.plan.id,
                "currency_id": currency.id,
                "amount": 33.33,
                "effective_from": "2020-01-01",
            }
        )
        contracts = self.contracts(self.customers(), currency_id=currency.id)
        contracts |= self.contracts(self.customers())
        self.assertSame(contracts, 2 * (ALIKE - 2))

    def test_languages_fiscal_positions_and_days(self):
        self.env["res.lang"]._activate_lang("es_419")
        exempt = self.env["account.fiscal.position"].create(
            {"name": "Exempt", "company_id": self.company.id}
        )
        self.tax.copy(
            {
                "name": "Zero",
                "amount": 0,
                "fiscal_position_ids": [Command.set(exempt.ids)],
                "original_tax_ids": [Command.set(self.tax.ids)],
            }
        )
        contracts = self.contracts(self.customers(lang="es_419"), day=15, start="2026-01-15")
        contracts |= self.contracts(self.customers(property_account_position_id=exempt.id))
        contracts |= self.contracts(self.customers(2))  # too few to be worth it
        contracts |= self.make_contract(custom_price=7, has_custom_price=True)
        self.assertSame(contracts, 2 * (ALIKE - 2))

    def test_first_days_promotion_and_discounts(self):
        """A shorter first period, and a price of their own that several share."""
        contracts = self.contracts(self.customers(), start="2026-03-22")
        contracts |= self.contracts(self.customers(), has_custom_price=True, custom_price=27.13)
        self.assertSame(contracts, 2 * (ALIKE - 2))

    def test_one_date_for_all_and_one_invoice_for_each_contract(self):
        self.company.isp_invoice_grouping = "contract"
        partners = self.customers()
        contracts = self.contracts(partners, label="a") + self.contracts(partners, label="b")
        self.posted(contracts, True)
        _found, numbers, copied = self.posted(contracts, True, invoice_date="2026-03-05")
        self.assertEqual((len(set(numbers)), copied), (2 * ALIKE, 2 * ALIKE - 2))

    def test_credit_of_the_customer_is_used(self):
        contracts = self.contracts(self.customers())
        contracts[1].action_register_payment(amount=50, date="2026-02-01")
        self.bill("2026-03", contracts)
        self.assertEqual(contracts[1].isp_charge_ids.state, "paid")
        self.assertEqual(contracts[1].partner_id.isp_credit, 15.5)
        self.assertAudit()
        # and what was written in bulk is paid like any other
        contracts[2].action_register_payment(amount=34.5, date="2026-03-02")
        invoice = contracts[2].isp_charge_ids.move_id
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertAudit()

    def test_each_customer_is_counted_once(self):
        """The copy that proves and is undone counts for nobody."""
        contracts = self.contracts(self.customers())
        partners = contracts.partner_id
        self.bill("2026-02", contracts)
        counted = self.env.cr.postcommit.data.setdefault(RANKS, defaultdict(int))
        for key, in_bulk in (("2026-03", False), ("2026-04", True)):
            with self.subTest(in_bulk=in_bulk):
                counted.clear()
                self.company.isp_bulk_posting = in_bulk
                with patch.object(type(self.writer), "_count_customers") as count:
                    run = self.bill(key, contracts)
                self.assertEqual(run.bulk_count, in_bulk and ALIKE - 2)
                found = list(counted)
                self.assertEqual(set(counted.values()), {1})
                for call in count.call_args_list:
                    found += call.args[0]
                self.assertEqual(sorted(found), sorted(partners.ids))

    # === when it is not used === #

    def test_customers_with_a_delivery_address_go_through_odoo(self):
        partners = self.customers()
        self.env["res.partner"].create(
            {"name": "Elsewhere", "parent_id": partners[0].id, "type": "delivery"}
        )
        self.assertSame(self.contracts(partners), ALIKE - 3)

    def test_who_else_has_a_say(self):
        company = self.company
        self.assertFalse(self.writer._why_not(company))
        company._isp_sale_journal().restrict_mode_hash_table = True
        self.assertIn("sealed", self.writer._why_not(company))
        company._isp_sale_journal().restrict_mode_hash_table = False
        registry_class = type(self.env["account.move"])
        original = registry_class._post

        def _post(move, soft=True):
            return original(move, soft)

        with patch.object(registry_class, "_post", _post):
            self.assertIn("_post", self.writer._why_not(company))
        company.isp_bulk_posting = False
        self.assertTrue(self.writer._why_not(company))

    def test_a_module_that_writes_about_each_invoice(self):
        """Rows that nobody told us about: each invoice goes through Odoo."""
        writer_class = type(self.writer)
        original = writer_class._plain_templates

        def told(writer, moves):
            moves._message_log_batch({move.id: "Told" for move in moves})
            writer.env.flush_all()
            return original(writer, moves)

        with patch.object(writer_class, "_plain_templates", told):
            found, _numbers, copied = self.posted(self.contracts(self.customers()), True)
        self.assertEqual((len(found), copied), (ALIKE, 0))

    def test_a_difference_sends_all_back_to_odoo(self):
        """A field that depends on the customer in a way nobody foresaw."""
        contracts = self.contracts(self.customers())
        registry_class = type(self.env["account.move"])
        original = registry_class._compute_narration

        def narrate(moves):
            for move in moves:
                move.narration = f"For {move.partner_id.id}"

        registry_class._compute_narration = narrate
        self.addCleanup(setattr, registry_class, "_compute_narration", original)
        with mute_logger(WRITER):
            found, _numbers, copied = self.posted(contracts, True)
        self.assertEqual((len(found), copied), (ALIKE, 0))
        self.assertEqual(
            {document["narration"] for document, _l, _c, _r in found.values()},
            {f"<span>For {partner.id}</span>" for partner in contracts.partner_id},
        )

    def test_the_setting(self):
        self.company.isp_bulk_posting = False
        contracts = self.contracts(self.customers())
        run = self.bill("2026-03", contracts)
        self.assertEqual((run.bulk_count, run.invoice_count), (0, ALIKE))

    def test_a_bad_one_among_many(self):
        contracts = self.contracts(self.customers(9))
        contracts[4].partner_id.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        run = self.bill("2026-03", contracts)
        self.assertEqual(run.state, "attention")
        self.assertEqual(
            run.line_ids.filtered(lambda line: line.state == "error").contract_id, contracts[4]
        )
        self.assertEqual(run.invoice_count, 8)
        self.assertAudit()

    def test_the_company_is_checked_whatever_a_request_says(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.env["res.partner"].create({"name": "Stranger", "company_id": other.id})
        for said in (True, 1, "COMPANY_CHECKED"):
            moves = self.env["account.move"].with_context(isp_company_checked=said)
            with self.assertRaises(UserError):
                moves.create({"move_type": "out_invoice", "partner_id": stranger.id})
