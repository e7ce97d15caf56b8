from odoo import api, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.model_create_multi
    def create(self, vals_list):
        """The variant caches the defaults of its template: it must hear of tracking as well."""
        templates = self.env["product.template"]
        return super().create([templates._isp_equipment_vals(vals) for vals in vals_list])
