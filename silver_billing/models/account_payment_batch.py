"""Many payments posted together: Odoo writes each to its entry by itself."""

from odoo import api, models
from odoo.tools import SQL


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _generate_journal_entry(self, write_off_line_vals=None, force_balance=None, line_ids=None):
        """The entries of a batch of ours are tied to their payments in one statement.

        Odoo's ``write`` of each payment asks anew what all the payments are reconciled with.
        """
        need = self.filtered(lambda payment: not payment.move_id and payment.outstanding_account_id)
        if not self.env.context.get("isp_payment_batch") or len(need) < 2:
            return super()._generate_journal_entry(write_off_line_vals, force_balance, line_ids)
        moves = self.env["account.move"].create([payment._generate_move_vals() for payment in need])
        need.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                UPDATE account_payment payment SET move_id = entry.move_id
                  FROM unnest(%s, %s) AS entry (payment_id, move_id)
                 WHERE payment.id = entry.payment_id
                """,
                need.ids,
                moves.ids,
            )
        )
        need.invalidate_recordset(["move_id"], flush=False)
        need.modified(["move_id"])
        need.write({"state": "in_process"})

    @api.model
    def _isp_batch(self):
        """:return: self for a batch: each entry takes the number after the last one's, and no line
        looks for an analytic distribution when there are no models of them"""
        return self.with_context(
            tracking_disable=True,
            isp_payment_batch=True,
            isp_sequences={},
            skip_analytic_sync=not self.env["isp.invoice.writer"]._analytic_models(),
        )

    def _prepare_move_line_default_vals(self, write_off_line_vals=None, force_balance=None):
        lines = super()._prepare_move_line_default_vals(write_off_line_vals, force_balance)
        context = self.env.context
        if context.get("isp_payment_batch") and context.get("skip_analytic_sync"):
            for line in lines:
                line.setdefault("analytic_distribution", False)
        return lines
