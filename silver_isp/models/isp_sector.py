from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class IspSector(models.Model):
    """A wireless access point: it covers a slice of the map and carries a limited number of
    clients."""

    _name = "isp.sector"
    _description = "Wireless sector"
    _inherit = ["isp.netdev.mixin"]
    _order = "name, id"
    _check_company_auto = True

    vendor = fields.Selection(default="uisp")
    base_station_id = fields.Many2one(
        "isp.base.station",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    azimuth = fields.Float(help="Degrees from north where the antenna looks.")
    beam_width = fields.Float(default=90.0, help="Degrees; 360 for an omni.")
    max_range_m = fields.Integer(string="Range (m)", default=5000)
    frequency_mhz = fields.Integer(string="Frequency (MHz)")
    max_clients = fields.Integer(string="Client limit", required=True, default=30)
    slot_ids = fields.One2many("isp.sector.slot", "sector_id", string="Places")
    used_count = fields.Integer(string="Clients", compute="_compute_used_count")
    occupancy = fields.Float(string="Occupancy (%)", compute="_compute_used_count")

    _name_uniq = models.UniqueIndex(
        "(company_id, lower(name))", "Another sector of the company has this name."
    )
    _sizes = models.Constraint(
        "CHECK(max_clients BETWEEN 1 AND 1000 AND max_range_m > 0"
        " AND azimuth >= 0 AND azimuth < 360 AND beam_width > 0 AND beam_width <= 360)",
        "A sector has 1 to 1000 clients, a range, an azimuth below 360 and a beam up to "
        "360 degrees.",
    )
    _max_clients_key = models.Constraint("UNIQUE(max_clients, id)")

    @api.depends("slot_ids.state", "max_clients")
    def _compute_used_count(self):
        used = dict(
            self.env["isp.sector.slot"]._read_group(
                [("sector_id", "in", self.ids), ("state", "!=", "free")],
                ["sector_id"],
                ["__count"],
            )
        )
        for sector in self:
            sector.used_count = used.get(sector._origin, 0)
            sector.occupancy = 100.0 * sector.used_count / (sector.max_clients or 1)

    @api.model_create_multi
    def create(self, vals_list):
        sectors = super().create(vals_list)
        sectors.action_generate_slots()
        return sectors

    def write(self, vals):
        if "max_clients" in vals:
            self._check_limit(vals["max_clients"])
        result = super().write(vals)
        if "max_clients" in vals:
            self.action_generate_slots()
        return result

    def unlink(self):
        self.slot_ids.unlink()
        return super().unlink()

    def action_generate_slots(self):
        """Create the places the sector lacks. Idempotent.

        :return: True
        """
        self.flush_recordset(["max_clients"])
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO isp_sector_slot (sector_id, number, max_clients, state, company_id,
                                             out_of_service, create_uid, create_date, write_uid,
                                             write_date)
                SELECT s.id, i, s.max_clients, 'free', s.company_id, false, %(uid)s, %(now)s,
                %(uid)s,
                       %(now)s
                  FROM isp_sector s, generate_series(1, s.max_clients) i
                 WHERE s.id = ANY(%(ids)s)
                    ON CONFLICT (sector_id, number) DO NOTHING
                """,
                ids=self.ids,
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.env["isp.sector.slot"].invalidate_model()
        self.invalidate_recordset(["slot_ids", "used_count", "occupancy"])
        return True

    def _check_limit(self, max_clients):
        if not isinstance(max_clients, int) or not 1 <= max_clients <= 1000:
            raise UserError(self.env._("A sector carries 1 to 1000 clients."))
        above = self.slot_ids.filtered(lambda slot: slot.number > max_clients)
        taken = above.filtered(lambda slot: slot.state != "free")
        if taken:
            raise UserError(
                self.env._(
                    "The limit of %(sector)s cannot go down to %(limit)s: %(why)s",
                    sector=taken[0].sector_id.name,
                    limit=max_clients,
                    why=taken[0]._refusal(),
                )
            )
        above.unlink()

    def _free_slots(self):
        """:return: isp.sector.slot of these sectors that can be lent now, emptiest sector first."""
        slots = self.env["isp.sector.slot"].search(
            [("sector_id", "in", self.ids), ("lendable", "=", True)]
        )
        return slots.sorted(lambda slot: (slot.sector_id.occupancy, slot.number))
