from odoo import api, fields, models

from odoo.addons.silver_base.tools.sqlguard import append_only

from .driver_steps import spoken_said, spoken_steps
from .driver_texts import spoken

RESULTS = [
    ("done", "Done"),
    ("retry", "To be tried again"),
    ("failed", "Failed"),
    ("superseded", "Superseded"),
    ("held", "Held"),
    ("skipped", "Skipped"),
    ("drift", "Difference found"),
]


class IspProvisioningAttempt(models.Model):
    """What was done to the network for a contract, when, and how it went. Nobody edits it."""

    _name = "isp.provisioning.attempt"
    _description = "Provisioning attempt"
    _order = "id desc"
    _log_access = False

    date = fields.Datetime(required=True, readonly=True, index=True)
    target_id = fields.Many2one(
        "isp.provisioning.target", required=True, readonly=True, index=True, ondelete="restrict"
    )
    contract_id = fields.Many2one(
        "isp.contract", required=True, readonly=True, index=True, ondelete="restrict"
    )
    device_id = fields.Many2one(
        "isp.provisioning.device", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    generation = fields.Integer(readonly=True)
    result = fields.Selection(RESULTS, required=True, readonly=True)
    plan = fields.Text(
        "Plan, Technical Text",
        readonly=True,
        help="What was to be changed, as the driver says it. Secrets are left out.",
    )
    transcript = fields.Text(
        "Done, Technical Text", readonly=True, help="What was said. Secrets are left out."
    )
    error = fields.Text("Technical Text", readonly=True)
    steps = fields.Text("To Be Changed", compute="_compute_spoken")
    done = fields.Text(compute="_compute_spoken")
    reason = fields.Text(compute="_compute_spoken")
    duration_ms = fields.Integer("Duration (ms)", readonly=True)
    user_id = fields.Many2one("res.users", readonly=True, string="By")

    @api.depends("contract_id.name", "device_id.name")
    def _compute_display_name(self):
        for attempt in self:
            attempt.display_name = f"{attempt.contract_id.name} / {attempt.device_id.name}"

    @api.depends("plan", "transcript", "error")
    @api.depends_context("lang")
    def _compute_spoken(self):
        """What the drivers said, in the language of the reader."""
        for attempt in self:
            attempt.steps = attempt.plan and spoken_steps(self.env, attempt.plan)
            attempt.done = attempt.transcript and spoken_said(self.env, attempt.transcript)
            attempt.reason = attempt.error and spoken(self.env, attempt.error)

    def init(self):
        append_only(
            self.env.cr, self._table, "The journal of provisioning cannot be changed or deleted."
        )
