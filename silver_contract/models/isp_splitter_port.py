from odoo import fields, models


class IspSplitterPort(models.Model):
    _inherit = "isp.splitter.port"

    contract_id = fields.Many2one(
        "isp.contract", string="Contract", readonly=True, copy=False, ondelete="restrict"
    )

    _contract_uniq = models.UniqueIndex(
        "(contract_id) WHERE contract_id IS NOT NULL", "The contract already has a splitter port."
    )
    _contract_is_tenant = models.Constraint(
        "CHECK(contract_id IS NULL OR state IN ('reserved', 'used'))",
        "A port without tenant has no contract.",
    )
    # what the composite foreign key of isp.contract points at
    _splitter_key = models.Constraint("UNIQUE(id, splitter_id)")
