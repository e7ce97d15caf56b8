from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import PlantCase


class TestCost(PlantCase):
    def expense(self, amount, date="2026-11-05"):
        return self.env["isp.expense"].create(
            {
                "base_station_id": self.base.id,
                "date": date,
                "description": "Energy",
                "category": "energy",
                "amount": amount,
            }
        )

    def test_month_from_expenses(self):
        self.expense(100)
        self.expense(50.5)
        self.expense(999, "2026-10-31")
        self.assertEqual(self.expense(1).period_key, "2026-11")
        costs = self.env["isp.base.operating.cost"]
        row = costs.generate("2026-11")
        self.assertEqual(row.total_cost, 151.5)
        self.assertEqual(row.expense_total, 151.5)
        self.expense(8.5)
        self.assertEqual(costs.generate("2026-11"), row, "once per base and month")
        self.assertEqual(row.total_cost, 160)

    def test_cost_per_customer(self):
        self.port._lend(self.ana, "A")
        self.leaf.port_ids[1]._lend(self.beto, "B")
        cost = self.env["isp.base.operating.cost"].create(
            {"base_station_id": self.base.id, "period_key": "2026-11", "total_cost": 300}
        )
        self.assertEqual((cost.connected_count, cost.cost_per_customer), (2, 150))

    @mute_logger("odoo.sql_db")
    def test_database(self):
        costs = self.env["isp.base.operating.cost"]
        good = {"base_station_id": self.base.id, "period_key": "2026-11", "total_cost": 1}
        costs.create(good)
        for wrong in (
            {},
            {"period_key": "2026-13"},
            {"period_key": "11-2026"},
            {"period_key": "2026-12", "total_cost": -1},
        ):
            with self.subTest(wrong), self.assertRaises(IntegrityError):
                with self.env.cr.savepoint():
                    costs.create({**good, **wrong})
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.expense(-1)

    def test_bad_period(self):
        with self.assertRaisesRegex(UserError, "2026-11"):
            self.env["isp.base.operating.cost"].generate("noviembre")
