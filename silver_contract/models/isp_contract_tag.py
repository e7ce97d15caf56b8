from odoo import fields, models


class IspContractTag(models.Model):
    _name = "isp.contract.tag"
    _description = "Contract Tag"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    color = fields.Integer()

    _name_uniq = models.Constraint("UNIQUE(name)", "There is already a tag with this name.")
