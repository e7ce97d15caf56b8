"""Optical network units."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import identifiers


class IspOnu(models.Model):
    _name = "isp.onu"
    _description = "ONU"
    _inherit = ["isp.equipment.mixin"]
    _inherits = {"isp.inventory.item": "item_id"}
    _order = "id desc"

    item_id = fields.Many2one(
        "isp.inventory.item",
        string="Equipment item",
        required=True,
        ondelete="cascade",
        bypass_search_access=True,
    )
    gpon_serial = fields.Char(
        string="GPON serial",
        copy=False,
        help="As HWTC12345678 or as 16 hexadecimal digits: both are the same number. Taken from "
        "the serial number when that is one.",
    )
    gpon_serial_hex = fields.Char(string="GPON serial (hex)", compute="_compute_gpon_serial_hex")

    _item_uniq = models.UniqueIndex("(item_id)", "This equipment is already an ONU.")
    _gpon_serial_uniq = models.UniqueIndex(
        "(gpon_serial) WHERE gpon_serial IS NOT NULL", "Another ONU already has this GPON serial."
    )
    _gpon_serial_form = models.Constraint(
        "CHECK(gpon_serial ~ '^([A-Z0-9]{4}[0-9A-F]{8}|[0-9A-F]{16})$')",
        "A GPON serial is four letters and eight hexadecimal digits, or sixteen of them.",
    )

    @api.depends("gpon_serial")
    def _compute_gpon_serial_hex(self):
        for onu in self:
            onu.gpon_serial_hex = onu.gpon_serial and identifiers.gpon_hex(onu.gpon_serial)

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._normalise_gpon_vals(vals) for vals in vals_list]
        for vals in vals_list:
            if not vals.get("gpon_serial"):
                vals["gpon_serial"] = self._gpon_from_serial(vals)
        self._check_gpon_free([vals["gpon_serial"] for vals in vals_list if vals["gpon_serial"]])
        return super().create(vals_list)

    def write(self, vals):
        return super().write(self._normalise_gpon_vals(vals))

    @api.model
    def _gpon_from_serial(self, vals):
        """Most makers print the GPON serial as the serial number."""
        name = vals.get("name")
        if not name and vals.get("lot_id"):
            name = self.env["stock.lot"].browse(vals["lot_id"]).name
        if not name and vals.get("item_id"):
            name = self.env["isp.inventory.item"].browse(vals["item_id"]).name
        try:
            return identifiers.normalise_gpon(name)
        except ValueError:
            return False

    @api.model
    def _normalise_gpon_vals(self, vals):
        """:raise ValidationError: when the GPON serial is in neither of its two forms"""
        vals = dict(vals)
        if vals.get("gpon_serial"):
            try:
                vals["gpon_serial"] = identifiers.normalise_gpon(vals["gpon_serial"])
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%(serial)s is not a GPON serial: it is four letters and eight hexadecimal "
                        "digits (HWTC12345678), or sixteen hexadecimal digits.",
                        serial=vals["gpon_serial"],
                    )
                ) from error
        return vals

    @api.model
    def _check_gpon_free(self, serials):
        taken = self.sudo().search([("gpon_serial", "in", serials)], limit=1) if serials else None
        if taken:
            raise ValidationError(
                self.env._(
                    "The GPON serial %(serial)s is already that of %(onu)s. %(where)s",
                    serial=taken.gpon_serial,
                    onu=taken.display_name,
                    where=taken.item_id._where_it_is(),
                )
            )
