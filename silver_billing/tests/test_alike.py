"""Contracts that are alike are worked out once: each must get what it would get by itself."""

from freezegun import freeze_time

from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestAlike(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other_policy = cls.policy.copy(
            {"name": "Other", "code": "other", "due_days": 25, "first_period": "with_next"}
        )
        paying_later = cls.env["res.partner"].create(
            {"name": "Pays later", "isp_policy_id": other_policy.id}
        )
        abroad = cls.env["res.partner"].create(
            {
                "name": "No tax",
                "property_account_position_id": cls.env["account.fiscal.position"]
                .create({"name": "No tax (test)", "company_id": cls.company.id})
                .id,
            }
        )
        promotion = cls.env["isp.promotion"].create(
            {
                "name": "Half",
                "code": "HALF-ALIKE",
                "kind": "percent",
                "percentage": 50,
                "months": 3,
                "date_start": "2026-01-01",
                "product_ids": [(6, 0, cls.plan.ids)],
            }
        )
        cls.dearer = cls.make_plan("TEST-45", 45)
        arrears = cls.make_plan("TEST-ARR", 20, billing_mode="arrears")
        by_plan = cls.make_plan("TEST-POL", 30, isp_policy_id=other_policy.id)
        unpriced = cls.make_plan("TEST-NONE", None)
        cls.env["isp.plan.price"].create(
            {
                "product_id": unpriced.id,
                "amount": 10,
                "effective_from": "2025-01-01",
                "effective_to": "2026-01-31",
            }
        )
        kinds = [
            {},
            {"day": 15},
            {"start": "2026-02-10"},
            {"plan": cls.dearer},
            {"plan": arrears},
            {"plan": by_plan, "isp_policy_id": False},
            {"plan": unpriced, "has_custom_price": True, "custom_price": 12.34},
            {"plan": unpriced},
            {"has_custom_price": True, "custom_price": 12.34},
            {"promotion_id": promotion.id},
            {"promotion_id": promotion.id, "start": "2025-12-20"},
            {"free_months": 2},
            {"billing_start_date": "2026-02-20"},
            {"isp_policy_id": other_policy.id},
            {"isp_policy_id": False},
            {"partner": paying_later, "isp_policy_id": False},
            {"partner": abroad},
        ]
        cls.contracts = cls.env["isp.contract"]
        for number in range(2):
            for kind in kinds:
                cls.contracts |= cls.make_contract(
                    **{"label": f"{number} {len(cls.contracts)}", **kind}
                )
        plain = [cls.make_contract() for _number in range(7)]
        plain[0].action_suspend(reason="other", date="2026-02-10")
        plain[1].action_suspend(reason="other", date="2026-02-10")
        plain[1].action_resume(date="2026-02-20")
        plain[2].action_suspend(reason="voluntary_pause", date="2026-02-10")
        plain[3].action_cancel(date="2026-02-12")
        plain[4].action_cancel(date="2026-02-20")
        with freeze_time("2026-02-14"):
            plain[5].action_change_plan(cls.dearer.id, date="2026-02-14")
        cls.contracts |= cls.env["isp.contract"].union(*plain)
        cls.env.flush_all()

    def test_each_gets_what_it_would_get_by_itself(self):
        period = self.env["isp.billing.period"]._for_keys(["2026-02"], self.company)["2026-02"]
        days = (period.date_start, period.date_end)
        together = self.contracts._isp_period_outcomes(*days)
        rows = {
            row["contract_id"]: row for row in self.contracts._isp_charge_rows(together, period)
        }
        amounts = set()
        for contract, outcome in zip(self.contracts, together, strict=True):
            with self.subTest(contract=contract.display_label or contract.name):
                alone = contract._isp_period_outcomes(*days)
                self.assertEqual(outcome._replace(like_id=contract.id), alone[0])
                row = contract._isp_charge_rows(alone, period)
                self.assertEqual([rows[contract.id]] if contract.id in rows else [], row)
                amounts.update((item["amount"], item["amount_total"]) for item in row)
        self.assertGreater(len(amounts), 10, "the cases are not the same case")
        # and those that are alike were: every kind is here twice
        self.assertLess(len({item.like_id for item in together}), len(self.contracts) - 12)
