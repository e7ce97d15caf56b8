"""What a contract is worth: price on a date, amount per month, leaving before the term."""

from odoo import api, fields, models

from ..contract_math import early_termination, next_period_start


class IspContract(models.Model):
    _inherit = "isp.contract"

    current_price = fields.Monetary(
        compute="_compute_current_price", help="Price of each charge as of today."
    )
    monthly_amount = fields.Monetary(
        compute="_compute_current_price", help="Price of today divided by the months it covers."
    )

    @api.depends_context("uid")
    @api.depends("product_id", "has_custom_price", "custom_price", "company_id", "currency_id")
    def _compute_current_price(self):
        today = self._today()
        prices = self._prices_on(today)
        months = self._monthly_amounts(today, prices)
        for contract in self:
            contract.current_price = prices.get(contract.id) or 0.0
            contract.monthly_amount = months.get(contract.id) or 0.0

    def _prices_on(self, date):
        """The price of a charge of each contract on a date. One query per company and currency.

        :param date date: the day asked for
        :return: ``{contract_id: float or None}``; None: no custom price and the plan has no price
        """
        found = {}
        for (company, currency), contracts in self.grouped(
            lambda contract: (contract.company_id, contract.currency_id)
        ).items():
            plans = contracts.filtered(lambda c: not c.has_custom_price).product_id.sudo()
            prices = plans._isp_prices_on(date, company=company, currency=currency) if plans else {}
            for contract in contracts:
                if contract.has_custom_price:
                    found[contract.id] = contract.custom_price
                else:
                    price = prices.get(contract.product_id.id)
                    found[contract.id] = price.amount if price else None
        return found

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

        Months not served x amount per month x ``silver_contract.early_termination_percent``. Nothing
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
