from datetime import datetime

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestCollectionGuard(BillingCase):
    """What holds a run, what spares a customer, and that the reason is said."""

    def setUp(self):
        super().setUp()
        self.company.isp_cut_guard_minimum = 100000
        self.contract = self.make_contract()
        self.bill("2026-03", self.contract)

    def line(self, run, contract=None):
        return run.line_ids.filtered(lambda item: item.contract_id == (contract or self.contract))

    def only(self, day, contracts=None, **vals):
        ids = (contracts or self.contract).ids
        return self.dun(day, contract_ids=[Command.set(ids)], **vals)

    # === the run is held === #

    def test_a_large_part_of_a_zone(self):
        zone = self.env["isp.zone"].create({"name": "Zone of the Guard"})
        base = self.env["isp.base.station"].create(
            {"name": "Base of the Guard", "code": "GUARD", "zone_id": zone.id}
        )
        paid = self.make_contract(base_station_id=base.id) + self.make_contract(
            base_station_id=base.id
        )
        self.contract.base_station_id = base
        self.company.write({"isp_cut_guard_minimum": 1, "isp_cut_guard_percent": 30})
        others = self.env["isp.contract"].search(
            [("state", "=", "active"), ("id", "not in", (self.contract | paid).ids)]
        )
        others.isp_promise_ids.action_cancel()
        self.env.flush_all()
        self.env["isp.payment.promise"].create(
            [
                {"contract_id": item.id, "kind": "grace", "date_made": "2026-03-01",
                 "date_until": "2027-01-01"}
                for item in others
            ]
        )  # fmt: skip
        run = self.dun("2026-03-15")
        self.assertEqual((run.state, self.contract.state), ("held", "active"))
        self.assertIn("Zone of the Guard", run.hold_reason)
        self.assertIn("1", run.hold_reason)
        self.assertEqual(run.activity_ids.user_id, run.user_id)
        self.company.isp_cut_guard_percent = 34
        again = self.dun("2026-03-15")
        self.assertEqual((again.state, self.contract.state), ("done", "suspended"))

    def test_holidays_that_nobody_entered(self):
        self.policy.skip_holidays = True
        leaves = self.env["resource.calendar.leaves"]
        leaves.search([("resource_id", "=", False)]).unlink()
        run = self.dun("2026-03-15")
        self.assertEqual((run.state, self.contract.state), ("held", "active"))
        self.assertIn("Test policy", run.hold_reason)
        # midnight to midnight where the company is, which are other moments in UTC
        self.company.partner_id.tz = "America/Guayaquil"
        leaves.create(
            {
                "name": "Carnival",
                "company_id": self.company.id,
                "date_from": "2026-03-15 05:00:00",
                "date_to": "2026-03-16 04:59:59",
            }
        )
        run = self.dun("2026-03-15")
        self.assertEqual((self.line(run).why, self.contract.state), ("no_cut_holiday", "active"))
        self.assertEqual(run.state, "done")
        self.dun("2026-03-16")
        self.assertEqual(self.contract.state, "suspended")

    def test_a_company_without_working_calendar_cuts_when_its_policy_does_not_ask_for_one(self):
        self.company.resource_calendar_id = False
        self.only("2026-03-15")
        self.assertEqual(self.contract.state, "suspended")

    # === a customer is spared === #

    def test_an_open_outage(self):
        base = self.env["isp.base.station"].search([], limit=1)
        self.contract.base_station_id = base
        outage = self.env["isp.outage"].create({"base_station_id": base.id})
        other = self.make_contract()
        self.bill("2026-03", other)
        run = self.only("2026-03-15", self.contract | other)
        line = self.line(run)
        self.assertEqual((line.action, line.why, line.outage_id), ("hold", "outage", outage))
        self.assertEqual((self.contract.state, other.state), ("active", "suspended"))
        self.assertEqual(run.hold_count, 1)
        outage.action_close()
        self.only("2026-03-16")
        self.assertEqual(self.contract.state, "suspended")

    def test_an_outage_that_opens_while_the_run_works(self):
        base = self.env["isp.base.station"].search([], limit=1)
        self.contract.base_station_id = base
        run = self.env["isp.dunning.run"].create(
            {"date": "2026-03-15", "contract_ids": [Command.set(self.contract.ids)]}
        )
        run._plan()
        self.env["isp.outage"].create({"base_station_id": base.id})
        self.line(run)._process()
        self.assertEqual((self.line(run).state, self.contract.state), ("skipped", "active"))
        self.assertEqual(self.line(run).why, "outage")

    def test_midnight_in_another_time_zone(self):
        self.company.partner_id.tz = "America/Guayaquil"
        self.company.isp_dun_daily = True
        runs = self.env["isp.dunning.run"].with_company(self.company)
        # the 15th in London, still the 14th in Quito: the last day of grace
        with freeze_time("2026-03-15 03:30:00"):
            self.assertEqual(runs.env["isp.contract"]._today(), self.day("2026-03-14"))
            runs._cron_dun()
            self.assertEqual(self.contract.state, "active")
        with freeze_time("2026-03-15 05:30:00"):
            runs._cron_dun()
        self.assertEqual(self.contract.state, "suspended")
        of_days = runs.search([("date", "in", ("2026-03-14", "2026-03-15"))])
        self.assertEqual(len(of_days), 2, "one for each day of the company")

    def test_the_hours_of_the_policy_open_during_the_day(self):
        self.policy.write({"hour_from": 9, "hour_to": 17, "notice_days": "4"})
        self.company.partner_id.tz = "America/Guayaquil"
        self.company.isp_dun_daily = True
        self.contract.partner_id.email = "cliente@example.com"
        runs = self.env["isp.dunning.run"].with_company(self.company)
        with freeze_time("2026-03-15 13:30:00"):  # 8:30
            runs._cron_dun()
        self.assertEqual(self.contract.state, "active")
        with freeze_time("2026-03-15 14:30:00"):  # 9:30
            runs._cron_dun()
        self.assertEqual(self.contract.state, "suspended")
        run = runs.search([("date", "=", "2026-03-15"), ("enforce_hours", "=", True)])
        lines = self.line(run).filtered(lambda item: item.state == "done")
        self.assertEqual(set(lines.mapped("action")), {"warn", "suspend"}, "what it did stays")
        with freeze_time("2026-03-15 15:30:00"):
            runs._cron_dun()
        self.assertEqual((self.line(run) - lines).mapped("why"), ["still_owes"])
        self.assertEqual(
            self.env["isp.notice"].search_count(
                [("partner_id", "=", self.contract.partner_id.id), ("kind", "=", "overdue")]
            ),
            1,
        )

    def test_ten_services_and_one_of_them_overdue(self):
        partner = self.contract.partner_id
        self.policy.notice_days = "1, 4"
        others = self.env["isp.contract"]
        for number in range(9):
            others |= self.make_contract(partner, label=f"Shop {number}")
        self.bill("2026-03", others)
        for other in others:
            other.action_register_payment(
                amount=34.5, charge_ids=self.charge(other, "2026-03").ids, date="2026-03-05"
            )
        self.only("2026-03-12", self.contract | others)
        notice = self.env["isp.notice"].search([("partner_id", "=", partner.id)])
        self.assertEqual((len(notice), notice.kind, notice.amount), (1, "overdue", 34.5))
        run = self.only("2026-03-15", self.contract | others)
        self.assertEqual(self.contract.state, "suspended")
        self.assertEqual(set(others.mapped("state")), {"active"})
        self.assertEqual(self.line(run).why, "overdue")
        self.assertAudit()

    def test_ten_services_overdue_are_one_notice_of_the_whole_debt(self):
        partner = self.contract.partner_id
        self.policy.notice_days = "1"
        other = self.make_contract(partner, label="Shop")
        self.bill("2026-03", other)
        self.only("2026-03-12", self.contract | other)
        notice = self.env["isp.notice"].search([("partner_id", "=", partner.id)])
        self.assertEqual((len(notice), notice.amount), (1, 69.0))

    def test_the_minimum_is_compared_in_the_currency_of_the_contract(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        dollar = self.company.currency_id
        self.assertNotEqual(euro, dollar)
        self.env["res.currency.rate"].search(
            [("currency_id", "=", euro.id), ("company_id", "in", (False, self.company.id))]
        ).unlink()
        self.env["res.currency.rate"].create(
            {
                "currency_id": euro.id,
                "company_id": self.company.id,
                "name": "2026-01-01",
                "rate": 0.5,
            }
        )
        self.env["isp.plan.price"].create(
            {
                "product_id": self.plan.id,
                "company_id": self.company.id,
                "currency_id": euro.id,
                "amount": 20,
                "effective_from": "2020-01-01",
            }
        )
        contract = self.make_contract(currency_id=euro.id)
        self.bill("2026-03", contract)
        self.assertEqual((contract.isp_debt, contract.currency_id), (23, euro))
        # 23 euros are 46 dollars
        self.policy.minimum_debt = 47
        run = self.only("2026-03-15", contract)
        self.assertEqual(self.line(run, contract).why, "below_minimum")
        self.policy.minimum_debt = 45
        run = self.only("2026-03-15", contract)
        self.assertEqual(contract.state, "suspended")
        self.assertEqual((run.overdue, run.currency_id), (46, dollar))
        self.policy.minimum_debt = 30
        contract.action_register_payment(amount=9)
        # 14 euros are 28 dollars, less than the policy cuts for
        self.assertEqual(contract.state, "active")
        self.assertAudit()

    # === what-if === #

    def test_what_if_of_prices_on_a_day(self):
        change = self.env["isp.plan.price.change"].create(
            {
                "name": "Ten percent more",
                "company_id": self.company.id,
                "value": 10,
                "date": fields.Date.add(self.contract._today(), months=1, day=1),
                "product_ids": [Command.set(self.plan.ids)],
            }
        )
        change.action_preview()
        own_price = self.make_contract(has_custom_price=True, custom_price=12)
        self.bill("2026-03", own_price)
        before = self.contract.event_ids
        self.policy.minimum_debt = 35
        run = self.env["isp.dunning.run"].create(
            {"date": "2026-03-15", "contract_ids": [Command.set((self.contract | own_price).ids)]}
        )
        run.action_preview()
        self.assertEqual((run.suspend_count, self.line(run).why), (0, "below_minimum"))
        run.price_change_id = change
        run.action_preview()
        line = self.line(run)
        self.assertEqual((line.action, line.overdue, line.price_effect), ("suspend", 37.95, 3.45))
        self.assertEqual(self.line(run, own_price).price_effect, 0)
        self.assertEqual((run.suspend_count, run.price_effect), (1, 3.45))
        with self.assertRaises(UserError):
            run.action_run()
        self.assertEqual((self.contract.state, self.contract.event_ids), ("active", before))
        self.assertEqual(self.contract.isp_debt, 34.5)
        # and who pays how much more from then on
        effects = change.effect_ids.filtered(
            lambda item: item.partner_id == self.contract.partner_id
        )
        self.assertEqual((effects.reference, effects.monthly_effect), (self.contract.name, 3))

    def test_grace_of_staff_and_its_end(self):
        self.env["isp.payment.promise"].create(
            {
                "contract_id": self.contract.id,
                "kind": "grace",
                "date_made": "2026-03-10",
                "date_until": "2026-03-20",
            }
        )
        run = self.only("2026-03-20")
        self.assertEqual((self.line(run).why, self.contract.state), ("protected", "active"))
        self.only("2026-03-21")
        self.assertEqual(self.contract.state, "suspended")
        self.assertEqual(self.contract.isp_promise_ids.state, "cancelled")

    def test_a_broken_promise_leads_back_to_the_cut(self):
        with freeze_time("2026-03-15 17:00:00") as clock:
            self.only("2026-03-15")
            clock.move_to("2026-03-16 17:00:00")
            promise = self.env["isp.payment.promise"].create(
                {"contract_id": self.contract.id, "date_until": "2026-03-19", "amount": 34.5}
            )
            self.assertEqual(self.contract.state, "active")
            clock.move_to("2026-03-19 17:00:00")
            self.only("2026-03-19")
            self.assertEqual(self.contract.state, "active")
            clock.move_to("2026-03-20 17:00:00")
            self.only("2026-03-20")
        self.assertEqual((self.contract.state, promise.state), ("suspended", "broken"))

    def test_legal_notice_before_the_cut(self):
        self.policy.legal_notice_days = 3
        run = self.only("2026-03-15")
        self.assertEqual((self.line(run).action, self.line(run).why), ("warn", "legal_notice"))
        notice = self.env["isp.notice"].search([("partner_id", "=", self.contract.partner_id.id)])
        self.assertEqual(notice.kind, "legal")
        run = self.only("2026-03-17")
        self.assertEqual(self.line(run).why, "legal_notice_running")
        self.only("2026-03-18")
        self.assertEqual(self.contract.state, "suspended")

    def test_a_legal_notice_that_could_not_be_sent_is_no_notice(self):
        self.policy.legal_notice_days = 3
        self.only("2026-03-15")
        self.env["isp.notice"].search(
            [("partner_id", "=", self.contract.partner_id.id)]
        ).state = "failed"
        run = self.only("2026-03-18")
        self.assertEqual((self.line(run).why, self.contract.state), ("legal_notice", "active"))

    def test_reversal_after_the_reconnection(self):
        self.only("2026-03-15")
        payment = self.env["account.payment"].browse(
            self.contract.action_register_payment(amount=34.5)
        )
        self.assertEqual(self.contract.state, "active")
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual((self.contract.state, self.contract.isp_debt), ("active", 34.5))
        run = self.only("2026-03-16")
        self.assertEqual(self.contract.state, "suspended")
        self.assertEqual(self.line(run).why, "overdue")
        self.assertAudit()

    def test_two_runs_of_the_same_day(self):
        runs = self.env["isp.dunning.run"].create(
            [
                {"date": "2026-03-15", "contract_ids": [Command.set(self.contract.ids)]}
                for _run in range(2)
            ]
        )
        for run in runs:
            run._plan()
        runs[0].action_run()
        runs[1].action_run()
        self.assertEqual(runs.mapped("state"), ["done", "done"])
        cuts = self.contract.event_ids.filtered(lambda event: event.transition == "suspend")
        self.assertEqual(len(cuts), 1)

    def test_a_bad_contract_is_set_aside_and_the_others_go_on(self):
        other = self.make_contract()
        self.bill("2026-03", other)
        bad = self.contract

        def refuse(contracts, reason, date=None):
            if bad in contracts:
                raise UserError("this one cannot be cut")

        self.patch(self.env.registry["isp.contract"], "_check_can_suspend", refuse)
        run = self.only("2026-03-15", bad | other)
        self.assertEqual((run.state, bad.state, other.state), ("attention", "active", "suspended"))
        self.assertEqual(self.line(run, bad).error, "this one cannot be cut")
        self.assertEqual(len(run.activity_ids), 1)

    def test_a_constant_number_of_queries(self):
        facts = self.env["isp.dunning.facts"]
        day = self.day("2026-03-15")
        many = self.contract
        for _number in range(12):
            many |= self.make_contract()
        self.bill("2026-03", many)
        counts = []
        for contracts in (many[:2], many):
            facts._decide(contracts.ids, day)
            before = self.env.cr.sql_log_count
            facts._decide(contracts.ids, day)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_work_list_of_today(self):
        with freeze_time(datetime(2026, 3, 15, 17)):
            action = self.env["isp.dunning.run"].with_user(self.collector).action_today()
            lines = self.env["isp.dunning.run.line"].search(action["domain"])
            self.assertEqual(self.line(lines.run_id).action, "suspend")
            self.assertEqual(self.contract.state, "active")
            self.env["isp.dunning.run"].with_user(self.collector).action_today()
            self.assertEqual(
                self.env["isp.dunning.run"].search_count(
                    [("date", "=", fields.Date.today()), ("user_id", "=", self.collector.id)]
                ),
                1,
            )
