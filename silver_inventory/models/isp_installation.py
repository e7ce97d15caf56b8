from odoo import api, fields, models

# ITU-T G.984.2 amd 1, class B+: an ONU receives from -27 dBm (sensitivity) to -8 dBm (overload)
RX_MIN_DBM, RX_MAX_DBM = -27.0, -8.0


class IspInstallation(models.Model):
    """What the technician leaves behind when he closes a job: reading, photo, signature."""

    _name = "isp.installation"
    _description = "Installation record"
    _order = "date desc, id desc"

    assignment_id = fields.Many2one(
        "isp.equipment.assignment", required=True, readonly=True, ondelete="restrict"
    )
    item_id = fields.Many2one(
        related="assignment_id.item_id", string="Equipment item", store=True, index=True
    )
    partner_id = fields.Many2one(related="assignment_id.partner_id", store=True, index=True)
    reference = fields.Char(related="assignment_id.reference", store=True)
    company_id = fields.Many2one(related="assignment_id.company_id", store=True, index=True)
    technician_id = fields.Many2one("res.users", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    has_signal = fields.Boolean(string="Signal measured", readonly=True)
    signal_dbm = fields.Float(string="Signal (dBm)", digits=(5, 2), readonly=True)
    signal_ok = fields.Boolean(compute="_compute_signal_ok", store=True)
    photo = fields.Image(max_width=1280, max_height=1280, readonly=True)
    signature = fields.Image(max_width=800, max_height=400, readonly=True)
    signed_by = fields.Char(readonly=True)
    note = fields.Char(readonly=True)

    _assignment_uniq = models.UniqueIndex("(assignment_id)", "This installation is already closed.")
    _signal_range = models.Constraint(
        "CHECK(NOT has_signal OR signal_dbm BETWEEN -60 AND 20)",
        "That is not a signal reading: expected between -60 and 20 dBm.",
    )

    @api.depends("has_signal", "signal_dbm", "item_id.equipment_kind")
    def _compute_signal_ok(self):
        """Only optical readings have a range that is the same for everyone."""
        for record in self:
            optical = record.item_id.equipment_kind == "onu"
            inside = RX_MIN_DBM <= record.signal_dbm <= RX_MAX_DBM
            record.signal_ok = record.has_signal and (inside or not optical)

    @api.depends("item_id.display_name", "partner_id.display_name")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.partner_id.display_name}: {record.item_id.display_name}"
