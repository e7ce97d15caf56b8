from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..lending import lendable_sql, lock_first, scattered


class IspLendableMixin(models.AbstractModel):
    """A place in the plant that one customer at a time may hold.

    It is lent to a customer and a reference text; who asked for it (a contract) is not known
    here. The life of a row is changed by the three verbs only, and CHECK constraints tie state and
    holder.
    """

    _name = "isp.lendable.mixin"
    _description = "Place lent to a customer"
    _inherit = ["isp.place.past.mixin"]

    state = fields.Selection(
        [("free", "Free"), ("reserved", "Reserved"), ("used", "Used")],
        required=True,
        default="free",
        readonly=True,
        copy=False,
        index=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        copy=False,
    )
    reference = fields.Char(
        readonly=True, copy=False, help="What the place was lent for: a contract."
    )
    reserved_until = fields.Datetime(
        readonly=True, copy=False, help="After this the reservation counts as free."
    )
    available_from = fields.Datetime(
        readonly=True,
        copy=False,
        help="Not offered before this: the previous customer's drop is still plugged in.",
    )
    lent_at = fields.Datetime(string="Lent on", readonly=True, copy=False)
    out_of_service = fields.Boolean(help="Broken: not offered to anyone.")
    note = fields.Char(string="Notes")
    lendable = fields.Boolean(
        string="Can be lent now",
        compute="_compute_lendable",
        search="_search_lendable",
    )

    @api.depends("state", "reserved_until", "available_from", "out_of_service")
    def _compute_lendable(self):
        now = fields.Datetime.now()
        for place in self:
            rested = not place.available_from or place.available_from <= now
            expired = place.reserved_until and place.reserved_until <= now
            place.lendable = not place.out_of_service and bool(
                (place.state == "free" and rested) or (place.state == "reserved" and expired)
            )

    @api.model
    def _search_lendable(self, operator, value):
        if operator != "in":
            return NotImplemented
        if False in value:
            return Domain.TRUE
        now = fields.Datetime.now()
        free = Domain("state", "=", "free") & (
            Domain("available_from", "=", False) | Domain("available_from", "<=", now)
        )
        expired = Domain("state", "=", "reserved") & Domain("reserved_until", "<=", now)
        return Domain("out_of_service", "=", False) & (free | expired)

    # what the verbs own: nobody writes these
    @api.model
    def _verb_fields(self):
        return {
            "state",
            "partner_id",
            "reference",
            "reserved_until",
            "available_from",
            "lent_at",
        }

    @api.model
    def _tenant_columns(self):
        """Columns that belong to the tenant and are emptied when the place changes hands.

        A module that adds its own many2one to the row (the contract) extends this list.
        """
        return ["partner_id", "reference", "reserved_until"]

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_verb_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_verb_fields(vals)
        return super().write(vals)

    def _refuse_verb_fields(self, vals):
        wrong = self._verb_fields() & set(vals)
        if wrong:
            raise UserError(
                self.env._(
                    "%(fields)s: a port or a place is reserved, confirmed and released by its own "
                    "actions, not by writing on it.",
                    fields=", ".join(sorted(wrong)),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_lent(self):
        held = self.filtered(lambda place: place.state != "free")
        if held:
            raise UserError(
                self.env._(
                    "%(place)s cannot be deleted: %(why)s",
                    place=held[0].display_name,
                    why=held[0]._refusal(),
                )
            )

    # === the three verbs === #

    def _lend(self, partner, reference, until=None):
        """free -> reserved, for each row of ``self``.

        Asking again for the same customer and reference only moves ``until``.

        :param partner: res.partner, one record
        :param str reference: what for, e.g. the name of the contract
        :param datetime until: UTC; None for a reservation that does not expire
        :return: self
        :raise UserError: naming the row and who or what is in the way
        """
        partner.ensure_one()
        reference = (reference or "").strip()
        if not reference:
            raise UserError(
                self.env._("Say what the place is reserved for: the reference is missing.")
            )
        if until and until <= fields.Datetime.now():
            raise UserError(self.env._("The reservation would end in the past, at %s.", until))
        for place in self:
            place._lend_one(partner, reference, until)
        return self

    def _lend_any(self, partner, reference, until=None):
        """Lend one row of ``self``, whichever is still free, best first.

        Meant for several people selling the same box at once: rows being taken right now by
        somebody else are passed over.

        :return: the row lent
        :raise UserError: when none is left
        """
        places = self.filtered("lendable")
        now = fields.Datetime.now()
        self.flush_model()
        chosen = lock_first(self.env.cr, self._table, scattered(places.ids), lendable_sql(now))
        if not chosen:
            raise UserError(
                self.env._(
                    "No free port is left in %(where)s: the last one has just been taken.",
                    where=", ".join(sorted(set(self.mapped(self._holder_path())))[:3])
                    or self.env._("the box"),
                )
            )
        return self.browse(chosen)._lend(partner, reference, until)

    def _confirm(self):
        """reserved -> used: the customer is connected. On a used row it changes nothing.

        :return: self
        :raise UserError: for a row nobody has reserved
        """
        for place in self:
            if place.state not in ("reserved", "used"):
                raise UserError(
                    self.env._(
                        "%(place)s is not reserved for anyone, so there is nothing to confirm. "
                        "Reserve it first.",
                        place=place.display_name,
                    )
                )
        self._write_verb(
            self.filtered(lambda place: place.state == "reserved"),
            {"state": "used", "reserved_until": None},
        )
        return self

    def _give_back(self, cooling_hours=None):
        """reserved or used -> free. On a free row it changes nothing.

        :param float cooling_hours: how long before it is offered again; None for the configured
            time after use (somebody must unplug the drop) and at once after a mere reservation
        :return: self
        :raise UserError: for a row that is not held by a customer
        """
        now = fields.Datetime.now()
        if cooling_hours is not None and cooling_hours < 0:
            raise UserError(self.env._("The cooling time cannot be negative."))
        default = self._parameter("cooling_hours")
        held = self.filtered(lambda place: place.state in ("reserved", "used"))
        (self - held)._check_give_back()
        for state in ("reserved", "used"):
            hours = cooling_hours
            if hours is None:
                hours = default if state == "used" else 0.0
            self._write_verb(
                held.filtered(lambda place, state=state: place.state == state),
                {
                    **dict.fromkeys(self._tenant_columns()),
                    "state": "free",
                    "lent_at": None,
                    "available_from": now + timedelta(hours=hours) if hours else None,
                },
            )
        return self

    # === how === #

    @api.model
    def _parameter(self, name):
        return self.env["isp.plant.settings"]._get(name)

    def _holder_path(self):
        """Dotted field that names what the row belongs to."""
        raise NotImplementedError

    def _check_give_back(self):
        """Hook: refuse rows that are not free and not held by a customer."""

    def _lend_one(self, partner, reference, until):
        self.ensure_one()
        # a plain lock waits for whoever is taking the row now; if they commit, PostgreSQL raises a
        # serialization failure, Odoo replays this call, and it then reads who has it
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM %s WHERE id = %s FOR UPDATE",
                SQL.identifier(self._table),
                self.id,
            ),
            log_exceptions=False,
        )
        if not self.env.cr.rowcount:
            raise UserError(self.env._("This port or place no longer exists."))
        self.invalidate_recordset()
        again = (
            self.state == "reserved" and self.partner_id == partner and self.reference == reference
        )
        vals = {"reserved_until": until}
        if not again:
            if not self.lendable:
                raise UserError(self._refusal())
            if self.state == "reserved":
                self._give_back(cooling_hours=0)
            vals.update(
                self._take(),
                state="reserved",
                partner_id=partner.id,
                reference=reference,
                available_from=None,
                lent_at=fields.Datetime.now(),
            )
        self._write_verb(self, vals)

    def _take(self):
        """Hook: take what goes with the row, which is locked.

        :return: dict of columns to write on the row
        """
        return {}

    def _refusal(self):
        """:return: why the row cannot be lent, in words."""
        self.ensure_one()
        names = {
            "place": self.display_name,
            "partner": self.partner_id.sudo().display_name,
            "reference": self.reference,
        }
        if self.state == "used":
            return self.env._("%(place)s is used by %(partner)s (%(reference)s).", **names)
        if self.state == "reserved":
            return self.env._("%(place)s is reserved for %(partner)s (%(reference)s).", **names)
        if self.out_of_service:
            return self.env._("%(place)s is out of service.", **names)
        return self.env._(
            "%(place)s rests until %(when)s UTC, so that the previous customer's drop can "
            "be unplugged.",
            place=self.display_name,
            when=fields.Datetime.to_string(self.available_from),
        )

    @api.model
    def _write_verb(self, places, vals):
        """The only writer of what the verbs own."""
        if not places:
            return
        places.flush_recordset()
        assignments = SQL(", ").join(
            SQL("%s = %s", SQL.identifier(column), value)
            for column, value in {
                **vals,
                "write_date": self.env.cr.now(),
                "write_uid": self.env.uid,
            }.items()
        )
        with self._history_moment():
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s WHERE id = ANY(%s)",
                    SQL.identifier(self._table),
                    assignments,
                    places.ids,
                ),
                log_exceptions=False,
            )
        places.invalidate_recordset()
        places.modified([name for name in vals if name in self._fields])
