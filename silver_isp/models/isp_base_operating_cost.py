import re

from odoo import api, fields, models
from odoo.exceptions import UserError

PERIOD = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")


class IspBaseOperatingCost(models.Model):
    """What a base cost in a month: one row per base and month."""

    _name = "isp.base.operating.cost"
    _description = "Operating cost of a base"
    _order = "period_key desc, base_station_id"
    _check_company_auto = True

    base_station_id = fields.Many2one(
        "isp.base.station",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    period_key = fields.Char(string="Period", required=True, help="Year and month: 2026-11.")
    total_cost = fields.Monetary(required=True)
    expense_total = fields.Monetary(
        string="Expenses of the month", compute="_compute_expense_total"
    )
    connected_count = fields.Integer(string="Connected now", compute="_compute_connected_count")
    cost_per_customer = fields.Monetary(
        string="Cost per customer connected now", compute="_compute_connected_count"
    )
    note = fields.Char(string="Notes")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    _base_period_uniq = models.Constraint(
        "UNIQUE(base_station_id, period_key)",
        "The base already has its operating cost for this month.",
    )
    _cost_positive = models.Constraint(
        "CHECK(total_cost >= 0)", "An operating cost is not negative."
    )
    _period_format = models.Constraint(
        r"CHECK(period_key ~ '^\d{4}-(0[1-9]|1[0-2])$')",
        "The period is written as year and month: 2026-11.",
    )

    @api.depends("base_station_id", "period_key")
    def _compute_display_name(self):
        for cost in self:
            cost.display_name = f"{cost.base_station_id.code} {cost.period_key}"

    @api.depends("base_station_id", "period_key")
    def _compute_expense_total(self):
        totals = {
            (base.id, period): total
            for base, period, total in self.env["isp.expense"]._read_group(
                [
                    ("base_station_id", "in", self.base_station_id.ids),
                    ("period_key", "in", self.mapped("period_key")),
                ],
                ["base_station_id", "period_key"],
                ["amount:sum"],
            )
        }
        for cost in self:
            cost.expense_total = totals.get((cost.base_station_id.id, cost.period_key), 0.0)

    @api.depends("base_station_id", "total_cost")
    def _compute_connected_count(self):
        counts = self.base_station_id._connected_counts()
        for cost in self:
            cost.connected_count = counts.get(cost.base_station_id.id, 0)
            cost.cost_per_customer = cost.total_cost / (cost.connected_count or 1)

    @api.model
    def generate(self, period_key):
        """Write down what each base cost in a month, from its expenses. Idempotent: a month that is
        already there gets the sum of its expenses of now; bases without expenses are left alone.

        :param str period_key: ``2026-11``
        :return: the rows of the month
        :raise UserError: when the period is not written as year and month
        """
        if not PERIOD.match(period_key or ""):
            raise UserError(self.env._("The period is written as year and month: 2026-11."))
        groups = self.env["isp.expense"]._read_group(
            [("period_key", "=", period_key), ("company_id", "in", self.env.companies.ids)],
            ["base_station_id"],
            ["amount:sum"],
        )
        rows = self.search(
            [
                ("period_key", "=", period_key),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        known = {row.base_station_id: row for row in rows}
        missing = []
        for base, total in groups:
            if base in known:
                known[base].total_cost = total
            else:
                missing.append(
                    {
                        "base_station_id": base.id,
                        "period_key": period_key,
                        "total_cost": total,
                        "company_id": base.company_id.id,
                    }
                )
        return rows | self.create(missing)

    def action_fill_from_expenses(self):
        """Set the total to the expenses registered for the base and the month."""
        for cost in self:
            cost.total_cost = cost.expense_total
        return True
