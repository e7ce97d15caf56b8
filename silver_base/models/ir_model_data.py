from odoo import api, models


class IrModelData(models.Model):
    _inherit = "ir.model.data"

    @api.model
    def _process_end(self, modules):
        """Odoo clears here what the modules it updated declare no more; indexes it forgets."""
        result = super()._process_end(modules)
        if modules:
            self.env["silver.audit"]._drop_stale_indexes()
        return result
