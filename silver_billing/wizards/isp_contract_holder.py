from odoo import fields, models


class IspContractHolder(models.TransientModel):
    _inherit = "isp.contract.holder"

    currency_id = fields.Many2one(related="contract_id.currency_id")
    isp_debt = fields.Monetary(related="contract_id.isp_debt", string="Debt of Today")
