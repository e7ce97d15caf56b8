from odoo import fields, models
from odoo.tools import SQL


class IspRecoveryReport(models.Model):
    """What each step of collection brought in: one row for each notice, cut and promise.

    Money that a customer pays within the days of the company (*Days Recovered by an Action*) is of
    the last step before it, and of that one only, so the column adds up.
    """

    _name = "isp.recovery.report"
    _description = "Recovered by Action"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    action = fields.Selection(
        [
            ("reminder", "Reminder"),
            ("overdue", "Overdue Notice"),
            ("legal", "Legal Notice"),
            ("suspend", "Suspension"),
            ("promise", "Promise"),
            ("grace", "Grace"),
            ("agreement", "Agreement"),
            ("none", "No Notice (Control)"),
        ],
        readonly=True,
    )
    is_notice = fields.Boolean("Notice", readonly=True)
    channel = fields.Char(readonly=True)
    day_offset = fields.Integer("Days From Due Date", readonly=True, aggregator=None)
    date = fields.Date(readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contract_id = fields.Many2one("isp.contract", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    base_station_id = fields.Many2one("isp.base.station", string="Base", readonly=True)
    zone_id = fields.Many2one("isp.zone", readonly=True)
    amount = fields.Monetary("Owed Then", readonly=True)
    recovered = fields.Monetary(readonly=True)
    paid_rate = fields.Float(
        "Paid (%)",
        readonly=True,
        aggregator="avg",
        digits=(5, 1),
        help="Of these actions, how many were followed by a payment before the next one.",
    )
    days_to_pay = fields.Float(
        "Days to Pay", readonly=True, aggregator="avg", digits=(10, 1), help="Of those that paid."
    )

    @property
    def _table_query(self):
        """:return: SQL"""
        return SQL(
            """
            WITH action AS (
                SELECT notice.id * 4 AS id, notice.kind AS action, notice.channel,
                       notice.day_offset, notice.date, notice.partner_id, notice.contract_id,
                       notice.company_id, notice.currency_id, notice.amount, 1 AS rank,
                       notice.state <> 'holdout' AS told
                  FROM isp_notice notice
                 WHERE notice.kind IN ('reminder', 'overdue', 'legal')
                   AND notice.state NOT IN ('failed', 'no_address', 'queued')
                 UNION ALL
                SELECT line.id * 4 + 1, 'suspend', NULL, line.date - line.oldest_due, line.date,
                       line.partner_id, line.contract_id, line.company_id, line.currency_id,
                       line.overdue, 2, FALSE
                  FROM isp_dunning_run_line line
                 WHERE line.action = 'suspend' AND line.state = 'done'
                 UNION ALL
                SELECT promise.id * 4 + 2, promise.kind, NULL, NULL, promise.date_made,
                       promise.partner_id, promise.contract_id, promise.company_id,
                       contract.currency_id, promise.amount, 3, FALSE
                  FROM isp_payment_promise promise
                  JOIN isp_contract contract ON contract.id = promise.contract_id
                 WHERE promise.state <> 'cancelled' OR promise.kind = 'grace'
            ), credited AS (
                -- each payment is of the last action before it
                SELECT DISTINCT ON (paid.id) paid.id, action.id AS action_id, paid.amount,
                       paid.applied_on - action.date AS days
                  FROM isp_charge_payment paid
                  JOIN res_company company ON company.id = paid.company_id
                  JOIN action ON action.partner_id = paid.partner_id
                   AND action.company_id = paid.company_id
                   AND paid.applied_on BETWEEN action.date
                                           AND action.date + company.isp_recovery_days
                   AND (action.rank <> 2 OR action.contract_id = paid.contract_id)
                 WHERE paid.source <> 'credit_note'
                 ORDER BY paid.id, action.date DESC, action.rank DESC, action.id DESC
            ), recovered AS (
                SELECT action_id, SUM(amount) AS amount, MIN(days) AS days
                  FROM credited GROUP BY action_id
            )
            SELECT action.id,
                   CASE WHEN action.rank = 1 AND NOT action.told THEN 'none'
                        ELSE action.action END AS action,
                   action.rank = 1 AS is_notice, action.channel, action.day_offset, action.date,
                   action.partner_id, action.contract_id, action.company_id, action.currency_id,
                   contract.base_station_id, base.zone_id, action.amount,
                   COALESCE(recovered.amount, 0) AS recovered,
                   CASE WHEN recovered.amount > 0 THEN 100.0 ELSE 0.0 END AS paid_rate,
                   recovered.days AS days_to_pay
              FROM action
              LEFT JOIN recovered ON recovered.action_id = action.id
              LEFT JOIN isp_contract contract ON contract.id = action.contract_id
              LEFT JOIN isp_base_station base ON base.id = contract.base_station_id
            """
        )
