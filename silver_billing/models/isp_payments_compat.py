"""The money in the shape of the old system: views for reports and programs that still read it.

``service_charges``, ``service_payments`` and ``service_charge_payments`` have the columns that the
old tables had, so the old queries run on them as they are; ``payments_compat_view`` is the payments
of the old front end; the three ``validation_*`` views are its three checks. All of them only read:
the truth is ``isp.charge``, ``isp.charge.payment`` and accounting.
"""

from odoo import fields, models
from odoo.tools import SQL

#: name -> query, in the order of their dependence
VIEWS = {
    "service_charges": """
        SELECT charge.id AS charge_id, charge.contract_id AS subscription_id,
               charge.partner_id AS client_id, charge.period_key, charge.charge_date,
               charge.due_date, charge.amount_total AS amount, charge.state AS status,
               charge.company_id, charge.kind, charge.create_date AS created_at
          FROM isp_charge charge
    """,
    "service_payments": """
        SELECT payment.id AS payment_id, payment.partner_id AS client_id,
               payment.contract_id AS client_service_id, payment.period_key,
               payment.date AS paid_on, payment.amount, payment.months_paid, payment.method,
               payment.memo AS note, payment.create_date AS created_at, payment.company_id,
               payment.currency_id
          FROM account_payment payment
         WHERE payment.payment_type = 'inbound' AND payment.partner_type = 'customer'
           AND payment.state IN ('in_process', 'paid')
    """,
    "service_charge_payments": """
        SELECT paid.id AS allocation_id, paid.charge_id, paid.payment_id, paid.amount,
               paid.applied_on, paid.company_id
          FROM isp_charge_payment paid WHERE paid.payment_id IS NOT NULL
    """,
    "payments_compat_view": """
        SELECT row_number() OVER (ORDER BY payment_id, allocation_id)::int AS id, old.*
          FROM (
            SELECT sp.payment_id, sp.client_id, sc.period_key, sp.paid_on, scp.amount,
                   sp.months_paid, sp.method, sp.note, sp.created_at, sp.company_id,
                   sp.currency_id, scp.allocation_id
              FROM service_payments sp
              JOIN service_charge_payments scp ON scp.payment_id = sp.payment_id
              JOIN service_charges sc ON sc.charge_id = scp.charge_id
             UNION ALL
            SELECT sp.payment_id, sp.client_id, sp.period_key, sp.paid_on, sp.amount,
                   sp.months_paid, sp.method, sp.note, sp.created_at, sp.company_id,
                   sp.currency_id, NULL
              FROM service_payments sp
             WHERE NOT EXISTS (SELECT FROM service_charge_payments scp
                                WHERE scp.payment_id = sp.payment_id)
          ) old
    """,
    "validation_period_totals": """
        SELECT COALESCE(paid.period_key, charged.period_key) AS period_key,
               COALESCE(paid.company_id, charged.company_id) AS company_id,
               COALESCE(paid.total, 0) AS legacy_total, COALESCE(charged.total, 0) AS charge_total
          FROM (SELECT period_key, company_id, SUM(amount) AS total FROM service_payments
                 GROUP BY period_key, company_id) paid
          FULL JOIN (SELECT period_key, company_id, SUM(amount) AS total FROM service_charges
                      WHERE status <> 'void' GROUP BY period_key, company_id) charged
            ON charged.period_key = paid.period_key AND charged.company_id = paid.company_id
    """,
    "validation_unallocated_payments": """
        SELECT sp.payment_id, sp.amount AS payment_amount,
               COALESCE(SUM(scp.amount), 0) AS allocated_amount, sp.company_id
          FROM service_payments sp
          LEFT JOIN service_charge_payments scp ON scp.payment_id = sp.payment_id
         GROUP BY sp.payment_id, sp.amount, sp.company_id
        HAVING COALESCE(SUM(scp.amount), 0) <> sp.amount
    """,
    "validation_duplicate_charges": """
        SELECT subscription_id, period_key, COUNT(*) AS count
          FROM service_charges WHERE kind = 'recurring'
         GROUP BY subscription_id, period_key HAVING COUNT(*) > 1
    """,
}


class IspPaymentsCompat(models.Model):
    """Payments as the old system showed them: one row for each period they cover."""

    _name = "isp.payments.compat"
    _description = "Payment by Period"
    _table = "payments_compat_view"
    _auto = False
    _order = "paid_on desc, payment_id desc"
    _rec_name = "payment_id"

    payment_id = fields.Many2one("account.payment", readonly=True)
    client_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    period_key = fields.Char("Period", readonly=True)
    paid_on = fields.Date(readonly=True)
    amount = fields.Monetary(readonly=True)
    months_paid = fields.Integer(readonly=True)
    method = fields.Selection(related="payment_id.method")
    note = fields.Char(readonly=True)
    created_at = fields.Datetime(readonly=True)
    allocation_id = fields.Many2one("isp.charge.payment", readonly=True)

    def init(self):
        super().init()
        names = SQL(", ").join(SQL.identifier(name) for name in VIEWS)
        self.env.cr.execute(SQL("DROP VIEW IF EXISTS %s CASCADE", names))
        for name, query in VIEWS.items():
            self.env.cr.execute(SQL("CREATE VIEW %s AS %s", SQL.identifier(name), SQL(query)))
