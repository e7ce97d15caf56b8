"""What a technician should have in his van, and what to bring him so that he has it."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class IspVanLevel(models.Model):
    _name = "isp.van.level"
    _description = "Stock level of a van"
    _order = "technician_id, product_id"
    _rec_name = "product_id"
    _check_company_auto = True

    technician_id = fields.Many2one("res.users", required=True, index=True)
    product_id = fields.Many2one(
        "product.product",
        string="Product",
        required=True,
        index=True,
        domain="[('is_isp_equipment', '=', True)]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    location_id = fields.Many2one(
        "stock.location",
        string="Loads at",
        check_company=True,
        domain="[('usage', '=', 'internal'), ('isp_role', '!=', 'van')]",
        help="Empty: the base his van works from, else the main warehouse.",
    )
    minimum = fields.Integer(required=True, default=2)
    maximum = fields.Integer(required=True, default=5)
    in_van = fields.Integer(string="In the van", compute="_compute_stock")
    at_source = fields.Integer(string="Where he loads", compute="_compute_stock")
    to_load = fields.Integer(
        compute="_compute_stock",
        search="_search_to_load",
        help="Below the minimum: what is missing to the maximum.",
    )

    _technician_product_uniq = models.UniqueIndex(
        "(technician_id, product_id, company_id)",
        "This technician already has a level for this product.",
    )
    _order_of_levels = models.Constraint(
        "CHECK (minimum >= 0 AND maximum >= minimum AND maximum > 0)",
        "The maximum is at least the minimum, and more than nothing.",
    )

    @api.depends("technician_id", "product_id", "company_id", "location_id", "minimum", "maximum")
    def _compute_stock(self):
        items = self.env["isp.inventory.item"].sudo()
        usable = Domain("status", "=", "available") & Domain(
            "product_id", "in", self.product_id.ids
        )
        held = {
            (technician, product, company): count
            for technician, product, company, count in items._read_group(
                usable & Domain("technician_id", "in", self.technician_id.ids),
                ["technician_id", "product_id", "company_id"],
                ["__count"],
            )
        }
        for place, levels in self.grouped(lambda level: level._source()).items():
            there = dict(
                items._read_group(usable & self._loadable(place), ["product_id"], ["__count"])
            )
            for level in levels:
                key = (level.technician_id, level.product_id, level.company_id)
                level.in_van = held.get(key, 0)
                level.at_source = there.get(level.product_id, 0)
                short = level.in_van < level.minimum
                level.to_load = level.maximum - level.in_van if short else 0

    @api.model
    def _search_to_load(self, operator, value):
        if operator not in (">", "!=") or value:
            return NotImplemented
        levels = self.search([])  # pylint: disable=no-search-all
        return [("id", "in", levels.filtered("to_load").ids)]

    def _source(self):
        """:return: ``stock.location`` the van is loaded from"""
        self.ensure_one()
        if self.location_id:
            return self.location_id
        places = self.env["stock.location"].sudo()
        van = places.search(
            [
                ("isp_role", "=", "van"),
                ("isp_technician_id", "=", self.technician_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            limit=1,
        )
        if van.isp_base_station_id:
            return places._isp_base(van.isp_base_station_id)
        return places._isp_warehouse(self.company_id).lot_stock_id

    @api.model
    def _loadable(self, place):
        """:return: domain of what is in ``place`` or its shelves, not in bases or vans below it"""
        shelves = Domain("lot_id.location_id", "child_of", place.id)
        shelves &= Domain("lot_id.location_id.isp_role", "=", False)
        return Domain("lot_id.location_id", "=", place.id) | shelves

    def _proposal(self):
        """What would be loaded, oldest in its place first; what two vans want goes to the first.

        :return: ``{level: isp.inventory.item}``, only those that lack something
        """
        proposal, taken = {}, self.env["isp.inventory.item"]
        for level in self.filtered("to_load"):
            items = taken.sudo().search(
                self._loadable(level._source())
                & Domain("product_id", "=", level.product_id.id)
                & Domain("status", "=", "available")
                & Domain("company_id", "=", level.company_id.id)
                & Domain("id", "not in", taken.ids),
                limit=level.to_load,
                order="located_since, id",
            )
            proposal[level] = items.with_env(self.env)
            taken |= items
        return proposal

    def action_load(self):
        """Load the vans of the levels up to their maximum, with real transfers.

        :return: notification that says what was loaded and what there was not
        :raise UserError: when nothing can be loaded
        """
        self.env["isp.inventory.item"]._check_write_off()
        proposal = self._proposal()
        moved = self.env["isp.inventory.item"].union(*proposal.values())
        if not moved:
            raise UserError(
                self.env._("Nothing to load: the vans have enough.")
                if not proposal
                else self.env._(
                    "The places these vans load at have none of what is missing: %(products)s.",
                    products=", ".join(
                        self.browse(level.id for level in proposal).product_id.mapped(
                            "display_name"
                        )
                    ),
                )
            )
        for technician in self.technician_id:
            mine = moved.browse(
                id_
                for level, items in proposal.items()
                if level.technician_id == technician
                for id_ in items.ids
            )
            if mine:
                mine.action_load_van(technician.id)
        self.invalidate_recordset(["in_van", "at_source", "to_load"])
        short = self.filtered("to_load")
        message = self.env._("%s pieces loaded.", len(moved))
        if short:
            message += " " + self.env._(
                "Still missing: %s.",
                ", ".join(
                    f"{level.technician_id.name}: {level.to_load} × {level.product_id.display_name}"
                    for level in short
                ),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if short else "success",
                "message": message,
                "sticky": bool(short),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
