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
        held = self.filtered("contract_id")
        contracts = held.contract_id.filtered(
            lambda contract: contract._access_place() in held
        )
        contracts.sudo()._lose_places(held)
        return super()._give_back(cooling_hours=cooling_hours)
