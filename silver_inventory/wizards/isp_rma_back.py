from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.isp_rma_line import OUTCOMES


class IspRmaBack(models.TransientModel):
    _name = "isp.rma.back"
    _description = "Back from a supplier"

    line_ids = fields.Many2many("isp.rma.line", string="Equipment", required=True)
    outcome = fields.Selection(OUTCOMES[1:-1], required=True, default="repaired")
    serials = fields.Text(
        help="One replacement per line, in the order above: serial; MAC; GPON serial. The last two "
        "may be left out."
    )
    condition = fields.Selection(
        [("new", "New"), ("refurbished", "Refurbished"), ("used", "Used"), ("broken", "Broken")],
        compute="_compute_condition",
        store=True,
        precompute=True,
        readonly=False,
    )
    location_id = fields.Many2one(
        "stock.location",
        string="To",
        domain="[('usage', '=', 'internal')]",
        help="Empty: the base of each piece.",
    )

    @api.depends("outcome")
    def _compute_condition(self):
        for wizard in self:
            wizard.condition = "broken" if wizard.outcome == "rejected" else "refurbished"

    def action_apply(self):
        """Register it for all the lines, or for none."""
        self.ensure_one()
        rows = []
        for line in filter(None, map(str.strip, (self.serials or "").splitlines())):
            cells = [cell.strip() for cell in line.replace("\t", ";").split(";")]
            names = ("serial", "mac", "gpon_serial")
            rows.append({name: cell for name, cell in zip(names, cells, strict=False) if cell})
        if len(self.line_ids.rma_id) != 1:
            raise UserError(self.env._("Register one return at a time."))
        self.line_ids.rma_id.action_back(
            item_ids=self.line_ids.item_id.ids,
            outcome=self.outcome,
            serials=rows,
            condition=self.condition,
            location_id=self.location_id.id,
        )
        return {"type": "ir.actions.act_window_close"}
