import ipaddress

from odoo import api, fields, models
from odoo.exceptions import UserError
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
        help="What one customer gets: 32 one IPv4 address, 29 a business block, 56 or 48 a "
        "delegated "
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
        help="The network and broadcast address of an Ethernet segment. Not for routed pools "
        "(PPPoE), "
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
        "CHECK (alloc_plen BETWEEN masklen(cidr) AND (CASE family(cidr) WHEN 4 THEN 32 ELSE 128 "
        "END)"
        " AND alloc_plen - masklen(cidr) <= 40)",
        "The block length must lie between the length of the network and that of one address, "
        "and a "
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
                    "%(pool)s has handed out addresses, whose history stays. Retire the pool "
                    "instead "
                    "of deleting it.",
                    pool=used.pool_id.display_name,
                )
            )
        self.env["isp.ip.reservation"].sudo().search([("pool_id", "in", self.ids)]).unlink()

    def _refresh(self):
        """Forget what the database computed behind the ORM."""
        self.flush_recordset()
        self.invalidate_recordset()
        self.env["isp.ip.reservation"].invalidate_model()

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
