from datetime import date

from odoo.tests import freeze_time, tagged

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestKpi(ContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "KPI ISP"})
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        cls.Contract = cls.Contract.with_env(cls.env)
        for plan, amount in ((cls.plan_tv, 10), (cls.plan_pppoe, 20)):
            cls.env["isp.plan.price"].create(
                {
                    "product_id": plan.id,
                    "amount": amount,
                    "effective_from": "2020-01-01",
                    "company_id": cls.company.id,
                    "currency_id": cls.company.currency_id.id,
                }
            )

    def life(self, plan, activated, reserved=None, **steps):
        contract = self._contract(plan, company_id=self.company.id)
        if reserved:
            contract.action_reserve(date=reserved)
        contract.action_activate(date=activated)
        for verb, day in steps.items():
            name, _sep, reason = verb.partition("_")
            getattr(contract, f"action_{name}")(reason=reason or "other", date=day)
        return contract

    def churn(self, groupby, domain=()):
        self.env.flush_all()
        rows = self.env["isp.contract.churn"]._read_group(
            [("company_id", "=", self.company.id), *domain],
            [groupby],
            ["opening:sum", "activated:sum", "cancelled:sum", "reconnected:sum", "churn_rate:avg"],
        )
        return {key: tuple(sums) for key, *sums in rows}

    def test_churn(self):
        with freeze_time("2026-05-20 18:00:00"):
            self.life(self.plan_tv, "2026-01-10")
            self.life(self.plan_tv, "2026-01-15", cancel_abuse="2026-03-20")
            self.life(
                self.plan_pppoe, "2026-01-20", suspend_abuse="2026-02-10", resume_abuse="2026-03-02"
            )
            self.life(self.plan_pppoe, "2026-02-10", cancel_technical="2026-03-31")
            self._contract(self.plan_tv, company_id=self.company.id).action_cancel()
        months = self.churn("month:month")
        self.assertEqual(months[date(2026, 1, 1)], (0, 3, 0, 0, False))
        self.assertEqual(months[date(2026, 2, 1)], (3, 1, 0, 0, 0.0))
        self.assertEqual(months[date(2026, 3, 1)], (4, 0, 2, 1, 50.0))
        self.assertEqual(months[date(2026, 4, 1)][:3], (2, 0, 0))
        plans = self.churn("product_id", [("month", "=", "2026-03-01")])
        self.assertEqual(plans[self.plan_tv.with_env(self.env)][4], 50.0)
        reasons = self.churn("reason", [("month", "=", "2026-03-01")])
        self.assertEqual(
            {key: (row[0], row[2], row[4]) for key, row in reasons.items() if row[2]},
            {"abuse": (4, 1, 25.0), "technical": (4, 1, 25.0)},
            "each reason against the whole base of the month",
        )
        [(lost, kept)] = self.env["isp.contract.churn"]._read_group(
            [("company_id", "=", self.company.id), ("month", "=", "2026-03-01")],
            [],
            ["cancelled_mrr:sum", "opening_mrr:sum"],
        )
        self.assertEqual((float(lost), float(kept)), (30, 60))

    def test_churn_as_the_pivot_reads_it(self):
        with freeze_time("2026-05-20 18:00:00"):
            self.life(self.plan_tv, "2026-01-10")
            self.life(self.plan_tv, "2026-01-15", cancel_abuse="2026-03-20")
        self.env.flush_all()
        domain = [("company_id", "=", self.company.id), ("month", "=", "2026-03-01")]
        whole, by_reason = self.env["isp.contract.churn"].formatted_read_grouping_sets(
            domain, [[], ["reason"]], ["opening:sum", "churn_rate:avg"]
        )
        self.assertEqual((whole[0]["opening:sum"], whole[0]["churn_rate:avg"]), (2, 50.0))
        rates = {row["reason"]: row["churn_rate:avg"] for row in by_reason}
        self.assertEqual((rates["abuse"], rates["technical"]), (50.0, 0.0))

    def test_a_plan_change_does_not_rewrite_the_past(self):
        other = self._plan("T-P77", "pppoe", 40)
        contract = self.life(self.plan_pppoe, "2026-01-10")
        contract.action_change_plan(product_id=other.id)
        plans = self.churn("product_id", [("month", "=", "2026-05-01")])
        self.assertEqual(set(plans), {self.plan_pppoe.with_env(self.env)})

    def test_mttp(self):
        with freeze_time("2026-05-20 18:00:00"):
            slow = self.life(self.plan_tv, "2026-05-10", reserved="2026-05-06")
        self.env.flush_all()
        row = self.env["isp.contract.mttp"].browse(slow.id)
        self.assertAlmostEqual(row.days, 4)
        self.assertAlmostEqual(row.hours, 96)

    def test_mrr_and_arpu(self):
        first = self.life(self.plan_tv, "2026-01-10")
        second = self._contract(
            self.plan_pppoe, partner=first.partner_id, company_id=self.company.id
        )
        second.write({"has_custom_price": True, "custom_price": 15})
        second.action_activate()
        self.life(self.plan_tv, "2026-01-10", suspend_abuse="2026-02-10")
        self.env.flush_all()
        domain = [("company_id", "=", self.company.id)]
        [(mrr, arpu, services, active)] = self.env["isp.contract.mrr"]._read_group(
            domain, [], ["active_mrr:sum", "arpu:avg", "services:sum", "active_services:sum"]
        )
        self.assertEqual((float(mrr), float(arpu), services, active), (25, 25, 3, 2))

    def test_the_report_agrees_with_the_contract(self):
        promotion = self.env["isp.promotion"].create(
            {
                "name": "Third",
                "code": "T-THIRD",
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "kind": "percent",
                "percentage": 33,
                "months": 6,
                "product_ids": [(6, 0, self.plan_tv.ids)],
            }
        )
        contracts = self.life(self.plan_pppoe, "2026-01-10")
        promoted = self._contract(
            self.plan_tv, company_id=self.company.id, promotion_id=promotion.id
        )
        promoted.action_activate()
        contracts |= promoted
        self.env.flush_all()
        for contract in contracts:
            row = self.env["isp.contract.mrr"].browse(contract.id)
            self.assertAlmostEqual(row.charge, contract.current_price)
            self.assertAlmostEqual(row.mrr, contract.monthly_amount)

    def test_dashboard(self):
        self.life(self.plan_tv, "2026-01-10")
        self.life(self.plan_tv, "2026-01-10", cancel_abuse=str(self.today))
        self.env.flush_all()
        user = self.technician
        user.write({"company_ids": [(4, self.company.id)]})
        data = self.env["isp.contract.dashboard"].with_user(user).get_data(months=6)
        self.assertEqual(data["cards"]["active"], 1)
        self.assertEqual(data["cards"]["mrr"], 10)
        self.assertEqual(data["cards"]["churn"], 50)
        self.assertEqual(len(data["series"]), 6)
        self.assertEqual(data["reasons"][0]["code"], "abuse")
        self.assertTrue(all(line["count"] >= 0 for line in data["todo"]))

    def test_document(self):
        contract = self._contract(self.plan_tv, company_id=self.company.id, term_months=12)
        contract.action_activate()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "silver_contract.report_isp_contract", contract.ids
        )
        self.assertIn(contract.name.encode(), html)
        self.assertIn(self.plan_tv.name.encode(), html)
