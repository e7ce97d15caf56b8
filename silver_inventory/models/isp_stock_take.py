"""Counting by scanning: what is in a place, against what we believe is there."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class IspStockTake(models.Model):
    _name = "isp.stock.take"
    _description = "Equipment count"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    location_id = fields.Many2one(
        "stock.location",
        required=True,
        check_company=True,
        domain="[('usage', '=', 'internal')]",
        help="The base, van or shelf you are standing in.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users", string="Counted by", required=True, default=lambda self: self.env.user
    )
    date = fields.Datetime(default=fields.Datetime.now, required=True, readonly=True)
    scanned = fields.Text(
        string="Scanned codes", help="One per line: serial, MAC, GPON serial or asset tag."
    )
    line_ids = fields.One2many("isp.stock.take.line", "take_id", string="Result")
    wrong_count = fields.Integer(string="Differences", compute="_compute_wrong_count")
    state = fields.Selection(
        [("draft", "Counting"), ("checked", "Compared"), ("done", "Done")],
        default="draft",
        required=True,
        readonly=True,
        tracking=True,
    )

    @api.depends("line_ids.verdict")
    def _compute_wrong_count(self):
        for take in self:
            take.wrong_count = len(take.line_ids.filtered(lambda line: line.verdict != "right"))

    @api.depends("location_id", "date")
    def _compute_display_name(self):
        for take in self:
            take.display_name = f"{take.location_id.display_name} · {take.date:%Y-%m-%d}"

    def action_check(self):
        """Compare what was scanned with what stock says, without changing anything."""
        for take in self:
            if take.state == "done":
                raise UserError(self.env._("This count is already applied. Start a new one."))
            take.line_ids.unlink()
            take.line_ids = [fields.Command.create(vals) for vals in take._lines()]
            take.state = "checked"
        return True

    def _lines(self):
        """:return: list of values of lines, one per piece scanned, unknown or missing."""
        items = self.env["isp.inventory.item"]
        here, lines = items.browse(), []
        for code in dict.fromkeys(filter(None, map(str.strip, (self.scanned or "").splitlines()))):
            item = items._find_by_scan(code)
            if len(item) != 1:
                lines.append({"code": code, "verdict": "unknown"})
            elif item not in here:
                here |= item
                right = item.location_id == self.location_id
                lines.append(
                    {
                        "code": code,
                        "item_id": item.id,
                        "verdict": "right" if right else "elsewhere",
                        "apply": not right,
                        "found_in": item._where_it_is(),
                    }
                )
        missing = items.search([("location_id", "=", self.location_id.id)]) - here
        lines += [
            {
                "code": item.name,
                "item_id": item.id,
                "verdict": "missing",
                "found_in": item._where_it_is(),
            }
            for item in missing
        ]
        return lines

    def action_apply(self):
        """Make stock agree with the ticked lines: bring here what was elsewhere, write off what is
        missing. Every correction is a real move."""
        for take in self:
            if take.state != "checked":
                raise UserError(self.env._("Compare first, then apply the differences."))
            lines = take.line_ids.filtered(lambda line: line.apply and line.item_id)
            found = lines.filtered(lambda line: line.verdict == "elsewhere").item_id
            held = found.filtered("partner_id")
            if held:
                held._recover(take.location_id)
            new = found.filtered(lambda item: not item.location_id)
            if new:
                new._receive(take.location_id)
            (found - held - new)._transfer(
                take.location_id, "internal", reference=take.display_name
            )
            lost = lines.filtered(lambda line: line.verdict == "missing").item_id
            if lost:
                lost.action_declare_lost(note=take.display_name)
            take.state = "done"
        return True
