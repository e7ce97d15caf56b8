"""The make of a piece of equipment is a product; each piece is one of its serial numbers."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

KINDS = [
    ("onu", "ONU"),
    ("router", "Router"),
    ("antenna", "Antenna"),
    ("stb", "Set-top box"),
    ("other", "Other"),
]


class ProductTemplate(models.Model):
    _inherit = "product.template"

    is_isp_equipment = fields.Boolean(
        string="Customer equipment",
        help="Each unit is followed by its serial number: where it is and who answers for it.",
    )
    equipment_kind = fields.Selection(KINDS, string="Kind of equipment")
    brand = fields.Char(help="Maker of the equipment, for example Huawei.")
    model = fields.Char(string="Equipment model", help="Maker's model, for example HG8145V5.")

    _equipment_has_kind = models.Constraint(
        "CHECK(is_isp_equipment IS NOT TRUE OR equipment_kind IS NOT NULL)",
        "Say what kind of equipment it is: ONU, router, antenna, set-top box or other.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._isp_equipment_vals(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._isp_equipment_vals(vals))

    @api.model
    def _isp_equipment_vals(self, vals):
        """Equipment is stored and tracked by serial; nobody should have to remember to say so."""
        if not vals.get("is_isp_equipment"):
            return vals
        return {**vals, "type": "consu", "is_storable": True, "tracking": "serial"}

    @api.constrains("is_isp_equipment", "is_storable", "tracking", "type")
    def _check_isp_equipment_tracking(self):
        for template in self:
            if template.is_isp_equipment and not (
                template.is_storable and template.tracking == "serial"
            ):
                raise ValidationError(
                    self.env._(
                        "%(product)s is customer equipment: it must be a stored product tracked "
                        "by unique serial number.",
                        product=template.display_name,
                    )
                )

    @api.onchange("is_isp_equipment")
    def _onchange_is_isp_equipment(self):
        if self.is_isp_equipment:
            self.update(self._isp_equipment_vals({"is_isp_equipment": True}))
