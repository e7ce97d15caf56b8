from odoo import fields, models

from odoo.addons.silver_base.tools import local_time


class IspPlanPriceClose(models.TransientModel):
    _name = "isp.plan.price.close"
    _description = "Close Plan Price"

    price_id = fields.Many2one("isp.plan.price", required=True, ondelete="cascade")
    date = fields.Date("Last Day", required=True, default=lambda self: local_time.today(self.env))

    def action_confirm(self):
        self.ensure_one()
        self.price_id.action_close(date=self.date)
        return {"type": "ir.actions.act_window_close"}
