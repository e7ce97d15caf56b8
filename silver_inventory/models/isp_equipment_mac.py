from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import identifiers


class IspEquipmentMac(models.Model):
    """Every MAC address of a piece of equipment. The main one is also on the item itself."""

    _name = "isp.equipment.mac"
    _description = "Equipment MAC address"
    _order = "item_id, interface, id"
    _rec_name = "mac"

    item_id = fields.Many2one(
        "isp.inventory.item", string="Equipment item", required=True, index=True, ondelete="cascade"
    )
    interface = fields.Selection(
        [
            ("main", "Main"),
            ("wan", "WAN"),
            ("lan", "LAN"),
            ("wifi24", "Wi-Fi 2.4 GHz"),
            ("wifi5", "Wi-Fi 5 GHz"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
    )
    mac = fields.Char(string="MAC", required=True)

    _mac_uniq = models.UniqueIndex(
        "(mac)", "Another piece of equipment already has this MAC address."
    )
    _one_main = models.UniqueIndex(
        "(item_id) WHERE interface = 'main'", "Equipment has one main MAC address."
    )
    _mac_form = models.Constraint(
        "CHECK(mac ~ '^([0-9A-F]{2}:){5}[0-9A-F]{2}$')",
        "A MAC address has twelve hexadecimal digits.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._normalise_vals(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._normalise_vals(vals))

    @api.model
    def _normalise_vals(self, vals):
        """:raise ValidationError: when the MAC is not one"""
        vals = dict(vals)
        if vals.get("mac"):
            vals["mac"] = self._normalise(vals["mac"])
        return vals

    @api.model
    def _normalise(self, mac):
        """:return: the MAC in its one spelling

        :raise ValidationError: saying what is wrong with it
        """
        try:
            return identifiers.normalise_mac(mac)
        except ValueError as error:
            if str(error) == "mac_group":
                message = self.env._(
                    "%(mac)s is a group or empty address, which no equipment owns. Read the "
                    "label again.",
                    mac=mac,
                )
            else:
                message = self.env._(
                    "%(mac)s is not a MAC address: it needs twelve digits from 0 to 9 or A to F, "
                    "as in A4:B1:C2:00:10:2F.",
                    mac=mac,
                )
            raise ValidationError(message) from error
