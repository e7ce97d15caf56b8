"""What a contract is worth: price on a date, amount per month, leaving before the term."""

from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.silver_product.pricing import service_month

from ..contract_math import early_termination, next_period_start


class PriceOn(NamedTuple):
    """The price of a charge of one contract on one day, and where it comes from."""

    amount: float
    #: what it would be without promotion
    base: float
    #: isp.plan.price, empty with a custom price
    price: models.Model
    #: isp.promotion, empty when none applies that day
    promotion: models.Model
    custom: bool


class IspContract(models.Model):
    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    current_price = fields.Monetary(
        compute="_compute_current_price", help="Price of each charge as of today."
    )
    monthly_amount = fields.Monetary(
        compute="_compute_current_price", help="Price of today divided by the months it covers."
    )

    promotion_id = fields.Many2one(
        "isp.promotion",
        string="Promotion",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
        domain="[('product_ids', 'in', product_id), ('is_open', '=', True)]",
    )
    promotion_date_end = fields.Date(
        "Promotion Until",
        compute="_compute_promotion_date_end",
        store=True,
        help="Last day at the promotional price. Its months count from the activation.",
    )

    _promotion_idx = models.Index("(promotion_date_end) WHERE promotion_date_end IS NOT NULL")

    @api.depends("promotion_id", "date_activation")
    def _compute_promotion_date_end(self):
        for contract in self:
            start = contract.date_activation
            promotion = contract.promotion_id
            contract.promotion_date_end = (
                promotion._isp_last_day(start) if start and promotion else False
            )

    @api.constrains("promotion_id", "product_id")
    def _check_promotion(self):
        for contract in self.filtered("promotion_id"):
            promotion = contract.promotion_id
            if contract.product_id not in promotion.product_ids:
                raise ValidationError(
                    self.env._(
                        "%(contract)s: the promotion %(promotion)s is not for the plan %(plan)s.",
                        contract=contract.display_name,
                        promotion=promotion.name,
                        plan=contract.product_id.display_name,
                    )
                )
            if contract.product_id.billing_interval_months != 1:
                raise ValidationError(
                    self.env._(
                        "%(contract)s: a promotion counts months, and the plan %(plan)s is charged "
                        "every %(months)s. Give the contract a custom price instead.",
                        contract=contract.display_name,
                        plan=contract.product_id.display_name,
                        months=contract.product_id.billing_interval_months,
                    )
                )

    @api.depends(
        "product_id",
        "has_custom_price",
        "custom_price",
        "company_id",
        "currency_id",
        "promotion_id",
        "date_activation",
    )
    def _compute_current_price(self):
        today = self._today()
        prices = self._prices_on(today)
        months = self._monthly_amounts(today, prices)
        for contract in self:
            contract.current_price = prices.get(contract.id) or 0.0
            contract.monthly_amount = months.get(contract.id) or 0.0

    def _prices_on(self, date):
        """The price of a charge of each contract on a date, promotion included.

        :param date date: the day asked for
        :return: ``{contract_id: float or None}``; None: no custom price and the plan has no price
        """
        details = self._price_details_on(date)
        return {
            contract_id: detail.amount if detail else None
            for contract_id, detail in details.items()
        }

    def _price_details_on(self, date):
        """Where the price of each contract comes from. One query per company and currency.

        The custom price of the contract goes before the plan's, and no promotion touches it.

        :param date date: the day asked for
        :return: ``{contract_id: PriceOn or None}``; None: no custom price and the plan has no price
        """
        found = {}
        none, no_price = self.env["isp.promotion"], self.env["isp.plan.price"]
        for (company, currency), contracts in self.grouped(
            lambda contract: (contract.company_id, contract.currency_id)
        ).items():
            plans = contracts.filtered(lambda c: not c.has_custom_price).product_id.sudo()
            prices = plans._isp_prices_on(date, company=company, currency=currency) if plans else {}
            usual = {
                plan_id: PriceOn(price.amount, price.amount, price, none, False)
                for plan_id, price in prices.items()
            }
            for contract in contracts:
                if contract.has_custom_price:
                    amount = contract.custom_price
                    found[contract.id] = PriceOn(amount, amount, no_price, none, True)
                    continue
                price = usual.get(contract.product_id.id)
                promotion = price and contract.promotion_id and contract._promotion_on(date)
                if promotion:
                    start = contract.date_activation or date
                    amount = promotion._isp_amount(price.base, service_month(start, date))
                    price = price._replace(amount=amount, promotion=promotion)
                found[contract.id] = price
        return found

    def _promotion_on(self, date):
        """:return: the isp.promotion that applies on ``date`` (before activation: as if it
        began)
        """
        self.ensure_one()
        promotion = self.promotion_id.sudo()
        start = self.date_activation
        if promotion and start and not start <= date <= self.promotion_date_end:
            return promotion.browse()
        return promotion

    def _monthly_amounts(self, date, prices=None):
        """:return: ``{contract_id: price of one month or None}`` on a date"""
        prices = self._prices_on(date) if prices is None else prices
        return {
            contract.id: None
            if prices.get(contract.id) is None
            else contract.currency_id.round(
                prices[contract.id] / (contract.product_id.billing_interval_months or 1)
            )
            for contract in self
        }

    @api.model
    def _early_termination_percent(self):
        text = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("silver_contract.early_termination_percent", "50")
        )
        return float(text or 0)

    def _early_termination_amounts(self, day):
        """What each contract owes for ending on ``day``, before its term.

        Months not served x amount per month x ``silver_contract.early_termination_percent``.
        Nothing
        for contracts that were never active or have no term.

        :param date day: last day of service
        :return: ``{contract: float}``
        """
        percent = self._early_termination_percent()
        bound = self.filtered(lambda c: c.term_date and c.term_date > day)
        monthly = bound._monthly_amounts(day)
        return {
            contract: contract.currency_id.round(
                early_termination(monthly[contract.id] or 0.0, day, contract.term_date, percent)
            )
            for contract in bound
        }

    def _next_period_start(self, day=None):
        """:return: first day of the billing period that follows ``day`` (date, default today)"""
        self.ensure_one()
        return next_period_start(day or self._today(), self.billing_day)
