from odoo import fields, models

from .product_template import RADIUS_FIELDS

#: What changes on OLTs and routers for the customers of the plan, besides its speed.
LINE_FIELDS = RADIUS_FIELDS | {"olt_line_profile", "olt_service_profile", "uisp_plan_id"}


class ProductTemplate(models.Model):
    _inherit = "product.template"  # pylint: disable=consider-merging-classes-inherited

    uisp_plan_id = fields.Integer(
        "UISP Service Plan", help="Number of the service plan in UISP's CRM; 0 leaves it alone."
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & LINE_FIELDS:
            self.product_variant_ids._lines_changed()
        return result
