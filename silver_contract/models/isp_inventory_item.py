from odoo import models


class IspInventoryItem(models.Model):
    _inherit = "isp.inventory.item"

    def _held_by(self, contract):
        """:return: whether the customer has this piece (one or none) under ``contract``"""
        return bool(
            self.assignment_ids.filtered(
                lambda row: not row.date_to and row.contract_id == contract
            )
        )
