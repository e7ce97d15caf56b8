from odoo import api, fields, models

from ..models.product_product import SPEED_PER_MINUTE


class IspSpeedPush(models.TransientModel):
    """The speed of a plan was changed: when do those who are online get it?"""

    _name = "isp.speed.push"
    _description = "New speed for who is online"

    product_ids = fields.Many2many("product.product", string="Plans", required=True, readonly=True)
    when = fields.Selection(
        [("now", "Now"), ("login", "When they log in again")], required=True, default="now"
    )
    change_count = fields.Integer("Without a Cut", compute="_compute_counts")
    cut_count = fields.Integer("With a Short Cut", compute="_compute_counts")
    include_cut = fields.Boolean(
        "Also Those Who Are Cut for a Moment",
        help="Their router cannot change a running session: it is ended and they dial in again.",
    )
    per_minute = fields.Integer("At Most per Minute", default=SPEED_PER_MINUTE, required=True)

    @api.model
    def _open(self, plans):
        wizard = self.create({"product_ids": [fields.Command.set(plans.ids)]})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Speed for Who Is Online"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.depends("product_ids")
    def _compute_counts(self):
        for wizard in self:
            found = wizard.product_ids._origin._online_with_old_speed()
            wizard.change_count = sum(1 for row in found if row[3])
            wizard.cut_count = len(found) - wizard.change_count

    def action_apply(self):
        """Do what was chosen, and say how many get it."""
        self.ensure_one()
        if self.when == "login":
            self.product_ids.action_keep_speed()
            message = self.env._("They get the new speed when they log in again.")
        else:
            count = self.product_ids.action_push_speed(
                include_cut=self.include_cut, per_minute=self.per_minute
            )
            message = self.env._(
                "%(count)s customers get the new speed now, %(per_minute)s in a minute at most.",
                count=count,
                per_minute=self.per_minute,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
