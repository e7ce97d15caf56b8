from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"  # pylint: disable=consider-merging-classes-inherited

    def _lines_changed(self):
        """The customers of these plans have to be brought in line on OLTs and routers."""
        devices = (
            self.env["isp.provisioning.device"]
            .sudo()
            .search([("kind", "in", ["mikrotik", "olt", "uisp"])])
        )
        if not devices:
            return
        devices.filtered(lambda device: device.kind == "mikrotik")._shared_changed()
        Target = self.env["isp.provisioning.target"].sudo()
        Target._mark(
            Target.search(
                [
                    ("device_id", "in", devices.ids),
                    ("contract_id.product_id", "in", self.ids),
                    ("contract_id.state", "in", ["active", "suspended"]),
                ]
            ).contract_id
        )
