from odoo import fields, models


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
