"""What ONUs and CPEs share on top of their item: receiving, and being one with the item."""

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class IspEquipmentMixin(models.AbstractModel):
    _name = "isp.equipment.mixin"
    _description = "Equipment verbs"
    _inherit = ["mail.thread", "mail.activity.mixin"]

    @api.model_create_multi
    def create(self, vals_list):
        items = self.env["isp.inventory.item"]
        vals_list = [items._normalise_vals(vals) for vals in vals_list]
        marked = self.with_context(isp_item_create=True, isp_sub_create=True)
        records = super(IspEquipmentMixin, marked).create(vals_list)
        return records.with_env(self.env)

    def write(self, vals):
        return super().write(self.env["isp.inventory.item"]._normalise_vals(vals))

    def unlink(self):
        items = self.item_id
        super().unlink()
        return items.unlink()

    @api.constrains("item_id")
    def _check_kind(self):
        for record in self:
            product = record.product_id
            onu = self._name == "isp.onu"
            if not product.is_isp_equipment or (product.equipment_kind == "onu") != onu:
                raise ValidationError(
                    self.env._(
                        "%(product)s is not registered as %(kind)s: choose another product, or "
                        "correct its kind of equipment.",
                        product=product.display_name,
                        kind=self._description,
                    )
                )

    @api.depends("item_id.display_name")
    def _compute_display_name(self):
        for record in self:
            record.display_name = record.item_id.display_name

    @api.model
    def _search_display_name(self, operator, value):
        items = self.env["isp.inventory.item"]._search([("display_name", operator, value)])
        return [("item_id", "in", items)]

    def action_open_moves(self):
        """Open every move this equipment has made."""
        done = Domain("lot_id", "in", self.lot_id.ids) & Domain("state", "=", "done")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Moves"),
            "res_model": "stock.move.line",
            "view_mode": "list",
            "domain": list(done),
            "context": {"create": False},
        }

    def action_receive_registered(self, location_id=None, partner_id=None, reference=None):
        """Receive what was registered but never received, with a real receipt.

        :raise UserError: when one is already in one of our places
        """
        self.check_access("write")
        location = self.env["stock.location"].browse(location_id)
        self.item_id._check_internal(location)
        self.item_id._receive(
            location,
            self.env["res.partner"].browse(partner_id),
            reference,
        )
        return True

    @api.model
    def action_receive(
        self, serials, product_id, location_id=None, partner_id=None, reference=None
    ):
        """Register new equipment and receive it with a real receipt from the supplier.

        :param list serials: serial numbers, or dicts with ``serial`` and any of ``mac``,
            ``asset_tag``, ``gpon_serial`` (ONUs), ``condition``, ``warranty_date``, ``value``
        :param int product_id: ``product.product``, the make
        :param int location_id: ``stock.location`` that receives; default the main warehouse
        :param int partner_id: the supplier
        :param str reference: purchase order or delivery note
        :return: list of ids of this model, in the order given
        :raise ValidationError: for a wrong or repeated number; nothing is received then
        """
        self.browse().check_access("create")
        if isinstance(serials, str):
            serials = [serials]
        rows = [
            {"serial": serial} if isinstance(serial, str) else dict(serial) for serial in serials
        ]
        for row in rows:
            row["name"] = (row.pop("serial", None) or row.get("name") or "").strip()
            row["product_id"] = product_id
        if not rows or not all(row["name"] for row in rows):
            raise UserError(self.env._("Give the serial number of each piece you receive."))
        records = self.with_context(tracking_disable=True).create(rows).with_env(self.env)
        records.action_receive_registered(location_id, partner_id, reference)
        return records.ids
