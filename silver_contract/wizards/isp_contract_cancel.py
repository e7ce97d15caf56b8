from odoo import api, fields, models

from ..models.transitions import REASONS, TRANSITIONS


class IspContractCancel(models.TransientModel):
    _name = "isp.contract.cancel"
    _description = "Cancel Contracts"

    contract_ids = fields.Many2many(
        "isp.contract",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    contract_count = fields.Integer("Contracts to Cancel", compute="_compute_consequences")
    reason = fields.Selection(
        [(code, label) for code, label in REASONS if code in TRANSITIONS["cancel"].reasons],
        required=True,
        default="customer_request",
    )
    date = fields.Date(
        "Last Day of Service", required=True, default=lambda self: self.env["isp.contract"]._today()
    )
    note = fields.Text()
    early_termination_amount = fields.Monetary(
        "Early Termination",
        compute="_compute_consequences",
        help="What the contracts say is due for leaving before their term.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_consequences")
    assignment_ids = fields.Many2many(
        "isp.equipment.assignment",
        string="Equipment to Recover",
        compute="_compute_consequences",
    )
    recover_now = fields.Boolean("The equipment is already here: return it to stock")

    @api.depends("contract_ids", "date")
    def _compute_consequences(self):
        for wizard in self:
            contracts = wizard.contract_ids._origin
            day = wizard.date or contracts._today()
            wizard.contract_count = len(contracts)
            wizard.currency_id = contracts.currency_id[:1]
            wizard.early_termination_amount = sum(
                contracts._early_termination_amounts(day).values()
            )
            wizard.assignment_ids = contracts.equipment_assignment_ids.filtered("is_open")

    def action_confirm(self):
        """Cancel, and take the equipment in when it is already here."""
        self.ensure_one()
        self.contract_ids.action_cancel(reason=self.reason, note=self.note, date=self.date)
        if self.recover_now:
            self.contract_ids.action_recover_equipment()
        return {"type": "ir.actions.act_window_close"}
