from odoo import models

from .transitions import LIVE_STATES


class IspPlanPriceChange(models.Model):
    _inherit = "isp.plan.price.change"

    def _affected_lines(self):
        """Every live service of a plan that changes; a custom price hides the change."""
        effects = super()._affected_lines()
        by_plan = {line.product_id.id: line for line in self.line_ids}
        contracts = (
            self.env["isp.contract"]
            .sudo()
            .search_fetch(
                [
                    ("product_id", "in", list(by_plan)),
                    ("company_id", "=", self.company_id.id),
                    ("currency_id", "=", self.currency_id.id),
                    ("state", "in", LIVE_STATES),
                ],
                ["name", "partner_id", "product_id", "has_custom_price", "custom_price"],
                order="id",
            )
        )
        effects.extend(
            {
                "change_id": self.id,
                "line_id": by_plan[contract.product_id.id].id,
                "partner_id": contract.partner_id.id,
                "reference": contract.name,
                "has_custom_price": contract.has_custom_price,
                "custom_amount": contract.custom_price if contract.has_custom_price else 0.0,
            }
            for contract in contracts
        )
        return effects
