from odoo import models


class IspLendableMixin(models.AbstractModel):
    """A place of the plant that belongs to a contract. Ports and sector places add the column."""

    _inherit = "isp.lendable.mixin"

    def _verb_fields(self):
        return super()._verb_fields() | {"contract_id"}

    def _tenant_columns(self):
        return [*super()._tenant_columns(), "contract_id"]

    def _give_back(self, cooling_hours=None):
        """A place does not leave a contract behind its back."""
        pointer = "splitter_port_id" if self._name == "isp.splitter.port" else "sector_slot_id"
        held = self.filtered("contract_id")
        holders = held.contract_id.sudo().filtered(lambda contract: contract[pointer] in held)
        if holders:
            holders._lose_places(held)
        return super()._give_back(cooling_hours=cooling_hours)
