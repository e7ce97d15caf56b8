"""A serial number of our equipment: one spelling, once, and always with its item."""

import re

from odoo import api, fields, models

from ..tools import identifiers


def _message_duplicate(env, diagnostics):
    """Python looks for duplicates before it writes; this is read by whoever comes second.

    PostgreSQL's detail: ``Key (product_id, isp_serial_key)=(57, HWTC12345678) already exists.``
    """
    detail = (diagnostics and diagnostics.message_detail) or ""
    found = re.search(r"=\(\d+, (.*)\)", detail)
    return env._(
        "The serial number %(serial)s has just been registered by someone else, or is already "
        "there in another spelling. Search for it before you register it again.",
        serial=found[1] if found else "",
    )


class StockLot(models.Model):
    _inherit = "stock.lot"

    isp_serial_key = fields.Char(
        string="Normalised serial",
        compute="_compute_isp_serial_key",
        store=True,
        precompute=True,
        help="Set only for customer equipment: the serial in the one spelling that is unique.",
    )
    isp_item_ids = fields.One2many("isp.inventory.item", "lot_id", string="Items")

    _isp_serial_uniq = models.UniqueIndex(
        "(product_id, isp_serial_key) WHERE isp_serial_key IS NOT NULL", _message_duplicate
    )

    @api.depends("name", "product_id.is_isp_equipment", "product_id.equipment_kind")
    def _compute_isp_serial_key(self):
        for lot in self:
            product = lot.product_id
            lot.isp_serial_key = product.is_isp_equipment and identifiers.serial_key(
                lot.name, product.equipment_kind
            )

    def _compute_company_id(self):
        """Equipment always belongs to one company, also when the product is shared by all."""
        res = super()._compute_company_id()
        for lot in self:
            if not lot.company_id and lot.product_id.is_isp_equipment:
                lot.company_id = self.env.company
        return res

    @api.model_create_multi
    def create(self, vals_list):
        lots = super().create(vals_list)
        if not self.env.context.get("isp_item_create"):
            # serials born in an ordinary receipt or count of the Inventory application
            lots.filtered("isp_serial_key")._isp_create_items()
        return lots

    def _isp_create_items(self):
        """Give each serial of ours its ``isp.onu`` or ``isp.cpe``."""
        onus = self.filtered(lambda lot: lot.product_id.equipment_kind == "onu")
        for model, lots in (("isp.onu", onus), ("isp.cpe", self - onus)):
            self.env[model].sudo().create([{"lot_id": lot.id} for lot in lots])
