from odoo import api, fields, models
from odoo.exceptions import UserError


class IspContractPlan(models.TransientModel):
    _name = "isp.contract.plan"
    _description = "Change Plan"

    contract_id = fields.Many2one(
        "isp.contract", required=True, default=lambda self: self.env.context.get("active_id")
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    company_id = fields.Many2one(related="contract_id.company_id")
    old_product_id = fields.Many2one(related="contract_id.product_id", string="Plan of Today")
    service_category = fields.Selection(related="contract_id.service_category")
    access_technology = fields.Selection(related="contract_id.access_technology")
    has_custom_price = fields.Boolean(related="contract_id.has_custom_price")
    product_id = fields.Many2one(
        "product.product",
        string="New Plan",
        required=True,
        domain="[('is_isp_plan', '=', True), ('id', '!=', old_product_id),"
        " ('service_category', '=', service_category),"
        " ('access_technology', 'in', ['any', access_technology])]",
    )
    when = fields.Selection(
        [("now", "Now"), ("next", "At the next billing period"), ("date", "On a day")],
        required=True,
        default="next",
    )
    date = fields.Date("Effective On", compute="_compute_date", store=True, readonly=False)
    keep_custom_price = fields.Boolean("Keep the own price of the customer")
    note = fields.Text()
    old_price = fields.Monetary(compute="_compute_money")
    new_price = fields.Monetary(compute="_compute_money")
    old_monthly = fields.Monetary("Old per Month", compute="_compute_money")
    new_monthly = fields.Monetary("New per Month", compute="_compute_money")
    monthly_difference = fields.Monetary("Difference per Month", compute="_compute_money")
    difference = fields.Monetary(
        "Difference in This Period",
        compute="_compute_money",
        help="By days of the billing period in which the change falls.",
    )
    problem = fields.Char(compute="_compute_money")

    @api.depends("when", "contract_id")
    def _compute_date(self):
        for wizard in self:
            contract = wizard.contract_id
            if wizard.when == "now":
                wizard.date = contract._today()
            elif wizard.when == "next" and contract:
                wizard.date = contract._next_period_start()
            else:
                wizard.date = wizard.date

    @api.depends("product_id", "date", "keep_custom_price", "contract_id")
    def _compute_money(self):
        for wizard in self:
            row, problem = {}, False
            if wizard.product_id and wizard.date:
                contract, plan = wizard.contract_id._origin, wizard.product_id._origin
                try:
                    contract._check_can_change_plan(plan, wizard.date)
                    row = contract._plan_change_preview(plan, wizard.date, wizard.keep_custom_price)
                except UserError as error:
                    problem = str(error)
            wizard.problem = problem
            for name in ("old_price", "new_price", "old_monthly", "new_monthly", "difference"):
                wizard[name] = row.get(name, 0.0)
            wizard.monthly_difference = wizard.new_monthly - wizard.old_monthly

    def action_confirm(self):
        """Make the change, or schedule it."""
        self.ensure_one()
        return self.contract_id.action_change_plan(
            product_id=self.product_id.id,
            date=False if self.when == "now" else self.date,
            keep_custom_price=self.keep_custom_price,
            note=self.note,
        ) and {"type": "ir.actions.act_window_close"}
