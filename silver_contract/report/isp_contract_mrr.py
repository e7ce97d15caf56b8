"""The services of today and what they are worth per month."""

from odoo import fields, models
from odoo.tools import SQL

from ..models.transitions import DELIVERED_STATES, STATES

# the same as isp.contract._price_details_on(today), for all at once
QUERY = """
    SELECT c.id, c.id AS contract_id, c.company_id, c.currency_id, c.partner_id, c.product_id,
           c.base_station_id, c.service_category, c.access_technology, c.state, c.billing_day,
           c.date_activation, c.has_custom_price, c.promotion_id, c.partner_id AS customer,
           1 AS services,
           CASE WHEN c.state = 'active' THEN 1 ELSE 0 END AS active_services,
           COALESCE(price.charge, 0) AS charge,
           ROUND((COALESCE(price.charge, 0) / t.billing_interval_months)::numeric, 2) AS mrr,
           CASE WHEN c.state = 'active'
                THEN ROUND((COALESCE(price.charge, 0) / t.billing_interval_months)::numeric, 2)
                ELSE 0 END AS active_mrr,
           NULL::numeric AS arpu
      FROM isp_contract c
      JOIN product_product pp ON pp.id = c.product_id
      JOIN product_template t ON t.id = pp.product_tmpl_id
      LEFT JOIN isp_promotion promo ON promo.id = c.promotion_id
       AND %(today)s BETWEEN c.date_activation AND c.promotion_date_end
      LEFT JOIN LATERAL (
            SELECT p.amount FROM isp_plan_price p
             WHERE p.product_id = c.product_id AND p.company_id = c.company_id
               AND p.currency_id = c.currency_id AND p.active IS NOT FALSE
               AND p.effective_from <= %(today)s
               AND (p.effective_to IS NULL OR p.effective_to >= %(today)s)
             LIMIT 1) list ON true
      LEFT JOIN LATERAL (
            SELECT CASE WHEN c.has_custom_price THEN c.custom_price
                        WHEN promo.kind = 'price' THEN LEAST(list.amount, promo.amount)
                        WHEN promo.kind = 'percent' THEN LEAST(list.amount,
                             ROUND((list.amount * (100 - promo.percentage) / 100)::numeric, 2))
                        ELSE list.amount END AS charge) price ON true
     WHERE c.state IN %(delivered)s
"""


class IspContractMrr(models.Model):
    _name = "isp.contract.mrr"
    _description = "Active Base and Revenue"
    _auto = False
    _order = "mrr desc"
    _rec_name = "contract_id"

    contract_id = fields.Many2one("isp.contract", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    customer = fields.Many2one(
        "res.partner", string="Customers", readonly=True, aggregator="count_distinct"
    )
    product_id = fields.Many2one("product.product", string="Plan", readonly=True)
    base_station_id = fields.Many2one("isp.base.station", string="Base", readonly=True)
    promotion_id = fields.Many2one("isp.promotion", readonly=True)
    service_category = fields.Selection(related="contract_id.service_category", store=True)
    access_technology = fields.Selection(related="contract_id.access_technology", store=True)
    state = fields.Selection(STATES, readonly=True)
    billing_day = fields.Integer(readonly=True, aggregator=None)
    date_activation = fields.Date("Active Since", readonly=True)
    has_custom_price = fields.Boolean("Custom Price", readonly=True)
    services = fields.Integer("Services in Service or Suspended", readonly=True)
    active_services = fields.Integer(readonly=True)
    charge = fields.Monetary("Price of a Charge", readonly=True)
    mrr = fields.Monetary("Monthly Amount", readonly=True)
    active_mrr = fields.Monetary(
        "Monthly Revenue (MRR)", readonly=True, help="Of the services that are active."
    )
    arpu = fields.Monetary(
        "Revenue per Customer (ARPU)",
        readonly=True,
        aggregator="avg",
        help="Monthly revenue of the active services / customers with an active service.",
    )

    @property
    def _table_query(self):
        return SQL(QUERY, today=self.env["isp.contract"]._today(), delivered=DELIVERED_STATES)

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec != "arpu:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "SUM(%s) / NULLIF(COUNT(DISTINCT CASE WHEN %s = 'active' THEN %s END), 0)",
            self._field_to_sql(self._table, "active_mrr", query),
            self._field_to_sql(self._table, "state", query),
            self._field_to_sql(self._table, "customer", query),
        )
