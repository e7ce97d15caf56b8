from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..fields import Cidr, Inet, Units
from ..tools import dbcode
from ..tools.messages import promise_message

LIVE = ("reserved", "in_use")
#: Columns that the database fills or changes by itself.
DERIVED = (
    "pool_cidr",
    "company_id",
    "base_station_id",
    "domain_id",
    "alloc_plen",
    "pool_retired",
    "ip_address",
)


class IspIpReservation(models.Model):
    _name = "isp.ip.reservation"
    _description = "Address"
    _rec_name = "ip_address"
    _rec_names_search = ["ip_address"]
    _order = "pool_id, unit"

    pool_id = fields.Many2one(
        "isp.ip.pool", required=True, readonly=True, index=True, ondelete="restrict"
    )
    unit = Units("Number in the pool", required=True, readonly=True, aggregator=None)
    pool_cidr = Cidr("Network", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    base_station_id = fields.Many2one(
        "isp.base.station", required=True, readonly=True, index=True, ondelete="restrict"
    )
    domain_id = fields.Many2one(
        "isp.routing.domain", required=True, readonly=True, index=True, ondelete="restrict"
    )
    alloc_plen = fields.Integer("Block length", required=True, readonly=True, aggregator=None)
    pool_retired = fields.Boolean(readonly=True)
    ip_address = Inet(
        "Address", generated="isp_ip_block(pool_cidr, alloc_plen, unit)", readonly=True
    )
    state = fields.Selection(
        [
            ("free", "Free"),
            ("reserved", "Reserved"),
            ("in_use", "In use"),
            ("quarantine", "Quarantine"),
        ],
        required=True,
        default="free",
        group_expand=True,
    )
    purpose = fields.Selection(
        [
            ("customer", "Customers"),
            ("network", "Network address"),
            ("broadcast", "Broadcast address"),
            ("gateway", "Gateway"),
            ("infra", "Infrastructure"),
            ("range", "Excluded range"),
        ],
        required=True,
        default="customer",
    )
    contract_id = fields.Many2one("isp.contract", index="btree_not_null", ondelete="restrict")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="restrict"
    )
    inventory_item_id = fields.Many2one(
        "isp.inventory.item", string="Equipment", index="btree_not_null", ondelete="restrict"
    )
    last_contract_id = fields.Many2one(
        "isp.contract", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    last_partner_id = fields.Many2one(
        "res.partner", string="Last customer", readonly=True, ondelete="restrict"
    )
    available_at = fields.Datetime(
        "Rested since / until",
        help="Of a free address, since when. Of one in quarantine, until when: from then on it "
        "can be "
        "taken, whether or not a job has relabelled it.",
    )
    lease_until = fields.Datetime(
        "Reserved until", help="A reservation that is not confirmed by then counts as free."
    )
    note = fields.Char()
    available = fields.Boolean(
        "Can be taken now", compute="_compute_available", search="_search_available"
    )
    history_count = fields.Integer("Periods", compute="_compute_history_count")

    # cidr first: Odoo replaces a key whose first column is a many2one by its own
    _pool_fk = models.Constraint(
        "FOREIGN KEY (pool_cidr, company_id, base_station_id, domain_id, alloc_plen, pool_retired,"
        " pool_id) REFERENCES isp_ip_pool (cidr, company_id, base_station_id, domain_id, "
        "alloc_plen,"
        " is_retired, id) ON UPDATE CASCADE",
        "The address and its pool disagree about network, base or routing domain.",
    )
    _unit_uniq = models.Constraint(
        "UNIQUE (pool_id, unit)", "This address is already on record: one row, one holder."
    )
    _unit_inside = models.Constraint(
        "CHECK (unit >= 0 AND unit < 1::bigint << (alloc_plen - masklen(pool_cidr)))",
        "The address lies outside its pool.",
    )
    _holder = models.Constraint(
        "CHECK (CASE state"
        " WHEN 'in_use' THEN purpose <> 'customer' OR contract_id IS NOT NULL"
        " OR inventory_item_id IS NOT NULL"
        " WHEN 'reserved' THEN purpose = 'customer'"
        " ELSE purpose = 'customer' AND contract_id IS NULL AND partner_id IS NULL"
        " AND inventory_item_id IS NULL AND lease_until IS NULL AND available_at IS NOT NULL END)",
        "An address in use needs a contract or equipment; a free or resting one has no holder.",
    )
    _states = models.Constraint(
        "CHECK (state IN ('free', 'reserved', 'in_use', 'quarantine'))",
        "Unknown state of an address.",
    )
    _exclusion_has_no_holder = models.Constraint(
        "CHECK (purpose = 'customer' OR (contract_id IS NULL AND partner_id IS NULL))",
        "An excluded address has no customer.",
    )
    _retired = models.Constraint(
        "CHECK (NOT (pool_retired AND purpose = 'customer' AND state IN ('reserved', 'in_use')))",
        "A retired pool has no customers.",
    )
    _contract_uniq = models.UniqueIndex(
        "(contract_id, pool_id) WHERE contract_id IS NOT NULL AND state IN ('reserved', 'in_use')"
        " AND purpose = 'customer'",
        "The contract already has an address of this pool.",
    )
    _item_uniq = models.UniqueIndex(
        "(inventory_item_id, family(ip_address), alloc_plen) WHERE inventory_item_id IS NOT NULL"
        " AND state IN ('reserved', 'in_use') AND purpose = 'customer'",
        "The equipment already has an address of this kind.",
    )
    _rested = models.Index(
        "(pool_id, available_at) WHERE state IN ('free', 'quarantine') AND purpose = 'customer'"
    )
    _sticky = models.Index(
        "(last_partner_id, pool_id, available_at) WHERE state IN ('free', 'quarantine')"
    )
    _leases = models.Index("(pool_id, lease_until) WHERE state = 'reserved'")
    _by_state = models.Index("(pool_id, state, purpose)")
    _by_address = models.Index("USING gist (ip_address inet_ops)")

    def _auto_init(self):
        dbcode.install(self.env.cr, dbcode.FUNCTIONS)
        return super()._auto_init()

    @api.model
    def _sql_error_to_message(self, exc):
        return promise_message(self.env, exc) or super()._sql_error_to_message(exc)

    # === Computes === #

    @api.depends("state", "purpose", "available_at", "lease_until")
    def _compute_available(self):
        for row in self:
            row.available = row._is_available()

    def _search_available(self, operator, value):
        if operator != "in":
            return NotImplemented
        if False in value:
            return Domain.TRUE
        now = fields.Datetime.now()
        return Domain("purpose", "=", "customer") & (
            (Domain("state", "in", ("free", "quarantine")) & Domain("available_at", "<=", now))
            | (Domain("state", "=", "reserved") & Domain("lease_until", "<=", now))
        )

    def _compute_history_count(self):
        counts = dict(
            self.env["isp.ip.assignment.history"]._read_group(
                [("reservation_id", "in", self.ids)], ["reservation_id"], ["__count"]
            )
        )
        for row in self:
            row.history_count = counts.get(row, 0)

    def _is_available(self):
        """Whether anybody may take it now. Compared when read, so no job has to have run."""
        self.ensure_one()
        now = fields.Datetime.now()
        if self.purpose != "customer":
            return False
        if self.state == "reserved":
            return bool(self.lease_until and self.lease_until <= now)
        return self.state != "in_use" and bool(self.available_at and self.available_at <= now)

    def _why_taken(self):
        """:return: in plain words, why somebody else cannot have it now."""
        self.ensure_one()
        if self.purpose != "customer":
            label = dict(self._fields["purpose"]._description_selection(self.env))[self.purpose]
            return self.env._("it is excluded (%(purpose)s)", purpose=label)
        holder = self.contract_id.display_name or self.partner_id.display_name
        holder = (
            holder or self.inventory_item_id.display_name or self.note or self.env._("nobody named")
        )
        if self.state == "in_use":
            return self.env._("it is in use by %(holder)s", holder=holder)
        if self.state == "reserved":
            return self.env._("it is reserved for %(holder)s", holder=holder)
        return self.env._(
            "it is in quarantine until %(until)s (last customer: %(holder)s)",
            until=fields.Datetime.context_timestamp(self, self.available_at).strftime(
                "%Y-%m-%d %H:%M"
            ),
            holder=self.last_partner_id.display_name or self.env._("nobody named"),
        )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        """Accepts ``ip_address`` instead of ``unit``. :raise ValidationError: outside the pool."""
        prepared = []
        for vals in vals_list:
            vals = {key: value for key, value in vals.items() if key not in DERIVED[:-1]}
            if text := vals.pop("ip_address", None):
                vals["unit"] = self.env["isp.ip.pool"].browse(vals.get("pool_id"))._unit_of(text)
            prepared.append(vals)
        dbcode.acting(self.env, self.env.context.get("ip_reason"))
        rows = super().create(prepared)
        rows._refresh()
        return rows

    def write(self, vals):
        dbcode.acting(self.env, self.env.context.get("ip_reason"))
        self._check_can_write(vals)
        result = super().write({key: value for key, value in vals.items() if key not in DERIVED})
        self._refresh()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        kept = self.filtered(
            lambda row: row.purpose == "customer"
            and not (row.state == "free" and not row.last_contract_id and not row.last_partner_id)
        )[:1]
        if kept:
            raise UserError(
                self.env._(
                    "%(address)s has been a customer's. Addresses are released, never deleted: "
                    "release "
                    "it and it goes to quarantine.",
                    address=kept.ip_address,
                )
            )

    def _check_can_write(self, vals):
        """The friendly half of the trigger: who may take what, before PostgreSQL refuses."""
        if "unit" in vals or "pool_id" in vals or "ip_address" in vals:
            raise UserError(
                self.env._(
                    "An address on record cannot become another one: release it and take another."
                )
            )
        state = vals.get("state")
        for row in self:
            if state == "free" and row.state == "in_use" and row.purpose == "customer":
                raise UserError(
                    self.env._(
                        "%(address)s is in use: it goes to quarantine first, not to free.",
                        address=row.ip_address,
                    )
                )
            resting = row.state == "quarantine" and not row._is_available()
            if resting and state == "free":
                raise UserError(
                    self.env._(
                        "%(address)s: %(why)s.", address=row.ip_address, why=row._why_taken()
                    )
                )
            if resting and state in LIVE:
                same_partner = vals.get("partner_id") == row.last_partner_id.id
                same_contract = vals.get("contract_id") == row.last_contract_id.id
                if not (same_partner and row.last_partner_id) and not (
                    same_contract and row.last_contract_id
                ):
                    raise UserError(
                        self.env._(
                            "%(address)s cannot be given to someone else: %(why)s.",
                            address=row.ip_address,
                            why=row._why_taken(),
                        )
                    )

    def _refresh(self):
        """Forget what the triggers wrote behind the ORM."""
        self.flush_recordset()
        self._refresh_all()

    @api.model
    def _refresh_all(self):
        """The same, after SQL that changed rows not in hand."""
        self.invalidate_model(flush=False)
        self.env["isp.ip.assignment.history"].invalidate_model(flush=False)
        self.env["isp.contract"].invalidate_model(
            ["ip_reservation_ids", "ip_address", "ipv6_prefix", "ip_note"], flush=False
        )

    # === Releasing === #

    def _release(self, reason=None):
        """In use to quarantine, reserved to free (or back to the quarantine it was taken from).
        Exclusions to free. Anything else stays as it is: calling it twice changes nothing."""
        rows = self.with_context(ip_reason=reason)
        rows.filtered(lambda r: r.purpose == "customer" and r.state == "in_use").write(
            {"state": "quarantine"}
        )
        rows.filtered(lambda r: r.purpose == "customer" and r.state == "reserved").write(
            {"state": "free"}
        )
        rows.filtered(lambda r: r.purpose != "customer").write(
            {"purpose": "customer", "state": "free"}
        )

    def action_release(self, reason=None):
        """Release by a person: to quarantine, or to free when it was only reserved.

        :raise UserError: for the gateway and the edges, which follow from the pool
        """
        edge = self.filtered(lambda r: r.purpose in ("network", "broadcast", "gateway"))[:1]
        if edge:
            raise UserError(
                self.env._(
                    "%(address)s follows from the pool %(pool)s: change its gateway or its edges "
                    "there.",
                    address=edge.ip_address,
                    pool=edge.pool_id.display_name,
                )
            )
        self._release(reason or self.env._("released by hand"))

    def action_lengthen_quarantine(self, hours=24 * 90):
        """Rest longer, for an address that was abused (90 days unless told)."""
        for row in self:
            if row.state != "quarantine":
                raise UserError(
                    self.env._("%(address)s is not in quarantine.", address=row.ip_address)
                )
            until = fields.Datetime.now() + timedelta(hours=hours)
            row.available_at = max(row.available_at, until)

    def action_give(self):
        """Open the form that gives this free address to a contract."""
        self.ensure_one()
        return self.pool_id.action_give(self.ip_address)

    def action_view_history(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_ipam.isp_ip_assignment_history_action"
        )
        action["domain"] = [
            ("ip_address", "=", self.ip_address),
            ("domain_id", "=", self.domain_id.id),
        ]
        action["context"] = {}
        return action
