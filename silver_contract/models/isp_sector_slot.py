from odoo import fields, models


class IspSectorSlot(models.Model):
    _inherit = "isp.sector.slot"

    contract_id = fields.Many2one(
        "isp.contract", string="Contract", readonly=True, copy=False, ondelete="restrict"
    )

    _contract_uniq = models.UniqueIndex(
        "(contract_id) WHERE contract_id IS NOT NULL",
        "The contract already has a place on a sector.",
    )
    _contract_is_tenant = models.Constraint(
        "CHECK(contract_id IS NULL OR state IN ('reserved', 'used'))",
        "A place without tenant has no contract.",
    )
