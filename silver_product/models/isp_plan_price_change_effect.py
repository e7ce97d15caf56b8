from odoo import api, fields, models


class IspPlanPriceChangeEffect(models.Model):
    """Who a mass price change reaches, as it was previewed. Filled by the modules that know."""

    _name = "isp.plan.price.change.effect"
    _description = "Effect of a Mass Price Change"
    _order = "change_id, id"
    _check_company_auto = True
    _rec_name = "reference"

    change_id = fields.Many2one(
        "isp.plan.price.change", required=True, index=True, ondelete="cascade"
    )
    line_id = fields.Many2one(
        "isp.plan.price.change.line", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="change_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="change_id.currency_id")
    product_id = fields.Many2one(related="line_id.product_id", store=True, precompute=True)
    partner_id = fields.Many2one("res.partner", string="Customer", ondelete="restrict")
    reference = fields.Char(help="The service, in words: a contract number.")
    old_amount = fields.Monetary("Old Price", related="line_id.old_amount")
    new_amount = fields.Monetary("New Price", related="line_id.new_amount")
    has_custom_price = fields.Boolean(help="It has a price of its own, which hides this change.")
    custom_amount = fields.Monetary("Custom Price")
    monthly_effect = fields.Monetary(
        "Effect per Month", compute="_compute_monthly_effect", store=True, precompute=True
    )

    @api.depends("line_id", "has_custom_price")
    def _compute_monthly_effect(self):
        """The price is for the months of the plan's charge, so a month carries its part.

        It is kept as it was previewed: a later change of the plan's interval does not rewrite it.
        """
        for effect in self:
            months = effect.line_id.product_id.billing_interval_months or 1
            difference = effect.line_id.new_amount - effect.line_id.old_amount
            changes = not effect.has_custom_price and not effect.line_id.problem
            effect.monthly_effect = difference / months if changes else 0.0
