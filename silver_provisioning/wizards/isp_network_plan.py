from odoo import api, fields, models


class IspNetworkPlan(models.TransientModel):
    """Shows what would be done on the network, or why a customer cannot connect."""

    _name = "isp.network.plan"
    _description = "Network plan and diagnosis"

    mode = fields.Selection([("plan", "Plan"), ("diagnosis", "Diagnosis")], required=True)
    contract_ids = fields.Many2many("isp.contract", string="Contracts")
    line_ids = fields.One2many("isp.network.plan.line", "plan_id", string="Lines")

    @api.model
    def _open(self, contracts, mode):
        wizard = self.create({"mode": mode, "contract_ids": [fields.Command.set(contracts.ids)]})
        wizard._fill()
        title = self.env._("Why can this customer not connect?")
        if mode == "plan":
            title = self.env._("What would be changed on the network")
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def _fill(self):
        self.ensure_one()
        if self.mode == "diagnosis":
            values = self.contract_ids.network_diagnosis()
        else:
            values = [
                line
                for contract_plan in self.contract_ids.network_plan()
                for line in self._plan_lines(contract_plan)
            ]
        if not values:
            values = [
                {
                    "level": "ok",
                    "text": self.env._("No device serves this contract: nothing to do."),
                }
            ]
        self.line_ids = [fields.Command.clear(), *(fields.Command.create(v) for v in values)]

    def _plan_lines(self, plan):
        if plan["error"]:
            return [{"level": "error", "text": f"{plan['device']}: {plan['error']}"}]
        if not plan["steps"]:
            return [
                {
                    "level": "ok",
                    "text": self.env._("%(device)s: nothing to change.", device=plan["device"]),
                }
            ]
        return [{"level": "warning", "text": f"{plan['device']}: {step}"} for step in plan["steps"]]

    def action_apply(self):
        """Do it, after commit."""
        self.contract_ids.action_reconcile()
        return {"type": "ir.actions.act_window_close"}


class IspNetworkPlanLine(models.TransientModel):
    _name = "isp.network.plan.line"
    _description = "Line of a network plan"

    plan_id = fields.Many2one("isp.network.plan", required=True, index=True, ondelete="cascade")
    level = fields.Selection(
        [("ok", "In order"), ("warning", "Notice"), ("error", "Problem")], required=True
    )
    text = fields.Char(required=True)
    detail = fields.Text("Technical Text")
