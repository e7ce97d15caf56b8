from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    isp_bulk_posting = fields.Boolean(related="company_id.isp_bulk_posting", readonly=False)
    isp_mail_invoices = fields.Boolean(related="company_id.isp_mail_invoices", readonly=False)
    isp_payment_instructions = fields.Html(
        related="company_id.isp_payment_instructions", readonly=False
    )
    isp_bill_daily = fields.Boolean(related="company_id.isp_bill_daily", readonly=False)
    isp_dun_daily = fields.Boolean(related="company_id.isp_dun_daily", readonly=False)
    isp_invoice_grouping = fields.Selection(
        related="company_id.isp_invoice_grouping", readonly=False, required=True
    )
    isp_sale_journal_id = fields.Many2one(related="company_id.isp_sale_journal_id", readonly=False)
    isp_cash_journal_id = fields.Many2one(related="company_id.isp_cash_journal_id", readonly=False)
    isp_transfer_journal_id = fields.Many2one(
        related="company_id.isp_transfer_journal_id", readonly=False
    )
    isp_gateway_journal_id = fields.Many2one(
        related="company_id.isp_gateway_journal_id", readonly=False
    )
    isp_cut_guard_percent = fields.Float(related="company_id.isp_cut_guard_percent", readonly=False)
    isp_cut_guard_minimum = fields.Integer(
        related="company_id.isp_cut_guard_minimum", readonly=False
    )
    isp_recovery_days = fields.Integer(related="company_id.isp_recovery_days", readonly=False)
    isp_notices_per_hour = fields.Integer(related="company_id.isp_notices_per_hour", readonly=False)
    isp_holdout_percent = fields.Integer(related="company_id.isp_holdout_percent", readonly=False)
