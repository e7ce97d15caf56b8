import ast

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.silver_contract.models.transitions import EVENT_TYPES


class IspProvisioningRule(models.Model):
    """What happens to the network, or around it, when a contract makes a transition.

    The action runs inside the transaction of the transition, once for all contracts of it that
    match. It must not talk to a device: it says what is wanted, the executors do it after commit.
    """

    _name = "isp.provisioning.rule"
    _description = "Provisioning rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    transition = fields.Selection(EVENT_TYPES, required=True, index=True)
    domain = fields.Char(
        "Contracts", default="[]", required=True, help="Only for contracts that match."
    )
    action_id = fields.Many2one(
        "ir.actions.server",
        string="Server Action",
        required=True,
        ondelete="restrict",
        domain=[("model_id.model", "=", "isp.contract")],
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            try:
                self.env["isp.contract"].search(rule._domain(), limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "%(name)s: the filter of contracts cannot be used (%(error)s).",
                        name=rule.name,
                        error=error,
                    )
                ) from error

    @api.constrains("action_id")
    def _check_action(self):
        for rule in self:
            if rule.action_id.sudo().model_id.model != "isp.contract":
                raise ValidationError(
                    self.env._(
                        "%(name)s: the server action has to be one of the model Contract.",
                        name=rule.name,
                    )
                )

    def _domain(self):
        return ast.literal_eval(self.domain or "[]")

    @api.model
    def _run(self, transition, contracts):
        """Run the rules of a transition for the contracts that made it."""
        for rule in self.sudo().search([("transition", "=", transition)]):
            matching = contracts.sudo()
            if rule.company_id:
                matching = matching.filtered(lambda c, rule=rule: c.company_id == rule.company_id)
            domain = rule._domain()
            if domain:
                matching = matching.filtered_domain(domain)
            if matching:
                rule.action_id.with_context(
                    active_model=matching._name, active_ids=matching.ids, active_id=matching.ids[0]
                ).run()
