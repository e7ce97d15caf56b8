import datetime

from odoo.tests import TransactionCase

from odoo.addons.silver_base.tools import local_time


class PlanCase(TransactionCase):
    """One fiber plan without price, and the dates around today."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.company = cls.env.company
        cls.company.partner_id.tz = "America/Lima"  # the same day for all users, at any hour
        cls.currency = cls.company.currency_id
        cls.Price = cls.env["isp.plan.price"]
        cls.plan = cls._plan("T-100")
        cls.today = local_time.today(cls.env)

    @classmethod
    def _plan(cls, code, **values):
        return cls.env["product.product"].create(
            {
                "name": f"Plan {code}",
                "is_isp_plan": True,
                "plan_code": code,
                "service_category": "internet",
                "access_technology": "fiber",
                "download_mbps": 100,
                "upload_mbps": 50,
                **values,
            }
        )

    @classmethod
    def _price(cls, amount, start, end=None, plan=None, **values):
        return cls.Price.create(
            {
                "product_id": (plan or cls.plan).id,
                "amount": amount,
                "effective_from": start,
                "effective_to": end,
                **values,
            }
        )

    def day(self, offset):
        return self.today + datetime.timedelta(days=offset)

    def assert_promises(self):
        """The invariants of this module only: what other modules hold is not tested here."""
        self.env.flush_all()
        for invariant in self.env["silver.audit"]._invariants():
            if invariant.name.startswith("plan_"):
                self.env.cr.execute(invariant.sql)
                self.assertFalse(self.env.cr.fetchall(), invariant.name)

    def amount_on(self, day, plan=None):
        plan = plan or self.plan
        price = plan._isp_prices_on(day).get(plan.id)
        return price.amount if price else None
