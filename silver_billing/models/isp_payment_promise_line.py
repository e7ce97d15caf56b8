from odoo import fields, models


class IspPaymentPromiseLine(models.Model):
    _name = "isp.payment.promise.line"
    _description = "Instalment"
    _order = "date, id"

    promise_id = fields.Many2one(
        "isp.payment.promise", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="promise_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="promise_id.currency_id")
    date = fields.Date("Due On", required=True)
    amount = fields.Monetary(required=True)

    _amount_positive = models.Constraint("CHECK(amount > 0)", "An instalment is greater than zero.")
