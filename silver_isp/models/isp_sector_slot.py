from odoo import api, fields, models


class IspSectorSlot(models.Model):
    _name = "isp.sector.slot"
    _description = "Place on a sector"
    _inherit = ["isp.lendable.mixin"]
    _order = "sector_id, number"

    sector_id = fields.Many2one(
        "isp.sector", required=True, readonly=True, index=True, ondelete="cascade"
    )
    number = fields.Integer(required=True, readonly=True)
    # copied by the foreign key, so that the CHECK can see it
    max_clients = fields.Integer(string="Client limit", required=True, readonly=True)
    company_id = fields.Many2one(
        related="sector_id.company_id", store=True, index=True, precompute=True
    )

    _number_uniq = models.Constraint(
        "UNIQUE(sector_id, number)", "The sector already has this place."
    )
    _within_limit = models.Constraint(
        "CHECK(number BETWEEN 1 AND max_clients)",
        "The sector does not carry so many clients.",
    )
    _sector_limit = models.Constraint(
        "FOREIGN KEY (max_clients, sector_id) REFERENCES isp_sector(max_clients, id)"
        " ON UPDATE CASCADE ON DELETE CASCADE"
    )
    _tenant = models.Constraint(
        """CHECK(CASE
            WHEN state IN ('reserved', 'used')
            THEN partner_id IS NOT NULL AND reference IS NOT NULL AND available_from IS NULL
                 AND (state = 'reserved' OR reserved_until IS NULL)
            WHEN state = 'free' THEN num_nonnulls(partner_id, reference, reserved_until) = 0
            ELSE false END)""",
        "A place has exactly one tenant, or none.",
    )

    @api.depends("sector_id.name", "number")
    def _compute_display_name(self):
        for slot in self:
            slot.display_name = f"{slot.sector_id.name} / {slot.number}"

    @api.model
    def _history_column(self):
        return "sector_slot_id"

    def _holder_path(self):
        return "sector_id.name"

    def action_release(self):
        """Give the place back by hand, with the configured cooling time."""
        self._give_back()
        return True
