"""The contract: its fields, what the database keeps of them, and its number."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.silver_base.tools import local_time

from .guarded_fields import GUARDED
from .sql_guards import install_state_guard
from .transitions import LIVE_STATES, REASONS, STATES


class IspContract(models.Model):
    _name = "isp.contract"
    _description = "Service Contract"
    _inherit = ["mail.thread", "mail.activity.mixin", "silver.pivot.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "external_code", "partner_id.name", "partner_id.customer_code"]

    name = fields.Char("Number", required=True, copy=False, readonly=True, default="/")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )  # found by _state_idx
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    service_partner_id = fields.Many2one(
        "res.partner",
        string="Service Address",
        compute="_compute_service_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        check_company=True,
        index="btree_not_null",
        help="Where the service is delivered: the customer or one of its addresses.",
    )
    latitude = fields.Float(
        digits=(10, 7), compute="_compute_coordinates", store=True, readonly=False, precompute=True
    )
    longitude = fields.Float(
        digits=(10, 7), compute="_compute_coordinates", store=True, readonly=False, precompute=True
    )
    base_station_id = fields.Many2one(
        "isp.base.station",
        string="Base",
        compute="_compute_base_station_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        index=True,
    )
    product_id = fields.Many2one(
        "product.product",
        string="Plan",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('is_isp_plan', '=', True)]",
        tracking=True,
    )
    service_category = fields.Selection(
        related="product_id.service_category", store=True, precompute=True
    )
    access_technology = fields.Selection(
        [
            ("pppoe", "PPPoE"),
            ("dhcp", "DHCP"),
            ("fiber", "Fiber"),
            ("wireless", "Wireless"),
        ],
        compute="_compute_access_technology",
        store=True,
        readonly=False,
        precompute=True,
        help="How the service reaches the customer. Fiber needs a splitter port and an ONU, "
        "wireless a place on a sector.",
    )
    has_custom_price = fields.Boolean("Custom Price?", tracking=True)
    custom_price = fields.Monetary(
        tracking=True, help="Price of each charge for this customer, instead of the plan's."
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    billing_day = fields.Integer(
        default=1,
        required=True,
        tracking=True,
        help="Day of the month, 1 to 31. In a shorter month, its last day.",
    )
    date_start = fields.Date(
        "Signed On", required=True, default=lambda self: local_time.today(self.env), tracking=True
    )
    date_activation = fields.Date("Active Since", copy=False, readonly=True)
    date_end = fields.Date("Ended On", copy=False, readonly=True)
    term_months = fields.Integer(
        "Term (Months)",
        tracking=True,
        help="Minimum term. 0: none, the customer may leave any day.",
    )
    term_date = fields.Date("Term Ends On", compute="_compute_term_date")
    early_termination_amount = fields.Monetary(
        copy=False,
        readonly=True,
        help="What the contract says is due for leaving before its term, on the day it ended.",
    )
    state = fields.Selection(
        STATES,
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        group_expand=True,
    )
    state_reason = fields.Selection(REASONS, string="Reason", copy=False, readonly=True)
    state_date = fields.Datetime(
        "In This State Since", copy=False, readonly=True, default=fields.Datetime.now
    )
    splitter_id = fields.Many2one(
        "isp.splitter",
        string="Splitter",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    splitter_port_id = fields.Many2one(
        "isp.splitter.port",
        string="Splitter Port",
        copy=False,
        ondelete="restrict",
        domain="[('splitter_id', '=?', splitter_id)]",
    )
    olt_port_id = fields.Many2one(
        related="splitter_id.olt_port_id",
        string="OLT Port",
        store=True,
        index="btree_not_null",
    )
    sector_slot_id = fields.Many2one(
        "isp.sector.slot", string="Sector Place", copy=False, ondelete="restrict"
    )
    reserved_until = fields.Datetime(copy=False, readonly=True)
    onu_id = fields.Many2one(
        "isp.onu", string="ONU", copy=False, ondelete="restrict", check_company=True
    )
    cpe_ids = fields.Many2many(
        "isp.cpe",
        "isp_contract_cpe_rel",
        "contract_id",
        "cpe_id",
        string="CPE",
        copy=False,
        help="Routers, antennas and set-top boxes of this service.",
    )
    display_label = fields.Char(
        "Label",
        help="Tells apart two services of the same kind of one customer: Home, Shop, Farm.",
    )
    external_code = fields.Char(copy=False, help="Number of this contract in another system.")
    tag_ids = fields.Many2many("isp.contract.tag", string="Tags")
    event_ids = fields.One2many("isp.contract.event", "contract_id", string="Events")
    event_count = fields.Integer(compute="_compute_event_count")

    _external_code_uniq = models.UniqueIndex(
        "(company_id, external_code) WHERE external_code IS NOT NULL",
        "Another contract already has this external code.",
    )
    _name_uniq = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'", "The number of a contract must be unique."
    )
    _billing_day_range = models.Constraint(
        "CHECK(billing_day BETWEEN 1 AND 31)", "The billing day goes from 1 to 31."
    )
    _term_not_negative = models.Constraint(
        "CHECK(term_months >= 0)", "The term cannot be negative."
    )
    _custom_price_not_negative = models.Constraint(
        "CHECK(custom_price >= 0)", "The custom price cannot be negative."
    )
    _delivered_has_activation = models.Constraint(
        "CHECK(state NOT IN ('active', 'suspended') OR date_activation IS NOT NULL)",
        "An active contract has an activation date.",
    )
    _cancelled_has_end = models.Constraint(
        "CHECK(state <> 'cancelled' OR date_end IS NOT NULL)",
        "A cancelled contract has an end date.",
    )
    _fiber_has_port = models.Constraint(
        "CHECK(state NOT IN ('active', 'suspended') OR service_category <> 'internet'"
        " OR access_technology <> 'fiber' OR (splitter_port_id IS NOT NULL AND onu_id IS NOT "
        "NULL))",
        "An active fiber service has a splitter port and an ONU.",
    )
    _wireless_has_slot = models.Constraint(
        "CHECK(state NOT IN ('active', 'suspended') OR service_category <> 'internet'"
        " OR access_technology <> 'wireless' OR sector_slot_id IS NOT NULL)",
        "An active wireless service has a place on a sector.",
    )
    _internet_has_technology = models.Constraint(
        "CHECK(state NOT IN ('active', 'suspended') OR service_category <> 'internet'"
        " OR access_technology IS NOT NULL)",
        "An active internet service says by which technology it is delivered.",
    )
    _port_has_splitter = models.Constraint(
        "CHECK(splitter_port_id IS NULL OR splitter_id IS NOT NULL)",
        "A contract with a splitter port has its splitter.",
    )
    # begins with the same column and ON DELETE as the many2one, so Odoo takes it for its own key
    _port_of_splitter = models.Constraint(
        "FOREIGN KEY (splitter_port_id, splitter_id)"
        " REFERENCES isp_splitter_port (id, splitter_id) ON DELETE RESTRICT",
        "The splitter port belongs to another splitter.",
    )
    _service_uniq = models.UniqueIndex(
        "(partner_id, service_category, LOWER(COALESCE(display_label, '')))"
        " WHERE state IN ('pending', 'active', 'suspended')",
        "The customer already has a service of this kind with this label. Give each its own label.",
    )
    _onu_uniq = models.UniqueIndex(
        "(onu_id) WHERE state IN ('pending', 'active', 'suspended')",
        "Another live contract has this ONU.",
    )
    _splitter_port_uniq = models.UniqueIndex(
        "(splitter_port_id) WHERE state IN ('pending', 'active', 'suspended')",
        "Another live contract has this splitter port.",
    )
    _sector_slot_uniq = models.UniqueIndex(
        "(sector_slot_id) WHERE state IN ('pending', 'active', 'suspended')",
        "Another live contract has this place on the sector.",
    )
    _state_idx = models.Index("(company_id, state, id DESC)")  # of the lists, of record rules
    _reserved_until_idx = models.Index("(reserved_until) WHERE state = 'pending'")

    def init(self):
        super().init()
        install_state_guard(self.env.cr)

    # === computes === #

    @api.depends("partner_id")
    def _compute_service_partner_id(self):
        for contract in self:
            contract.service_partner_id = contract.service_partner_id or contract.partner_id

    @api.depends("service_partner_id")
    def _compute_coordinates(self):
        for contract in self:
            address = contract.service_partner_id
            if address.partner_latitude or address.partner_longitude:
                contract.latitude = address.partner_latitude
                contract.longitude = address.partner_longitude
            else:
                contract.latitude = contract.latitude
                contract.longitude = contract.longitude

    @api.depends("splitter_id", "sector_slot_id", "partner_id")
    def _compute_base_station_id(self):
        for contract in self:
            # kept when the port is given back: churn is counted by base
            contract.base_station_id = (
                contract.splitter_id.olt_port_id.base_station_id
                or contract.sector_slot_id.sector_id.base_station_id
                or contract.base_station_id
            )
        without = self.filtered(lambda contract: not contract.base_station_id)
        if without:
            # television or a token seller belongs where the customer's other services are
            others = dict(
                self.env["isp.contract"]._read_group(
                    [
                        ("partner_id", "in", without.partner_id.ids),
                        ("base_station_id", "!=", False),
                        ("state", "!=", "cancelled"),
                    ],
                    ["partner_id"],
                    ["base_station_id:recordset"],
                )
            )
            for contract in without:
                bases = others.get(contract.partner_id)
                contract.base_station_id = (
                    bases
                    and bases.filtered(lambda base, c=contract: base.company_id == c.company_id)[:1]
                )

    @api.depends("product_id")
    def _compute_access_technology(self):
        for contract in self:
            technology = contract.product_id.access_technology
            if technology and technology != "any":
                contract.access_technology = technology
            else:
                contract.access_technology = contract.access_technology

    @api.depends("company_id")
    def _compute_currency_id(self):
        for contract in self:
            contract.currency_id = contract.currency_id or contract.company_id.currency_id

    @api.depends("date_activation", "term_months")
    def _compute_term_date(self):
        for contract in self:
            start = contract.date_activation
            contract.term_date = bool(start and contract.term_months) and fields.Date.add(
                start, months=contract.term_months
            )

    def _compute_event_count(self):
        counts = dict(
            self.env["isp.contract.event"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.event_count = counts.get(contract._origin, 0)

    @api.depends("name", "partner_id.name", "display_label")
    def _compute_display_name(self):
        for contract in self:
            parts = [contract.name, contract.partner_id.name, contract.display_label]
            contract.display_name = " · ".join(part for part in parts if part)

    # === create, unlink === #

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            self._check_billing_day(vals)
            if vals.get("splitter_port_id") and not vals.get("splitter_id"):
                port = self.env["isp.splitter.port"].browse(vals["splitter_port_id"])
                vals["splitter_id"] = port.splitter_id.id
            state = vals.get("state") or self.env.context.get("default_state") or "draft"
            if state != "draft":
                raise UserError(
                    self.env._(
                        "A contract is created as a draft, not as “%(state)s”. Create it, then "
                        "reserve and activate it with its actions.",
                        state=state,
                    )
                )
            for name in GUARDED - {"state", "state_date"}:
                if vals.get(name):
                    self._raise_guarded(name, self)
        self._number(vals_list)
        contracts = super().create(vals_list)
        contracts.partner_id._ensure_customer_code()
        return contracts

    @api.model
    def _number(self, vals_list):
        """Give a number to each contract to create, with one query for each company."""
        by_company = {}
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company_id = vals.get("company_id") or self.env.company.id
                by_company.setdefault(company_id, []).append(vals)
        for company_id, group in by_company.items():
            sequences = self.env["ir.sequence"].with_company(company_id)
            numbers = sequences._draw_many("isp.contract", len(group))
            for vals, number in zip(group, numbers, strict=True):
                vals["name"] = number

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        kept = self.filtered(lambda contract: contract.state != "draft" or contract.event_ids)
        if kept:
            raise UserError(
                self.env._(
                    "%(names)s: a contract with a history is not deleted. Cancel it instead.",
                    names=kept._names(),
                )
            )

    @api.model
    def _live_domain(self):
        """:return: Domain of the contracts that hold resources"""
        return Domain("state", "in", LIVE_STATES)
