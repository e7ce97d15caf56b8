from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestCollectionReports(BillingCase):
    def setUp(self):
        super().setUp()
        self.company.isp_cut_guard_minimum = 100000
        self.contract = self.make_contract()
        self.contract.partner_id.email = "cliente@example.com"
        self.bill("2026-03", self.contract)

    def only(self, day, contracts=None):
        ids = (contracts or self.contract).ids
        return self.dun(day, contract_ids=[Command.set(ids)])

    def notices(self, contracts=None):
        partners = (contracts or self.contract).partner_id
        return self.env["isp.notice"].search([("partner_id", "in", partners.ids)], order="id")

    # === reports === #

    def test_days_sales_outstanding(self):
        self.bill("2026-04", self.contract)
        self.bill("2026-05", self.contract)
        self.contract.action_register_payment(amount=34.5, date="2026-03-20")
        with freeze_time("2026-06-15 17:00:00"):
            rows = self.env["isp.dso.report"].search_read(
                [("company_id", "=", self.company.id)],
                ["date", "invoiced", "collected", "owed", "days"],
                order="date",
            )
        found = {
            str(row["date"]): (row["invoiced"], row["collected"], row["owed"], row["days"])
            for row in rows
        }
        self.assertEqual(found["2026-03-31"], (34.5, 34.5, 0, 0))
        # 69 owed of 103.50 invoiced in the 92 days from March to May
        self.assertEqual(found["2026-05-31"], (34.5, 0, 69, 61.3))
        # until today: 69 owed of 69 in 76 days
        self.assertEqual(found["2026-06-15"], (0, 0, 69, 76))

    def test_what_is_credited_is_no_sale(self):
        self.charge(self.contract, "2026-03").action_credit(11.5)
        with freeze_time("2026-12-15 17:00:00"):
            row = self.env["isp.dso.report"].search(
                [("company_id", "=", self.company.id), ("date", "=", "2026-03-31")]
            )
            self.assertEqual((row.invoiced, row.owed), (34.5, 34.5))

    def test_each_payment_is_of_the_last_step_before_it(self):
        self.policy.notice_days = "-3, 1"
        self.only("2026-03-08")
        self.only("2026-03-12")
        self.notices().state = "sent"
        self.contract.action_register_payment(amount=10, date="2026-03-14")
        self.only("2026-03-15")
        self.contract.action_register_payment(amount=5, date="2026-03-17")
        self.contract.action_register_payment(amount=1, date="2026-04-17")
        rows = self.env["isp.recovery.report"].search(
            [("partner_id", "=", self.contract.partner_id.id)], order="date"
        )
        self.assertEqual(
            [(row.action, row.day_offset, row.amount, row.recovered) for row in rows],
            [
                ("reminder", -3, 0, 0),
                ("overdue", 1, 34.5, 10),
                ("suspend", 4, 24.5, 5),
            ],
        )
        self.assertEqual(rows.mapped("paid_rate"), [0, 100, 100])
        self.assertEqual(rows[1].days_to_pay, 2)
        self.assertTrue(self.notices()[1].paid_within)

    def test_the_control_group_gets_no_reminder_and_is_compared(self):
        self.policy.write({"notice_days": "1", "legal_notice_days": 2})
        self.company.isp_holdout_percent = 100
        self.only("2026-03-12")
        notice = self.notices()
        self.assertEqual((notice.kind, notice.state), ("overdue", "holdout"))
        row = self.env["isp.recovery.report"].search(
            [("partner_id", "=", self.contract.partner_id.id)]
        )
        self.assertEqual((row.action, row.is_notice), ("none", True))
        self.only("2026-03-15")
        legal = self.notices() - notice
        self.assertEqual((legal.kind, legal.state), ("legal", "queued"), "the law is for all")
        self.assertEqual(self.contract.state, "active")

    def test_days_cut(self):
        contracts = self.env["isp.contract"]
        with freeze_time("2026-03-15 17:00:00"):
            self.only("2026-03-15")
        with freeze_time("2026-03-23 17:00:00"):
            self.env.invalidate_all()
            self.assertEqual(self.contract.isp_days_cut, 8)
            self.assertIn(self.contract, contracts.search([("isp_days_cut", ">", 7)]))
            self.assertNotIn(self.contract, contracts.search([("isp_days_cut", ">", 8)]))

    def test_screens_open_for_a_collector(self):
        as_collector = self.env(user=self.collector)
        for xmlid in (
            "action_isp_dso_report",
            "action_isp_recovery_report",
            "action_isp_notice_report",
            "action_isp_reconnections",
            "action_isp_promises_due",
            "action_isp_cut_long",
        ):
            action = as_collector["ir.actions.act_window"]._for_xml_id(f"silver_billing.{xmlid}")
            views = [(view_id, kind) for view_id, kind in action["views"]]
            model = as_collector[action["res_model"]]
            found = model.get_views(views, {"load_filters": True})
            for _view_id, kind in views:
                self.assertTrue(found["views"][kind]["arch"], (xmlid, kind))
            model.search_read([], limit=5)

    # === notices === #

    def send(self):
        self.patch(self.env.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: float("inf"))
        self.env["isp.notice"]._cron_send()

    def test_notices_per_hour(self):
        self.policy.notice_days = "1"
        self.env["isp.notice"].search([("state", "=", "queued")]).state = "failed"
        many = self.contract
        for number in range(3):
            many |= self.make_contract()
            many[-1].partner_id.email = f"cliente{number}@example.com"
        self.bill("2026-03", many)
        self.only("2026-03-12", many)
        self.company.isp_notices_per_hour = 3
        with freeze_time("2026-03-12 10:00:00") as clock:
            self.send()
            states = self.notices(many).mapped("state")
            self.assertEqual(sorted(states), ["queued", "sending", "sending", "sending"])
            clock.move_to("2026-03-12 10:30:00")
            self.send()
            self.assertIn("queued", self.notices(many).mapped("state"))
            clock.move_to("2026-03-12 11:01:00")
            self.send()
            self.assertNotIn("queued", self.notices(many).mapped("state"))

    def test_a_channel_that_fails_stops_nobody(self):
        other = self.make_contract()
        other.partner_id.email = "otro@example.com"
        self.bill("2026-03", other)
        self.env["isp.notice"].search([("state", "=", "queued")]).state = "failed"
        bad = self.contract.partner_id
        whole = type(self.env["isp.notice"])._send_email

        def fail(notice):
            if notice.partner_id == bad:
                raise UserError("no route to the mail server")
            return whole(notice)

        self.patch(self.env.registry["isp.notice"], "_send_email", fail)
        self.only("2026-03-15", self.contract | other)
        self.assertEqual((self.contract | other).mapped("state"), ["suspended", "suspended"])
        self.send()
        failed = self.notices()
        self.assertEqual((failed.state, failed.error), ("failed", "no route to the mail server"))
        self.assertEqual(self.notices(other).state, "sending")
        self.contract.action_register_payment(amount=34.5)
        self.assertEqual(self.contract.state, "active")
        failed.action_retry()
        self.assertEqual(failed.state, "queued")
