from odoo import api, models


class IspInventoryItem(models.Model):
    _inherit = "isp.inventory.item"

    def _held_by(self, contract):
        """:return: whether the customer has this piece (one or none) under ``contract``"""
        return bool(
            self.assignment_ids.filtered(
                lambda row: not row.date_to and row.contract_id == contract
            )
        )

    @api.model
    def _on_swap(self, swaps):
        """However it was swapped (contract, wizard, phone), the contract follows its equipment."""
        result = super()._on_swap(swaps)
        for swap in swaps:
            # the assignment of the new piece says whose it is: written by the stock move itself
            contract = swap.new_item.assignment_ids.filtered("is_open").contract_id
            if contract.state in ("active", "suspended"):
                contract._equipment_swapped(swap.old_item, swap.new_item)
        return result
