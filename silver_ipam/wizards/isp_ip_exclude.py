from odoo import fields, models
from odoo.exceptions import UserError

LIMIT = 4096


class IspIpExclude(models.TransientModel):
    _name = "isp.ip.exclude"
    _description = "Exclude a range from a pool"

    pool_id = fields.Many2one("isp.ip.pool", required=True, readonly=True)
    first = fields.Char(required=True)
    last = fields.Char(help="Empty: only the first one.")
    purpose = fields.Selection(
        [("range", "Not handed out"), ("infra", "Our own equipment")],
        default="range",
        required=True,
    )
    note = fields.Char()

    def action_apply(self):
        """All of the range or nothing. :raise UserError: naming the address a customer has"""
        self.ensure_one()
        pool = self.pool_id
        pool.check_access("write")
        first = pool._unit_of(self.first)
        last = pool._unit_of(self.last) if self.last else first
        if not 0 <= last - first < LIMIT:
            raise UserError(
                self.env._(
                    "The range goes from the lower to the higher, at most %s addresses.", LIMIT
                )
            )
        for unit in range(first, last + 1):
            pool._exclude(unit, self.purpose, self.note)
        return {"type": "ir.actions.act_window_close"}
