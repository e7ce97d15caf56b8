from odoo import fields, models


class ProductTemplate(models.Model):
    """What an ONU of this make and model can do, beyond what its OLT can set."""

    _inherit = "product.template"  # pylint: disable=consider-merging-classes-inherited

    wifi_5g = fields.Boolean(
        "5 GHz Wi-Fi",
        help="The ONU has a 5 GHz network too: it gets the same key, and the same name unless the "
        "contract says another one.",
    )

    def write(self, vals):
        result = super().write(vals)
        if "wifi_5g" in vals:
            served = self.env["isp.contract"].sudo()
            served = served.search(
                [
                    ("onu_id.product_id", "in", self.product_variant_ids.ids),
                    ("wifi_ssid", "!=", False),
                    ("state", "in", ["active", "suspended"]),
                ]
            )
            if served:
                self.env["isp.provisioning.target"].sudo()._mark(served)
        return result
