from datetime import date

from odoo.tests import TransactionCase, new_test_user


class BillingCase(TransactionCase):
    """A plan of 30.00 without network (television), taxed 15 %, and customers who have it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.company = cls.env.ref("base.main_company")
        cls.env.user.company_ids |= cls.company
        cls.env.user.company_id = cls.company
        cls.tax = cls.env["account.tax"].create(
            {
                "name": "IVA 15 % (test)",
                "amount": 15,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
                "country_id": cls.company.account_fiscal_country_id.id,
            }
        )
        cls.plan = cls.make_plan("TEST-30", 30.0)
        cls.policy = cls.env["isp.suspension.policy"].create(
            {
                "name": "Test policy",
                "code": "test",
                "company_id": cls.company.id,
                "due_days": 10,
                "grace_days": 3,
                "notice_days": "",
            }
        )
        cls.collector = new_test_user(
            cls.env, "silver_collector", groups="silver_base.group_silver_collection"
        )

    @classmethod
    def make_plan(cls, code, price, **vals):
        plan = cls.env["product.product"].create(
            {
                "name": f"Plan {code}",
                "is_isp_plan": True,
                "plan_code": code,
                "service_category": "tv",
                "taxes_id": [(6, 0, cls.tax.ids)],
                **vals,
            }
        )
        if price is not None:
            cls.env["isp.plan.price"].create(
                {
                    "product_id": plan.id,
                    "company_id": cls.company.id,
                    "currency_id": cls.company.currency_id.id,
                    "amount": price,
                    "effective_from": "2020-01-01",
                }
            )
        return plan

    @classmethod
    def make_contract(cls, partner=None, start="2026-01-01", day=1, plan=None, label=None, **vals):
        partner = partner or cls.env["res.partner"].create({"name": "Customer"})
        contract = cls.env["isp.contract"].create(
            {
                "partner_id": partner.id,
                "product_id": (plan or cls.plan).id,
                "billing_day": day,
                "date_start": start,
                "display_label": label,
                "isp_policy_id": cls.policy.id,
                **vals,
            }
        )
        contract.action_activate(date=start)
        return contract

    @classmethod
    def bill(cls, key, contracts=None, **vals):
        """Bill a period for some contracts only, so that demo data does not take part."""
        run = cls.env["isp.billing.run"].create(
            {"period_key": key, "contract_ids": [(6, 0, contracts.ids)], **vals}
        )
        run.action_run()
        return run

    @classmethod
    def dun(cls, day, **vals):
        run = cls.env["isp.dunning.run"].create({"date": day, **vals})
        run.action_run()
        return run

    def assertAudit(self):
        findings = [
            finding
            for finding in self.env["silver.audit"].run()
            if not finding["name"].startswith("missing_")
        ]
        self.assertFalse(findings)

    def charge(self, contract, key):
        return self.env["isp.charge"].search(
            [
                ("contract_id", "=", contract.id),
                ("period_key", "=", key),
                ("kind", "=", "recurring"),
            ]
        )

    @staticmethod
    def day(text):
        return date.fromisoformat(text)
