from odoo import fields, models
from odoo.exceptions import UserError

OUTCOMES = [
    ("waiting", "Waiting"),
    ("repaired", "Repaired"),
    ("replaced", "Replaced by another"),
    ("rejected", "Sent back as it was"),
    ("credited", "Credited"),
    ("lost", "Lost there"),
]


class IspRmaLine(models.Model):
    """One piece sent to a supplier and what became of it."""

    _name = "isp.rma.line"
    _description = "Equipment at a supplier"
    _order = "rma_id desc, id"
    _rec_name = "item_id"

    rma_id = fields.Many2one("isp.rma", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="rma_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="rma_id.partner_id", string="Supplier", store=True)
    item_id = fields.Many2one(
        "isp.inventory.item",
        string="Equipment item",
        required=True,
        index=True,
        ondelete="restrict",
    )
    product_id = fields.Many2one(related="item_id.product_id")
    warranty_date = fields.Date(related="item_id.warranty_date")
    fault = fields.Char()
    outcome = fields.Selection(OUTCOMES, required=True, default="waiting", index=True)
    date_back = fields.Datetime(string="Answered", readonly=True)
    replacement_id = fields.Many2one(
        "isp.inventory.item", string="Came instead", readonly=True, index="btree_not_null"
    )

    _one_waiting = models.UniqueIndex(
        "(item_id) WHERE outcome = 'waiting'", "This equipment is already at a supplier."
    )
    _replaced = models.Constraint(
        "CHECK ((outcome = 'replaced') = (replacement_id IS NOT NULL))",
        "Say which one came instead.",
    )

    def action_back(self):
        """Open the form that registers what the supplier did."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Back from the supplier"),
            "res_model": "isp.rma.back",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_ids": self.ids},
        }

    def _back(self, outcome, serials, condition, location):
        """Lines of one return; see ``isp.rma.action_back``. :return: the items that came back"""
        items = self.item_id
        if outcome == "replaced":
            came = self._receive_replacements(serials, location)
            self._stays_there()
        elif outcome in ("repaired", "rejected"):
            for place, same in items.grouped(lambda one: location or one._home_location()).items():
                same._transfer(place, "return", partner=self.rma_id.partner_id)
            items.sudo().condition = condition or (
                "refurbished" if outcome == "repaired" else "broken"
            )
            came = items
        elif outcome == "credited":
            self._stays_there()
            came = items.browse()
        else:
            raise UserError(
                self.env._("Say what the supplier did: repaired, replaced, rejected or credited.")
            )
        now = fields.Datetime.now()
        for line, other in zip(self.sudo(), came if outcome == "replaced" else self, strict=True):
            line.write(
                {
                    "outcome": outcome,
                    "date_back": now,
                    "replacement_id": other.id if outcome == "replaced" else False,
                }
            )
        return came

    def _follow(self, destination):
        """The pieces left by a move of somebody else: the line ends with it."""
        outcome = {"lost": "lost", "scrap": "lost"}.get(destination.isp_role)
        if not outcome:
            outcome = "credited" if destination.usage == "supplier" else "rejected"
        self.write({"outcome": outcome, "date_back": fields.Datetime.now()})

    def _receive_replacements(self, serials, location):
        if len(serials) != len(self):
            raise UserError(
                self.env._(
                    "%(sent)s were replaced: give the serial numbers of the %(sent)s that came, "
                    "not of %(given)s.",
                    sent=len(self),
                    given=len(serials),
                )
            )
        came = self.item_id.browse()
        for line, serial in zip(self, serials, strict=True):
            old = line.item_id
            model = self.env["isp.onu" if old.equipment_kind == "onu" else "isp.cpe"]
            ids = model.action_receive(
                [serial],
                old.product_id.id,
                location_id=(location or old._home_location()).id,
                partner_id=line.partner_id.id,
                reference=line.rma_id.display_name,
            )
            came |= model.browse(ids).item_id
        return came

    def _stays_there(self):
        """The supplier keeps them: they are not ours any more and in no place of ours."""
        suppliers = self.env.ref("stock.stock_location_suppliers")
        self.item_id._transfer(suppliers, "rma")
