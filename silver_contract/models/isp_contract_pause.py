from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class IspContractPause(models.Model):
    """A stop asked by the customer, with the day the service comes back by itself."""

    _name = "isp.contract.pause"
    _inherit = ["isp.due.mixin"]
    _description = "Voluntary Pause"
    _order = "date_from desc, id desc"
    _rec_name = "contract_id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "isp.contract",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    date_from = fields.Date("First Day Without Service", required=True, readonly=True)
    date_to = fields.Date("Service Returns On", required=True, readonly=True)
    state = fields.Selection(
        [
            ("scheduled", "Scheduled"),
            ("running", "Running"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="scheduled",
    )
    date_returned = fields.Date("Returned On", readonly=True)
    note = fields.Text(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Asked By", readonly=True, default=lambda self: self.env.user
    )

    _dates_in_order = models.Constraint(
        "CHECK(date_to > date_from)", "A pause ends after it begins."
    )
    _one_open = models.UniqueIndex(
        "(contract_id) WHERE state IN ('scheduled', 'running')",
        "The contract already has a pause that is running or to come.",
    )
    _due_idx = models.Index("(state, date_from, date_to) WHERE state IN ('scheduled', 'running')")

    def action_cancel(self):
        """Withdraw pauses that did not begin; end now those that are running.

        :return: True
        """
        self.contract_id._authorised("suspend")
        running = self.sudo().filtered(lambda pause: pause.state == "running")
        running.contract_id.action_resume(reason="customer_request")
        self.sudo().filtered(lambda pause: pause.state == "scheduled").state = "cancelled"
        return True

    def _start(self):
        """Suspend the contracts of scheduled pauses."""
        self.contract_id.action_suspend(reason="voluntary_pause")
        self.write({"state": "running", "error": False})

    @api.model
    def _due_domain(self, today):
        """:return: Domain of the pauses that have to begin or to end on ``today``"""
        return (Domain("state", "=", "scheduled") & Domain("date_from", "<=", today)) | (
            Domain("state", "=", "running") & Domain("date_to", "<=", today)
        )

    @api.model
    def _cron_start_and_end(self, batch_size=100):
        """Begin the pauses whose day has come and give the service back when they end."""
        self._cron_execute_due(batch_size)

    def _make_due(self, today):
        contract = self.contract_id
        if self.state == "scheduled" and self.date_to <= today:
            self.state = "cancelled"  # its days went by before anybody could begin it
        elif self.state == "scheduled" and contract.state == "active":
            self._start()
        elif self.state == "scheduled":
            raise UserError(
                self.env._(
                    "%(contract)s is not active, so it cannot be paused.",
                    contract=contract.display_name,
                )
            )
        elif contract.state == "suspended" and contract.state_reason == "voluntary_pause":
            contract.action_resume(reason="voluntary_pause")
        else:
            self.write({"state": "done", "date_returned": today})
