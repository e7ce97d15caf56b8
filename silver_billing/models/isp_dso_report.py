from odoo import fields, models
from odoo.tools import SQL

MONTHS = 13


class IspDsoReport(models.Model):
    """Days sales outstanding at the end of each month.

    What customers owed of invoiced charges that day, divided by what was invoiced in the three
    months that end there, times the days of those months. What was credited counts in neither. The
    present month goes until today.
    """

    _name = "isp.dso.report"
    _description = "Days Sales Outstanding"
    _auto = False
    _order = "date desc, company_id"
    _rec_name = "date"

    date = fields.Date("Until", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    invoiced = fields.Monetary("Invoiced in the Month", readonly=True)
    collected = fields.Monetary("Collected in the Month", readonly=True)
    invoiced_quarter = fields.Monetary("Invoiced in Three Months", readonly=True, aggregator=None)
    owed = fields.Monetary("Owed That Day", readonly=True, aggregator=None)
    days = fields.Float(
        "Days Sales Outstanding",
        readonly=True,
        digits=(10, 1),
        aggregator="avg",
        help="Owed that day / invoiced in three months x days of those months.",
    )

    @property
    def _table_query(self):
        """:return: SQL; one pass over charges and one over allocations, then sums that run on"""
        today = self.env["isp.contract"]._today()
        return SQL(
            """
            WITH moved AS (
                SELECT charge.company_id, charge.currency_id,
                       date_trunc('month', charge.charge_date)::date AS month,
                       SUM(charge.amount_total) AS invoiced, 0 AS credited, 0 AS collected
                  FROM isp_charge charge
                 WHERE charge.move_id IS NOT NULL AND charge.charge_date <= %(today)s
                 GROUP BY 1, 2, 3
                 UNION ALL
                SELECT charge.company_id, charge.currency_id,
                       -- a credit used before the day of the charge covers it from that day on
                       date_trunc('month', GREATEST(paid.applied_on, charge.charge_date))::date,
                       0, COALESCE(SUM(paid.amount) FILTER (WHERE paid.source = 'credit_note'), 0),
                       COALESCE(SUM(paid.amount) FILTER (WHERE paid.source <> 'credit_note'), 0)
                  FROM isp_charge_payment paid JOIN isp_charge charge ON charge.id = paid.charge_id
                 WHERE GREATEST(paid.applied_on, charge.charge_date) <= %(today)s
                 GROUP BY 1, 2, 3
            ), months AS (
                SELECT pair.company_id, pair.currency_id, month::date AS month
                  FROM (SELECT company_id, currency_id, MIN(month) AS first FROM moved
                         GROUP BY 1, 2) pair
                  CROSS JOIN generate_series(pair.first::timestamp,
                                             date_trunc('month', %(today)s::timestamp),
                                             '1 month') AS month
            ), running AS (
                SELECT months.company_id, months.currency_id, months.month,
                       LEAST((months.month + interval '1 month - 1 day')::date, %(today)s) AS date,
                       COALESCE(SUM(moved.invoiced - moved.credited), 0) AS invoiced,
                       COALESCE(SUM(moved.collected), 0) AS collected
                  FROM months
                  LEFT JOIN moved ON moved.company_id = months.company_id
                   AND moved.currency_id = months.currency_id AND moved.month = months.month
                 GROUP BY months.company_id, months.currency_id, months.month
            ), summed AS (
                SELECT running.*,
                       SUM(invoiced) OVER quarter AS invoiced_quarter,
                       date - MIN(month) OVER quarter + 1 AS days_quarter,
                       SUM(invoiced - collected) OVER until_then AS owed
                  FROM running
                WINDOW until_then AS (PARTITION BY company_id, currency_id ORDER BY month),
                       quarter AS (PARTITION BY company_id, currency_id ORDER BY month
                                   ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
            )
            SELECT ROW_NUMBER() OVER (ORDER BY month, company_id, currency_id)::int AS id,
                   date, company_id, currency_id, invoiced, collected, invoiced_quarter, owed,
                   CASE WHEN invoiced_quarter > 0
                        THEN ROUND(owed * days_quarter / invoiced_quarter, 1) END AS days
              FROM summed
             WHERE month > %(today)s::date - make_interval(months => %(months)s)
            """,
            today=today,
            months=MONTHS,
        )
