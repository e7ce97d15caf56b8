"""What a contract lacks to be activated, said once and in full."""

from odoo import models
from odoo.exceptions import UserError


class IspContract(models.Model):
    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    def _check_ready_to_activate(self, day):
        """Refuse contracts that lack something, naming all that each lacks.

        :param date day: first day of service
        :raise UserError: one line for each contract
        """
        prices = self._prices_on(day)
        lines = []
        for contract in self:
            missing = contract._missing_to_activate(prices[contract.id], day)
            if missing:
                lines.append(f"{contract.display_name}: {'; '.join(missing)}")
        if lines:
            more = len(lines) - 20
            if more > 0:
                lines[20:] = [f"(+{more})"]
            raise UserError(
                self.env._(
                    "These contracts cannot be activated yet. They need:\n%(lines)s",
                    lines="\n".join(lines),
                )
            )

    def _missing_to_activate(self, price, day):
        """Extension: what the contract of ``self`` still needs.

        :param price: price of a charge on ``day``, None when there is none
        :return: list of texts, empty when it is ready
        """
        self.ensure_one()
        missing = []
        if not self.product_id.active:
            missing.append(self.env._("a plan that is not archived"))
        if price is None:
            missing.append(
                self.env._(
                    "a price: the plan %(plan)s has none on %(date)s in %(currency)s (add it to "
                    "its "
                    "price history, or give the contract a custom price)",
                    plan=self.product_id.display_name,
                    date=day,
                    currency=self.currency_id.name,
                )
            )
        if self.service_category == "internet" and not (
            self.access_technology or self.splitter_id or self.sector_slot_id
        ):
            missing.append(self.env._("the access technology"))
        if self._needs_access() and not (
            self._access_place() or self.splitter_id or self.latitude or self.longitude
        ):
            missing.append(
                self.env._("a splitter port or a place on a sector, or the coordinates to find one")
            )
        equipment = self._missing_equipment()
        if equipment:
            missing.append(equipment)
        return missing
