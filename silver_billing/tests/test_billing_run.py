from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestBillingRun(BillingCase):
    def test_one_invoice_for_a_customer_with_two_services(self):
        partner = self.env["res.partner"].create({"name": "Two services"})
        contracts = self.make_contract(partner, label="Home") + self.make_contract(
            partner, label="Shop"
        )
        run = self.bill("2026-03", contracts)
        self.assertEqual(run.state, "done")
        charges = contracts.isp_charge_ids
        self.assertEqual(charges.mapped("amount"), [30.0, 30.0])
        self.assertEqual(charges.mapped("amount_total"), [34.5, 34.5])
        self.assertEqual(set(charges.mapped("state")), {"invoiced"})
        invoice = charges.move_id
        self.assertEqual(len(invoice), 1)
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", 69.0))
        self.assertEqual(invoice.invoice_date_due, self.day("2026-03-11"))
        self.assertEqual(charges.invoice_line_id, invoice.invoice_line_ids)
        self.assertEqual((run.line_ids.charge_id, run.line_ids.move_id), (charges, invoice))
        self.assertAudit()

    def test_running_again_adds_nothing(self):
        contract = self.make_contract()
        self.bill("2026-03", contract)
        before = (len(contract.isp_charge_ids), contract.isp_charge_ids.move_id)
        again = self.bill("2026-03", contract)
        again.action_run()
        self.assertEqual((len(contract.isp_charge_ids), contract.isp_charge_ids.move_id), before)
        self.assertEqual(again.state, "done")

    def test_preview_charges_nothing(self):
        contract = self.make_contract()
        run = self.env["isp.billing.run"].create(
            {"period_key": "2026-03", "contract_ids": [(6, 0, contract.ids)]}
        )
        run.action_preview()
        run.action_preview()
        self.assertEqual((run.state, run.amount, run.contract_count), ("previewed", 30.0, 1))
        self.assertEqual(run.line_ids.anomaly, "gap", "February was not charged")
        self.assertFalse(contract.isp_charge_ids)
        run.action_run()
        self.assertEqual(contract.isp_charge_ids.state, "invoiced")

    def test_the_bad_contract_is_set_aside(self):
        unpriced = self.make_plan("TEST-NOPRICE", None)
        self.env["isp.plan.price"].create(
            {
                "product_id": unpriced.id,
                "amount": 10,
                "effective_from": "2026-01-01",
                "effective_to": "2026-02-28",
            }
        )
        good, bad = self.make_contract(), self.make_contract(plan=unpriced)
        run = self.bill("2026-03", good + bad)
        self.assertEqual(run.state, "attention")
        self.assertEqual(good.isp_charge_ids.state, "invoiced")
        self.assertFalse(bad.isp_charge_ids)
        line = run.line_ids.filtered(lambda item: item.state == "error")
        self.assertEqual(line.contract_id, bad)
        self.assertIn("no price", line.error)
        self.assertTrue(run.activity_ids)
        self.env["isp.plan.price"].create(
            {"product_id": unpriced.id, "amount": 12, "effective_from": "2026-03-01"}
        )
        run.action_run()
        self.assertEqual((run.state, bad.isp_charge_ids.amount), ("done", 12.0))

    def test_an_error_in_the_batch_leaves_the_others_billed(self):
        good, bad = self.make_contract(), self.make_contract()
        bad.partner_id.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        run = self.bill("2026-03", good + bad)
        self.assertEqual(good.isp_charge_ids.state, "invoiced")
        self.assertEqual(run.line_ids.filtered(lambda x: x.state == "error").contract_id, bad)
        self.assertFalse(bad.isp_charge_ids)

    def test_a_wrong_period_leaves_nothing(self):
        before = self.env["isp.billing.period"].search_count([])
        for key in ("2026-13", "noviembre", "2026-1", ""):
            with self.assertRaises(ValidationError):
                self.env["isp.billing.run"].create({"period_key": key})
        self.assertEqual(self.env["isp.billing.period"].search_count([]), before)

    def test_first_days_and_their_explanation(self):
        contract = self.make_contract(start="2026-03-22")
        self.bill("2026-03", contract)
        charge = self.charge(contract, "2026-03")
        # 10 of the 31 days from 1 to 31 March
        self.assertEqual(charge.amount, 9.68)
        self.assertEqual(charge.computation["segments"][0]["days"], 10)
        self.assertIn("31", charge.computation_html)
        self.assertEqual(charge.service_end, self.day("2026-03-31"))

    def test_first_days_free_or_with_the_next(self):
        self.policy.first_period = "free"
        free = self.make_contract(start="2026-03-22")
        self.bill("2026-03", free)
        charge = self.charge(free, "2026-03")
        self.assertEqual(
            (charge.state, charge.reason, charge.amount), ("void", "first_days_free", 0)
        )
        self.policy.first_period = "with_next"
        later = self.make_contract(start="2026-03-22")
        self.bill("2026-03", later)
        self.assertFalse(later.isp_charge_ids)
        self.bill("2026-04", later)
        self.assertEqual(later.isp_charge_ids.amount, 39.68)

    def test_free_months_and_arrears(self):
        promo = self.make_contract(free_months=1)
        self.bill("2026-01", promo)
        self.assertEqual(promo.isp_charge_ids.reason, "promotion")
        self.bill("2026-02", promo)
        self.assertEqual(self.charge(promo, "2026-02").amount, 30)
        arrears = self.make_contract(plan=self.make_plan("TEST-ARR", 20, billing_mode="arrears"))
        self.bill("2026-02", arrears)
        charge = arrears.isp_charge_ids
        self.assertEqual(
            (charge.service_start, charge.charge_date),
            (self.day("2026-02-01"), self.day("2026-02-28")),
        )

    def test_annual_plan_is_charged_once_a_year(self):
        annual = self.make_plan("TEST-YEAR", 300, billing_policy="annual")
        contract = self.make_contract(plan=annual, start="2025-03-01")
        for key in ("2026-02", "2026-03", "2026-04"):
            self.bill(key, contract)
        self.assertEqual(contract.isp_charge_ids.mapped("period_key"), ["2026-03"])
        self.assertEqual(contract.isp_charge_ids.service_end, self.day("2027-02-28"))

    def test_not_charged_while_suspended_and_charged_when_it_is_back(self):
        contract = self.make_contract()
        self.bill("2026-01", contract)
        january = self.charge(contract, "2026-01")
        contract.action_suspend(reason="non_payment", date="2026-02-20")
        self.bill("2026-03", contract)
        charge = self.charge(contract, "2026-03")
        self.assertEqual((charge.state, charge.reason, charge.amount), ("void", "suspended", 0))
        contract.action_resume(date="2026-03-22")
        adjustment = contract.isp_charge_ids - charge - january
        self.assertEqual((adjustment.kind, adjustment.amount), ("adjustment", 9.68))
        self.assertEqual(adjustment.state, "pending")
        self.bill("2026-04", contract)
        self.assertEqual(adjustment.state, "invoiced")
        self.assertEqual(self.charge(contract, "2026-04").amount, 30)

    def test_suspended_in_full_when_the_policy_says_so(self):
        self.policy.suspended_billing = "full"
        contract = self.make_contract()
        self.bill("2026-01", contract)
        contract.action_suspend(reason="non_payment", date="2026-02-20")
        self.bill("2026-03", contract)
        self.assertEqual(self.charge(contract, "2026-03").amount, 30)
        self.policy.write({"suspended_billing": "reduced", "reduced_percent": 40})
        self.bill("2026-04", contract)
        self.assertEqual(self.charge(contract, "2026-04").amount, 12)

    def test_pause_gives_back_the_days_already_charged(self):
        contract = self.make_contract()
        self.bill("2026-03", contract)
        contract.action_suspend(reason="voluntary_pause", date="2026-03-11")
        contract.action_resume(reason="voluntary_pause", date="2026-03-21")
        charge = self.charge(contract, "2026-03")
        # 10 of 31 days of 34.50
        self.assertAlmostEqual(charge.amount_residual, 34.5 - 11.13)
        self.assertAudit()

    def test_billing_day_moves_without_charging_a_day_twice(self):
        contract = self.make_contract()
        self.bill("2026-03", contract)
        contract.billing_day = 15
        self.bill("2026-04", contract)
        charge = self.charge(contract, "2026-04")
        self.assertEqual(charge.service_start, self.day("2026-04-01"))
        self.assertEqual(charge.service_end, self.day("2026-05-14"))
        self.assertEqual(len(charge.computation["segments"]), 2)

    def test_up_to_a_day(self):
        early, late = self.make_contract(day=1), self.make_contract(day=20)
        run = self.bill("2026-03", early + late, up_to="2026-03-10")
        self.assertTrue(early.isp_charge_ids)
        self.assertFalse(late.isp_charge_ids)
        run.up_to = "2026-03-20"
        run.action_run()
        self.assertEqual(late.isp_charge_ids.service_start, self.day("2026-03-20"))

    def test_closed_period_takes_no_charge(self):
        contract = self.make_contract()
        self.bill("2026-03", contract)
        period = self.charge(contract, "2026-03").period_id
        self.env["isp.charge"].search(
            [("period_id", "=", period.id), ("state", "=", "pending")]
        ).action_void()
        period.action_close()
        with self.assertRaises(UserError):
            self.env["isp.billing.run"].create({"period_key": "2026-03"})
        with self.assertRaises(UserError):
            self.env["isp.charge"].create(
                {"contract_id": contract.id, "amount": 5, "period_id": period.id}
            )

    def test_database_refuses(self):
        contract = self.make_contract()
        self.bill("2026-03", contract)
        charge = self.charge(contract, "2026-03")
        copy = (
            "INSERT INTO isp_charge (company_id, contract_id, partner_id, product_id, period_id,"
            " kind, service_start, service_end, charge_date, due_date, amount, amount_total,"
            " currency_id, state) SELECT company_id, contract_id, partner_id, product_id, {period},"
            " kind, {start}, service_end + 31, charge_date, due_date, {amount}, amount_total,"
            " currency_id, 'pending' FROM isp_charge WHERE id = %s"
        )
        other = self.env["isp.billing.period"]._for_keys(["2031-01"], self.company)["2031-01"]
        for case in (
            {"period": "period_id", "start": "service_end + 1", "amount": "amount"},
            {"period": other.id, "start": "service_start", "amount": "amount"},
            {"period": other.id, "start": "service_end + 1", "amount": "-1"},
        ):
            with (
                self.subTest(**case),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(copy.format(**case), [charge.id])
        self.env.cr.execute(
            "UPDATE isp_billing_period SET state = 'closed' WHERE id = %s", [other.id]
        )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                copy.format(period=other.id, start="service_end + 1", amount="1"), [charge.id]
            )

    def test_invoiced_charge_is_not_edited(self):
        contract = self.make_contract()
        self.bill("2026-03", contract)
        charge = self.charge(contract, "2026-03")
        for vals in ({"amount": 1}, {"state": "paid"}, {"service_end": "2026-03-02"}):
            with self.assertRaises(UserError):
                charge.write(vals)
        with self.assertRaises(UserError):
            charge.unlink()
        with self.assertRaises(UserError):
            charge.move_id.button_draft()

    def test_collector_bills_without_being_an_accountant(self):
        contract = self.make_contract()
        run = (
            self.env["isp.billing.run"]
            .with_user(self.collector)
            .create({"period_key": "2026-03", "contract_ids": [(6, 0, contract.ids)]})
        )
        run.action_preview()
        run.action_run()
        self.assertEqual(contract.isp_charge_ids.state, "invoiced")
        invoice = contract.isp_charge_ids.move_id.with_user(self.collector)
        self.assertTrue(invoice.read(["name", "amount_total"]))
