from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    isp_policy_id = fields.Many2one(
        "isp.suspension.policy",
        string="Collection Policy",
        ondelete="restrict",
        help="For the contracts of this plan. Empty: the company's default.",
    )
