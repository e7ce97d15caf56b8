"""Back to whoever sold it: the verb, and what it undoes."""

from odoo import fields, models
from odoo.exceptions import UserError


class IspInventoryItem(models.Model):
    _inherit = "isp.inventory.item"

    rma_line_ids = fields.One2many("isp.rma.line", "item_id", string="Returns to suppliers")

    def action_send_to_supplier(self, partner_id, reference=None, note=None, date_expected=None):
        """Send defective equipment to its supplier, from stock, repair or straight from a customer.

        :param int partner_id: ``res.partner``, the supplier
        :param str reference: the number he gave for it (RMA)
        :param str note: what fails
        :return: ids of the ``isp.rma``; ``isp.rma.action_back`` registers what came of it
        :raise UserError: for what is in no place of ours, or not ours
        """
        self._check_write_off()
        partner = self.env["res.partner"].browse(partner_id).exists()
        if not partner:
            raise UserError(self.env._("Say which supplier it goes to."))
        held = self.filtered("partner_id")
        if held:
            held._recover(condition="broken")
        return self.env["isp.rma"]._send(self, partner, reference, note, date_expected).ids

    def _cancel_repair(self):
        """It is not repaired here any more."""
        orders = self.env["repair.order"].sudo()
        orders.search(
            [("lot_id", "in", self.lot_id.ids), ("state", "not in", ("done", "cancel"))]
        ).action_repair_cancel()
