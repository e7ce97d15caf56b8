from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestBaseMargin(BillingCase):
    """What a base was charged, less what it cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.base = cls.env["isp.base.station"].create(
            {"code": "T-MARGIN", "name": "Margin", "company_id": cls.company.id}
        )
        cls.contracts = cls.make_contract(base_station_id=cls.base.id)
        cls.contracts |= cls.make_contract(base_station_id=cls.base.id)
        cls.bill("2026-03", cls.contracts)
        cls.env["isp.expense"].create(
            [
                {
                    "base_station_id": cls.base.id,
                    "date": day,
                    "description": "Energy",
                    "amount": amount,
                    "company_id": cls.company.id,
                }
                for day, amount in (("2026-03-05", 12), ("2026-03-20", 8), ("2026-04-02", 70))
            ]
        )

    def row(self, key="2026-03"):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["isp.base.margin"].search(
            [("base_station_id", "=", self.base.id), ("period_key", "=", key)]
        )

    def test_charged_less_spent(self):
        row = self.row()
        self.assertEqual((row.services, row.charged, row.cost, row.margin), (2, 60, 20, 40))
        self.assertAlmostEqual(row.margin_rate, 200 / 3)
        self.assertEqual(self.row("2026-04").margin, -70, "a month of costs alone is a loss")

    def test_a_closed_month_counts_what_was_written_down(self):
        [cost] = (
            self.env["isp.base.operating.cost"]
            .generate("2026-03")
            .filtered(lambda item: item.base_station_id == self.base)
        )
        self.assertEqual(self.row().cost, 20)
        cost.total_cost = 33
        self.assertEqual(self.row().margin, 27)

    def test_taxes_credits_and_payments(self):
        charge = self.charge(self.contracts[0], "2026-03")
        charge.action_credit(11.5)  # 10 and its tax
        self.contracts[1].action_register_payment(amount=34.5, date="2026-03-08")
        row = self.row()
        self.assertEqual((row.charged, row.collected, row.margin), (50, 30, 30))
        charge.action_void("courtesy")
        self.assertEqual(self.row().charged, 30)

    def test_rate_of_a_group(self):
        self.env.flush_all()
        [(charged, margin, rate)] = self.env["isp.base.margin"]._read_group(
            [("base_station_id", "=", self.base.id)],
            [],
            ["charged:sum", "margin:sum", "margin_rate:avg"],
        )
        self.assertEqual((charged, margin), (60, -30))
        self.assertAlmostEqual(rate, -50)

    def test_who_reads_it(self):
        technician = new_test_user(
            self.env, "t_margin", groups="silver_base.group_silver_technician"
        )
        with self.assertRaises(AccessError):
            self.row().with_user(technician).read(["margin"])
        self.assertEqual(self.row().with_user(self.collector).read(["margin"])[0]["margin"], 40)
