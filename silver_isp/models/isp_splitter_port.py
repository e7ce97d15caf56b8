from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..lending import lock_first, scattered


class IspSplitterPort(models.Model):
    """Where a customer's drop is plugged, or where another splitter hangs."""

    _name = "isp.splitter.port"
    _description = "Splitter port"
    _inherit = ["isp.lendable.mixin"]
    _order = "splitter_id, number"
    _rec_names_search = ["splitter_id.code", "reference"]

    state = fields.Selection(
        selection_add=[("cascade", "Cascade")], ondelete={"cascade": "set default"}
    )
    splitter_id = fields.Many2one("isp.splitter", required=True, index=True, ondelete="cascade")
    number = fields.Integer(required=True)
    loss_db = fields.Float(
        string="Loss (dB)",
        digits=(6, 2),
        required=True,
        help="Insertion loss of this output: unbalanced splitters do not give each the same.",
    )
    # the PON of the splitter, carried by a foreign key and not by the ORM: moving a branch is one
    # UPDATE, and no port can be left behind. An Integer because Odoo drops composite foreign
    # keys that
    # start with a many2one.
    pon_id = fields.Integer(string="PON port (id)", required=True, readonly=True)
    # ONU place on the PON, NULL while nobody holds the port
    onu_index = fields.Integer(string="ONU index", readonly=True, copy=False)
    olt_port_id = fields.Many2one(related="splitter_id.olt_port_id", string="PON port")
    nap_id = fields.Many2one(
        related="splitter_id.nap_id", store=True, index="btree_not_null", string="Box"
    )
    company_id = fields.Many2one(
        related="splitter_id.company_id", store=True, index=True, precompute=True
    )
    child_ids = fields.One2many("isp.splitter", "parent_port_id", string="Feeds")
    onu_slot_ids = fields.One2many("isp.onu.slot", "splitter_port_id")
    onu_slot_id = fields.Many2one(
        "isp.onu.slot", string="ONU place", compute="_compute_onu_slot_id"
    )

    _number_uniq = models.Constraint(
        "UNIQUE(splitter_id, number)",
        "The splitter already has a port with this number.",
    )
    _number_positive = models.Constraint("CHECK(number > 0)", "Splitter ports are numbered from 1.")
    _loss_positive = models.Constraint("CHECK(loss_db >= 0)", "A loss is not negative.")
    _tenant = models.Constraint(
        """CHECK(CASE
            WHEN state IN ('reserved', 'used')
            THEN partner_id IS NOT NULL AND reference IS NOT NULL AND onu_index IS NOT NULL
                 AND available_from IS NULL AND (state = 'reserved' OR reserved_until IS NULL)
            WHEN state IN ('free', 'cascade')
            THEN num_nonnulls(partner_id, reference, reserved_until, onu_index) = 0
            ELSE false END)""",
        "A port has exactly one tenant, or none.",
    )
    # deferrable: moving a branch to another PON changes both columns of many rows
    _onu_uniq = models.Constraint(
        "UNIQUE(pon_id, onu_index) DEFERRABLE", "This ONU place is already taken."
    )
    # what the foreign keys of isp.splitter and isp.onu.slot point at
    _feed_key = models.Constraint("UNIQUE(state, splitter_id, id, pon_id)")
    _slot_key = models.Constraint("UNIQUE(onu_index, pon_id, id)")
    _pon = models.Constraint(
        "FOREIGN KEY (pon_id, splitter_id) REFERENCES isp_splitter(olt_port_id, id)"
        " ON UPDATE CASCADE ON DELETE CASCADE"
    )

    @api.depends("splitter_id.code", "number")
    def _compute_display_name(self):
        for port in self:
            port.display_name = f"{port.splitter_id.code} / {port.number}"

    @api.depends("onu_slot_ids")
    def _compute_onu_slot_id(self):
        for port in self:
            port.onu_slot_id = port.onu_slot_ids[:1]

    @api.model
    def _verb_fields(self):
        return super()._verb_fields() | {"onu_index"}

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            splitter = self.env["isp.splitter"].browse(vals.get("splitter_id"))
            vals["pon_id"] = splitter.olt_port_id.id
        return super().create(vals_list)

    def write(self, vals):
        if "pon_id" in vals or "splitter_id" in vals:
            raise UserError(self.env._("A port stays on its splitter. Move the splitter instead."))
        return super().write(vals)

    def action_release(self):
        """Give the port back by hand, with the configured cooling time."""
        self._give_back()
        return True

    def action_offer_now(self):
        """End the cooling time: the drop has been unplugged."""
        self._write_verb(
            self.filtered(lambda port: port.state == "free" and port.available_from),
            {"available_from": None},
        )
        return True

    @api.model
    def _history_column(self):
        return "splitter_port_id"

    def _holder_path(self):
        return "splitter_id.code"

    def _refusal(self):
        if self.state == "cascade":
            return self.env._(
                "%(port)s feeds splitter %(child)s and cannot serve a customer.",
                port=self.display_name,
                child=", ".join(self.child_ids.mapped("code")),
            )
        return super()._refusal()

    def _check_give_back(self):
        cascade = self.filtered(lambda port: port.state == "cascade")
        if cascade:
            raise UserError(cascade[0]._refusal())

    def _take(self):
        """Take an ONU place of the PON for the port.

        :raise UserError: when the PON port is full or out of service
        """
        self.ensure_one()
        pon = self.splitter_id.olt_port_id
        if pon.out_of_service:
            raise UserError(self.env._("PON port %s is out of service.", pon.name))
        slots = self.env["isp.onu.slot"].search(
            [
                *(("port_id", "=", pon.id), ("splitter_port_id", "=", False)),
                *("|", ("available_from", "=", False)),
                ("available_from", "<=", fields.Datetime.now()),
            ],
            order="onu_index",
            limit=32,
        )
        slot = lock_first(
            self.env.cr,
            slots._table,
            scattered(slots.ids),
            slots._offered(),
        )
        if not slot:
            expired = self.search(
                [
                    ("pon_id", "=", pon.id),
                    ("state", "=", "reserved"),
                    ("reserved_until", "<=", fields.Datetime.now()),
                ],
                order="reserved_until, id",
                limit=1,
            )
            slot = expired.onu_slot_id.id
            if not slot:
                raise UserError(self._full(pon))
            expired._give_back(cooling_hours=0)
        return {"onu_index": self.env["isp.onu.slot"].browse(slot).onu_index}

    def _full(self, pon):
        """:return: why nobody fits on the PON port, in words"""
        resting = self.env["isp.onu.slot"].search_count(
            [
                *(("port_id", "=", pon.id), ("splitter_port_id", "=", False)),
                ("available_from", ">", fields.Datetime.now()),
            ]
        )
        if resting:
            return self.env._(
                "PON port %(pon)s is full: of its %(count)s ONU places, %(resting)s have nobody, "
                "but the OLT may still hold the ONUs that were there. They are free when it has "
                "let them go.",
                pon=pon.name,
                count=pon.max_onus,
                resting=resting,
            )
        return self.env._(
            "PON port %(pon)s is full: its %(count)s ONU places are taken.",
            pon=pon.name,
            count=pon.max_onus,
        )

    @api.model
    def _write_verb(self, places, vals):
        # the foreign keys say in which order: a place names its port after the port names the place
        if vals.get("state") == "free":
            vals = {**vals, "onu_index": None}
            places._release_slots()
        super()._write_verb(places, vals)
        if vals.get("onu_index") is not None:
            self.env.cr.execute(
                SQL(
                    "UPDATE isp_onu_slot s SET splitter_port_id = p.id, available_from = NULL"
                    " FROM isp_splitter_port p"
                    " WHERE p.id = ANY(%s) AND s.port_id = p.pon_id AND s.onu_index = p.onu_index"
                    " RETURNING s.id",
                    places.ids,
                ),
                log_exceptions=False,
            )
            self._slots_changed()

    def _set_cascade(self, cascade):
        """Turn free ports into ports that feed a splitter, or back."""
        if not cascade:
            self._write_verb(
                self.filtered(lambda port: port.state == "cascade" and not port.child_ids),
                {"state": "free"},
            )
            return
        for port in self:
            if port.state != "free" or port.out_of_service:
                raise UserError(port._refusal())
        self._write_verb(self, {"state": "cascade", "available_from": None})

    def _release_slots(self):
        self.env.cr.execute(
            SQL(
                "UPDATE isp_onu_slot SET splitter_port_id = NULL WHERE splitter_port_id = ANY(%s)"
                " RETURNING id",
                self.ids,
            ),
            log_exceptions=False,
        )
        self._slots_changed()

    @api.model
    def _slots_changed(self):
        """Tell the cache about the ONU places that the last statement returned."""
        slots = self.env["isp.onu.slot"].browse(row[0] for row in self.env.cr.fetchall())
        slots.invalidate_recordset(["splitter_port_id", "available_from"])
        self.env["isp.splitter.port"].invalidate_model(["onu_slot_ids", "onu_slot_id"])
        slots.modified(["splitter_port_id"])
