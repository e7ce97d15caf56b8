from odoo import models


class IspPromotion(models.Model):
    _inherit = "isp.promotion"

    def _in_use(self):
        rows = self.env["isp.contract"].sudo().with_context(active_test=False)
        groups = rows._read_group([("promotion_id", "in", self.ids)], ["promotion_id"])
        used = self.browse([promotion.id for (promotion,) in groups])
        return super()._in_use() | used
