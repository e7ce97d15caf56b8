from odoo import api, fields, models


class IspRecoveryVisit(models.Model):
    """One attempt to bring equipment back, and how it ended."""

    _name = "isp.recovery.visit"
    _description = "Recovery visit"
    _order = "date desc, id desc"

    recovery_id = fields.Many2one("isp.recovery", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="recovery_id.company_id", store=True, index=True)
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    technician_id = fields.Many2one("res.users", required=True, default=lambda self: self.env.user)
    result = fields.Selection(
        [
            ("recovered", "Recovered"),
            ("absent", "Nobody at home"),
            ("refused", "Refused to give it back"),
            ("moved", "Moved away"),
            ("later", "Asked to come another day"),
        ],
        required=True,
    )
    condition = fields.Selection(
        [("used", "Used"), ("refurbished", "Refurbished"), ("broken", "Broken")],
        default="used",
        help="In which it came back.",
    )
    date_next = fields.Date(string="Next visit")
    note = fields.Char()

    @api.model_create_multi
    def create(self, vals_list):
        """A visit that recovered the equipment moves it into the technician's van."""
        visits = super().create(vals_list)
        for visit in visits:
            recovery = visit.recovery_id
            recovery.date_next = visit.date_next
            if visit.result == "recovered" and not recovery.assignment_id.date_to:
                van = self.env["stock.location"]._isp_van(visit.technician_id, visit.company_id)
                recovery.item_id._recover(van, visit.condition)
        return visits
