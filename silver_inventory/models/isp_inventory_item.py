"""One piece of equipment: a serial number of Odoo stock with what an ISP needs to know of it."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools import identifiers

STATUS = [
    ("absent", "Not in stock"),
    ("available", "Available"),
    ("assigned", "Assigned"),
    ("maintenance", "Maintenance"),
    ("retired", "Retired"),
    ("lost", "Lost"),
]
CONDITIONS = [
    ("new", "New"),
    ("used", "Used"),
    ("refurbished", "Refurbished"),
    ("broken", "Broken"),
]
OWNERSHIPS = [
    ("company", "Ours, on loan"),
    ("sold", "Sold to the customer"),
    ("customer", "The customer's own"),
]


class IspInventoryItem(models.Model):
    """What ONUs and other customer equipment have in common.

    The serial number, the product and the place come from ``stock.lot``; an item is always also an
    ``isp.onu`` or an ``isp.cpe``, by the kind of its product.
    """

    _name = "isp.inventory.item"
    _description = "Equipment item"
    _inherits = {"stock.lot": "lot_id"}
    _order = "id desc"
    _rec_names_search = ["name", "isp_serial_key", "mac", "asset_tag"]

    lot_id = fields.Many2one(
        "stock.lot", string="Lot", required=True, ondelete="cascade", bypass_search_access=True
    )
    asset_tag = fields.Char(copy=False, help="The number on our own label.")
    mac = fields.Char(string="MAC", copy=False, help="Any spelling is accepted.")
    mac_ids = fields.One2many("isp.equipment.mac", "item_id", string="All MACs")
    brand = fields.Char(related="lot_id.product_id.brand")
    model = fields.Char(string="Equipment model", related="lot_id.product_id.model")
    equipment_kind = fields.Selection(related="lot_id.product_id.equipment_kind")
    base_station_id = fields.Many2one(
        "isp.base.station",
        string="Base station",
        compute="_compute_base_station_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        help="The base it is in, or the last one it was in.",
    )
    condition = fields.Selection(CONDITIONS, required=True, default="new")
    ownership = fields.Selection(OWNERSHIPS, required=True, default="company")
    warranty_date = fields.Date(string="Warranty until")
    currency_id = fields.Many2one(related="lot_id.company_id.currency_id")
    value = fields.Monetary(
        compute="_compute_value",
        store=True,
        readonly=False,
        precompute=True,
        aggregator="sum",
        help="What it costs to replace it; the cost of the product unless you say otherwise.",
    )
    status = fields.Selection(STATUS, compute="_compute_status", store=True, index=True)
    located_since = fields.Datetime(
        string="There since", readonly=True, copy=False, help="When it came to where it is."
    )
    days_in_place = fields.Integer(
        string="Days there", compute="_compute_days_in_place", search="_search_days_in_place"
    )
    place_role = fields.Selection(related="lot_id.location_id.isp_role", string="Kind of place")
    partner_id = fields.Many2one(
        "res.partner",
        string="In custody of",
        related="lot_id.location_id.isp_partner_id",
        store=True,
        index="btree_not_null",
    )
    technician_id = fields.Many2one(
        "res.users",
        string="In van of",
        related="lot_id.location_id.isp_technician_id",
        store=True,
        index="btree_not_null",
    )
    assignment_ids = fields.One2many(
        "isp.equipment.assignment", "item_id", string="Custody history", readonly=True
    )
    onu_ids = fields.One2many("isp.onu", "item_id", string="ONU")
    cpe_ids = fields.One2many("isp.cpe", "item_id", string="CPE")

    _lot_uniq = models.UniqueIndex("(lot_id)", "This serial number already has its equipment.")
    _mac_idx = models.Index("(mac) WHERE mac IS NOT NULL")
    _asset_tag_uniq = models.UniqueIndex(
        "(upper(asset_tag)) WHERE asset_tag IS NOT NULL",
        "Another piece of equipment already has this asset tag.",
    )
    _mac_form = models.Constraint(
        "CHECK(mac ~ '^([0-9A-F]{2}:){5}[0-9A-F]{2}$')",
        "A MAC address has twelve hexadecimal digits.",
    )
    _value_positive = models.Constraint("CHECK(value >= 0)", "The value cannot be negative.")

    # === computes === #

    @api.depends("lot_id.location_id.isp_base_station_id")
    def _compute_base_station_id(self):
        for item in self:
            station = item.lot_id.location_id.isp_base_station_id
            item.base_station_id = station or item.base_station_id

    @api.depends("lot_id.product_id")
    def _compute_value(self):
        for company, items in self.grouped("company_id").items():
            for product, same in items.with_company(company).grouped("product_id").items():
                same.value = product.standard_price

    @api.depends("condition", "lot_id.location_id.isp_role", "lot_id.location_id.usage")
    def _compute_status(self):
        by_role = {
            "custody": "assigned",
            "repair": "maintenance",
            "rma": "maintenance",
            "lost": "lost",
            "scrap": "retired",
        }
        by_usage = {"internal": "available", "transit": "available", "inventory": "lost"}
        for item in self:
            place = item.lot_id.location_id
            status = by_role.get(place.isp_role) or by_usage.get(place.usage, "absent")
            if status == "available" and item.condition == "broken":
                status = "maintenance"
            item.status = status

    @api.depends("located_since")
    def _compute_days_in_place(self):
        now = fields.Datetime.now()
        for item in self:
            item.days_in_place = item.located_since and (now - item.located_since).days

    @api.model
    def _search_days_in_place(self, operator, value):
        """``days_in_place >= 15``: it came 15 days ago or earlier."""
        moments = {">=": ("<=", 0), ">": ("<=", 1), "<": (">", 0), "<=": (">", 1)}
        if operator not in moments:
            return NotImplemented
        compare, more = moments[operator]
        moment = fields.Datetime.now() - timedelta(days=value + more)
        return Domain("located_since", compare, moment)

    @api.depends("name", "product_id", "brand", "model")
    def _compute_display_name(self):
        for item in self:
            make = " ".join(filter(None, (item.brand, item.model))) or item.product_id.name
            item.display_name = f"{item.name or ''} ({make})" if make else item.name

    @api.model
    def _search_display_name(self, operator, value):
        """A serial or a MAC is found in whatever way it is written."""
        domain = super()._search_display_name(operator, value)
        if operator in Domain.NEGATIVE_OPERATORS or not isinstance(value, str):
            return domain
        key = identifiers.compact(value)
        if key:
            domain |= Domain("isp_serial_key", operator, key)
            domain |= self._scan_domain(value)
        return domain

    # === create, write, unlink === #

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._normalise_vals(vals) for vals in vals_list]
        self._check_duplicates(vals_list)
        items = super(IspInventoryItem, self.with_context(isp_item_create=True)).create(vals_list)
        items = items.with_env(self.env)
        items.filtered("mac")._mirror_mac()
        if not self.env.context.get("isp_sub_create"):
            for item in items:
                model = "isp.onu" if item.equipment_kind == "onu" else "isp.cpe"
                self.env[model].create({"item_id": item.id})
        return items

    def write(self, vals):
        res = super().write(self._normalise_vals(vals))
        if "mac" in vals:
            self._mirror_mac()
        return res

    def unlink(self):
        lots = self.lot_id
        super().unlink()
        return lots.unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_never_moved(self):
        moved = self.filtered("lot_id.quant_ids") or self.filtered("assignment_ids")
        if moved:
            raise UserError(
                self.env._(
                    "%(serial)s has already been in stock, so its history must stay. Scrap it or "
                    "declare it lost instead.",
                    serial=moved[0].name,
                )
            )

    @api.model
    def _normalise_vals(self, vals):
        """:return: a copy of the values with serial, MAC and asset tag in their one spelling.

        :raise ValidationError: when a MAC address is not one
        """
        vals = dict(vals)
        if vals.get("name"):
            vals["name"] = vals["name"].strip()
        if "asset_tag" in vals:
            vals["asset_tag"] = (vals["asset_tag"] or "").strip().upper() or False
        if vals.get("mac"):
            vals["mac"] = self.env["isp.equipment.mac"]._normalise(vals["mac"])
        return vals

    def _mirror_mac(self):
        """All MACs live in one table, where one index keeps them unique; the main one follows."""
        macs = self.env["isp.equipment.mac"].sudo()
        macs.search([("item_id", "in", self.ids), ("interface", "=", "main")]).unlink()
        macs.create(
            [
                {"item_id": item.id, "interface": "main", "mac": item.mac}
                for item in self
                if item.mac
            ]
        )

    @api.model
    def _check_duplicates(self, vals_list):
        """Say where the equipment is that already has a serial, MAC or asset tag.

        The unique indexes decide; this only speaks first, when nobody is in between.
        """
        products = self.env["product.product"].browse(
            {vals["product_id"] for vals in vals_list if vals.get("product_id")}
        )
        kinds = {product.id: product.equipment_kind for product in products}
        wanted = {"isp_serial_key": {}, "mac": {}, "asset_tag": {}}
        for vals in vals_list:
            product = vals.get("product_id")
            values = {
                "isp_serial_key": product
                and (product, identifiers.serial_key(vals.get("name"), kinds[product])),
                "mac": vals.get("mac"),
                "asset_tag": vals.get("asset_tag"),
            }
            for field, value in values.items():
                if not value or value == (product, None):
                    continue
                if value in wanted[field]:
                    raise ValidationError(
                        self.env._(
                            "%(value)s is twice in what you are registering (also written "
                            "%(other)s).",
                            value=vals.get("name") or value,
                            other=wanted[field][value],
                        )
                    )
                wanted[field][value] = vals.get("name") or value
        self._check_registered(wanted)

    @api.model
    def _check_registered(self, wanted):
        items = self.sudo()
        domain = Domain.OR(
            [
                Domain("lot_id.isp_serial_key", "in", [key for _p, key in wanted["isp_serial_key"]])
                & Domain("lot_id.product_id", "in", [p for p, _key in wanted["isp_serial_key"]]),
                Domain("mac_ids.mac", "in", list(wanted["mac"])),
                Domain("asset_tag", "in", list(wanted["asset_tag"])),
            ]
        )
        found = items.search(domain)
        for item in found:
            marks = [
                ("isp_serial_key", (item.product_id.id, item.isp_serial_key)),
                ("asset_tag", item.asset_tag),
                *(("mac", mac) for mac in item.mac_ids.mapped("mac")),
            ]
            for field, mark in marks:
                if mark in wanted[field]:
                    raise ValidationError(
                        self.env._(
                            "%(value)s is already registered as %(item)s. %(where)s",
                            value=wanted[field][mark],
                            item=item.display_name,
                            where=item._where_it_is(),
                        )
                    )

    # === answers === #

    def _where_it_is(self):
        """:return: str, where this one is and since when, for messages to people."""
        self.ensure_one()
        item = self.sudo()
        place = item.location_id
        if not place:
            return self.env._("It is not in any of our places: it has not been received.")
        since = item.located_since and fields.Datetime.context_timestamp(
            self, item.located_since
        ).strftime("%Y-%m-%d %H:%M")
        if item.partner_id:
            return self.env._(
                "%(customer)s has it since %(since)s.",
                customer=item.partner_id.display_name,
                since=since,
            )
        return self.env._(
            "It is in %(place)s since %(since)s.", place=place.display_name, since=since
        )

    @api.model
    def _find_by_scan(self, code):
        """:return: the items with this serial, MAC, GPON serial or asset tag, however spelt."""
        return self.search(self._scan_domain(code))

    @api.model
    def _scan_domain(self, code):
        text = (code or "").strip()
        if not identifiers.compact(text):
            return Domain.FALSE
        keys = {identifiers.serial_key(text), identifiers.serial_key(text, "onu")}
        domain = Domain("lot_id.isp_serial_key", "in", list(keys))
        domain |= Domain("asset_tag", "=", text.upper())
        for field, normalise in (
            ("mac_ids.mac", identifiers.normalise_mac),
            ("onu_ids.gpon_serial", identifiers.normalise_gpon),
        ):
            try:
                domain |= Domain(field, "=", normalise(text))
            except ValueError:
                continue  # not of that form: it can still be another of the marks
        return domain
