from odoo import fields, models
from odoo.tools import SQL


class IspPlanPriceMonth(models.Model):
    """What each plan cost at the end of each month: the price history as a line that can be drawn.

    A month without price has no row. It goes up to a month after the last change that is set.
    """

    _name = "isp.plan.price.month"
    _description = "Plan Price by Month"
    _auto = False
    _order = "month, product_id"
    _rec_name = "product_id"

    month = fields.Date(readonly=True)
    price_id = fields.Many2one("isp.plan.price", string="Price", readonly=True)
    product_id = fields.Many2one("product.product", string="Plan", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True, aggregator="avg")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT price.id::bigint * 10000 + row_number() OVER (
                       PARTITION BY price.id ORDER BY month.first) AS id,
                   month.first::date AS month,
                   price.id AS price_id,
                   price.product_id, price.company_id, price.currency_id, price.amount
              FROM isp_plan_price price
        CROSS JOIN (SELECT GREATEST(max(effective_from), CURRENT_DATE) AS day
                      FROM isp_plan_price WHERE active IS NOT FALSE) last
        CROSS JOIN LATERAL generate_series(
                       date_trunc('month', price.effective_from),
                       LEAST(COALESCE(price.effective_to, 'infinity'),
                             last.day + interval '1 month'),
                       interval '1 month') month(first)
             WHERE price.active IS NOT FALSE
               AND COALESCE(price.effective_to, 'infinity')
                   >= month.first + interval '1 month' - interval '1 day'
            """
        )
