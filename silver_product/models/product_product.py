from odoo import fields, models

from ..rates import plan_rates


class ProductProduct(models.Model):
    _inherit = "product.product"

    isp_price_ids = fields.One2many("isp.plan.price", "product_id", string="Price History")

    def _isp_prices_on(self, date, company=None, currency=None):
        """The price of each plan on a date.

        :param date date: the day asked for
        :param company: res.company, by default the one of the environment
        :param currency: res.currency, by default the one of that company
        :return: ``{product_id: isp.plan.price}``; a plan without price on that day is absent
        """
        company = company or self.env.company
        currency = currency or company.currency_id
        prices = self.env["isp.plan.price"].search(
            [
                ("product_id", "in", self.ids),
                ("company_id", "=", company.id),
                ("currency_id", "=", currency.id),
                ("effective_from", "<=", date),
                "|",
                ("effective_to", "=", False),
                ("effective_to", ">=", date),
            ]
        )
        return {price.product_id.id: price for price in prices}

    def _isp_rates(self):
        """:return: ``{product_id: PlanRates}``, what the network enforces for each plan"""
        return {
            plan.id: plan_rates(
                download_mbps=plan.download_mbps,
                upload_mbps=plan.upload_mbps,
                provisioned_download_mbps=plan.provisioned_download_mbps,
                provisioned_upload_mbps=plan.provisioned_upload_mbps,
                burst_download_mbps=plan.burst_download_mbps,
                burst_upload_mbps=plan.burst_upload_mbps,
                burst_threshold_pct=plan.burst_threshold_pct,
                burst_time_s=plan.burst_time_s,
                priority=plan.priority,
                contention_ratio=plan.contention_ratio,
            )
            for plan in self
        }
