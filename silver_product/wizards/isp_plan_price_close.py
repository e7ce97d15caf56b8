from odoo import fields, models


class IspPlanPriceClose(models.TransientModel):
    _name = "isp.plan.price.close"
    _description = "Close Plan Price"

    price_id = fields.Many2one("isp.plan.price", required=True, ondelete="cascade")
    date = fields.Date("Last Day", required=True, default=fields.Date.context_today)

    def action_confirm(self):
        self.ensure_one()
        self.price_id.action_close(date=self.date)
        return {"type": "ir.actions.act_window_close"}
