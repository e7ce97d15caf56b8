from datetime import timedelta

from odoo import api, fields, models

DEFAULT_HOURS = 168.0
#: An address that waits is kept in quarantine at least so much longer than now.
QUARANTINE_AHEAD = timedelta(hours=3)


class IspProvisioningRelease(models.Model):
    """A port or an address that a contract has left, and that a device may still hold.

    It belongs to nobody meanwhile: the port rests, the address is in quarantine. Their rest begins
    when the last device confirms that there is nothing left; when a person says so; or when the
    time is up, because a device that never comes back must not keep a box full. What the device
    holds is not forgotten then: its target goes on trying.
    """

    _name = "isp.provisioning.release"
    _description = "Resource that waits for the network"
    _order = "id desc"
    _rec_name = "resource"

    contract_id = fields.Many2one(
        "isp.contract", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    splitter_port_id = fields.Many2one(
        "isp.splitter.port", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    onu_slot_id = fields.Many2one(
        "isp.onu.slot",
        string="ONU Place",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The place on the PON port that the splitter port had: the OLT may still have an ONU "
        "there.",
    )
    sector_slot_id = fields.Many2one(
        "isp.sector.slot", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    reservation_id = fields.Many2one(
        "isp.ip.reservation",
        string="Address",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    resource = fields.Char(compute="_compute_resource")
    state = fields.Selection(
        [
            ("waiting", "Waiting for the device"),
            ("confirmed", "The device no longer has it"),
            ("forced", "Given back by a person"),
            ("expired", "Given back after the time"),
        ],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    reason = fields.Char("Waits For", compute="_compute_reason")
    held_until = fields.Datetime("At the Latest", required=True, readonly=True)
    rest_hours = fields.Float(readonly=True, help="How long it rests once the device lost it.")
    done_at = fields.Datetime(readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True)

    _one_resource = models.Constraint(
        "CHECK(num_nonnulls(splitter_port_id, sector_slot_id, reservation_id) = 1)",
        "A row waits for one resource.",
    )
    _waiting_idx = models.Index("(contract_id) WHERE state = 'waiting'")

    @property
    def _place(self):
        return self.splitter_port_id or self.sector_slot_id

    @api.depends("splitter_port_id", "sector_slot_id", "reservation_id")
    def _compute_resource(self):
        for row in self.sudo():
            row.resource = row._place.display_name or row.reservation_id.ip_address

    @api.depends("state", "contract_id.target_ids.state")
    def _compute_reason(self):
        blocking = self.contract_id.sudo()._network_leftovers()
        for row in self:
            devices = blocking.get(row.contract_id.id, ())
            row.reason = ", ".join(devices) if row.state == "waiting" else False

    @api.model
    def _hours(self):
        return float(
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("silver_provisioning.release_hours", DEFAULT_HOURS)
        )

    # === begin to wait === #

    @api.model
    def _hold(self, contract, places, reservations, onu_slot=None):
        """Make what ``contract`` has just given back wait for its devices.

        :param places: isp.splitter.port or isp.sector.slot, already free
        :param reservations: isp.ip.reservation, already in quarantine
        :param onu_slot: isp.onu.slot that went with the place; it waits too
        """
        now = fields.Datetime.now()
        until = now + timedelta(hours=self._hours())
        values = []
        for place in places.filtered(lambda place: place.state == "free"):
            rest = ((place.available_from or now) - now).total_seconds() / 3600
            field = "splitter_port_id" if place._name == "isp.splitter.port" else "sector_slot_id"
            resting = onu_slot._rest(until) if onu_slot else onu_slot
            values.append(
                {
                    field: place.id,
                    "rest_hours": max(rest, 0),
                    "onu_slot_id": resting and resting.id,
                }
            )
            place._write_verb(place, {"available_from": until})
        for row in reservations.filtered(lambda row: row.state == "quarantine"):
            values.append({"reservation_id": row.id, "rest_hours": row.pool_id.quarantine_hours})
        rows = self.sudo().create(
            [{"contract_id": contract.id, "held_until": until, **vals} for vals in values]
        )
        rows._keep_in_quarantine()
        return rows

    def _keep_in_quarantine(self):
        """The quarantine of an address that waits has not begun yet: move its end away."""
        now = fields.Datetime.now()
        for row in self.filtered("reservation_id"):
            address = row.reservation_id
            until = now + max(timedelta(hours=row.rest_hours), QUARANTINE_AHEAD)
            if row._still_resting() and address.available_at < until:
                address.available_at = until

    def _still_resting(self):
        """:return: whether nobody took or changed the resource meanwhile"""
        self.ensure_one()
        if self.reservation_id:
            row = self.reservation_id
            return row.state == "quarantine" and row.last_contract_id == self.contract_id
        place = self._place
        return place.state == "free" and place.available_from == self.held_until

    # === end of the wait === #

    @api.model
    def _confirm(self, contracts):
        """Targets of these contracts were served: let go what no device holds any more."""
        waiting = self.sudo().search(
            [("contract_id", "in", contracts.ids), ("state", "=", "waiting")]
        )
        if waiting:
            blocking = waiting.contract_id._network_leftovers()
            waiting.filtered(lambda row: row.contract_id.id not in blocking)._let_go("confirmed")

    def _let_go(self, state):
        """The rest of these resources begins now."""
        now = fields.Datetime.now()
        for row in self:
            # nobody has to unplug anything there: it is free as soon as the OLT has let it go
            if row.onu_slot_id.available_from == row.held_until:
                row.onu_slot_id._rest(None)
            if not row._still_resting():
                continue
            if row.reservation_id:
                until = now + timedelta(hours=row.rest_hours)
                if row.reservation_id.available_at < until:
                    row.reservation_id.available_at = until
            else:
                until = now + timedelta(hours=row.rest_hours) if row.rest_hours else None
                row._place._write_verb(row._place, {"available_from": until})
        self.write({"state": state, "done_at": now, "user_id": self.env.uid})

    def action_give_back(self):
        """Do not wait for the devices any longer: a person knows that nothing is left there.

        :return: True
        :raise AccessError: for who may not
        """
        self.check_access("write")
        rows = self.sudo().filtered(lambda row: row.state == "waiting")
        rows._let_go("forced")
        for contract, of_contract in rows.grouped("contract_id").items():
            contract._message_log(
                body=self.env._(
                    "%(name)s gave back %(resources)s without waiting for the network.",
                    name=self.env.user.name,
                    resources=", ".join(of_contract.mapped("resource")),
                )
            )
        return True

    @api.model
    def _cron_tidy(self):
        """Hourly: nothing waits for ever, and no quarantine ends before its device confirmed."""
        now = fields.Datetime.now()
        waiting = self.search([("state", "=", "waiting")])
        self._confirm(waiting.contract_id)
        waiting = waiting.filtered(lambda row: row.state == "waiting")
        late = waiting.filtered(lambda row: row.held_until <= now)
        for row in late:
            row.contract_id._message_log(
                body=self.env._(
                    "%(resource)s was given back although the network did not confirm that it "
                    "lost it: %(devices)s.",
                    resource=row.resource,
                    devices=row.reason or "",
                )
            )
        late._let_go("expired")
        (waiting - late)._keep_in_quarantine()
