from datetime import timedelta

from psycopg2 import IntegrityError
from psycopg2.errors import CheckViolation, RestrictViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestBadInput(ContractCommon):
    """Each wrong thing says what is wrong and leaves nothing half done."""

    # === state === #

    def test_state_is_not_written(self):
        contract = self._contract()
        for state in ("active", "draft", "cancelled"):
            with self.assertRaisesRegex(UserError, "not written"):
                contract.write({"state": state})
        with self.assertRaisesRegex(UserError, "not written"):
            contract.with_context(isp_contract_gate=True).state = "active"
        with self.assertRaisesRegex(UserError, "created as a draft"):
            self._contract(state="active")
        with self.assertRaisesRegex(UserError, "created as a draft"):
            self.Contract.with_context(default_state="active").create(
                {"partner_id": self.partner.id, "product_id": self.plan_tv.id}
            )
        result = self.Contract.load(
            ["name", "partner_id/.id", "product_id/.id", "state"],
            [["IMP1", str(self.partner.id), str(self.plan_tv.id), "active"]],
        )
        self.assertIn("created as a draft", result["messages"][0]["message"])
        self.assertEqual(contract.state, "draft")

    def test_database_refuses_impossible_pairs(self):
        contract = self._contract()
        self.env.flush_all()
        for state in ("active", "suspended"):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.cr.savepoint(),
            ):
                self.cr.execute(
                    "UPDATE isp_contract SET state = %s, date_activation = now() WHERE id = %s",
                    [state, contract.id],
                )
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.cr.savepoint():
            self.cr.execute(
                "INSERT INTO isp_contract (name, company_id, partner_id, product_id, currency_id,"
                " billing_day, date_start, state)"
                " SELECT 'X', company_id, partner_id, product_id, currency_id, 1, date_start, "
                "'active'"
                " FROM isp_contract WHERE id = %s",
                [contract.id],
            )

    def test_events_are_append_only(self):
        contract = self._contract()
        contract.action_activate()
        self.env.flush_all()
        for query in (
            "UPDATE isp_contract_event SET reason = 'abuse'",
            "DELETE FROM isp_contract_event",
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(RestrictViolation),
                self.cr.savepoint(),
            ):
                self.cr.execute(query)

    def test_wrong_transition(self):
        contract = self._contract()
        with self.assertRaisesRegex(UserError, "Suspension is not possible"):
            contract.action_suspend(reason="technical")
        contract.action_activate()
        contract.action_cancel()
        for verb in ("action_activate", "action_suspend", "action_resume", "action_reserve"):
            with self.assertRaisesRegex(UserError, "is not possible"):
                getattr(contract, verb)()
        self.assertEqual(contract.state, "cancelled")

    def test_cancelling_twice(self):
        contract = self._fiber()
        contract.action_cancel()
        events, end = contract.event_ids, contract.date_end
        self.assertIs(contract.action_cancel(reason="abuse"), True)
        self.assertEqual((contract.event_ids, contract.date_end), (events, end))
        self.assertEqual(contract.state_reason, "customer_request")

    def test_unknown_reason(self):
        contract = self._contract()
        contract.action_activate()
        with self.assertRaisesRegex(UserError, "not a reason for this action"):
            contract.action_suspend(reason="because")
        self.assertEqual(contract.state, "active")

    # === what activation needs === #

    def test_activate_without_resource(self):
        contract = self._contract(self.plan_fiber)
        with self.assertRaises(UserError) as caught:
            contract.action_activate()
        message = str(caught.exception)
        self.assertIn("splitter port", message)
        self.assertIn("ONU", message)
        self.assertEqual(contract.state, "draft")
        self.assertFalse(contract.event_ids)

    def test_activate_without_onu_leaves_the_port_free(self):
        contract = self._contract(self.plan_fiber, splitter_port_id=self.ports[0].id)
        with self.assertRaisesRegex(UserError, "an ONU"):
            contract.action_activate()
        self.assertEqual((contract.state, self.ports[0].state), ("draft", "free"))

    def test_activate_with_somebody_elses_onu(self):
        self._fiber()
        other = self._contract(
            self.plan_fiber, splitter_port_id=self.ports[1].id, onu_id=self.onus[0].id
        )
        with self.assertRaisesRegex(UserError, "another ONU"):
            other.action_activate()

    def test_activate_without_price(self):
        plan = self.env["product.product"].create(
            {
                "name": "Free",
                "is_isp_plan": True,
                "plan_code": "T-NOPRICE",
                "service_category": "tv",
            }
        )
        contract = self._contract(plan)
        with self.assertRaisesRegex(UserError, "a price"):
            contract.action_activate()
        contract.write({"has_custom_price": True, "custom_price": 3})
        contract.action_activate()
        self.assertEqual(self._last_event(contract).monthly_amount, 3)

    def test_activate_in_the_future(self):
        contract = self._contract()
        with self.assertRaisesRegex(UserError, "future"):
            contract.action_activate(date=fields.Date.add(self.today, days=1))
        with self.assertRaisesRegex(UserError, "not a date"):
            contract.action_activate(date="31/12/2026")

    def test_one_bad_contract_stops_the_call(self):
        good, bad = self._contract(), self._contract(self.plan_fiber)
        with self.assertRaises(UserError), self.cr.savepoint():
            (good | bad).action_activate()
        (good | bad).invalidate_recordset()
        self.assertEqual(set((good | bad).mapped("state")), {"draft"})

    # === fields === #

    def test_billing_day(self):
        for day in (0, 32, -1):
            with self.assertRaisesRegex(ValidationError, "billing day"):
                self._contract(billing_day=day)
        contract = self._contract(billing_day=31)
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.cr.execute("UPDATE isp_contract SET billing_day = 32 WHERE id = %s", [contract.id])

    def test_not_a_plan(self):
        product = self.env["product.product"].create({"name": "Cable", "type": "consu"})
        with self.assertRaisesRegex(ValidationError, "not a plan"):
            self._contract(product)

    def test_port_of_another_splitter(self):
        other = self.splitter.copy({"code": "TSPL2"})
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self._contract(self.plan_fiber, splitter_id=other.id, splitter_port_id=self.ports[0].id)
        contract = self._contract(self.plan_fiber, splitter_port_id=self.ports[0].id)
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.cr.execute(
                "UPDATE isp_contract SET splitter_id = %s WHERE id = %s", [other.id, contract.id]
            )

    def test_port_taken_by_someone_else(self):
        """Somebody reserves the port between the choice and the reservation."""
        first = self._fiber(active=False)
        second = self._contract(
            self.plan_fiber, splitter_port_id=self.ports[0].id, onu_id=self.onus[1].id
        )
        first.action_reserve()
        with self.assertRaisesRegex(UserError, "reserved for Customer"):
            second.action_reserve()
        self.assertEqual((second.state, len(second.event_ids)), ("draft", 0))
        self.assertEqual(self.ports[0].contract_id, first)

    def test_port_of_a_live_service_is_not_released_by_hand(self):
        contract = self._fiber()
        with self.assertRaisesRegex(UserError, "serves the contract"):
            self.ports[0].action_release()
        self.assertEqual(self.ports[0].contract_id, contract)

    def test_two_services_of_a_kind_need_a_label(self):
        first = self._contract(partner=self.partner)
        second = self._contract(partner=self.partner)
        first.action_activate()
        with self.assertRaisesRegex(ValidationError, "already has"), self.cr.savepoint():
            second.action_activate()
        second.display_label = "Shop"
        second.action_activate()
        with self.assertRaisesRegex(ValidationError, "already has"), self.cr.savepoint():
            second.display_label = False
            self.env.flush_all()

    def test_guarded_fields(self):
        contract = self._fiber()
        for vals in (
            {"product_id": self.plan_fiber_big.id},
            {"partner_id": self.partner.id},
            {"onu_id": self.onus[3].id},
            {"splitter_port_id": self.ports[3].id},
            {"date_activation": "2020-01-01"},
            {"state_reason": "abuse"},
        ):
            with self.assertRaisesRegex(UserError, "cannot be edited here"):
                contract.write(vals)
        contract.write({"product_id": self.plan_fiber.id, "billing_day": 5})

    def test_history_is_not_deleted(self):
        contract = self._contract()
        contract.action_activate()
        with self.assertRaisesRegex(UserError, "Cancel it instead"):
            contract.unlink()
        self._contract().unlink()

    def test_reservation_time(self):
        contract = self._fiber(active=False)
        with self.assertRaisesRegex(UserError, "more than zero"):
            contract.action_reserve(hours=0)
        self.assertEqual(self.ports[0].state, "free")

    def test_backdated_before_last_change(self):
        contract = self._contract()
        contract.action_activate(date=self.today - timedelta(days=10))
        contract.action_suspend(reason="abuse", date=self.today - timedelta(days=5))
        with self.assertRaisesRegex(UserError, "before the last change"):
            contract.action_resume(date=self.today - timedelta(days=6))

    # === roles === #

    def test_roles(self):
        contract = self._contract()
        contract.with_user(self.support).action_activate()
        with self.assertRaises(AccessError):
            contract.with_user(self.technician).action_suspend(reason="abuse")
        contract.with_user(self.collection).action_suspend(reason="technical")
        contract.with_user(self.collection).action_resume(reason="payment")
        with self.assertRaises(AccessError):
            contract.with_user(self.collection).action_cancel()
        with self.assertRaises(AccessError):
            contract.with_user(self.collection).billing_day = 3
        self.assertEqual(contract.with_user(self.technician).state, "active")
        self.assertEqual(self._last_event(contract).user_id, self.collection)

    def test_company(self):
        company = self.env["res.company"].create({"name": "Other ISP"})
        contract = self._contract()
        self.support.write(
            {"company_ids": [fields.Command.set(company.ids)], "company_id": company.id}
        )
        with self.assertRaises(AccessError):
            contract.with_user(self.support).action_activate()
