"""Movements of the customer base by month: what churn and reconnections are read from."""

from odoo import fields, models
from odoo.tools import SQL

from ..models.transitions import DELIVERED_STATES, REASONS

# An event says how the contract is until its next event. A service belongs to the base of a month
# when it was delivered (active or suspended) at the first moment of it, in the time of the company.
# That base stands once on each reason, so that a reason has a percentage; sums over several reasons
# divide by how many there are (_read_group_select).
QUERY = """
    WITH moments AS (
        SELECT e.contract_id, e.company_id, e.currency_id, e.product_id, e.base_station_id,
               e.transition, e.state_from, e.state_to, e.reason, e.monthly_amount,
               (e.date AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(p.tz, 'UTC')) AS at,
               LEAD(e.date AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(p.tz, 'UTC'), 1, 'infinity')
                    OVER (PARTITION BY e.contract_id ORDER BY e.id) AS until
          FROM isp_contract_event e
          JOIN res_company c ON c.id = e.company_id
          JOIN res_partner p ON p.id = c.partner_id
    ), months AS (
        SELECT generate_series(date_trunc('month', MIN(at)), date_trunc('month', now()),
                               interval '1 month') AS month
          FROM moments
    ), base AS (
        SELECT m.month, e.company_id, e.currency_id, e.product_id, e.base_station_id,
               COUNT(*) AS opening, SUM(e.monthly_amount) AS opening_mrr
          FROM moments e
          JOIN months m ON e.at < m.month AND m.month <= e.until
         WHERE e.state_to IN %(delivered)s
         GROUP BY m.month, e.company_id, e.currency_id, e.product_id, e.base_station_id
    ), rows AS (
        SELECT b.month, b.company_id, b.currency_id, b.product_id, b.base_station_id,
               r.reason, b.opening, b.opening_mrr,
               0 AS activated, 0 AS suspended, 0 AS reconnected, 0 AS cancelled,
               0.0 AS cancelled_mrr
          FROM base b CROSS JOIN unnest(%(reasons)s) r(reason)
        UNION ALL
        SELECT date_trunc('month', at), company_id, currency_id, product_id, base_station_id,
               reason, 0, 0.0,
               (transition = 'activate')::int, (transition = 'suspend')::int,
               (transition = 'resume')::int, (transition = 'cancel')::int,
               CASE WHEN transition = 'cancel' THEN monthly_amount ELSE 0.0 END
          FROM moments
         WHERE transition IN ('activate', 'suspend', 'resume')
            OR (transition = 'cancel' AND state_from IN %(delivered)s)
    )
    SELECT row_number() OVER () AS id, month::date, company_id, currency_id, product_id,
           base_station_id, reason, SUM(opening)::int AS opening, SUM(opening_mrr) AS opening_mrr,
           SUM(activated)::int AS activated, SUM(suspended)::int AS suspended,
           SUM(reconnected)::int AS reconnected, SUM(cancelled)::int AS cancelled,
           SUM(cancelled_mrr) AS cancelled_mrr,
           100.0 * SUM(cancelled) / NULLIF(SUM(opening), 0) AS churn_rate
      FROM rows
     GROUP BY month, company_id, currency_id, product_id, base_station_id, reason
"""


class IspContractChurn(models.Model):
    _name = "isp.contract.churn"
    _description = "Churn and Movements"
    _auto = False
    _order = "month desc, id"
    _rec_name = "month"

    month = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    product_id = fields.Many2one("product.product", string="Plan", readonly=True)
    base_station_id = fields.Many2one("isp.base.station", string="Base", readonly=True)
    reason = fields.Selection(REASONS, readonly=True)
    opening = fields.Integer(
        "Services at the Start",
        readonly=True,
        help="Active or suspended at the first moment of the month.",
    )
    activated = fields.Integer("Activations", readonly=True)
    suspended = fields.Integer("Suspensions", readonly=True)
    reconnected = fields.Integer("Reconnections", readonly=True)
    cancelled = fields.Integer(
        "Cancellations", readonly=True, help="Of services that were delivered."
    )
    churn_rate = fields.Float(
        "Churn (%)",
        readonly=True,
        aggregator="avg",
        help="Cancellations of the month / services at its start. By reason: the part of it that "
        "left for that reason.",
    )
    opening_mrr = fields.Monetary("Monthly Revenue at the Start", readonly=True)
    cancelled_mrr = fields.Monetary("Monthly Revenue Lost", readonly=True)

    @property
    def _table_query(self):
        return SQL(QUERY, delivered=DELIVERED_STATES, reasons=[code for code, _label in REASONS])

    def _read_group_select(self, aggregate_spec, query):
        """The base counts once whatever the reasons of a group, and the rate of a group is the
        rate of its sums, not the mean of the rates of its rows.
        """

        def column(name):
            return self._field_to_sql(self._table, name, query)

        def base(name):
            return SQL("SUM(%s) / NULLIF(COUNT(DISTINCT %s), 0)", column(name), column("reason"))

        if aggregate_spec in ("opening:sum", "opening_mrr:sum"):
            return base(aggregate_spec.partition(":")[0])
        if aggregate_spec == "churn_rate:avg":
            return SQL("100.0 * SUM(%s) / NULLIF(%s, 0)", column("cancelled"), base("opening"))
        return super()._read_group_select(aggregate_spec, query)
