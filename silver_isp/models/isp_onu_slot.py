from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, sql

#: (table, name, definition). The first column of each is no many2one: Odoo drops a composite
#: foreign
#: key that starts with one, taking it for its own.
FOREIGN_KEYS = [
    # a held port names an existing place of its own PON...
    (
        "isp_splitter_port",
        "isp_splitter_port_slot",
        "FOREIGN KEY (onu_index, pon_id) REFERENCES isp_onu_slot(onu_index, port_id) DEFERRABLE",
    ),
    # ... and the place names that port
    (
        "isp_onu_slot",
        "isp_onu_slot_tenant",
        "FOREIGN KEY (onu_index, port_id, splitter_port_id)"
        " REFERENCES isp_splitter_port(onu_index, pon_id, id)",
    ),
    # a branch hangs from a cascade port and is on its PON; moving the trunk moves the branches
    (
        "isp_splitter",
        "isp_splitter_feed",
        "FOREIGN KEY (feed_state, parent_id, parent_port_id, olt_port_id)"
        " REFERENCES isp_splitter_port(state, splitter_id, id, pon_id) ON UPDATE CASCADE",
    ),
]


class IspOnuSlot(models.Model):
    """One place for an ONU on a PON port: the limit of the port as rows, so that a count becomes a
    uniqueness that PostgreSQL keeps."""

    _name = "isp.onu.slot"
    _description = "ONU place"
    _order = "port_id, onu_index"
    _log_access = False

    port_id = fields.Many2one(
        "isp.olt.card.port",
        string="PON port",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    onu_index = fields.Integer(string="Index", required=True, readonly=True)
    # copied by the foreign key, so that the CHECK can see it
    max_onus = fields.Integer(string="ONU limit", required=True, readonly=True)
    splitter_port_id = fields.Many2one(
        "isp.splitter.port",
        string="Splitter port",
        readonly=True,
        ondelete="restrict",
        copy=False,
    )
    available_from = fields.Datetime(
        string="Rests until",
        readonly=True,
        copy=False,
        help="Nobody holds it, and the OLT may still have the ONU that was there.",
    )
    partner_id = fields.Many2one(related="splitter_port_id.partner_id")
    reference = fields.Char(related="splitter_port_id.reference")
    company_id = fields.Many2one(related="port_id.company_id")

    _index_uniq = models.Constraint("UNIQUE(port_id, onu_index)", "This ONU place exists already.")
    _index_key = models.Constraint("UNIQUE(onu_index, port_id)")
    _within_limit = models.Constraint(
        "CHECK(onu_index >= 0 AND onu_index < max_onus)",
        "The PON port does not carry so many ONUs.",
    )
    _port_limit = models.Constraint(
        "FOREIGN KEY (max_onus, port_id) REFERENCES isp_olt_card_port(max_onus, id)"
        " ON UPDATE CASCADE ON DELETE CASCADE"
    )
    _rests_alone = models.Constraint(
        "CHECK(splitter_port_id IS NULL OR available_from IS NULL)",
        "An ONU place that somebody holds does not rest.",
    )
    _tenant_uniq = models.Constraint(
        "UNIQUE(splitter_port_id)", "A splitter port takes one ONU place."
    )

    def init(self):
        # here and not as models.Constraint because they go round in a circle: each needs both
        # tables
        for table, name, definition in FOREIGN_KEYS:
            current = sql.constraint_definition(self.env.cr, table, name)
            if current != definition:
                if current:
                    sql.drop_constraint(self.env.cr, table, name)
                sql.add_constraint(self.env.cr, table, name, definition)
        self.env.cr.execute(
            SQL(
                "CREATE INDEX IF NOT EXISTS isp_onu_slot_free_idx ON isp_onu_slot "
                "(port_id, onu_index)"
                " WHERE splitter_port_id IS NULL"
            )
        )

    def _rest(self, until):
        """Do not offer these free places before ``until``; None: offer them now.

        :return: those that are free, the others stay as they are
        """
        free = self.filtered(lambda slot: not slot.splitter_port_id)
        free.write({"available_from": until})
        return free

    @api.model
    def _offered(self, alias="isp_onu_slot"):
        """:return: SQL, true for places that nobody holds and that do not rest"""
        slot = SQL.identifier(alias)
        return SQL(
            "(%(slot)s.splitter_port_id IS NULL"
            " AND (%(slot)s.available_from IS NULL OR %(slot)s.available_from <= %(now)s))",
            slot=slot,
            now=fields.Datetime.now(),
        )

    @api.depends("port_id.name", "onu_index")
    def _compute_display_name(self):
        for slot in self:
            slot.display_name = f"{slot.port_id.name}:{slot.onu_index}"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_taken(self):
        taken = self.filtered("splitter_port_id")
        if taken:
            raise UserError(
                self.env._(
                    "ONU place %(place)s is taken by port %(port)s.",
                    place=taken[0].display_name,
                    port=taken[0].splitter_port_id.display_name,
                )
            )
