"""Who has had which equipment, and when."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.silver_base.tools import sqlguard

from .product_template import KINDS

# what a row says once and for all; the customer stays free because duplicates of one get merged
EVIDENCE = ("id", "item_id", "lot_id", "date_from", "company_id", "move_in_id", "create_date")


class IspEquipmentAssignment(models.Model):
    """One period in which a customer answers for one piece of equipment.

    Written only when a stock move is completed (see ``stock_move.py``): nobody has the right to
    create or delete rows. Higher modules add their own many2one to a row.
    """

    _name = "isp.equipment.assignment"
    _description = "Equipment assignment"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    item_id = fields.Many2one(
        "isp.inventory.item",
        string="Equipment item",
        required=True,
        index=True,
        ondelete="restrict",
    )
    lot_id = fields.Many2one(
        "stock.lot", string="Serial number", required=True, index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(related="lot_id.product_id", string="Product")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="restrict"
    )
    reference = fields.Char(help="What it was lent for: the contract or the order.", index=True)
    role = fields.Selection(
        KINDS, compute="_compute_role", store=True, precompute=True, readonly=False
    )
    date_from = fields.Datetime(string="From", required=True)
    date_to = fields.Datetime(string="To", help="Empty while the customer still has it.")
    is_open = fields.Boolean(
        string="In custody", compute="_compute_is_open", search="_search_is_open"
    )
    technician_id = fields.Many2one("res.users", string="Installed by")
    move_in_id = fields.Many2one("stock.move", string="Delivery", readonly=True)
    move_out_id = fields.Many2one("stock.move", string="Return", readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True)

    _date_order = models.Constraint(
        "CHECK(date_to >= date_from)",
        "Equipment cannot be given back before it was delivered.",
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (lot_id WITH =, tsrange(date_from, date_to) WITH &&)",
        "Two customers cannot have the same equipment at the same time.",
    )
    _one_open = models.UniqueIndex(
        "(lot_id) WHERE date_to IS NULL",
        "This equipment is already assigned to a customer.",
    )
    _partner_open_idx = models.Index("(partner_id) WHERE date_to IS NULL")

    def init(self):
        """Custody is evidence: nobody rewrites who had what since when, nor deletes it."""
        free = [
            name
            for name, field in self._fields.items()
            if field.store and field.column_type and name not in EVIDENCE
        ]
        sqlguard.append_only(
            self.env.cr,
            self._table,
            "The custody history of equipment cannot be changed or deleted.",
            allow_update_of=free,
        )

    @api.depends("lot_id")
    def _compute_role(self):
        for assignment in self:
            assignment.role = assignment.lot_id.product_id.equipment_kind or "other"

    @api.depends("date_to")
    def _compute_is_open(self):
        for assignment in self:
            assignment.is_open = not assignment.date_to

    @api.model
    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        if False in value:
            return fields.Domain.TRUE if True in value else fields.Domain("date_to", "!=", False)
        return fields.Domain("date_to", "=", False)

    @api.depends("lot_id.name", "partner_id.display_name")
    def _compute_display_name(self):
        for assignment in self:
            assignment.display_name = (
                f"{assignment.lot_id.name} · {assignment.partner_id.display_name}"
            )

    @api.model
    def _close_for(self, lines):
        """Close what the lines take out of the customers' custody.

        :param lines: done ``stock.move.line`` that leave custody locations
        :raise UserError: when a customer returns what he was never given
        """
        still_open = {
            assignment.lot_id: assignment
            for assignment in self.search(
                [("lot_id", "in", lines.lot_id.ids), ("date_to", "=", False)]
            )
        }
        for line in lines:
            assignment = still_open.get(line.lot_id)
            customer = line.location_id.isp_partner_id
            if not assignment or assignment.partner_id != customer:
                raise UserError(
                    self.env._(
                        "%(serial)s cannot come back from %(customer)s, who does not have it. "
                        "%(where)s",
                        serial=line.lot_id.name,
                        customer=customer.display_name,
                        where=line.lot_id.isp_item_ids._where_it_is(),
                    )
                )
            assignment.write({"date_to": line._isp_date(), "move_out_id": line.move_id.id})

    @api.model
    def _custody_on(self, lots, date):
        """Who answered for the serials at a moment.

        :param lots: ``stock.lot`` recordset
        :param datetime date: naive UTC
        :return: ``{lot: assignment}``; a lot nobody had is absent
        """
        rows = self.search(
            [
                ("lot_id", "in", lots.ids),
                ("date_from", "<=", date),
                "|",
                ("date_to", "=", False),
                ("date_to", ">", date),
            ]
        )
        return {row.lot_id: row for row in rows}
