from collections import Counter

from odoo import api, fields, models

from ..models.driver_steps import spoken_steps, step_kind

SHOWN = 500  # contracts that differ, of a whole device


class IspNetworkPlan(models.TransientModel):
    """Shows what would be done on the network, or why a customer cannot connect."""

    _name = "isp.network.plan"
    _description = "Network plan and diagnosis"

    mode = fields.Selection(
        [("plan", "Plan"), ("diagnosis", "Diagnosis"), ("device", "Whole Device")], required=True
    )
    contract_ids = fields.Many2many("isp.contract", string="Contracts")
    line_ids = fields.One2many("isp.network.plan.line", "plan_id", string="Lines")
    device_id = fields.Many2one("isp.provisioning.device", ondelete="cascade")
    is_enabled = fields.Boolean(related="device_id.enabled")
    compared_count = fields.Integer("Compared")
    equal_count = fields.Integer("In Order")
    change_count = fields.Integer("Would Change")
    error_count = fields.Integer("With a Problem")
    left_count = fields.Integer("Not Reached")
    summary = fields.Text("Changes by Kind")

    @api.model
    def _open(self, contracts, mode):
        # the devices are asked before anything is written
        lines = self._lines(contracts, mode)
        wizard = self.create(
            {
                "mode": mode,
                "contract_ids": [fields.Command.set(contracts.ids)],
                "line_ids": [fields.Command.create(line) for line in lines],
            }
        )
        title = self.env._("Why can this customer not connect?")
        if mode == "plan":
            title = self.env._("What would be changed on the network")
        return wizard._shown(title)

    @api.model
    def _open_device(self, device):
        """The dry run of all customers of a device: only what differs is listed, with totals."""
        wizard = self.create(self._device_values(device))
        return wizard._shown(self.env._("What would change on %s", device.name))

    def _shown(self, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _lines(self, contracts, mode):
        if mode == "diagnosis":
            values = contracts.network_diagnosis()
        else:
            values = [
                line
                for contract_plan in contracts.network_plan()
                for line in self._plan_lines(contract_plan)
            ]
        if not values:
            values = [
                {
                    "level": "ok",
                    "text": self.env._("No device serves this contract: nothing to do."),
                }
            ]
        return values

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

    @api.model
    def _device_values(self, device):
        """Ask the device, then say what the wizard shows."""
        targets = self.env["isp.provisioning.target"].search([("device_id", "=", device.id)])
        contracts = targets.contract_id.sorted("name")
        plan = device.sudo()._plan(contracts.sudo(), shared=True)
        values = []
        if plan.error:
            values.append({"level": "error", "text": plan.error})
        if plan.shared:
            values.append(
                {
                    "level": "warning",
                    "text": "; ".join(spoken_steps(self.env, step) for step in plan.shared),
                }
            )
        values += [
            {"level": "error", "contract_id": contract_id, "text": text}
            for contract_id, text in plan.errors.items()
        ]
        values += [
            {
                "level": "warning",
                "contract_id": contract.id,
                "text": "; ".join(spoken_steps(self.env, step) for step in plan.steps[contract.id]),
            }
            for contract in contracts
            if contract.id in plan.steps
        ]
        if not values:
            values = [
                {
                    "level": "ok",
                    "text": self.env._("%(device)s: nothing to change.", device=device.name),
                }
            ]
        kinds = Counter(step for steps in plan.steps.values() for step in self._kinds(steps))
        return {
            "mode": "device",
            "device_id": device.id,
            "contract_ids": [fields.Command.set(list(plan.steps))],
            "compared_count": plan.compared,
            # a device that went away meanwhile has been asked about fewer than have a problem
            "equal_count": max(plan.compared - len(plan.steps) - len(plan.errors), 0),
            "change_count": len(plan.steps),
            "error_count": len(plan.errors),
            "left_count": plan.left,
            "summary": "\n".join(f"{count} × {kind}" for kind, count in kinds.most_common()),
            "line_ids": [fields.Command.create(line) for line in values[:SHOWN]],
        }

    def _kinds(self, steps):
        """:return: the kinds of these steps of one contract, each once"""
        return {step_kind(self.env, step) for step in steps}

    def action_apply(self):
        """Do it, after commit."""
        self.contract_ids.action_reconcile()
        return {"type": "ir.actions.act_window_close"}

    def action_view_contracts(self):
        """The contracts that would change, also those that are not in the list above."""
        action = self.contract_ids.action_view_targets()
        return {
            **action,
            "domain": [
                ("contract_id", "in", self.contract_ids.ids),
                ("device_id", "=", self.device_id.id),
            ],
        }


class IspNetworkPlanLine(models.TransientModel):
    _name = "isp.network.plan.line"
    _description = "Line of a network plan"

    plan_id = fields.Many2one("isp.network.plan", required=True, index=True, ondelete="cascade")
    level = fields.Selection(
        [("ok", "In order"), ("warning", "Notice"), ("error", "Problem")], required=True
    )
    contract_id = fields.Many2one("isp.contract", ondelete="cascade")
    text = fields.Text(required=True)
    detail = fields.Text("Technical Text")
