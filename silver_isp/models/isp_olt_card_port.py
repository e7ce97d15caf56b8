from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .. import optical
from ..const import OPTICAL_CLASSES, TECHNOLOGIES


class IspOltCardPort(models.Model):
    _name = "isp.olt.card.port"
    _description = "PON port"
    _order = "card_id, number"

    card_id = fields.Many2one("isp.olt.card", required=True, index=True, ondelete="cascade")
    olt_id = fields.Many2one(related="card_id.olt_id", store=True, index=True, precompute=True)
    company_id = fields.Many2one(
        related="card_id.company_id", store=True, index=True, precompute=True
    )
    base_station_id = fields.Many2one(related="olt_id.base_station_id")
    number = fields.Integer(required=True)
    name = fields.Char(compute="_compute_name", store=True, precompute=True)
    technology = fields.Selection(TECHNOLOGIES, required=True, default="gpon")
    optical_class = fields.Selection(OPTICAL_CLASSES, required=True, default="c_plus")
    tx_dbm = fields.Float(
        string="Transmitter (dBm)",
        digits=(5, 2),
        compute="_compute_optics",
        store=True,
        readonly=False,
        precompute=True,
        help="Power that leaves the OLT. Write what was measured; the class gives the worst case.",
    )
    onu_sensitivity_dbm = fields.Float(
        string="ONU sensitivity (dBm)",
        digits=(5, 2),
        compute="_compute_optics",
        store=True,
        readonly=False,
        precompute=True,
    )
    max_onus = fields.Integer(string="ONU limit", required=True, default=128)
    out_of_service = fields.Boolean(help="A broken port: nothing new is installed below it.")
    description = fields.Char()
    slot_ids = fields.One2many("isp.onu.slot", "port_id", string="ONU places")
    splitter_ids = fields.One2many("isp.splitter", "olt_port_id", string="Splitters")
    used_onus = fields.Integer(
        string="ONUs", compute="_compute_used_onus", help="Reserved and installed."
    )
    occupancy = fields.Float(string="Occupancy (%)", compute="_compute_used_onus", aggregator="avg")

    _number_uniq = models.Constraint(
        "UNIQUE(card_id, number)", "The card already has a port with this number."
    )
    _number_positive = models.Constraint("CHECK(number >= 0)", "A port number cannot be negative.")
    _max_onus_range = models.Constraint(
        "CHECK(max_onus BETWEEN 1 AND 256)", "A PON port carries 1 to 256 ONUs."
    )
    # what the composite foreign keys of isp.onu.slot point at
    _max_onus_key = models.Constraint("UNIQUE(max_onus, id)")

    @api.depends("card_id.slot", "number", "olt_id.name")
    def _compute_name(self):
        for port in self:
            port.name = f"{port.olt_id.name} {port.card_id.slot}/{port.number}"

    @api.depends("optical_class")
    def _compute_optics(self):
        for port in self:
            port.tx_dbm, port.onu_sensitivity_dbm = optical.CLASSES[port.optical_class or "c_plus"]

    @api.depends("slot_ids.splitter_port_id", "max_onus")
    def _compute_used_onus(self):
        used = dict(
            self.env["isp.onu.slot"]._read_group(
                [("port_id", "in", self.ids), ("splitter_port_id", "!=", False)],
                ["port_id"],
                ["__count"],
            )
        )
        for port in self:
            port.used_onus = used.get(port._origin, 0)
            port.occupancy = 100.0 * port.used_onus / (port.max_onus or 1)

    @api.model_create_multi
    def create(self, vals_list):
        ports = super().create(vals_list)
        ports._sync_slots()
        return ports

    def write(self, vals):
        if "max_onus" in vals:
            self._check_limit(vals["max_onus"])
        result = super().write(vals)
        if "max_onus" in vals:
            self._sync_slots()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        self._check_removable()

    def action_generate_slots(self):
        """Create the ONU places the port lacks. Idempotent; the port does it by itself."""
        self._sync_slots()
        return True

    def _check_removable(self):
        """:raise UserError: naming the splitters that hang from these ports."""
        splitters = self.env["isp.splitter"].search([("olt_port_id", "in", self.ids)])
        if splitters:
            raise UserError(
                self.env._(
                    "%(port)s feeds %(count)s splitter(s) (%(names)s...). Move or delete "
                    "them first.",
                    port=splitters[0].olt_port_id.display_name,
                    count=len(splitters),
                    names=", ".join(splitters[:3].mapped("code")),
                )
            )

    def _check_limit(self, max_onus):
        """Refuse a limit below what is in use and drop the free places above it."""
        if not isinstance(max_onus, int) or not 1 <= max_onus <= 256:
            raise UserError(self.env._("A PON port carries 1 to 256 ONUs."))
        above = self.env["isp.onu.slot"].search(
            [("port_id", "in", self.ids), ("onu_index", ">=", max_onus)]
        )
        taken = above.filtered("splitter_port_id")
        if taken:
            port = taken[0].port_id
            raise UserError(
                self.env._(
                    "%(port)s has ONUs on places %(places)s: the limit cannot go down to "
                    "%(limit)s. "
                    "Move or release them first.",
                    port=port.display_name,
                    places=", ".join(
                        str(slot.onu_index)
                        for slot in taken.filtered(lambda slot: slot.port_id == port)[:5]
                    ),
                    limit=max_onus,
                )
            )
        above.sudo().unlink()

    def _sync_slots(self):
        self.flush_recordset(["max_onus"])
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO isp_onu_slot (port_id, onu_index, max_onus)
                SELECT p.id, i, p.max_onus
                  FROM isp_olt_card_port p, generate_series(0, p.max_onus - 1) i
                 WHERE p.id = ANY(%s)
                    ON CONFLICT (port_id, onu_index) DO NOTHING
                """,
                self.ids,
            )
        )
        self.env["isp.onu.slot"].invalidate_model()
        self.invalidate_recordset(["slot_ids", "used_onus", "occupancy"])

    def _with_free_slot(self):
        """:return: those in service that still have an ONU place, counting expired reservations."""
        self.flush_model(["out_of_service"])
        self.env["isp.splitter.port"].flush_model(["state", "reserved_until"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.id FROM isp_olt_card_port p
                 WHERE p.id = ANY(%s) AND NOT COALESCE(p.out_of_service, false)
                   AND EXISTS (
                    SELECT 1 FROM isp_onu_slot s
                      LEFT JOIN isp_splitter_port sp ON sp.id = s.splitter_port_id
                     WHERE s.port_id = p.id
                       AND (%s OR sp.state = 'reserved' AND sp.reserved_until <= %s))
                """,
                self.ids,
                self.env["isp.onu.slot"]._offered("s"),
                fields.Datetime.now(),
            )
        )
        return self.browse(row[0] for row in rows)

    def _down_counts(self):
        """Hook: who watches the ONUs extends it.

        :return: ``{port id: ONUs that should be up and are not}``
        """
        return {}

    def tree_data(self):
        """The splitters below the port, for the panel.

        :return: list of nested dicts: splitter > ports > splitter
        """
        self.ensure_one()
        splitters = self.splitter_ids
        ports = splitters.port_ids
        ports.fetch(["state", "partner_id", "reference", "available_from", "number"])
        by_feed = {splitter.parent_port_id.id: splitter for splitter in splitters}
        now = fields.Datetime.now()

        def port_dict(port):
            state = port.state
            if state == "reserved" and port.lendable:
                state = "free"
            elif state == "free" and port.out_of_service:
                state = "broken"
            elif state == "free" and port.available_from and port.available_from > now:
                state = "resting"
            return {
                "id": port.id,
                "number": port.number,
                "state": state,
                "partner": port.partner_id.display_name or "",
                "reference": port.reference or "",
                "child": splitter_dict(by_feed[port.id]) if port.id in by_feed else None,
            }

        def splitter_dict(splitter):
            return {
                "id": splitter.id,
                "code": splitter.code,
                "ratio": splitter.ratio,
                "box": splitter.nap_id.code or "",
                "loss": round(splitter.path_loss_db, 1),
                "ports": [port_dict(port) for port in splitter.port_ids.sorted("number")],
            }

        roots = splitters.filtered(lambda splitter: not splitter.parent_id)
        return [splitter_dict(splitter) for splitter in roots]
