"""The work list of equipment to bring back, usually after a contract was cancelled."""

from odoo import api, fields, models
from odoo.exceptions import UserError

STATES = [
    ("pending", "To visit"),
    ("visited", "Visited"),
    ("recovered", "Recovered"),
    ("lost", "Lost"),
    ("cancelled", "Cancelled"),
]
OPEN_STATES = ("pending", "visited")


class IspRecovery(models.Model):
    """One piece of equipment that a customer must give back. Ends by itself when it comes back,
    however it does, since its state follows the assignment."""

    _name = "isp.recovery"
    _description = "Equipment to recover"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_requested, id"
    _check_company_auto = True

    assignment_id = fields.Many2one(
        "isp.equipment.assignment", required=True, readonly=True, ondelete="restrict"
    )
    item_id = fields.Many2one(
        related="assignment_id.item_id", string="Equipment item", store=True, index=True
    )
    partner_id = fields.Many2one(related="assignment_id.partner_id", store=True, index=True)
    phone = fields.Char(related="partner_id.phone")
    address = fields.Char(related="partner_id.contact_address_inline", string="Address")
    reference = fields.Char(related="assignment_id.reference", store=True)
    company_id = fields.Many2one(related="assignment_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    value = fields.Monetary(related="item_id.value", store=True, aggregator="sum")
    base_station_id = fields.Many2one(related="item_id.base_station_id", store=True)
    reason = fields.Char(help="Why it must come back.")
    technician_id = fields.Many2one("res.users", tracking=True, index="btree_not_null")
    date_requested = fields.Datetime(
        string="Requested", required=True, default=fields.Datetime.now, readonly=True
    )
    date_next = fields.Date(string="Next visit", tracking=True)
    visit_ids = fields.One2many("isp.recovery.visit", "recovery_id", string="Visits")
    visit_count = fields.Integer(string="Visits made", compute="_compute_visit_count", store=True)
    cancelled = fields.Boolean(readonly=True, copy=False)
    state = fields.Selection(STATES, compute="_compute_state", store=True, index=True)

    _one_open = models.UniqueIndex(
        "(assignment_id) WHERE cancelled IS NOT TRUE",
        "This equipment is already in the list to recover.",
    )

    @api.depends("visit_ids")
    def _compute_visit_count(self):
        for recovery in self:
            recovery.visit_count = len(recovery.visit_ids)

    @api.depends("cancelled", "visit_count", "assignment_id.date_to", "assignment_id.move_out_id")
    def _compute_state(self):
        for recovery in self:
            assignment = recovery.assignment_id
            if assignment.date_to:
                destination = assignment.move_out_id.location_dest_id
                recovery.state = "lost" if destination.isp_role == "lost" else "recovered"
            elif recovery.cancelled:
                recovery.state = "cancelled"
            else:
                recovery.state = "visited" if recovery.visit_count else "pending"

    @api.depends("item_id.display_name", "partner_id.display_name")
    def _compute_display_name(self):
        for recovery in self:
            recovery.display_name = (
                f"{recovery.partner_id.display_name}: {recovery.item_id.display_name}"
            )

    def action_cancel(self):
        """The equipment stays with the customer after all (he came back, he bought it)."""
        closed = self.filtered(lambda recovery: recovery.state not in OPEN_STATES)
        if closed:
            raise UserError(self.env._("%(name)s is already closed.", name=closed[0].display_name))
        self.cancelled = True
        return True

    def action_visit(self):
        """Open the form of a new visit."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "isp.recovery.visit",
            "view_mode": "form",
            "target": "new",
            "context": {"default_recovery_id": self.id},
        }
