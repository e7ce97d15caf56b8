from odoo import api, models
from odoo.exceptions import UserError


class IspInventoryItem(models.Model):
    _inherit = "isp.inventory.item"

    @api.model
    def _on_lost(self, losses):
        """Equipment that a customer lost is charged to the contract it was lent for."""
        result = super()._on_lost(losses)
        values = []
        for loss in losses:
            if not (loss.charge and loss.partner and loss.amount):
                continue
            lent = loss.item.sudo().assignment_ids.sorted("date_from", reverse=True)
            contract = lent.contract_id[:1]
            if not contract:
                raise UserError(
                    self.env._(
                        "%(item)s was not lent under a contract, so nobody can be charged for it. "
                        "Declare it lost without the charge.",
                        item=loss.item.display_name,
                    )
                )
            values.append(
                {
                    "contract_id": contract.id,
                    "kind": "one_off",
                    "amount": contract.currency_id.round(loss.amount),
                    "note": self.env._("Lost equipment: %s", loss.item.display_name),
                }
            )
        self.env["isp.charge"].sudo().create(values)
        return result
