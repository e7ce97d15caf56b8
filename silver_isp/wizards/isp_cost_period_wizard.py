from odoo import fields, models

from odoo.addons.silver_base.tools import local_time


class IspCostPeriodWizard(models.TransientModel):
    _name = "isp.cost.period.wizard"
    _description = "Close the operating cost of a month"

    period_key = fields.Char(
        string="Period",
        required=True,
        default=lambda self: local_time.today(self.env).strftime("%Y-%m"),
        help="Year and month: 2026-11.",
    )

    def action_generate(self):
        """Write the cost of each base in the month from its expenses and show them."""
        self.env["isp.base.operating.cost"].generate(self.period_key)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_isp.isp_base_operating_cost_action"
        )
        action["domain"] = [("period_key", "=", self.period_key)]
        return action
