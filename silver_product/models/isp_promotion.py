from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.silver_base.tools import local_time

from ..pricing import promotion_last_day, promotional_amount

TERMS = {"kind", "amount", "percentage", "months", "currency_id", "company_id"}


class IspPromotion(models.Model):
    """The first months of a service at a price or with a discount.

    The window says when it can be sold; the months of each service count from its own start.
    """

    _name = "isp.promotion"
    _description = "Promotion"
    _inherit = ["mail.thread"]
    _order = "date_start desc, id desc"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, copy=False)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    kind = fields.Selection(
        [("percent", "Discount"), ("price", "Fixed Price")],
        required=True,
        default="percent",
        tracking=True,
    )
    percentage = fields.Float(
        "Discount (%)", digits=(5, 2), tracking=True, help="50 is half the price, 100 is free."
    )
    amount = fields.Monetary("Promotional Price", tracking=True)
    months = fields.Integer(
        default=3, required=True, tracking=True, help="How many months of service, from the first."
    )
    date_start = fields.Date(
        "Sold From", required=True, default=lambda self: local_time.today(self.env), tracking=True
    )
    date_end = fields.Date("Sold Until", tracking=True, help="Last day. Empty: no end yet.")
    product_ids = fields.Many2many(
        "product.product",
        "isp_promotion_product_rel",
        "promotion_id",
        "product_id",
        string="Plans",
        required=True,
        check_company=True,
        domain="[('is_isp_plan', '=', True)]",
    )
    description = fields.Text("Conditions", translate=True)
    is_open = fields.Boolean("On Sale", compute="_compute_is_open", search="_search_is_open")
    example = fields.Char("In Words", compute="_compute_example")

    _code_company_uniq = models.Constraint(
        "UNIQUE(code, company_id)", "The code of a promotion must be unique in its company."
    )
    _months_range = models.Constraint(
        "CHECK(months BETWEEN 1 AND 60)", "A promotion lasts from 1 to 60 months."
    )
    _window_in_order = models.Constraint(
        "CHECK(date_end >= date_start)", "A promotion cannot end before it starts."
    )
    _terms_complete = models.Constraint(
        "CHECK((kind = 'percent' AND percentage > 0 AND percentage <= 100)"
        " OR (kind = 'price' AND amount >= 0))",
        "Give a discount above 0 and up to 100 %, or a promotional price of zero or more.",
    )

    @api.depends("date_start", "date_end", "active")
    def _compute_is_open(self):
        today = local_time.today(self.env)
        for promotion in self:
            promotion.is_open = bool(
                promotion.active
                and promotion.date_start
                and promotion.date_start <= today
                and (not promotion.date_end or promotion.date_end >= today)
            )

    @api.model
    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        if False in value:
            return fields.Domain.TRUE
        today = local_time.today(self.env)
        return (
            fields.Domain("active", "=", True)
            & fields.Domain("date_start", "<=", today)
            & (fields.Domain("date_end", "=", False) | fields.Domain("date_end", ">=", today))
        )

    @api.depends("kind", "percentage", "amount", "months", "product_ids", "currency_id")
    @api.depends_context("company", "lang")
    def _compute_example(self):
        today = local_time.today(self.env)
        for promotion in self:
            plans = promotion.product_ids._origin
            prices = plans._isp_prices_on(today, promotion.company_id, promotion.currency_id)
            plan = next((plan for plan in plans if plan.id in prices), False)
            if not plan:
                promotion.example = False
                continue
            base = prices[plan.id].amount
            promotion.example = self.env._(
                "%(plan)s: %(promotional)s for %(months)s months, then %(base)s",
                plan=plan.name,
                promotional=promotion.currency_id.format(promotion._isp_amount(base, 1)),
                months=promotion.months,
                base=promotion.currency_id.format(base),
            )

    @api.constrains("product_ids")
    def _check_plans(self):
        for promotion in self:
            wrong = promotion.product_ids.filtered(lambda plan: not plan.is_isp_plan)
            if wrong or not promotion.product_ids:
                raise ValidationError(
                    self.env._(
                        "%(promotion)s: choose the plans it is for; %(wrong)s is not a plan.",
                        promotion=promotion.name,
                        wrong=", ".join(wrong.mapped("display_name")) or self.env._("nothing"),
                    )
                )

    def write(self, vals):
        """What was promised to a customer stays; the window and the plans may change."""
        if TERMS & set(vals):
            used = self._in_use()
            if used:
                raise UserError(
                    self.env._(
                        "%(promotions)s: there are customers with it, so its price, discount and "
                        "months stay. End it and create another.",
                        promotions=", ".join(used.mapped("name")),
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        used = self._in_use()
        if used:
            raise UserError(
                self.env._(
                    "%(promotions)s: there are customers with it. Archive it instead.",
                    promotions=", ".join(used.mapped("name")),
                )
            )

    def _in_use(self):
        """Extension point.

        :return: the promotions of ``self`` that a customer has; none here, since this module
            knows no customer
        """
        return self.browse()

    def _isp_amount(self, base, month):
        """What a month of service costs with this promotion.

        :param float base: the price without it
        :param int month: 1 is the first month of service
        :return: float, in the currency of the promotion; ``base`` once it is over
        """
        self.ensure_one()
        return promotional_amount(
            base,
            self.kind,
            self.amount if self.kind == "price" else self.percentage,
            self.months,
            month,
            step=self.currency_id.rounding,
        )

    def _isp_last_day(self, start):
        """:return: last promotional day of a service that began on ``start``"""
        self.ensure_one()
        return promotion_last_day(start, self.months)
