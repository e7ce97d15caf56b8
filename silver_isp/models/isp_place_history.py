"""Who has been on each port and place of the plant, and when. Written by PostgreSQL itself."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, sql

from odoo.addons.silver_base.tools.sqlguard import append_only

#: (table, column of the history that points at it, SQL of the place's name)
PLACES = (
    (
        "isp_splitter_port",
        "splitter_port_id",
        "(SELECT s.code FROM isp_splitter s WHERE s.id = NEW.splitter_id) || ' / ' || NEW.number",
    ),
    (
        "isp_sector_slot",
        "sector_slot_id",
        "(SELECT s.name FROM isp_sector s WHERE s.id = NEW.sector_id) || ' / ' || NEW.number",
    ),
)
#: context key and setting of the transaction: when what is being written took effect
MOMENT_KEY = "isp_place_date"
MOMENT_SETTING = "silver_isp.moment"

# The tenant of a place changed: its stretch ends and that of the next one begins. Whoever wrote it
# (a verb, a module above, a statement by hand), nothing escapes.
FUNCTION = """
    CREATE OR REPLACE FUNCTION %(function)s() RETURNS trigger LANGUAGE plpgsql AS $body$
    DECLARE
        moment timestamp := date_trunc('second', COALESCE(
            NULLIF(current_setting('{setting}', true), '')::timestamp, now() AT TIME ZONE 'UTC'));
        ended timestamp;
    BEGIN
        IF TG_OP = 'UPDATE' AND (OLD.state, OLD.partner_id, OLD.reference)
                IS NOT DISTINCT FROM (NEW.state, NEW.partner_id, NEW.reference) THEN
            RETURN NULL;
        END IF;
        UPDATE isp_place_history SET date_to = GREATEST(moment, date_from)
         WHERE {column} = NEW.id AND date_to IS NULL;
        IF NEW.state IN ('reserved', 'used') THEN
            SELECT max(date_to) INTO ended FROM isp_place_history WHERE {column} = NEW.id;
            INSERT INTO isp_place_history (place, {column}, company_id, partner_id, reference,
                                           state, date_from, user_id)
            VALUES ({place}, NEW.id, NEW.company_id, NEW.partner_id, NEW.reference,
                    NEW.state, GREATEST(moment, ended), NEW.write_uid);
        END IF;
        RETURN NULL;
    END $body$
"""


def trigger_name(table):
    """:return: name of the trigger that writes the history of a table"""
    return f"{table}_history"


class IspPlaceHistory(models.Model):
    """A stretch of time in which a customer held a port of a splitter or a place of a sector."""

    _name = "isp.place.history"
    _description = "Who Was on a Port"
    _order = "date_from desc, id desc"
    _rec_name = "place"
    _log_access = False

    place = fields.Char(readonly=True, required=True, help="As it was called then.")
    splitter_port_id = fields.Many2one(
        "isp.splitter.port", string="Splitter port", readonly=True, ondelete="set null", index=True
    )
    sector_slot_id = fields.Many2one(
        "isp.sector.slot", string="Sector place", readonly=True, ondelete="set null", index=True
    )
    nap_id = fields.Many2one(related="splitter_port_id.nap_id", string="Box")
    company_id = fields.Many2one("res.company", readonly=True, required=True, index=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        required=True,
        index=True,
        ondelete="restrict",
    )
    reference = fields.Char(readonly=True, required=True, index=True)
    state = fields.Selection(
        [("reserved", "Reserved"), ("used", "Used")], readonly=True, required=True
    )
    date_from = fields.Datetime("From", readonly=True, required=True)
    date_to = fields.Datetime("To", readonly=True, help="Empty: to this day.")
    user_id = fields.Many2one("res.users", string="By", readonly=True)

    _in_order = models.Constraint(
        "CHECK(date_to >= date_from)", "Nobody leaves a port before arriving."
    )

    def init(self):
        super().init()
        # at a first installation the tables of the places are not there yet
        self.env.registry.post_init(self._install_guards)

    def _install_guards(self):
        cr = self.env.cr
        cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        for table, column, place in PLACES:
            name = f"isp_place_history_{column}_once"
            definition = (
                f"EXCLUDE USING gist ({column} WITH =, tsrange(date_from, date_to) WITH &&)"
            )
            if sql.constraint_definition(cr, self._table, name) != definition:
                if sql.constraint_definition(cr, self._table, name):
                    sql.drop_constraint(cr, self._table, name)
                sql.add_constraint(cr, self._table, name, definition)
            names = {
                "function": SQL.identifier(trigger_name(table)),
                "table": SQL.identifier(table),
            }
            text = FUNCTION.replace("{setting}", MOMENT_SETTING)
            text = text.replace("{column}", column).replace("{place}", place)
            cr.execute(SQL(text, **names))
            cr.execute(
                SQL(
                    "CREATE OR REPLACE TRIGGER %(function)s AFTER INSERT OR UPDATE ON %(table)s"
                    " FOR EACH ROW EXECUTE FUNCTION %(function)s()",
                    **names,
                )
            )
            self._begin_with_what_is_held(table, column, place)
        append_only(
            cr,
            self._table,
            "Who was on a port is history: it is not edited.",
            # a merged customer keeps his history, a port that is gone leaves its name
            allow_update_of=("date_to", "partner_id", "splitter_port_id", "sector_slot_id"),
        )

    def _begin_with_what_is_held(self, table, column, place):
        """Places that were lent before this history existed begin it."""
        self.env.cr.execute(
            SQL(
                "INSERT INTO isp_place_history (place, %(column)s, company_id, partner_id,"
                " reference, state, date_from, user_id)"
                " SELECT %(place)s, place.id, place.company_id, place.partner_id, place.reference,"
                " place.state, COALESCE(place.lent_at, now() AT TIME ZONE 'UTC'), place.write_uid"
                " FROM %(table)s place WHERE place.state IN ('reserved', 'used') AND NOT EXISTS"
                " (SELECT 1 FROM isp_place_history h WHERE h.%(column)s = place.id"
                " AND h.date_to IS NULL)",
                column=SQL.identifier(column),
                place=SQL(place.replace("NEW.", "place.")),
                table=SQL.identifier(table),
            )
        )

    @api.depends("place", "partner_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.place} · {row.partner_id.display_name}"

    @api.model
    def _on(self, date):
        """:return: Domain of the stretches that were running at a moment (naive UTC)"""
        return Domain("date_from", "<=", date) & (
            Domain("date_to", "=", False) | Domain("date_to", ">", date)
        )
