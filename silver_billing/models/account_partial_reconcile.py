from odoo import api, models


class AccountPartialReconcile(models.Model):
    """The one place through which all money passes: wizard, statement, RPC, unreconcile."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials.debit_move_id.move_id._isp_follow_reconciliation()
        return partials

    def unlink(self):
        invoices = self.debit_move_id.move_id
        result = super().unlink()
        invoices.exists()._isp_follow_reconciliation()
        return result
