from odoo import fields, models


class IspIpTakeMany(models.TransientModel):
    _name = "isp.ip.take.many"
    _description = "Reserve several addresses at once"

    pool_id = fields.Many2one("isp.ip.pool", required=True, readonly=True)
    free_now = fields.Float(related="pool_id.free_now", digits=(16, 0))
    count = fields.Integer("How many", default=1, required=True)
    partner_id = fields.Many2one("res.partner", "Customer", required=True)
    hours = fields.Float(
        default=72, help="The reservation runs out after these hours; 0: it does not."
    )
    reason = fields.Char()

    def action_apply(self):
        self.ensure_one()
        ids = self.pool_id.action_take(
            count=self.count, partner_id=self.partner_id.id, hours=self.hours, reason=self.reason
        )
        action = self.pool_id.action_view_reservations()
        action["domain"] = [("id", "in", ids)]
        return action
