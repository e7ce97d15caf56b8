"""The places of equipment: base stations, vans, customers' custody, repair, lost, scrap.

Every place is an ordinary stock location with a role, created the first time it is needed.
"""

from psycopg2 import errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError

ROLES = [
    ("base", "Base station"),
    ("van", "Technician's van"),
    ("custody", "Customer's custody"),
    ("repair", "Repair"),
    ("rma", "At a supplier, under warranty"),
    ("lost", "Lost"),
    ("scrap", "Scrap"),
]


class StockLocation(models.Model):
    _inherit = "stock.location"

    isp_role = fields.Selection(ROLES, string="Equipment role", readonly=True, copy=False)
    isp_base_station_id = fields.Many2one(
        "isp.base.station",
        string="Base station",
        index="btree_not_null",
        copy=False,
        help="For a van: the base it works from.",
    )
    isp_technician_id = fields.Many2one(
        "res.users", string="Technician", readonly=True, index="btree_not_null", copy=False
    )
    isp_partner_id = fields.Many2one(
        "res.partner",
        string="Customer with custody",
        readonly=True,
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
    )

    _isp_base_uniq = models.UniqueIndex(
        "(isp_base_station_id, company_id) WHERE isp_role = 'base'",
        "This base station already has its stock location.",
    )
    _isp_van_uniq = models.UniqueIndex(
        "(isp_technician_id, company_id) WHERE isp_role = 'van'",
        "This technician already has a van.",
    )
    _isp_custody_uniq = models.UniqueIndex(
        "(isp_partner_id, company_id) WHERE isp_role = 'custody'",
        "This customer already has a custody location.",
    )
    _isp_role_uniq = models.UniqueIndex(
        "(isp_role, company_id) WHERE isp_role IN ('repair', 'rma', 'lost', 'scrap')",
        "The company already has a location with this role.",
    )
    _isp_role_holder = models.Constraint(
        "CHECK(CASE isp_role WHEN 'base' THEN isp_base_station_id IS NOT NULL"
        " WHEN 'van' THEN isp_technician_id IS NOT NULL"
        " WHEN 'custody' THEN isp_partner_id IS NOT NULL AND usage = 'customer'"
        " ELSE TRUE END AND (isp_role IS NULL OR company_id IS NOT NULL))",
        "Say whose location this is: the base station, the technician or the customer.",
    )

    @api.model
    def _isp_warehouse(self, company=None):
        """:return: the main warehouse of the company (the first by sequence).

        :raise UserError: when the company has none
        """
        company = company or self.env.company
        warehouse = (
            self.env["stock.warehouse"].sudo().search([("company_id", "=", company.id)], limit=1)
        )
        if not warehouse:
            raise UserError(
                self.env._(
                    "%(company)s has no warehouse. Create one in Inventory before you move "
                    "equipment.",
                    company=company.display_name,
                )
            )
        return warehouse

    @api.model
    def _isp_base(self, station):
        """:return: the stock location of a base station, below its warehouse's stock."""
        company = station.company_id or self.env.company
        return self._isp_get(
            {"isp_role": "base", "isp_base_station_id": station.id},
            station.name,
            company,
            station._isp_stock_warehouse(company),
        )

    @api.model
    def _isp_van(self, user, company=None):
        """:return: the van of a technician (``res.users``) in the company."""
        company = company or self.env.company
        name = self._isp_env(company)._("Van %(technician)s", technician=user.name)
        key = {"isp_role": "van", "isp_technician_id": user.id}
        return self._isp_get(key, name, company)

    @api.model
    def _isp_custody(self, partner, company=None):
        """:return: the location that holds what the customer has of ours."""
        return self._isp_get(
            {"isp_role": "custody", "isp_partner_id": partner.id},
            partner.display_name,
            company or self.env.company,
        )

    @api.model
    def _isp_role_location(self, role, company=None):
        """:return: the company's location for ``repair``, ``rma``, ``lost`` or ``scrap``."""
        company = company or self.env.company
        env = self._isp_env(company)
        names = {
            "repair": env._("Repair"),
            "rma": env._("Warranty"),
            "lost": env._("Lost"),
            "scrap": env._("Equipment scrap"),
        }
        return self._isp_get({"isp_role": role}, names[role], company)

    @api.model
    def _isp_env(self, company):
        """:return: an environment in the company's language: all its people read the same names"""
        return self.with_context(lang=company.partner_id.lang or self.env.lang).env

    @api.model
    def _isp_get(self, key, name, company, warehouse=None):
        """Find the location with these values in the company, or create it.

        Two transactions may need the same new place at once: a unique index lets one through, the
        other is replayed by the server (:class:`ConcurrencyError`) and finds it.
        """
        locations = self.sudo()
        domain = [(field, "=", value) for field, value in key.items()]
        found = locations.search([*domain, ("company_id", "=", company.id)], limit=1)
        if found:
            return found
        values = {
            **key,
            **self._isp_parent(key["isp_role"], company, warehouse),
            "name": (name or "").replace("/", "-"),
            "company_id": company.id,
        }
        try:
            with self.env.cr.savepoint():
                return locations.create(values)
        except errors.UniqueViolation as error:
            raise ConcurrencyError("equipment location created by someone else") from error

    @api.model
    def _isp_parent(self, role, company, warehouse=None):
        """:return: dict of ``location_id`` and ``usage`` for a new location with this role."""
        if role == "custody":
            parent = self.env.ref("stock.stock_location_customers")
            return {"location_id": parent.id, "usage": "customer"}
        if role == "rma":
            parent = self.env.ref("stock.stock_location_suppliers")
            return {"location_id": parent.id, "usage": "supplier"}
        warehouse = warehouse or self._isp_warehouse(company)
        if role in ("base", "van"):
            return {"location_id": warehouse.lot_stock_id.id, "usage": "internal"}
        usage = "internal" if role == "repair" else "inventory"
        return {"location_id": warehouse.view_location_id.id, "usage": usage}

    def write(self, vals):
        """A van that works from another base belongs to that base's warehouse."""
        result = super().write(vals)
        if "isp_base_station_id" in vals:
            self.filtered(lambda place: place.isp_role == "van")._isp_follow_warehouse()
        return result

    def _isp_follow_warehouse(self):
        """Bases and vans hang below the stock of their base's warehouse."""
        for place in self.sudo():
            warehouse = place.isp_base_station_id._isp_stock_warehouse(place.company_id)
            if place.location_id != warehouse.lot_stock_id:
                place.location_id = warehouse.lot_stock_id
