from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestDunning(BillingCase):
    def setUp(self):
        super().setUp()
        self.company.isp_cut_guard_minimum = 100000
        self.contract = self.make_contract()
        self.bill("2026-03", self.contract)
        self.march = self.charge(self.contract, "2026-03")

    def test_cut_after_grace_and_back_with_the_payment(self):
        self.dun("2026-03-14")
        self.assertEqual(self.contract.state, "active", "due on the 11th, three days of grace")
        run = self.dun("2026-03-15")
        self.assertEqual(
            (self.contract.state, self.contract.state_reason), ("suspended", "non_payment")
        )
        line = run.line_ids.filtered(lambda item: item.contract_id == self.contract)
        self.assertEqual((line.state, line.why, line.overdue), ("done", "overdue", 34.5))
        self.contract.action_register_payment(amount=20)
        self.assertEqual(self.contract.state, "suspended", "something overdue is left")
        self.contract.action_register_payment(amount=14.5)
        self.assertEqual((self.contract.state, self.contract.state_reason), ("active", "payment"))
        self.assertEqual(
            self.contract.event_ids.sorted("id").mapped("transition"),
            ["reserve", "activate", "suspend", "resume"],
        )

    def test_nobody_is_cut_by_hand_who_owes_nothing_overdue(self):
        clean = self.make_contract(label="Clean")
        admin = new_test_user(self.env, "silver_boss", groups="silver_base.group_silver_admin")
        with self.assertRaisesRegex(UserError, clean.name), self.env.cr.savepoint():
            (clean | self.contract).with_user(admin).action_suspend(reason="non_payment")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            # due on the 11th: on that day nothing is overdue
            self.contract.action_suspend(reason="non_payment", date="2026-03-11")
        self.assertEqual((clean | self.contract).mapped("state"), ["active", "active"])
        self.contract.with_user(admin).action_suspend(reason="non_payment", date="2026-03-12")
        clean.with_user(admin).action_suspend(reason="abuse")
        self.assertEqual((clean | self.contract).mapped("state"), ["suspended", "suspended"])

    def test_the_action_of_the_policy_goes_with_the_cut(self):
        self.policy.action = "throttle"
        self.dun("2026-03-15")
        self.assertEqual(self.contract.suspension_mode, "throttle")
        self.contract.action_register_payment(amount=34.5)
        self.assertEqual((self.contract.state, self.contract.suspension_mode), ("active", False))

    def test_a_run_of_a_day_to_come_is_undone_by_the_whole_debt_only(self):
        contract = self.make_contract(start="2026-11-01")
        self.bill("2026-12", contract)
        self.dun("2026-12-20")
        self.assertEqual(contract.state, "suspended")
        contract.action_register_payment(amount=1)
        self.assertEqual(contract.state, "suspended", "the debt of the day it was cut remains")
        contract.action_register_payment(amount=33.5)
        self.assertEqual(contract.state, "active")

    def test_running_twice_changes_nothing(self):
        self.dun("2026-03-15")
        events = self.contract.event_ids
        run = self.dun("2026-03-15")
        run.action_run()
        self.assertEqual(self.contract.event_ids, events)

    def test_comes_back_whatever_the_way_the_money_came(self):
        self.dun("2026-03-15")
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.march.move_id.ids
        ).create({})._create_payments()
        self.assertEqual(self.contract.state, "active")

    def test_reversed_payment_is_cut_again(self):
        self.dun("2026-03-15")
        payment_id = self.contract.action_register_payment(amount=34.5)
        self.assertEqual(self.contract.state, "active")
        payment = self.env["account.payment"].browse(payment_id)
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual((self.contract.state, self.contract.isp_debt), ("active", 34.5))
        self.dun("2026-03-16")
        self.assertEqual(self.contract.state, "suspended")

    def test_payment_while_the_run_decides(self):
        run = self.env["isp.dunning.run"].create({"date": "2026-03-15"})
        run._plan()
        self.contract.action_register_payment(amount=34.5)
        line = run.line_ids.filtered(lambda item: item.contract_id == self.contract)
        line._process()
        self.assertEqual((self.contract.state, line.state), ("active", "skipped"))

    def test_only_the_service_that_owes_is_cut(self):
        other = self.make_contract(self.contract.partner_id, label="Shop")
        self.dun("2026-03-15")
        self.assertEqual((self.contract.state, other.state), ("suspended", "active"))

    def test_a_voluntary_pause_is_not_touched(self):
        self.contract.action_suspend(reason="voluntary_pause")
        self.dun("2026-03-15")
        self.contract.action_register_payment(amount=34.5)
        self.assertEqual(self.contract.state, "suspended")

    def test_promise(self):
        self.policy.promise_max_days = 5
        promises = self.env["isp.payment.promise"].with_user(self.collector)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            promises.create(
                {
                    "contract_id": self.contract.id,
                    "date_made": "2026-03-13",
                    "date_until": "2026-03-30",
                }
            )
        promise = promises.create(
            {
                "contract_id": self.contract.id,
                "date_made": "2026-03-13",
                "date_until": "2026-03-18",
                "amount": 34.5,
            }
        )
        self.dun("2026-03-15")
        self.assertEqual(self.contract.state, "active")
        self.dun("2026-03-19")
        self.assertEqual((self.contract.state, promise.state), ("suspended", "broken"))

    def test_promise_reconnects_and_is_kept(self):
        self.dun("2026-03-15")
        promise = self.env["isp.payment.promise"].create(
            {
                "contract_id": self.contract.id,
                "date_until": self.env["isp.contract"]._today(),
                "amount": 34.5,
            }
        )
        self.assertEqual((self.contract.state, self.contract.state_reason), ("active", "promise"))
        self.contract.action_register_payment(amount=34.5)
        self.assertEqual(promise.state, "kept")

    def test_agreement_holds_while_it_is_paid(self):
        self.env["isp.payment.promise"].create(
            {
                "contract_id": self.contract.id,
                "kind": "agreement",
                "date_made": "2026-03-12",
                "date_until": "2026-05-31",
                "amount": 34.5,
                "line_ids": [
                    (0, 0, {"date": "2026-03-20", "amount": 14.5}),
                    (0, 0, {"date": "2026-04-20", "amount": 20}),
                ],
            }
        )
        self.dun("2026-03-18")
        self.assertEqual(self.contract.state, "active")
        self.contract.action_register_payment(amount=14.5, date="2026-03-19")
        self.dun("2026-03-25")
        self.assertEqual(self.contract.state, "active")
        self.dun("2026-04-21")
        self.assertEqual(self.contract.state, "suspended")

    def test_guard_holds_until_somebody_looks(self):
        self.company.isp_gateway_journal_id.isp_expected_daily = True
        run = self.dun("2026-03-15")
        self.assertEqual((run.state, self.contract.state), ("held", "active"))
        self.assertIn(self.company.isp_gateway_journal_id.name, run.hold_reason)
        run.action_approve()
        self.assertEqual((run.state, self.contract.state), ("done", "suspended"))

    def test_a_chosen_contract_is_not_held(self):
        self.company.isp_gateway_journal_id.isp_expected_daily = True
        other = self.make_contract(label="Otro")
        self.bill("2026-02", other)
        run = self.dun("2026-03-15", contract_ids=[Command.set(self.contract.ids)])
        self.assertEqual(run.state, "done")
        self.assertEqual((self.contract.state, other.state), ("suspended", "active"))

    def test_what_if_changes_nothing(self):
        strict = self.policy.copy({"code": "strict", "grace_days": 0})
        run = self.env["isp.dunning.run"].create({"date": "2026-03-12", "policy_id": strict.id})
        run.action_preview()
        self.assertIn(
            self.contract,
            run.line_ids.filtered(lambda line: line.action == "suspend").contract_id,
        )
        with self.assertRaises(UserError):
            run.action_run()
        self.assertEqual(self.contract.state, "active")

    def test_versions_of_a_policy(self):
        self.policy.action_new_version("2026-03-10")
        newer = self.policy.version_ids - self.policy
        newer.grace_days = 30
        contracts = self.contract
        self.assertEqual(contracts._isp_policies(self.day("2026-03-09"))[contracts.id], self.policy)
        self.assertEqual(contracts._isp_policies(self.day("2026-03-10"))[contracts.id], newer)
        self.dun("2026-03-15")
        self.assertEqual(self.contract.state, "active")

    def test_notices_are_queued_once(self):
        self.policy.notice_days = "-3, 1"
        self.contract.partner_id.email = "cliente@example.com"
        for _twice in range(2):
            self.dun("2026-03-08")
            self.dun("2026-03-12")
        notices = self.env["isp.notice"].search([("partner_id", "=", self.contract.partner_id.id)])
        self.assertEqual(sorted(notices.mapped("kind")), ["overdue", "reminder"])

    def test_a_notice_without_address_and_one_that_is_sent(self):
        self.policy.notice_days = "1"
        with_mail = self.make_contract()
        with_mail.partner_id.email = "cliente@example.com"
        self.bill("2026-03", with_mail)
        self.dun("2026-03-12")
        notices = self.env["isp.notice"].search(
            [("partner_id", "in", (self.contract + with_mail).partner_id.ids)]
        )
        for notice in notices:
            notice._send()
        states = {notice.partner_id: notice.state for notice in notices}
        self.assertEqual(states[self.contract.partner_id], "no_address")
        self.assertEqual(states[with_mail.partner_id], "sending")
        mail = notices.mail_id
        self.assertRegex(mail.body_html, "34[.,]50")
        mail.write({"state": "exception", "failure_reason": "server is down"})
        notices._follow_mails()
        failed = notices.filtered("mail_id")
        self.assertEqual((failed.state, failed.error), ("failed", "server is down"))

    def test_cancelled_after_too_long(self):
        self.policy.cancel_after_days = 30
        self.dun("2026-03-15")
        self.dun("2026-04-13")
        self.assertEqual(self.contract.state, "suspended")
        self.dun("2026-04-14")
        self.assertEqual(self.contract.state, "cancelled")

    def test_outage_at_the_base(self):
        base = self.env["isp.base.station"].search([], limit=1)
        self.contract.base_station_id = base
        base.collection_hold_until = "2026-03-20"
        run = self.dun("2026-03-15")
        line = run.line_ids.filtered(lambda item: item.contract_id == self.contract)
        self.assertEqual((self.contract.state, line.action, line.why), ("active", "hold", "outage"))

    def test_plan_change_in_the_middle_of_a_period(self):
        today = self.env["isp.contract"]._today()
        first = today.replace(day=1)
        contract = self.make_contract(start=first.isoformat())
        self.bill(f"{first:%Y-%m}", contract)
        bigger = self.make_plan("TEST-60", 60.0)
        contract.action_change_plan(product_id=bigger.id)
        adjustment = contract.isp_charge_ids.filtered(lambda item: item.kind == "adjustment")
        end = self.charge(contract, f"{first:%Y-%m}").service_end
        days = (end - today).days + 1
        self.assertEqual(adjustment.amount, round(30 * days / end.day + 1e-9, 2))
        contract.action_change_plan(product_id=self.plan.id)
        self.assertAudit()

    def test_cancel_early_termination_is_charged(self):
        contract = self.make_contract(start="2026-10-01", term_months=24)
        contract.action_cancel()
        charge = contract.isp_charge_ids
        self.assertEqual(
            (charge.kind, charge.amount), ("one_off", contract.early_termination_amount)
        )
        self.bill(f"{contract._today():%Y-%m}", contract)
        self.assertEqual(charge.state, "invoiced")

    def test_a_price_that_charged_stays(self):
        price = self.env["isp.plan.price"].search([("product_id", "=", self.plan.id)], limit=1)
        used = self.charge(self.contract, "2026-02") or self.contract.isp_charge_ids[:1]
        self.assertTrue(used)
        self.assertEqual(price._charged(), price)
        unused = self.make_plan("TEST-NUEVO", 12.0)
        fresh = self.env["isp.plan.price"].search([("product_id", "=", unused.id)])
        self.assertFalse(fresh._charged())

    def test_lost_equipment_is_charged(self):
        item = self.env.ref("silver_inventory.cpe_demo_05").item_id
        item.lot_id.standard_price = 35.0
        item._install(self.contract.partner_id, self.contract.name)
        value = item.value
        self.assertGreater(value, 0)
        item.action_declare_lost(charge=True)
        charge = self.contract.isp_charge_ids.filtered(lambda c: c.note and item.name in c.note)
        self.assertEqual((charge.kind, charge.state), ("one_off", "pending"))
        self.assertEqual(charge.amount, value)
