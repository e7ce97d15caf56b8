import base64
import io
from datetime import timedelta

from openpyxl import Workbook

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestWizards(ContractCommon):
    def test_onboarding(self):
        """From nothing to an active fiber service, as support does it."""
        wizard = self.env["isp.contract.onboarding"].with_user(self.support)
        record = Form(wizard).save()
        with self.assertRaisesRegex(UserError, "name of a new one"):
            record.action_next()
        record.write(
            {
                "name": "Nueva Clienta",
                "latitude": -0.2001,
                "longitude": -78.5001,
                "street": "Calle 1",
            }
        )
        record.action_next()
        self.assertEqual(record.step, "plan")
        with self.assertRaisesRegex(UserError, "Choose the plan"):
            record.action_next()
        record.write({"product_id": self.plan_fiber.id, "billing_day": 15, "term_months": 12})
        self.assertEqual((record.plan_price, record.access_technology), (30, "fiber"))
        record.action_next()
        self.assertEqual(record.step, "feasibility")
        self.assertTrue(record.feasible)
        self.assertEqual(record.splitter_id, self.splitter)
        record.action_next()
        self.assertEqual(record.step, "equipment")
        record.finish = "activate"
        with self.assertRaisesRegex(UserError, "Choose the ONU"):
            record.action_next()
        record.onu_id = self.onus[0]
        record.action_next()
        self.assertEqual(record.step, "summary")
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Nueva Clienta")]))
        action = record.action_finish()
        contract = self.Contract.browse(action["res_id"])
        self.assertEqual((contract.state, contract.billing_day), ("active", 15))
        self.assertEqual(contract.partner_id.name, "Nueva Clienta")
        self.assertEqual(contract.event_ids.user_id, self.support)
        self.assertNoFindings()

    def test_onboarding_of_a_second_service(self):
        record = self.env["isp.contract.onboarding"].create(
            {
                "partner_id": self.partner.id,
                "product_id": self.plan_tv.id,
                "other_address": True,
                "street": "Otra calle",
                "display_label": "Casa de campo",
            }
        )
        self.assertEqual(record.name, self.partner.name)
        record.action_next()
        record.action_next()
        self.assertEqual(record.step, "equipment", "TV needs no port")
        contract = self.Contract.browse(record.action_finish()["res_id"])
        self.assertEqual(contract.state, "pending")
        self.assertEqual(contract.service_partner_id.parent_id, self.partner)
        self.assertEqual(contract.service_partner_id.street, "Otra calle")

    def test_plan_wizard_shows_the_money(self):
        contract = self._fiber()
        with Form(
            self.env["isp.contract.plan"]
            .with_user(self.support)
            .with_context(active_id=contract.id)
        ) as form:
            self.assertEqual(form.date, contract._next_period_start())
            form.product_id = self.plan_fiber_big
            self.assertEqual((form.old_price, form.new_price), (30, 45))
            self.assertEqual(form.monthly_difference, 15)
            self.assertEqual(form.difference, 15, "a whole period")
            form.product_id = self.plan_tv
            self.assertIn("another kind", form.problem)
            form.product_id = self.plan_fiber_big
        form.record.action_confirm()
        self.assertEqual(contract.scheduled_change_id.new_product_id, self.plan_fiber_big)

    def test_suspend_and_pause_wizard(self):
        contracts = self._contract(self.plan_tv) | self._contract(self.plan_tv)
        contracts.action_activate()
        wizard = (
            self.env["isp.contract.suspend"]
            .with_user(self.collection)
            .with_context(active_ids=contracts.ids)
            .create({"reason": "technical"})
        )
        wizard.action_confirm()
        self.assertEqual(set(contracts.mapped("state")), {"suspended"})
        contracts.action_resume()
        pause = (
            self.env["isp.contract.suspend"]
            .with_context(active_ids=contracts.ids)
            .create({"reason": "voluntary_pause"})
        )
        with self.assertRaisesRegex(UserError, "day the service returns"):
            pause.action_confirm()
        pause.date_to = self.today + timedelta(days=4)
        pause.action_confirm()
        self.assertEqual(contracts.pause_ids.mapped("state"), ["running", "running"])

    def test_cancel_wizard(self):
        contract = self._fiber(term_months=12)
        wizard = (
            self.env["isp.contract.cancel"]
            .with_user(self.support)
            .with_context(active_ids=contract.ids)
            .create({"recover_now": True})
        )
        self.assertGreater(wizard.early_termination_amount, 0)
        self.assertEqual(wizard.assignment_ids.item_id, self.onus[0].item_id)
        amount = wizard.early_termination_amount
        wizard.action_confirm()
        self.assertEqual(contract.state, "cancelled")
        self.assertEqual(contract.early_termination_amount, amount)
        self.assertEqual(self.onus[0].status, "available")

    def test_address_holder_and_equipment_wizards(self):
        contract = self._fiber()
        contract.service_partner_id.write({"partner_latitude": -0.2, "partner_longitude": -78.5})
        env = self.env(user=self.support, context={**self.env.context, "active_id": contract.id})
        wizard = env["isp.contract.address"].create({"service_partner_id": contract.partner_id.id})
        wizard.action_check()
        self.assertTrue(wizard.feasible)
        wizard.action_confirm()
        self.assertEqual(contract.open_address_change_id.splitter_port_id, wizard.splitter_port_id)
        contract.with_user(self.support).action_confirm_address()
        env["isp.contract.equipment"].create({"onu_id": self.onus[2].id}).action_confirm()
        self.assertEqual(contract.onu_id, self.onus[2])
        env["isp.contract.holder"].create({"partner_id": self.partner.id}).action_confirm()
        self.assertEqual(contract.partner_id, self.partner)
        self.assertNoFindings()

    def test_mass_activation(self):
        good, bad = self._contract(self.plan_tv), self._contract(self.plan_fiber)
        wizard = (
            self.env["isp.contract.activation"]
            .with_user(self.support)
            .with_context(active_ids=(good | bad).ids)
            .create({})
        )
        wizard.action_check()
        self.assertEqual(wizard.line_ids.filtered("error").contract_id, bad)
        self.assertEqual((good | bad).mapped("state"), ["draft", "draft"])
        wizard.action_activate()
        self.assertEqual((good | bad).mapped("state"), ["active", "draft"])
        self.assertIn("ONU", wizard.line_ids.filtered("error").error)


@tagged("post_install", "-at_install")
class TestImport(ContractCommon):
    def run_import(self, content, filename="contratos.csv", dry=False):
        wizard = (
            self.env["isp.contract.import"]
            .with_user(self.support)
            .create({"file": base64.b64encode(content), "filename": filename})
        )
        wizard.action_test() if dry else wizard.action_import()
        return wizard

    CSV = """contrato;cliente;ruc;plan;precio;día;splitter;puerto;onu;estado;fecha activación;motivo
X-1;Rosa Díaz;1712345678;T-TV;;5;;;;activo;15/01/2026;
X-2;Rosa Díaz;1712345678;T-F100;25,50;31;TSPL;3;TSTF00000001;activo;2026-02-01;
X-3;Luis Paz;;T-TV;;32;;;;activo;;
X-4;Luis Paz;;NOPLAN;;1;;;;borrador;;
X-5;Luis Paz;;T-F100;;1;TSPL;3;;pendiente;;
X-6;Luis Paz;;T-TV;abc;1;;;;borrador;;
X-7;Mía Sol;;T-TV;;1;;;;suspendido;2026-03-01;technical
"""

    def test_dry_run_leaves_nothing(self):
        before = self.Contract.search_count([]), self.env["res.partner"].search_count([])
        wizard = self.run_import(self.CSV.encode(), dry=True)
        self.assertEqual(
            (self.Contract.search_count([]), self.env["res.partner"].search_count([])), before
        )
        self.assertEqual((wizard.state, wizard.good_count, wizard.bad_count), ("tested", 3, 4))
        self.assertEqual(self.ports[2].state, "free")

    def test_import(self):
        wizard = self.run_import(self.CSV.encode())
        errors = {line.line: line.error for line in wizard.line_ids if line.error}
        self.assertEqual(set(errors), {4, 5, 6, 7})
        self.assertIn("billing day", errors[4])
        self.assertIn("NOPLAN", errors[5])
        self.assertIn("TSPL / 3", errors[6], "the port went to the row above")
        self.assertIn("not a number", errors[7])
        found = self.Contract.search([("external_code", "in", ["X-1", "X-2", "X-7"])], order="id")
        self.assertEqual(found.mapped("state"), ["active", "active", "suspended"])
        self.assertEqual(found[0].partner_id, found[1].partner_id, "one customer by document")
        self.assertEqual(found[1].custom_price, 25.5)
        self.assertEqual(found[1].splitter_port_id, self.ports[2])
        self.assertEqual(found[0].date_activation, fields.Date.to_date("2026-01-15"))
        self.assertEqual(found[2].state_reason, "technical")
        self.assertEqual(set(found.event_ids.mapped("source")), {"import"})
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Luis Paz")]))
        again = self.run_import(self.CSV.encode())
        self.assertEqual(again.good_count, 3)
        self.assertEqual(
            self.Contract.search_count([("external_code", "in", ["X-1", "X-2", "X-7"])]), 3
        )
        self.assertNoFindings()

    def test_xlsx(self):
        book = Workbook()
        book.active.append(["Cliente", "Plan", "Latitud", "Día de facturación"])
        book.active.append(["Hoja de cálculo", "T-TV", -0.25, 7])
        content = io.BytesIO()
        book.save(content)
        wizard = self.run_import(content.getvalue(), "alta.xlsx")
        contract = wizard.line_ids.contract_id
        self.assertEqual((contract.state, contract.billing_day), ("draft", 7))
        self.assertAlmostEqual(contract.latitude, -0.25)

    def test_wrong_files(self):
        for content, name, message in (
            (b"", "a.csv", "Choose a CSV"),
            (b"cliente;plan\n", "a.csv", "no rows"),
            (b"cliente;plan;color\nA;B;C\n", "a.csv", "no column named"),
            (b"cliente;cliente;plan\nA;B;C\n", "a.csv", "twice"),
            (b"cliente\nA\n", "a.csv", "is missing"),
            (b"not a workbook", "a.xlsx", "not an XLSX"),
        ):
            with self.assertRaisesRegex(UserError, message):
                self.run_import(content, name)
