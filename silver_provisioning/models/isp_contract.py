from odoo import api, fields, models
from odoo.exceptions import UserError

from .driver_steps import spoken_steps
from .isp_contract_router import DELIVERED, ROUTED_CATEGORIES

#: Plans of these categories get a line in RADIUS.
RADIUS_CATEGORIES = ("internet", "hotspot")


class IspContract(models.Model):
    _inherit = "isp.contract"

    radius_user_ids = fields.One2many("isp.radius.user", "contract_id", string="RADIUS Users")
    radius_user_id = fields.Many2one(
        "isp.radius.user",
        compute="_compute_radius_user_id",
        search="_search_radius_user_id",
        string="RADIUS User",
    )
    target_ids = fields.One2many("isp.provisioning.target", "contract_id", string="Network")
    radius_session_ids = fields.One2many(
        "isp.radius.session", "contract_id", string="Online Sessions"
    )
    network_state = fields.Selection(
        [
            ("none", "Nothing to do"),
            ("in_sync", "In sync"),
            ("pending", "Pending"),
            ("attention", "Needs attention"),
        ],
        compute="_compute_network_state",
    )
    is_online = fields.Boolean("Online", compute="_compute_is_online")
    attempt_count = fields.Integer("Network Journal", compute="_compute_attempt_count")
    uisp_service_id = fields.Integer(
        "UISP Service",
        copy=False,
        help="Number of the service in UISP's CRM; its suspension follows the contract's. 0: none.",
    )
    has_uisp = fields.Boolean(compute="_compute_has_uisp")
    first_online_at = fields.Datetime(
        "First Online",
        readonly=True,
        copy=False,
        help="First accounting start after the activation: the service effectively works.",
    )
    provisioning_hours = fields.Float(
        "Hours to Provision",
        compute="_compute_provisioning_hours",
        store=True,
        aggregator="avg",
        help="From the creation of the contract to the first time online.",
    )

    @api.depends("company_id")
    def _compute_has_uisp(self):
        companies = (
            self.env["isp.nas"]
            .sudo()
            .search([("company_id", "in", self.company_id.ids), ("vendor", "=", "uisp")])
            .company_id
        )
        for contract in self:
            contract.has_uisp = contract.company_id in companies

    @api.depends("radius_user_ids")
    def _compute_radius_user_id(self):
        for contract in self:
            contract.radius_user_id = contract.radius_user_ids[:1]

    @api.model
    def _search_radius_user_id(self, operator, value):
        if operator == "in" and False in value:
            rest = [item for item in value if item]
            none = fields.Domain("radius_user_ids", "=", False)
            return none | fields.Domain("radius_user_ids", "in", rest) if rest else none
        if operator in ("in", "any", "ilike", "like", "=ilike"):
            return fields.Domain("radius_user_ids", operator, value)
        return NotImplemented

    @api.depends("target_ids.state")
    def _compute_network_state(self):
        for contract in self:
            states = set(contract.target_ids.mapped("state"))
            if states & {"failed", "drift"}:
                contract.network_state = "attention"
            elif "pending" in states:
                contract.network_state = "pending"
            else:
                contract.network_state = "in_sync" if states else "none"

    @api.depends("radius_session_ids")
    def _compute_is_online(self):
        for contract in self:
            contract.is_online = bool(contract.radius_session_ids)

    def _compute_attempt_count(self):
        counts = dict(
            self.env["isp.provisioning.attempt"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.attempt_count = counts.get(contract, 0)

    @api.depends("first_online_at")
    def _compute_provisioning_hours(self):
        for contract in self:
            if contract.first_online_at and contract.create_date:
                seconds = (contract.first_online_at - contract.create_date).total_seconds()
                contract.provisioning_hours = max(seconds, 0) / 3600
            else:
                contract.provisioning_hours = 0

    # === the hooks of the life of a contract === #

    def _on_reserve(self, events):
        result = super()._on_reserve(events)
        self.env["isp.provisioning.rule"]._run("reserve", self)
        return result

    def _on_activate(self, events):
        result = super()._on_activate(events)
        self.env["isp.provisioning.rule"]._run("activate", self)
        return result

    def _on_suspend(self, events):
        result = super()._on_suspend(events)
        self.env["isp.provisioning.rule"]._run("suspend", self)
        return result

    def _on_resume(self, events):
        result = super()._on_resume(events)
        self.env["isp.provisioning.rule"]._run("resume", self)
        return result

    def _on_cancel(self, events):
        result = super()._on_cancel(events)
        self.env["isp.provisioning.rule"]._run("cancel", self)
        return result

    def _on_plan_change(self, changes):
        result = super()._on_plan_change(changes)
        self.env["isp.provisioning.rule"]._run("plan_change", changes.contract_id)
        return result

    def _on_equipment_change(self, swaps):
        result = super()._on_equipment_change(swaps)
        contracts = self.env["isp.contract"].union(*(swap.contract for swap in swaps))
        self.env["isp.provisioning.rule"]._run("equipment_change", contracts)
        return result

    def _on_address_change(self, changes):
        result = super()._on_address_change(changes)
        self.env["isp.provisioning.rule"]._run("address_change", changes.contract_id)
        return result

    def _on_holder_change(self, changes):
        result = super()._on_holder_change(changes)
        self.env["isp.provisioning.rule"]._run("holder_change", changes.contract_id)
        return result

    # === what the network needs to know === #

    def _needs_radius(self):
        """:return: whether the service logs in through RADIUS"""
        self.ensure_one()
        return self.state in DELIVERED and self.service_category in RADIUS_CATEGORIES

    def write(self, vals):
        result = super().write(vals)
        if "uisp_service_id" in vals:
            self.env["isp.provisioning.target"].sudo()._mark(
                self.filtered(lambda c: c.state in DELIVERED)
            )
        return result

    def _needs_router(self):
        """:return: whether a router carries the service"""
        self.ensure_one()
        return self.service_category in ROUTED_CATEGORIES

    def _provision(self):
        """Say what the network needs for these contracts, in this transaction; it is done after.

        Stock rules call it. No device is talked to here.
        """
        contracts = self.sudo()
        self.env["isp.radius.user"].sudo()._ensure(contracts)
        self.env["isp.provisioning.target"].sudo()._mark(contracts)
        return True

    def _provision_running(self):
        """Something the network needs changed while the service runs (its address, for example).

        Who changes many contracts marks them himself at the end: ``isp_marks_later`` in the
        context.
        """
        if self.env.context.get("isp_marks_later"):
            return
        running = self.sudo().filtered(lambda c: c.state in DELIVERED and c.target_ids)
        if running:
            self.env["isp.provisioning.target"].sudo()._mark(running)

    def _note_first_online(self, moment):
        """The accounting saw the service for the first time."""
        for contract in self.filtered(lambda c: not c.first_online_at):
            contract.sudo().first_online_at = moment

    # === verbs === #

    def action_reconcile(self):
        """Bring the network in line with these contracts, after commit.

        :return: True
        :raise AccessError: for who may not read them
        """
        self.check_access("read")
        if not self.env.su:
            self.env["isp.provisioning.target"].check_access("read")
        return self._provision()

    def network_plan(self):
        """What would be changed on the network now. Reads devices, changes nothing.

        :return: list of dicts ``contract_id, device, kind, error, steps`` (texts without secrets)
        """
        self.check_access("read")
        plans = []
        targets = self.env["isp.provisioning.target"].search([("contract_id", "in", self.ids)])
        for device, of_device in targets.sudo().grouped("device_id").items():
            plan = device._plan(of_device.contract_id)
            plans += [
                {
                    "contract_id": contract.id,
                    "device": device.name,
                    "kind": device.kind,
                    "steps": [
                        spoken_steps(self.env, step) for step in plan.steps.get(contract.id, ())
                    ],
                    "error": plan.error or plan.errors.get(contract.id, False),
                }
                for contract in of_device.contract_id
            ]
        return plans

    def action_network_plan(self):
        """Open the dry run."""
        return self.env["isp.network.plan"]._open(self, "plan")

    def action_network_diagnosis(self):
        """Open the answer to "why can this customer not connect?"."""
        self.ensure_one()
        return self.env["isp.network.plan"]._open(self, "diagnosis")

    def action_disconnect(self):
        """End the open sessions of these contracts; the customers dial in again.

        :raise UserError: when none of them is online
        """
        self.check_access("read")
        sessions = self.radius_session_ids
        if not sessions:
            raise UserError(
                self.env._(
                    "%(names)s: not online, so there is nothing to end.", names=self._names()
                )
            )
        return sessions.action_disconnect()

    def action_view_targets(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_provisioning.isp_provisioning_target_action"
        )
        return {**action, "domain": [("contract_id", "in", self.ids)], "context": {}}

    def action_view_attempts(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_provisioning.isp_provisioning_attempt_action"
        )
        return {**action, "domain": [("contract_id", "in", self.ids)], "context": {}}

    def action_view_sessions(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_provisioning.isp_radius_session_action"
        )
        return {**action, "domain": [("contract_id", "in", self.ids)], "context": {}}
