"""Checks that speak before the database does, in words that say what to do."""

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .transitions import LIVE_STATES


class IspContract(models.Model):
    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    def _check_billing_day(self, vals):
        """Speak before the CHECK does, which sees the row first when it is created."""
        day = vals.get("billing_day", 1)
        if not isinstance(day, int) or not 1 <= day <= 31:
            raise ValidationError(
                self.env._(
                    "%(contract)s: the billing day is %(day)s. It must be between 1 and 31; in a "
                    "shorter month the last day is used.",
                    contract=self._names() or self.env._("New contract"),
                    day=day,
                )
            )

    @api.constrains("product_id", "access_technology")
    def _check_product_id(self):
        for contract in self:
            plan = contract.product_id
            if not plan.is_isp_plan:
                raise ValidationError(
                    self.env._(
                        "%(contract)s: %(product)s is not a plan. Choose a product marked as plan.",
                        contract=contract.name,
                        product=plan.display_name,
                    )
                )
            if (
                plan.access_technology in ("fiber", "wireless")
                and contract.access_technology != plan.access_technology
            ):
                raise ValidationError(
                    self.env._(
                        "%(contract)s: the plan %(plan)s is for another technology. Choose a plan "
                        "for the technology of the service.",
                        contract=contract.name,
                        plan=plan.display_name,
                    )
                )

    @api.constrains("splitter_id", "splitter_port_id")
    def _check_splitter_port_id(self):
        for contract in self.filtered("splitter_port_id"):
            port = contract.splitter_port_id
            if port.splitter_id != contract.splitter_id:
                raise ValidationError(
                    self.env._(
                        "%(contract)s: port %(port)s is not a port of the splitter %(splitter)s.",
                        contract=contract.name,
                        port=port.display_name,
                        splitter=contract.splitter_id.display_name,
                    )
                )

    @api.constrains("partner_id", "service_category", "display_label")
    def _check_one_service(self):
        self.filtered(lambda contract: contract.state in LIVE_STATES)._check_no_twin()

    def _check_no_twin(self):
        """Refuse two live services of one kind and label of a customer, ``self`` included.

        Reads without flushing what is being written, so that this speaks before the unique index
        does. The index decides between two transactions.

        :raise ValidationError: naming both contracts
        """
        if not self:
            return
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, service_category, LOWER(COALESCE(display_label, '')), name
                  FROM isp_contract
                 WHERE partner_id = ANY(%s) AND state = ANY(%s) AND id <> ALL(%s)
                """,
                self.partner_id.ids,
                list(LIVE_STATES),
                self.ids,
            )
        )
        taken = {tuple(key): name for *key, name in rows}
        for contract in self:
            key = (
                contract.partner_id.id,
                contract.service_category,
                (contract.display_label or "").lower(),
            )
            if key in taken:
                raise ValidationError(contract._twin_message(taken[key]))
            taken[key] = contract.name

    def _twin_message(self, other_name):
        label = dict(self._fields["service_category"]._description_selection(self.env))
        return self.env._(
            "%(customer)s already has the %(kind)s service %(other)s with the same label. Write a "
            "different label on %(contract)s (Home, Shop…), or cancel the other service.",
            customer=self.partner_id.display_name,
            kind=label.get(self.service_category, ""),
            other=other_name,
            contract=self.name,
        )
