from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.silver_base.tools import local_time


class IspPlanSetPrice(models.TransientModel):
    _name = "isp.plan.set.price"
    _description = "Set Plan Price"

    product_ids = fields.Many2many(
        "product.product",
        string="Plans",
        required=True,
        domain="[('is_isp_plan', '=', True), ('company_id', 'in', [company_id, False])]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    amount = fields.Monetary("New Price", required=True)
    date = fields.Date("From", required=True, default=lambda self: local_time.today(self.env))
    date_to = fields.Date("Until", help="Last day of a temporary price. Empty: no end.")
    reason = fields.Char()
    future = fields.Selection(
        [
            ("keep", "Keep It: the New Price Ends the Day Before"),
            ("replace", "Replace It"),
        ],
        string="A Price Already Set for Later",
        required=True,
        default="keep",
    )
    later_date = fields.Date("Other Price From", compute="_compute_preview")
    preview = fields.Text(compute="_compute_preview")

    @api.model
    def default_get(self, fields_list):
        """Start from what the plan costs today: an empty price would be a free plan."""
        values = super().default_get(fields_list)
        plans = self.env["product.product"].browse(self.env.context.get("default_product_ids"))
        if "amount" in fields_list and len(plans) == 1:
            values["amount"] = plans.isp_price_amount
        return values

    @api.depends("company_id")
    def _compute_currency_id(self):
        for wizard in self:
            wizard.currency_id = wizard.company_id.currency_id

    @api.depends("product_ids", "company_id", "currency_id", "amount", "date", "date_to")
    def _compute_preview(self):
        """What the plans cost that day, and whether a price for later is in the way."""
        for wizard in self:
            wizard.later_date = wizard.preview = False
            if not (wizard.date and wizard.company_id and wizard.currency_id):
                continue
            plans = wizard.product_ids._origin
            prices = plans._isp_prices_on(wizard.date, wizard.company_id, wizard.currency_id)
            lines = []
            for plan in plans:
                price = prices.get(plan.id)
                lines.append(
                    self.env._(
                        "%(plan)s: %(old)s now, %(new)s from %(date)s",
                        plan=plan.name,
                        old=price.currency_id.format(price.amount) if price else "-",
                        new=wizard.currency_id.format(wizard.amount),
                        date=format_date(self.env, wizard.date),
                    )
                )
            wizard.preview = "\n".join(lines)
            domain = [("effective_from", ">", wizard.date)]
            if wizard.date_to:
                domain.append(("effective_from", "<=", wizard.date_to))
            later = plans._isp_live_prices(wizard.company_id, wizard.currency_id, domain)
            wizard.later_date = min(later.mapped("effective_from"), default=False)

    def action_confirm(self):
        """Set the price of all the chosen plans."""
        self.ensure_one()
        self.product_ids._isp_set_prices(
            dict.fromkeys(self.product_ids.ids, self.amount),
            self.date,
            date_to=self.date_to,
            reason=self.reason,
            company=self.company_id,
            currency=self.currency_id,
            future=self.future,
        )
        return {"type": "ir.actions.act_window_close"}
