"""One screen for everything that moves equipment: choose what to do, scan, confirm."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.isp_inventory_item import CONDITIONS

OPERATIONS = [
    ("load_van", "Load a van"),
    ("install", "Install at a customer's"),
    ("recover", "Return from a customer"),
    ("swap", "Swap at a customer's"),
    ("move", "Move to another place of ours"),
    ("to_repair", "Send to repair"),
    ("from_repair", "Back from repair"),
    ("to_supplier", "Send to the supplier (warranty)"),
    ("lost", "Declare lost"),
    ("found", "Found again"),
    ("scrap", "Scrap"),
]


class IspEquipmentOperation(models.TransientModel):
    _name = "isp.equipment.operation"
    _description = "Equipment operation"

    operation = fields.Selection(OPERATIONS, required=True, default="install")
    scanned = fields.Text(
        string="Scan here", help="One per line: serial, MAC, GPON serial or asset tag."
    )
    item_ids = fields.Many2many("isp.inventory.item", string="Equipment")
    unknown = fields.Char(string="Not found", compute="_compute_unknown")
    partner_id = fields.Many2one("res.partner", string="Customer or supplier")
    reference = fields.Char(help="Contract or order it is lent for; number of the return (RMA).")
    technician_id = fields.Many2one("res.users", string="Technician")
    location_id = fields.Many2one(
        "stock.location",
        string="To",
        domain="[('usage', '=', 'internal')]",
        help="Empty: the base of each piece.",
    )
    condition = fields.Selection(CONDITIONS[1:], default="used")
    new_item_id = fields.Many2one(
        "isp.inventory.item",
        string="New equipment",
        domain="[('status', '=', 'available')]",
    )
    charge = fields.Boolean(string="Charge it to the customer")
    note = fields.Char()

    @api.model
    def default_get(self, fields_list):
        """Opened from a list or form of items, ONUs or CPEs, it already has them."""
        values = super().default_get(fields_list)
        model, ids = self.env.context.get("active_model"), self.env.context.get("active_ids")
        if ids and model in ("isp.inventory.item", "isp.onu", "isp.cpe"):
            records = self.env[model].browse(ids)
            items = records if model == "isp.inventory.item" else records.item_id
            values["item_ids"] = [fields.Command.set(items.ids)]
        return values

    @api.depends("scanned")
    def _compute_unknown(self):
        for wizard in self:
            wizard.unknown = ", ".join(wizard._scan()[1])

    @api.onchange("scanned")
    def _onchange_scanned(self):
        self.item_ids |= self._scan()[0]

    def _scan(self):
        """:return: ``(items, codes)``: what was found, and the codes that name nothing of ours"""
        items = self.env["isp.inventory.item"]
        unknown, found = [], items.browse()
        for code in filter(None, map(str.strip, (self.scanned or "").splitlines())):
            item = items._find_by_scan(code)
            if len(item) == 1:
                found |= item
            else:
                unknown.append(code)
        return found, unknown

    def action_apply(self):
        """Do it for all the equipment, or for none."""
        self.ensure_one()
        if self.unknown:
            raise UserError(
                self.env._(
                    "No equipment has these codes: %(codes)s. Correct them or take them out.",
                    codes=self.unknown,
                )
            )
        self.item_ids |= self._scan()[0]
        if not self.item_ids:
            raise UserError(self.env._("Scan or choose the equipment first."))
        getattr(self, f"_apply_{self.operation}")()
        return {"type": "ir.actions.act_window_close"}

    def _apply_load_van(self):
        if not self.technician_id:
            raise UserError(self.env._("Say whose van it is."))
        self.item_ids.action_load_van(self.technician_id.id)

    def _apply_install(self):
        self.item_ids.action_install(
            self.partner_id.id, reference=self.reference, technician_id=self.technician_id.id
        )

    def _apply_recover(self):
        self.item_ids.action_recover(location_id=self.location_id.id, condition=self.condition)

    def _apply_swap(self):
        if len(self.item_ids) != 1 or not self.new_item_id:
            raise UserError(self.env._("A swap takes one old piece and one new piece."))
        self.item_ids.action_swap(
            self.new_item_id.id,
            technician_id=self.technician_id.id,
            condition=self.condition,
            location_id=self.location_id.id,
        )

    def _apply_move(self):
        if not self.location_id:
            raise UserError(self.env._("Say where it goes."))
        self.item_ids.action_move(self.location_id.id)

    def _apply_to_repair(self):
        self.item_ids.action_send_to_repair(note=self.note)

    def _apply_from_repair(self):
        self.item_ids.action_back_from_repair(
            condition=self.condition, location_id=self.location_id.id
        )

    def _apply_to_supplier(self):
        self.item_ids.action_send_to_supplier(
            self.partner_id.id, reference=self.reference, note=self.note
        )

    def _apply_lost(self):
        self.item_ids.action_declare_lost(charge=self.charge, note=self.note)

    def _apply_found(self):
        self.item_ids.action_found(location_id=self.location_id.id)

    def _apply_scrap(self):
        self.item_ids.action_scrap(note=self.note)
