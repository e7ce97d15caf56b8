from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.transitions import REASONS, SUSPENSION_MODES, TRANSITIONS


class IspContractSuspend(models.TransientModel):
    _name = "isp.contract.suspend"
    _description = "Suspend Contracts"

    contract_ids = fields.Many2many(
        "isp.contract",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    contract_count = fields.Integer("Contracts to Suspend", compute="_compute_contract_count")
    reason = fields.Selection(
        [(code, label) for code, label in REASONS if code in TRANSITIONS["suspend"].reasons],
        required=True,
        default="non_payment",
    )
    mode = fields.Selection(
        SUSPENSION_MODES,
        string="While Suspended",
        help="What the network does with the suspended service. Empty: what its server says.",
    )
    date_from = fields.Date(
        "First Day Without Service", default=lambda self: self.env["isp.contract"]._today()
    )
    date_to = fields.Date("Service Returns On")
    note = fields.Text()

    @api.depends("contract_ids")
    def _compute_contract_count(self):
        for wizard in self:
            wizard.contract_count = len(wizard.contract_ids)

    def action_confirm(self):
        """Suspend, or pause between two days when the reason is a voluntary pause."""
        self.ensure_one()
        if self.reason != "voluntary_pause":
            self.contract_ids.action_suspend(
                reason=self.reason, note=self.note, mode=self.mode or None
            )
        elif self.date_to:
            self.contract_ids.action_pause(
                date_from=self.date_from, date_to=self.date_to, note=self.note
            )
        else:
            raise UserError(self.env._("Write the day the service returns."))
        return {"type": "ir.actions.act_window_close"}
