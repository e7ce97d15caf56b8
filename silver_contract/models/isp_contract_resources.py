"""Ports and places of the plant that a contract holds, and for how long."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.silver_isp.models.isp_place_history import MOMENT_KEY


class IspContract(models.Model):
    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    reservation_state = fields.Selection(
        [("none", "None"), ("held", "Held"), ("expired", "Expired")],
        string="Reservation",
        compute="_compute_reservation_state",
        search="_search_reservation_state",
        help="Held: port or place taken for this customer. Expired: others may take it.",
    )

    @api.depends("state", "reserved_until", "splitter_port_id", "sector_slot_id")
    def _compute_reservation_state(self):
        now = fields.Datetime.now()
        for contract in self:
            if contract.state != "pending" or not contract._uses_access():
                contract.reservation_state = "none"
            elif not contract._access_place() or (
                contract.reserved_until and contract.reserved_until <= now
            ):
                contract.reservation_state = "expired"
            else:
                contract.reservation_state = "held"

    @api.model
    def _search_reservation_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        pending = Domain("state", "=", "pending")
        place = Domain("splitter_port_id", "!=", False) | Domain("sector_slot_id", "!=", False)
        uses = self._uses_access_domain() | place
        now = fields.Datetime.now()
        lapsed = ~place | Domain("reserved_until", "<=", now)
        by_state = {
            "none": ~pending | ~uses,
            "expired": pending & uses & lapsed,
            "held": pending & uses & ~lapsed,
        }
        return Domain.OR(by_state[state] for state in value if state in by_state)

    # === what a service needs === #

    def _needs_access(self):
        """:return: whether the service cannot be delivered without a port or place of the plant"""
        self.ensure_one()
        return self.service_category == "internet" and self.access_technology in (
            "fiber",
            "wireless",
        )

    def _uses_access(self):
        """:return: whether it needs one, or was given one anyway (PPPoE over a fiber port)"""
        return self._needs_access() or bool(
            self.splitter_id or self.splitter_port_id or self.sector_slot_id
        )

    @api.model
    def _uses_access_domain(self):
        return Domain("service_category", "=", "internet") & Domain(
            "access_technology", "in", ("fiber", "wireless")
        )

    def _access_place(self):
        """:return: the row of the plant the contract holds or wants (may be empty)"""
        self.ensure_one()
        return self.splitter_port_id or self.sector_slot_id

    # === reserve === #

    @api.model
    def _reservation_end(self, hours=None):
        """:return: naive UTC datetime when a reservation made now runs out

        :raise UserError: for a time that is not positive
        """
        if hours is None:
            hours = float(
                self.env["ir.config_parameter"]
                .sudo()
                .get_param("silver_contract.reservation_hours", "72")
            )
        if hours <= 0:
            raise UserError(
                self.env._("A reservation lasts more than zero hours, not %(hours)s.", hours=hours)
            )
        return fields.Datetime.now() + timedelta(hours=hours)

    def _reserve_access(self, until):
        """Lend each contract of ``self`` that uses the plant its place, until a moment.

        :raise UserError: when there is none; nothing is left reserved then
        """
        for contract in self:
            if contract._uses_access():
                contract._reserve_one(until)

    def _reserve_one(self, until):
        place = self._lend_place(
            until,
            self.name,
            place=self._access_place(),
            splitter=self.splitter_id,
            position=(self.latitude, self.longitude),
        )
        self._hold(place)

    def _lend_place(self, until, reference, place=None, splitter=None, position=None):
        """Lend the customer of the contract a place: the one named, or the best there is.

        :param datetime until: naive UTC
        :param str reference: what it is lent for
        :param place: isp.splitter.port or isp.sector.slot; this one or none
        :param splitter: isp.splitter; its best free port
        :param position: ``(latitude, longitude)``; what feasibility answers
        :return: the place, lent
        :raise UserError: when there is none, or somebody else has it
        """
        lend = (self.partner_id, reference, until)
        if place:
            return place._lend(*lend)
        if not splitter:
            return self._feasible_places(*(position or (0.0, 0.0)))._lend_any(*lend)
        free = splitter._free_ports()
        if not free:
            raise UserError(
                self.env._(
                    "%(contract)s: the splitter %(splitter)s has no free port. Choose another one, "
                    "or leave it empty to look around the address.",
                    contract=self.display_name,
                    splitter=splitter.display_name,
                )
            )
        return free._lend_any(*lend)

    def _hold(self, place):
        """Point contract and place at each other. The place is already lent."""
        place._write_verb(place, {"contract_id": self.id})
        if place._name == "isp.splitter.port":
            vals = {"splitter_port_id": place.id, "splitter_id": place.splitter_id.id}
            if not self.access_technology:
                vals["access_technology"] = "fiber"
        else:
            vals = {"sector_slot_id": place.id}
            if not self.access_technology:
                vals["access_technology"] = "wireless"
        self._write_gated(vals)

    def _feasible_places(self, latitude, longitude):
        """Where the plant says the service can be had.

        :param float latitude: WGS84 degrees; 0, 0 when it is not known
        :param float longitude: WGS84 degrees
        :return: isp.splitter.port or isp.sector.slot, best first
        :raise UserError: no coordinates, or the reason why it is not feasible
        """
        if not latitude and not longitude:
            raise UserError(
                self.env._(
                    "%(contract)s: choose a splitter port or a sector, or write the coordinates of "
                    "the address so that the nearest free port can be found.",
                    contract=self.display_name,
                )
            )
        answer = self.env["isp.feasibility"].check(
            latitude=latitude,
            longitude=longitude,
            technology=self.access_technology or None,
            partner_id=self.partner_id.id,
        )
        if not answer.feasible:
            raise UserError(
                self.env._(
                    "%(contract)s: no service can be given there. %(reason)s",
                    contract=self.display_name,
                    reason=answer.reason or "",
                )
            )
        return self._places_of(answer)

    @api.model
    def _places_of(self, answer):
        """:return: the places of a positive isp.feasibility, best first"""
        port = answer.splitter_port_id
        if port:
            return port | port.splitter_id._free_ports()
        return answer.sector_id._free_slots()

    def _renew_reservation(self, hours=None):
        """Take again what ran out. The same place if nobody took it meanwhile, else another.

        :raise UserError: when there is none left
        """
        until = self._reservation_end(hours)
        for contract in self:
            place = contract._access_place()
            if place and place.contract_id != contract and not place.lendable:
                contract._write_gated({"splitter_port_id": False, "sector_slot_id": False})
            contract._reserve_one(until)
        self._write_gated({"reserved_until": until})
        events = self._log_events("renew", reason="customer_request")
        self._on_reserve(events)

    def _places_on(self, date):
        """:return: ``self``, whose ports and places change hands on ``date`` in their history

        :param date: what the verb was asked (date, datetime or ISO text); empty: now
        """
        return self.with_context(**{MOMENT_KEY: self._moment(date)}) if date else self

    # === confirm, give back === #

    def _confirm_access(self):
        """The places are in use from now on."""
        self.splitter_port_id._confirm()
        self.sector_slot_id._confirm()

    def _release_access(self):
        """Give every place back to the plant and forget it."""
        ports, slots = self.splitter_port_id, self.sector_slot_id
        # a draft only wished for its place: it may be somebody else's by now
        ports = ports.filtered(lambda port: port.contract_id in self)
        slots = slots.filtered(lambda slot: slot.contract_id in self)
        self._write_gated(
            {"splitter_port_id": False, "splitter_id": False, "sector_slot_id": False}
        )
        self.flush_recordset()
        ports._give_back()
        slots._give_back()

    def _lose_places(self, places):
        """A reservation of ``self`` ran out and ``places`` go back: forget them.

        :raise UserError: for a contract that is delivered: its place only goes back by cancelling
            or moving it
        """
        delivered = self.filtered(lambda contract: contract.state in ("active", "suspended"))
        if delivered:
            raise UserError(
                self.env._(
                    "%(place)s serves the contract %(contract)s. Cancel the contract or change its "
                    "address; the port goes back by itself.",
                    place=places[0].display_name,
                    contract=delivered[0].display_name,
                )
            )
        self._write_gated(
            {"splitter_port_id": False, "sector_slot_id": False, "reserved_until": False}
        )
        self.flush_recordset()

    @api.model
    def _cron_tidy_reservations(self, batch_size=500):
        """Give back what pending contracts did not confirm in time. They stay pending.

        Nothing waits for it: an expired place counts as free for everybody from its minute on.
        """
        domain = Domain("state", "=", "pending") & Domain(
            "reserved_until", "<=", fields.Datetime.now()
        )
        cron = self.env["ir.cron"]
        lapsed = self.search(domain, order="id", limit=batch_size)
        cron._commit_progress(remaining=self.search_count(domain))
        for contract in lapsed:
            contract = contract.try_lock_for_update().filtered_domain(domain)
            if not contract:
                continue
            for place in (contract.splitter_port_id, contract.sector_slot_id):
                place.filtered(lambda row, c=contract: row.contract_id == c)._give_back(0)
            contract._write_gated({"reserved_until": False})
            if not cron._commit_progress(1):
                break
