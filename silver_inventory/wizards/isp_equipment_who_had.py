from odoo import api, fields, models


class IspEquipmentWhoHad(models.TransientModel):
    """Who had this serial at this moment: the question of a complaint or of a court."""

    _name = "isp.equipment.who.had"
    _description = "Who had this equipment"

    code = fields.Char(
        string="Serial", required=True, help="Or MAC, GPON serial or asset tag, in any spelling."
    )
    date = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    assignment_ids = fields.Many2many(
        "isp.equipment.assignment", string="Answer", compute="_compute_assignment_ids"
    )
    item_ids = fields.Many2many(
        "isp.inventory.item", string="Equipment", compute="_compute_assignment_ids"
    )

    @api.depends("code", "date")
    def _compute_assignment_ids(self):
        for question in self:
            items = self.env["isp.inventory.item"]._find_by_scan(question.code)
            held = self.env["isp.equipment.assignment"]._custody_on(
                items.lot_id, question.date or fields.Datetime.now()
            )
            question.item_ids = items
            question.assignment_ids = self.env["isp.equipment.assignment"].union(*held.values())
