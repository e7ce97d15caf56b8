from odoo import api, fields, models
from odoo.exceptions import UserError

from ..timeline import DAY, Span


class IspPlanPriceChangeLine(models.Model):
    """One plan of a mass price change: what it cost, what it will cost, and how to go back."""

    _name = "isp.plan.price.change.line"
    _description = "Plan of a Mass Price Change"
    _order = "change_id, id"
    _check_company_auto = True
    _rec_name = "product_id"

    change_id = fields.Many2one(
        "isp.plan.price.change", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="change_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="change_id.currency_id")
    product_id = fields.Many2one(
        "product.product", string="Plan", required=True, index=True, ondelete="restrict"
    )
    old_price_id = fields.Many2one("isp.plan.price", string="Old Price Record", ondelete="restrict")
    price_id = fields.Many2one(
        "isp.plan.price", string="New Price Record", index=True, ondelete="restrict"
    )
    price_date_to = fields.Date("New Price To", help="As it was when the change was applied.")
    old_amount = fields.Monetary("Old Price")
    new_amount = fields.Monetary("New Price")
    difference = fields.Monetary(compute="_compute_difference")
    difference_pct = fields.Float("Difference (%)", compute="_compute_difference")
    later_date = fields.Date(
        "Other Price From", help="A price that was already set for later than this change."
    )
    problem = fields.Char(help="Why this plan is left as it is.")
    before_json = fields.Json(help="What held in the days of the new price: [price, from, to].")

    _plan_once = models.Constraint(
        "UNIQUE(product_id, change_id)", "A plan is once in a mass price change."
    )

    @api.depends("old_amount", "new_amount")
    def _compute_difference(self):
        for line in self:
            line.difference = line.new_amount - line.old_amount
            line.difference_pct = line.difference / line.old_amount if line.old_amount else 0.0

    def _before(self):
        """:return: list of Span: which price held when, in the days the new price took"""
        self.ensure_one()
        return [
            Span(price_id, fields.Date.to_date(start), fields.Date.to_date(end) or None)
            for price_id, start, end in self.before_json or []
        ]

    def _check_untouched(self):
        """Going back is only right while the history is as the change left it."""
        for line in self:
            price = line.price_id
            intact = price.active and price.effective_to == line.price_date_to
            for span in line._before():
                source = price.browse(span.key)
                if source.effective_from < price.effective_from:  # it was closed for this one
                    intact &= source.active and source.effective_to == price.effective_from - DAY
            if not intact:
                raise UserError(
                    self.env._(
                        "The price of %(plan)s was changed again after %(change)s, so it cannot "
                        "be undone. Set the price you want.",
                        plan=line.product_id.display_name,
                        change=line.change_id.name,
                    )
                )
