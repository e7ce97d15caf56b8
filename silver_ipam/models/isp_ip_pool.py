import ipaddress

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..fields import Cidr, GeneratedBoolean, GeneratedSelection, Inet, Units
from ..tools import addressing, dbcode
from ..tools.messages import promise_message

SCOPES = [
    ("private", "Private"),
    ("cgnat", "CGNAT"),
    ("public", "Public"),
    ("special", "Special"),
]
#: What a change of these means for the rows that nobody may take.
SHAPE = {"cidr", "alloc_plen", "gateway", "exclude_edges", "kind"}
#: What the constraints speak of.
CHECKED = SHAPE | {"state", "domain_id", "base_station_id", "vlan"}


class IspIpPool(models.Model):
    _name = "isp.ip.pool"
    _description = "Address pool"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _rec_name = "label"
    _rec_names_search = ["label"]
    _order = "base_station_id, sequence, cidr"
    _check_company_auto = True

    label = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10, help="Automatic assignment tries the lowest first.")
    base_station_id = fields.Many2one(
        "isp.base.station", required=True, index=True, ondelete="restrict", tracking=True
    )
    company_id = fields.Many2one(
        related="base_station_id.company_id", store=True, precompute=True, index=True
    )
    domain_id = fields.Many2one(
        "isp.routing.domain",
        string="Routing domain",
        compute="_compute_domain_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        index=True,
        ondelete="restrict",
    )
    domain_is_global = fields.Boolean(
        related="domain_id.is_global",
        string="In the public domain",
        store=True,
        precompute=True,
        required=True,
    )
    cidr = Cidr("Network", required=True, tracking=True)
    alloc_plen = fields.Integer(
        "Block length",
        compute="_compute_alloc_plen",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        help="What one customer gets: 32 one IPv4 address, 29 a business block, 56 or 48 a delegated "
        "IPv6 prefix.",
    )
    scope = GeneratedSelection(SCOPES, generated="isp_ip_scope(cidr)", readonly=True)
    size = Units("Blocks", generated="1::bigint << (alloc_plen - masklen(cidr))", readonly=True)
    is_retired = GeneratedBoolean(generated="state = 'retired'", readonly=True)
    gateway = Inet(tracking=True)
    vlan = fields.Integer("VLAN", help="0: none.")
    kind = fields.Selection(
        [("pool", "Pool"), ("container", "Container")],
        required=True,
        default="pool",
        help="A container only groups: nothing is handed out from it and it may hold pools.",
    )
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("active", "Active"),
            ("draining", "Draining"),
            ("retired", "Retired"),
        ],
        required=True,
        default="active",
        copy=False,
        tracking=True,
        group_expand=True,
        help="Draining: nothing new is handed out, those who have an address keep it.",
    )
    auto_assign = fields.Boolean(
        "Automatic",
        default=True,
        help="New contracts of the base take from it. Otherwise a person chooses it.",
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Only for these plans",
        domain="[('is_isp_plan', '=', True)]",
        help="Empty: for every plan of the base that has no pool of its own.",
    )
    exclude_edges = fields.Boolean(
        "Keep first and last free",
        default=True,
        help="The network and broadcast address of an Ethernet segment. Not for routed pools (PPPoE), "
        "where every address serves a customer.",
    )
    quarantine_hours = fields.Integer(
        compute="_compute_quarantine_hours",
        store=True,
        precompute=True,
        readonly=False,
        help="Rest of an address between two customers. By default 24 h, 30 days for public space.",
    )
    order_policy = fields.Selection(
        [
            ("fresh_first", "Never used first"),
            ("recycle_first", "Longest rested first"),
            ("spread", "Far apart (room to grow)"),
        ],
        required=True,
        default="fresh_first",
    )
    alert_pct = fields.Integer("Alert at (%)", default=90)
    responsible_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    notes = fields.Text()
    active = fields.Boolean(default=True)
    reservation_ids = fields.One2many("isp.ip.reservation", "pool_id", string="Addresses")

    taken = Units("In use", compute="_compute_capacity")
    reserved = Units(compute="_compute_capacity")
    resting = Units("In quarantine", compute="_compute_capacity")
    excluded = Units(compute="_compute_capacity")
    free_now = Units(compute="_compute_capacity")
    free_in_7_days = Units("Free in 7 days", compute="_compute_capacity")
    used_pct = fields.Float("Used (%)", compute="_compute_capacity", digits=(5, 1))
    exhaustion_date = fields.Date(compute="_compute_capacity")

    _domain_fk = models.Constraint(
        # the boolean first: Odoo replaces a key whose first column is a many2one by its own
        "FOREIGN KEY (domain_is_global, domain_id) REFERENCES isp_routing_domain (is_global, id)"
        " ON UPDATE CASCADE",
        "The routing domain of a pool and its being public disagree.",
    )
    _key = models.Constraint(
        "UNIQUE (cidr, company_id, base_station_id, domain_id, alloc_plen, is_retired, id)"
    )
    _lengths = models.Constraint(
        "CHECK (alloc_plen BETWEEN masklen(cidr) AND (CASE family(cidr) WHEN 4 THEN 32 ELSE 128 END)"
        " AND alloc_plen - masklen(cidr) <= 40)",
        "The block length must lie between the length of the network and that of one address, and a "
        "pool holds at most 2^40 blocks.",
    )
    _gateway_inside = models.Constraint(
        "CHECK (gateway IS NULL OR gateway <<= cidr)", "The gateway must lie inside the network."
    )
    _public_is_global = models.Constraint(
        "CHECK (kind = 'container' OR isp_ip_scope(cidr) <> 'public' OR domain_is_global)",
        "Public addresses belong to the domain of the public Internet, where they are unique.",
    )
    _no_special = models.Constraint(
        "CHECK (kind = 'container' OR isp_ip_scope(cidr) <> 'special')",
        "Loopback, multicast, documentation and other special networks cannot be handed out.",
    )
    _vlan_range = models.Constraint(
        "CHECK (vlan IS NULL OR vlan BETWEEN 0 AND 4094)", "A VLAN is a number from 1 to 4094."
    )
    _quarantine_positive = models.Constraint(
        "CHECK (quarantine_hours >= 0)", "The quarantine cannot be negative."
    )
    _alert_range = models.Constraint(
        "CHECK (alert_pct BETWEEN 1 AND 100)", "The alert is a percentage from 1 to 100."
    )
    # inet_ops by name: the default class of btree_gist rounds, and answers wrong at the edges
    _no_overlap_domain = models.Constraint(
        "EXCLUDE USING gist (domain_id WITH =, cidr inet_ops WITH &&)"
        " WHERE (kind = 'pool' AND state <> 'retired')",
        "The network overlaps another pool of the same routing domain.",
    )
    _no_overlap_base = models.Constraint(
        "EXCLUDE USING gist (base_station_id WITH =, cidr inet_ops WITH &&)"
        " WHERE (kind = 'pool' AND state <> 'retired')",
        "The network overlaps another pool of the same base.",
    )

    def _auto_init(self):
        dbcode.install(self.env.cr, dbcode.FUNCTIONS)  # generated columns and checks call them
        return super()._auto_init()

    @api.model
    def _sql_error_to_message(self, exc):
        return promise_message(self.env, exc) or super()._sql_error_to_message(exc)

    # === Computes === #

    @api.depends("cidr", "base_station_id")
    def _compute_domain_id(self):
        internet = self.env["isp.routing.domain"].search([("is_global", "=", True)], limit=1)
        for pool in self:
            network = pool._network()
            if network and addressing.scope(network) == "public":
                pool.domain_id = internet
            elif pool.base_station_id and (not pool.domain_id or pool.domain_id == internet):
                base = pool.base_station_id._origin or pool.base_station_id
                pool.domain_id = base._ensure_routing_domain()

    @api.depends("cidr")
    def _compute_alloc_plen(self):
        for pool in self:
            network = pool._network()
            if network and not pool.alloc_plen:
                pool.alloc_plen = 32 if network.version == 4 else max(56, network.prefixlen)
            else:
                pool.alloc_plen = pool.alloc_plen

    @api.depends("cidr")
    def _compute_quarantine_hours(self):
        for pool in self:
            network = pool._network()
            pool.quarantine_hours = pool.quarantine_hours or (
                addressing.QUARANTINE_HOURS[addressing.scope(network)] if network else 24
            )

    @api.depends_context("uid")
    def _compute_capacity(self):
        rows = self.env["isp.ip.capacity"]._by_pool(self)
        for pool in self:
            row = rows.get(pool.id, {})
            pool.taken = row.get("taken", 0)
            pool.reserved = row.get("reserved", 0)
            pool.resting = row.get("resting", 0)
            pool.excluded = row.get("excluded", 0)
            pool.free_now = row.get("free_now", 0)
            pool.free_in_7_days = row.get("free_in_7_days", 0)
            pool.used_pct = row.get("used_pct", 0)
            pool.exhaustion_date = row.get("exhaustion_date", False)

    @api.depends("label", "cidr")
    def _compute_display_name(self):
        for pool in self:
            pool.display_name = f"{pool.label} ({pool.cidr})" if pool.cidr else pool.label

    def _network(self):
        """:return: the ``ip_network`` of the pool, None while there is no valid text."""
        try:
            return ipaddress.ip_network(self.cidr) if self.cidr else None
        except ValueError:
            return None

    # === Constraints === #

    @api.model
    def _check_before_database(self, vals_list):
        """The friendly half of the constraints, asked before PostgreSQL is.

        :param vals_list: values to create; on a recordset, one dict to write on it
        :raise ValidationError: which pool, what is wrong, what to do
        """
        for vals in vals_list:
            if self:
                for pool in self:
                    pool.new(vals, origin=pool)._check_shape()
            else:
                self.new({**self.default_get(list(self._fields)), **vals})._check_shape()

    def _check_shape(self):
        network = self._network()
        if not network or not self.base_station_id:
            return  # a missing required value has its own message
        self._check_scope(network)
        self._check_lengths(network)
        gateway = self.gateway and self._fields["gateway"]._canonical(self.gateway, self)
        if gateway and ipaddress.ip_interface(gateway).ip not in network:
            raise ValidationError(
                self.env._(
                    "%(pool)s: the gateway %(gateway)s is outside the network %(network)s.",
                    pool=self.label,
                    gateway=self.gateway,
                    network=str(network),
                )
            )
        if not 0 <= self.vlan <= 4094:
            raise ValidationError(
                self.env._(
                    "%(pool)s: a VLAN is a number from 1 to 4094, not %(vlan)s.",
                    pool=self.label,
                    vlan=self.vlan,
                )
            )
        self._check_overlap()

    def _check_scope(self, network):
        scope = addressing.scope(network)
        if self.kind == "container":
            return
        if scope == "special":
            raise ValidationError(
                self.env._(
                    "%(pool)s: %(network)s is not for customers. It is multicast, loopback, "
                    "documentation or another special range, or it mixes public and private space.",
                    pool=self.label,
                    network=str(network),
                )
            )
        if scope == "public" and not self.domain_id.is_global:
            raise ValidationError(
                self.env._(
                    "%(pool)s: %(network)s is public. Its routing domain must be the public Internet.",
                    pool=self.label,
                    network=str(network),
                )
            )

    def _check_lengths(self, network):
        if not network.prefixlen <= self.alloc_plen <= network.max_prefixlen:
            raise ValidationError(
                self.env._(
                    "%(pool)s: blocks of /%(length)s do not fit in %(network)s. Choose a length from "
                    "%(low)s to %(high)s.",
                    pool=self.label,
                    length=self.alloc_plen,
                    network=str(network),
                    low=network.prefixlen,
                    high=network.max_prefixlen,
                )
            )
        if self.alloc_plen - network.prefixlen > addressing.MAX_WIDTH:
            raise ValidationError(
                self.env._(
                    "%(pool)s: %(network)s has more blocks of /%(length)s than one pool can count "
                    "(2^40). Split the network into several pools.",
                    pool=self.label,
                    network=str(network),
                    length=self.alloc_plen,
                )
            )

    def _check_overlap(self):
        if self.kind != "pool" or self.state == "retired":
            return
        others = self.env["isp.ip.pool"].sudo()
        other = others.search(
            Domain("id", "!=", self._origin.id)
            & Domain("kind", "=", "pool")
            & Domain("state", "!=", "retired")
            & (
                Domain("domain_id", "=", self.domain_id._origin.id)
                | Domain("base_station_id", "=", self.base_station_id._origin.id)
            )
            & Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "%s && %s::inet", SQL.identifier(alias, "cidr"), self.cidr
                )
            ),
            limit=1,
        )
        if other:
            raise ValidationError(
                self.env._(
                    "%(pool)s: %(network)s overlaps the pool %(other)s (base %(base)s). An address "
                    "can only be in one pool of a base and of a routing domain.",
                    pool=self.label,
                    network=self.cidr,
                    other=other.display_name,
                    base=other.base_station_id.display_name,
                )
            )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        pools = self.browse()
        for vals in vals_list:  # one by one: each is checked against those before it
            self.browse()._check_before_database([vals])
            pools |= super().create([vals])
        pools._refresh()
        pools._sync_exclusions()
        return pools

    def write(self, vals):
        if CHECKED & set(vals):
            self._check_before_database([vals])
        if not SHAPE & set(vals) and vals.get("state") != "retired":
            return super().write(vals)
        if vals.get("state") == "retired":
            self._check_can_retire()
        if {"cidr", "alloc_plen"} & set(vals):
            self._check_can_reshape(vals)
            # the edges move with the network; they are made again below
            self.env.cr.execute(
                SQL(
                    "DELETE FROM isp_ip_reservation WHERE pool_id IN %s"
                    " AND purpose IN ('network', 'broadcast', 'gateway')",
                    tuple(self.ids),
                )
            )
        dbcode.acting(self.env, self.env._("change of the pool"))
        result = super().write(vals)
        self._refresh()
        if SHAPE & set(vals):
            self._sync_exclusions()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_if_untouched(self):
        used = self.env["isp.ip.reservation"].search(
            [("pool_id", "in", self.ids), ("purpose", "=", "customer")], limit=1
        )
        if used:
            raise UserError(
                self.env._(
                    "%(pool)s has handed out addresses, whose history stays. Retire the pool instead "
                    "of deleting it.",
                    pool=used.pool_id.display_name,
                )
            )
        self.env["isp.ip.reservation"].sudo().search([("pool_id", "in", self.ids)]).unlink()

    def _check_can_retire(self):
        holder = self.env["isp.ip.reservation"].search(
            [
                ("pool_id", "in", self.ids),
                ("purpose", "=", "customer"),
                ("state", "in", ("reserved", "in_use")),
            ],
            limit=1,
        )
        if holder:
            raise UserError(
                self.env._(
                    "%(pool)s still has customers (%(address)s, for example). Set it to draining and "
                    "move them first.",
                    pool=holder.pool_id.display_name,
                    address=holder.ip_address,
                )
            )

    def _check_can_reshape(self, vals):
        for pool in self:
            cidr = self._fields["cidr"]._canonical(vals.get("cidr") or pool.cidr, pool)
            network = ipaddress.ip_network(cidr)
            length = vals.get("alloc_plen") or pool.alloc_plen
            top = self.env["isp.ip.reservation"].search(
                [
                    ("pool_id", "=", pool.id),
                    ("purpose", "not in", ("network", "broadcast", "gateway")),
                ],
                order="unit desc",
                limit=1,
            )
            if not top:
                continue
            if length != pool.alloc_plen or network.version != pool._network().version:
                raise UserError(
                    self.env._(
                        "%(pool)s has addresses on record: the length of its blocks cannot change. "
                        "Retire it and make another.",
                        pool=pool.display_name,
                    )
                )
            if network.prefixlen <= length and top.unit >= addressing.size(network, length):
                raise UserError(
                    self.env._(
                        "%(pool)s cannot shrink to %(network)s: %(address)s is on record and would "
                        "be outside.",
                        pool=pool.display_name,
                        network=str(network),
                        address=top.ip_address,
                    )
                )

    def _refresh(self):
        """Forget what the database computed behind the ORM."""
        self.flush_recordset()
        self.invalidate_recordset()
        self.env["isp.ip.reservation"].invalidate_model()

    # === Exclusions === #

    def _edges(self):
        """:return: ``{unit: purpose}`` of what nobody may take because of the pool's shape."""
        self.ensure_one()
        network = self._network()
        edges = {}
        if self.kind != "pool":
            return edges
        if self.exclude_edges and network.version == 4 and self.alloc_plen == 32:
            if network.prefixlen <= 30:
                edges = {0: "network", addressing.size(network, 32) - 1: "broadcast"}
        if self.gateway:
            gateway = ipaddress.ip_interface(self.gateway).ip
            edges[addressing.unit(network, self.alloc_plen, gateway)] = "gateway"
        return edges

    def _sync_exclusions(self):
        """Network, broadcast and gateway as rows nobody can take, and no others of that kind."""
        reservation = self.env["isp.ip.reservation"].sudo()
        for pool in self:
            edges = pool._edges()
            stale = reservation.search(
                [
                    ("pool_id", "=", pool.id),
                    ("purpose", "in", ("network", "broadcast", "gateway")),
                ]
            ).filtered(lambda row, edges=edges: edges.get(int(row.unit)) != row.purpose)
            stale.write({"purpose": "customer", "state": "free"})
            for unit, purpose in edges.items():
                pool._exclude(unit, purpose)

    def _exclude(self, unit, purpose, note=None):
        """Make a unit unavailable. :raise UserError: when a customer has it or had it a moment ago."""
        self.ensure_one()
        reservation = self.env["isp.ip.reservation"].sudo()
        row = reservation.search([("pool_id", "=", self.id), ("unit", "=", unit)])
        if row.purpose and row.purpose != "customer":
            return row
        if row.purpose and not row._is_available():
            raise UserError(
                self.env._(
                    "%(address)s cannot be excluded from %(pool)s: %(why)s.",
                    address=row.ip_address,
                    pool=self.display_name,
                    why=row._why_taken(),
                )
            )
        return reservation._take_unit(self, unit, state="in_use", purpose=purpose, note=note)

    # === Actions === #

    def action_take(self, count=1, partner_id=None, hours=None, reason=None):
        """Reserve ``count`` addresses at once for a customer (or for nobody in particular).

        :param int count: how many, all or none
        :param int partner_id: customer; needed unless the addresses are for the provider itself
        :param float hours: the reservation runs out after this long; None: it does not
        :return: ids of the reservations, in order of address
        :raise UserError: when the pool has not that many
        """
        self.check_access("write")
        rows = self.env["isp.ip.reservation"]._take_many(
            self, count, self.env["res.partner"].browse(partner_id), hours, reason
        )
        return rows.sorted("unit").ids

    def action_activate(self):
        self.write({"state": "active"})

    def action_drain(self):
        self.write({"state": "draining"})

    def action_retire(self):
        self.write({"state": "retired"})

    def action_view_reservations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_ipam.isp_ip_reservation_action"
        )
        action["domain"] = [("pool_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_grid(self):
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "silver_ipam.pool_grid",
            "name": self.display_name,
            "params": {"pool_id": self.id},
        }
