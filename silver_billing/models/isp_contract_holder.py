"""What a change of holder does to the money of a contract."""

from odoo import models

from .isp_charge import OPEN_STATES


class IspContract(models.Model):
    _inherit = "isp.contract"

    def _on_holder_change(self, changes):
        """The debt stays with the old holder, or is invoiced to the new one.

        A posted invoice is of the customer it names. What is unpaid of it is credited to the old
        holder and invoiced to the new one, who from then on owes it. Whoever comes to a service
        that was cut for the debt of another owes nothing overdue yet: it is delivered again.
        """
        result = super()._on_holder_change(changes)
        for change in changes.sudo():
            contract = change.contract_id
            contract.isp_promise_ids.filtered(lambda item: item.state == "open").action_cancel()
            if contract.state == "suspended" and contract.state_reason == "non_payment":
                contract.action_resume(
                    reason="customer_request",
                    note=self.env._("New holder: %s", change.new_partner_id.display_name),
                )
            if change.debt == "new":
                contract._isp_move_debt(change.old_partner_id, change.new_partner_id)
        return result

    def _isp_move_debt(self, old, new):
        """Pass what ``old`` owes of the contract to ``new``: pending charges change hands, invoiced
        ones are credited for what is unpaid and charged again.

        :return: the new charges, invoiced
        """
        self.ensure_one()
        charges = self.env["isp.charge"].search(
            [
                ("contract_id", "=", self.id),
                ("partner_id", "=", old.id),
                ("state", "in", OPEN_STATES),
            ],
            order="due_date, id",
        )
        pending = charges.filtered(lambda charge: charge.state == "pending")
        for charge in pending:
            # the taxes may be others for the new holder
            totals = charge._tax_vals(charge.product_id, self, charge.amount)
            charge._write_engine({"partner_id": new.id, **totals})
        taken = [charge._taken_over(old) for charge in charges - pending]
        for charge in charges - pending:
            if charge.state == "invoiced":
                charge.write({"reason": "holder_change"})
            charge._credit(charge.amount_residual, "holder_change")
        moved = self.env["isp.charge"].create(taken)
        moved._invoice(date=self._today())
        return moved
