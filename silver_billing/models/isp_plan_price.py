from odoo import models
from odoo.tools import SQL


class IspPlanPrice(models.Model):
    _inherit = "isp.plan.price"

    def _charged(self):
        """What a charge was made with stays: the explanation of each charge names its version."""
        if not self:
            return super()._charged()
        self.env["isp.charge"].flush_model(["computation", "product_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT price.id FROM isp_plan_price price
                 WHERE price.id = ANY(%s) AND EXISTS (
                       SELECT FROM isp_charge charge
                        WHERE charge.product_id = price.product_id AND charge.state <> 'void'
                          AND jsonb_path_exists(
                              charge.computation, '$.**.version ? (@ == $price)',
                              jsonb_build_object('price', price.id)))
                """,
                self.ids,
            )
        )
        return super()._charged() | self.browse(row[0] for row in rows)
