from odoo import api, fields, models

from odoo.addons.silver_base.tools import local_time


class IspExpense(models.Model):
    """What was spent on a base. Bookkeeping is elsewhere: this is what the base costs to run."""

    _name = "isp.expense"
    _description = "Expense of a base"
    _order = "date desc, id desc"
    _check_company_auto = True
    _rec_name = "description"

    base_station_id = fields.Many2one(
        "isp.base.station",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    date = fields.Date(required=True, default=lambda self: local_time.today(self.env), index=True)
    period_key = fields.Char(
        string="Period", compute="_compute_period_key", store=True, precompute=True
    )
    category = fields.Selection(
        [
            ("energy", "Energy"),
            ("rent", "Rent"),
            ("transit", "Transit and links"),
            ("fuel", "Fuel"),
            ("maintenance", "Maintenance"),
            ("staff", "Staff"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
    )
    description = fields.Char(required=True)
    amount = fields.Monetary(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    _amount_positive = models.Constraint("CHECK(amount >= 0)", "An expense is not negative.")
    _period_idx = models.Index("(base_station_id, period_key)")

    @api.depends("date")
    def _compute_period_key(self):
        for expense in self:
            expense.period_key = expense.date and expense.date.strftime("%Y-%m")
