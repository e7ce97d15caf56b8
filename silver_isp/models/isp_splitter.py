from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .. import optical
from ..const import RATIOS


class IspSplitter(models.Model):
    """A splitter of a PON. A PON is a tree: its root hangs from the OLT port, a branch from a
    port of another splitter."""

    _name = "isp.splitter"
    _description = "Splitter"
    _inherit = ["mail.thread"]
    _parent_store = True
    _order = "code, id"
    _rec_name = "code"
    _check_company_auto = True

    code = fields.Char(required=True, copy=False, tracking=True)
    olt_port_id = fields.Many2one(
        "isp.olt.card.port",
        string="PON port",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        check_company=True,
    )
    parent_port_id = fields.Many2one(
        "isp.splitter.port",
        string="Fed from",
        copy=False,
        ondelete="restrict",
        tracking=True,
        help="Port of the splitter upstream; empty when it hangs directly from the OLT.",
    )
    parent_id = fields.Many2one(
        "isp.splitter",
        string="Splitter upstream",
        index=True,
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    parent_path = fields.Char(index=True)
    # always 'cascade' on a branch: with it the foreign key to the feeding port also says its state
    feed_state = fields.Char(readonly=True, copy=False)
    child_ids = fields.One2many("isp.splitter", "parent_id", string="Splitters below")
    ratio = fields.Selection(RATIOS, required=True, default="8", tracking=True)
    tap = fields.Selection(
        [(key, f"{key}/{100 - int(key)}") for key in optical.TAP_LOSS_DB],
        string="Unbalanced",
        help="A 1:2 that does not halve: percent of the light on the first and second output.",
    )
    nap_id = fields.Many2one(
        "isp.nap",
        string="Box",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    feeder_km = fields.Float(
        string="Feeder (km)",
        digits=(8, 3),
        help="Fibre from the OLT, or from the splitter upstream, to this one.",
    )
    splice_count = fields.Integer(string="Splices", default=2)
    connector_count = fields.Integer(string="Connectors", default=1)
    path_loss_db = fields.Float(
        string="Loss to its input (dB)",
        digits=(6, 2),
        compute="_compute_path_loss_db",
        store=True,
        recursive=True,
    )
    company_id = fields.Many2one(
        related="olt_port_id.company_id", store=True, index=True, precompute=True
    )
    port_ids = fields.One2many("isp.splitter.port", "splitter_id", string="Ports")
    free_count = fields.Integer(string="Free", compute="_compute_counts")
    used_count = fields.Integer(string="Taken", compute="_compute_counts")
    note = fields.Text(string="Notes")

    _code_uniq = models.UniqueIndex(
        "(company_id, lower(code))", "Another splitter of the company has this code."
    )
    _parent_port_uniq = models.Constraint(
        "UNIQUE(parent_port_id)", "This port already feeds another splitter."
    )
    _feed_whole = models.Constraint(
        "CHECK(num_nulls(feed_state, parent_id, parent_port_id) IN (0, 3)"
        " AND feed_state = 'cascade' AND parent_id <> id)",
        "A port that feeds a splitter cannot be lent to a customer.",
    )
    _lengths = models.Constraint(
        "CHECK(feeder_km >= 0 AND splice_count >= 0 AND connector_count >= 0)",
        "Lengths and joints cannot be negative.",
    )
    _tap_ratio = models.Constraint(
        "CHECK(tap IS NULL OR ratio = '2')", "Only a 1:2 splitter is unbalanced."
    )
    # what the composite foreign key of isp.splitter.port points at
    _pon_key = models.Constraint("UNIQUE(olt_port_id, id)")

    @api.depends(
        "parent_id.path_loss_db",
        "parent_port_id.loss_db",
        "feeder_km",
        "splice_count",
        "connector_count",
    )
    def _compute_path_loss_db(self):
        losses = self.env["isp.plant.settings"]._losses()
        for splitter in self:
            splitter.path_loss_db = (
                splitter.parent_id.path_loss_db
                + splitter.parent_port_id.loss_db
                + optical.span_loss_db(
                    max(splitter.feeder_km, 0.0),
                    max(splitter.splice_count, 0),
                    max(splitter.connector_count, 0),
                    losses,
                )
            )

    @api.depends("port_ids.state")
    def _compute_counts(self):
        counts = {}
        for splitter, state, count in self.env["isp.splitter.port"]._read_group(
            [("splitter_id", "in", self.ids)], ["splitter_id", "state"], ["__count"]
        ):
            counts[splitter.id, state] = count
        for splitter in self:
            key = splitter._origin.id
            splitter.free_count = counts.get((key, "free"), 0)
            splitter.used_count = counts.get((key, "used"), 0) + counts.get((key, "reserved"), 0)

    @api.onchange("parent_port_id")
    def _onchange_parent_port_id(self):
        if self.parent_port_id:
            self.olt_port_id = self.parent_port_id.splitter_id.olt_port_id

    # === life === #

    @api.model_create_multi
    def create(self, vals_list):
        feeds = []
        for vals in vals_list:
            feed = self.env["isp.splitter.port"].browse(vals.pop("parent_port_id", None) or [])
            feeds.append(feed)
            if feed:
                # the branch is on its parent's PON, whatever was typed
                vals["olt_port_id"] = feed.splitter_id.olt_port_id.id
        splitters = super().create(vals_list)
        splitters.action_generate_ports()
        for splitter, feed in zip(splitters, feeds, strict=True):
            if feed:
                splitter._attach(feed)
        splitters._check_budget()
        return splitters

    def write(self, vals):
        vals = dict(vals)
        moving = {
            name: vals.pop(name) for name in ("parent_port_id", "olt_port_id") if name in vals
        }
        if "ratio" in vals:
            self._check_ratio(vals["ratio"])
        result = super().write(vals) if vals else True
        if moving:
            for splitter in self:
                splitter._move(moving)
        if {"ratio", "tap"} & set(vals):
            self.action_generate_ports()
            for splitter in self:
                splitter._apply_losses()
        if moving or {"ratio", "tap", "feeder_km"} & set(vals):
            self._check_budget()
        return result

    def _check_feeds_nothing(self):
        for splitter in self:
            if splitter.child_ids:
                raise UserError(
                    self.env._(
                        "Splitter %(splitter)s feeds splitter %(child)s. Move or delete "
                        "that one first.",
                        splitter=splitter.code,
                        child=splitter.child_ids[0].code,
                    )
                )

    def unlink(self):
        # before its ports go, so that the message is about the splitter
        self._check_feeds_nothing()
        self.port_ids.unlink()
        feeds = self.parent_port_id
        result = super().unlink()
        feeds._set_cascade(False)
        return result

    def action_generate_ports(self):
        """Create the ports that the ratio gives each splitter and it still lacks. Idempotent.

        :return: True
        """
        vals_list = []
        for splitter in self:
            losses = optical.output_losses(int(splitter.ratio), splitter.tap or None)
            numbers = set(splitter.port_ids.mapped("number"))
            vals_list += [
                {
                    "splitter_id": splitter.id,
                    "pon_id": splitter.olt_port_id.id,
                    "number": number,
                    "loss_db": loss,
                }
                for number, loss in enumerate(losses, start=1)
                if number not in numbers
            ]
        self.env["isp.splitter.port"].create(vals_list)
        return True

    # === tree === #

    def _check_ratio(self, ratio):
        """Refuse a ratio with fewer ports than are in use; drop the free ports above it."""
        if ratio not in dict(RATIOS):
            raise UserError(
                self.env._("There is no splitter 1:%s. Choose 2, 4, 8, 16, 32 or 64.", ratio)
            )
        above = self.port_ids.filtered(lambda port: port.number > int(ratio))
        taken = above.filtered(lambda port: port.state != "free")
        if taken:
            raise UserError(
                self.env._(
                    "Splitter %(splitter)s cannot become 1:%(ratio)s: %(why)s",
                    splitter=taken[0].splitter_id.code,
                    ratio=ratio,
                    why=taken[0]._refusal(),
                )
            )
        above.unlink()

    def _apply_losses(self):
        losses = optical.output_losses(int(self.ratio), self.tap or None)
        for port in self.port_ids:
            port.loss_db = losses[port.number - 1]

    def _branch(self):
        """:return: this splitter and everything below it."""
        self.flush_model(["parent_id", "parent_path"])
        return self.search([("id", "child_of", self.ids)])

    def _attach(self, feed):
        """Hang the splitter from a port of another one, on the same PON."""
        self.ensure_one()
        if feed.splitter_id in self._branch():
            raise UserError(
                self.env._(
                    "Splitter %(splitter)s would be fed by itself through %(port)s.",
                    splitter=self.code,
                    port=feed.display_name,
                )
            )
        feed._set_cascade(True)
        super().write(
            {
                "parent_port_id": feed.id,
                "parent_id": feed.splitter_id.id,
                "feed_state": "cascade",
            }
        )
        self.flush_recordset()

    def _move(self, vals):
        """Hang the splitter somewhere else, with all that is below it.

        Customers keep their splitter ports; on another PON they get new ONU places, so their
        ONUs must be provisioned again. Refused when the other PON has not enough places.
        """
        self.ensure_one()
        feed = self.env["isp.splitter.port"].browse(
            vals.get(
                "parent_port_id",
                self.parent_port_id.id if "olt_port_id" not in vals else None,
            )
            or []
        )
        pon = feed.splitter_id.olt_port_id or self.env["isp.olt.card.port"].browse(
            vals.get("olt_port_id") or self.olt_port_id.id
        )
        if feed == self.parent_port_id and pon == self.olt_port_id:
            return
        if feed and feed.splitter_id in self._branch():
            raise UserError(
                self.env._(
                    "Splitter %(splitter)s would be fed by itself through %(port)s.",
                    splitter=self.code,
                    port=feed.display_name,
                )
            )
        self._serialize_topology(self.olt_port_id | pon)
        old_feed = self.parent_port_id
        if old_feed:
            super().write({"parent_port_id": False, "parent_id": False, "feed_state": False})
            self.flush_recordset()
            old_feed._set_cascade(False)
        if pon != self.olt_port_id:
            tenants = self._branch().port_ids.filtered(
                lambda port: port.state in ("reserved", "used")
            )
            tenants._release_slots()
            self.env.cr.execute(
                "SET CONSTRAINTS isp_splitter_port_onu_uniq, isp_splitter_port_slot DEFERRED"
            )
            super().write({"olt_port_id": pon.id})
            self.flush_recordset()
            # the database has carried the new PON down the branch
            self.env["isp.splitter"].invalidate_model(["olt_port_id", "company_id"])
            self.env["isp.splitter.port"].invalidate_model()
            self.modified(["olt_port_id"])
            (self._branch() - self).modified(["olt_port_id"])
            for port in tenants:
                port._write_verb(port, port._take())
            self.env.cr.execute(
                "SET CONSTRAINTS isp_splitter_port_onu_uniq, isp_splitter_port_slot IMMEDIATE"
            )
        if feed:
            self._attach(feed)

    @api.model
    def _serialize_topology(self, pons):
        """Two people re-hanging branches of one PON: the second replays on what the first left,
        so the check against loops is made on the truth."""
        self.env.cr.execute(
            SQL(
                "UPDATE isp_olt_card_port SET write_date = write_date WHERE id = ANY(%s)",
                pons.ids,
            )
        )

    def _check_budget(self):
        """Refuse a cascade in which no light is left at the ports.

        :raise UserError: with how many dB are missing
        """
        for splitter in self._branch():
            pon = splitter.olt_port_id
            best = min(splitter.port_ids.mapped("loss_db"), default=0.0)
            margin = optical.budget(
                pon.tx_dbm, pon.onu_sensitivity_dbm, splitter.path_loss_db, best
            ).margin_db
            if margin < 0:
                raise UserError(
                    self.env._(
                        "The light does not reach: behind splitter %(splitter)s an ONU "
                        "would be %(short).1f "
                        "dB short of what it hears. Use a smaller ratio, a shorter cascade or a "
                        "stronger optical class on %(pon)s.",
                        splitter=splitter.code,
                        short=-margin,
                        pon=pon.name,
                    )
                )

    def _free_ports(self):
        """:return: isp.splitter.port of these splitters that can be lent now and whose PON port
        still has an ONU place, best light first."""
        ports = self.env["isp.splitter.port"].search(
            [("splitter_id", "in", self.ids), ("lendable", "=", True)]
        )
        open_pons = ports.splitter_id.olt_port_id._with_free_slot()
        ports = ports.filtered(
            # an expired reservation brings its own ONU place
            lambda port: port.splitter_id.olt_port_id in open_pons or port.state == "reserved"
        )
        return ports.sorted(
            lambda port: (
                port.splitter_id.path_loss_db + port.loss_db,
                port.splitter_id.code,
                port.number,
            )
        )
