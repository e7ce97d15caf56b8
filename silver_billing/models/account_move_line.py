from odoo import fields, models

from .isp_invoice_given import COMPANY_CHECKED


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    isp_charge_id = fields.Many2one(
        "isp.charge",
        string="Charge",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        help="The charge this line invoices, or corrects when it is in a credit note.",
    )
    isp_contract_id = fields.Many2one(related="isp_charge_id.contract_id", string="Contract")

    def _check_company(self, fnames=None):
        """An invoice given item by item has the journal, accounts and taxes of its template, which
        Odoo checked, and a customer of this company (``isp.invoice.writer._signatures``)."""
        if self.env.context.get("isp_company_checked") is not COMPANY_CHECKED:
            super()._check_company(fnames)
