"""What each base leaves in each month: what was charged there, less what it cost to run."""

from odoo import fields, models
from odoo.tools import SQL

# Net of taxes, and of what was given back with a credit note. A charge counts in its period and at
# the base of its contract. The cost of a month is what was written down for it; while nobody closed
# the month, its expenses so far.
QUERY = """
    WITH refunds AS (
        SELECT line.isp_charge_id AS charge_id, SUM(line.price_subtotal) AS amount
          FROM account_move_line line JOIN account_move move ON move.id = line.move_id
         WHERE line.isp_charge_id IS NOT NULL AND move.move_type = 'out_refund'
           AND move.state = 'posted'
         GROUP BY line.isp_charge_id
    ), money AS (
        SELECT charge_id, SUM(amount) AS amount FROM isp_charge_payment
         WHERE source <> 'credit_note' GROUP BY charge_id
    ), rows AS (
        SELECT charge.company_id, charge.currency_id, contract.base_station_id, charge.period_key,
               charge.contract_id,
               charge.amount_total - COALESCE(charge.tax_amount, 0)
                   - COALESCE(refunds.amount, 0) AS charged,
               COALESCE(money.amount, 0)
                   * (charge.amount_total - COALESCE(charge.tax_amount, 0))
                   / NULLIF(charge.amount_total, 0) AS collected,
               0.0 AS cost
          FROM isp_charge charge
          JOIN isp_contract contract ON contract.id = charge.contract_id
          LEFT JOIN refunds ON refunds.charge_id = charge.id
          LEFT JOIN money ON money.charge_id = charge.id
         WHERE charge.state <> 'void'
        UNION ALL
        SELECT cost.company_id, company.currency_id, cost.base_station_id, cost.period_key, NULL,
               0.0, 0.0, cost.total_cost
          FROM isp_base_operating_cost cost JOIN res_company company ON company.id = cost.company_id
        UNION ALL
        SELECT expense.company_id, company.currency_id, expense.base_station_id,
               expense.period_key, NULL, 0.0, 0.0, expense.amount
          FROM isp_expense expense JOIN res_company company ON company.id = expense.company_id
         WHERE NOT EXISTS (SELECT 1 FROM isp_base_operating_cost cost
                            WHERE cost.base_station_id = expense.base_station_id
                              AND cost.period_key = expense.period_key)
    )
    SELECT row_number() OVER (ORDER BY rows.period_key, rows.base_station_id, rows.company_id,
                                    rows.currency_id) AS id,
           rows.company_id, rows.currency_id, rows.base_station_id,
           base.zone_id, rows.period_key, to_date(rows.period_key, 'YYYY-MM') AS month,
           COUNT(DISTINCT rows.contract_id)::int AS services,
           ROUND(SUM(rows.charged)::numeric, 2) AS charged,
           ROUND(COALESCE(SUM(rows.collected), 0)::numeric, 2) AS collected,
           ROUND(SUM(rows.cost)::numeric, 2) AS cost,
           ROUND(SUM(rows.charged - rows.cost)::numeric, 2) AS margin,
           100.0 * SUM(rows.charged - rows.cost) / NULLIF(SUM(rows.charged), 0) AS margin_rate
      FROM rows LEFT JOIN isp_base_station base ON base.id = rows.base_station_id
     GROUP BY rows.company_id, rows.currency_id, rows.base_station_id, base.zone_id, rows.period_key
"""


class IspBaseMargin(models.Model):
    _name = "isp.base.margin"
    _description = "Margin of a Base"
    _auto = False
    _order = "month desc, margin"
    _rec_name = "base_station_id"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    base_station_id = fields.Many2one("isp.base.station", string="Base", readonly=True)
    zone_id = fields.Many2one("isp.zone", readonly=True)
    period_key = fields.Char("Period", readonly=True)
    month = fields.Date(readonly=True)
    services = fields.Integer("Services Charged", readonly=True, help="In the month.")
    charged = fields.Monetary(readonly=True, help="Without taxes, less what was credited.")
    collected = fields.Monetary(
        readonly=True, help="Paid so far of what was charged in the month, without taxes."
    )
    cost = fields.Monetary(
        readonly=True,
        help="Operating cost written down for the month; its expenses while it is not closed.",
    )
    margin = fields.Monetary(readonly=True, help="Charged less cost.")
    margin_rate = fields.Float("Margin (%)", readonly=True, aggregator="avg")

    @property
    def _table_query(self):
        return SQL(QUERY)

    def _read_group_select(self, aggregate_spec, query):
        """The rate of a group is that of its sums."""
        if aggregate_spec != "margin_rate:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "100.0 * SUM(%s) / NULLIF(SUM(%s), 0)",
            self._field_to_sql(self._table, "margin", query),
            self._field_to_sql(self._table, "charged", query),
        )
