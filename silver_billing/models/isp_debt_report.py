from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.silver_base.tools import local_time


class IspDebtReport(models.Model):
    """What is owed today, charge by charge, with its age: for pivots and work lists."""

    _name = "isp.debt.report"
    _description = "Debt by Age"
    _auto = False
    _order = "due_date"
    _rec_name = "charge_id"

    charge_id = fields.Many2one("isp.charge", readonly=True)
    contract_id = fields.Many2one("isp.contract", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    base_station_id = fields.Many2one("isp.base.station", string="Base", readonly=True)
    zone_id = fields.Many2one("isp.zone", readonly=True)
    product_id = fields.Many2one("product.product", string="Plan or Service", readonly=True)
    contract_state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "Pending"),
            ("active", "Active"),
            ("suspended", "Suspended"),
            ("cancelled", "Cancelled"),
        ],
        readonly=True,
    )
    period_key = fields.Char("Period", readonly=True)
    kind = fields.Selection(related="charge_id.kind")
    charge_date = fields.Date(readonly=True)
    due_date = fields.Date(readonly=True)
    days_late = fields.Integer(readonly=True, aggregator="max")
    bucket = fields.Selection(
        [
            ("0_current", "Not due"),
            ("1_d1_30", "1 to 30 days"),
            ("2_d31_60", "31 to 60 days"),
            ("3_d61_90", "61 to 90 days"),
            ("4_d90_more", "More than 90 days"),
        ],
        "Age",
        readonly=True,
    )
    amount_total = fields.Monetary("Charged", readonly=True)
    amount_paid = fields.Monetary("Covered", readonly=True)
    amount_residual = fields.Monetary("Owed", readonly=True)

    @property
    def _table_query(self):
        """:return: SQL; “late” is counted in the time zone of the user"""
        return SQL(
            """
            SELECT charge.id, charge.id AS charge_id, charge.contract_id, charge.partner_id,
                   charge.company_id, charge.currency_id, contract.base_station_id, base.zone_id,
                   charge.product_id, contract.state AS contract_state, charge.period_key,
                   charge.charge_date, charge.due_date,
                   GREATEST(%(today)s - charge.due_date, 0) AS days_late,
                   CASE WHEN charge.due_date >= %(today)s THEN '0_current'
                        WHEN %(today)s - charge.due_date <= 30 THEN '1_d1_30'
                        WHEN %(today)s - charge.due_date <= 60 THEN '2_d31_60'
                        WHEN %(today)s - charge.due_date <= 90 THEN '3_d61_90'
                        ELSE '4_d90_more' END AS bucket,
                   charge.amount_total, COALESCE(paid.amount, 0) AS amount_paid,
                   charge.amount_total - COALESCE(paid.amount, 0) AS amount_residual
              FROM isp_charge charge
              JOIN isp_contract contract ON contract.id = charge.contract_id
              LEFT JOIN isp_base_station base ON base.id = contract.base_station_id
              LEFT JOIN LATERAL (SELECT SUM(amount) AS amount FROM isp_charge_payment
                                  WHERE charge_id = charge.id) paid ON TRUE
             WHERE charge.state IN ('pending', 'invoiced', 'partially_paid')
            """,
            today=local_time.today(self.env),
        )
