from odoo import api, fields, models


class IspIpPurge(models.TransientModel):
    """Shows what would go before it goes."""

    _name = "isp.ip.purge"
    _description = "Purge of closed years"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    retention_months = fields.Integer(
        "Retention (months)", related="company_id.ip_retention_months"
    )
    last_year = fields.Integer("Can be purged up to", compute="_compute_last_year")
    year = fields.Integer(
        required=True,
        compute="_compute_year",
        store=True,
        precompute=True,
        readonly=False,
        help="What ended in it or before is deleted.",
    )
    period_count = fields.Integer("Periods", compute="_compute_counts")
    block_count = fields.Integer("CGNAT port blocks", compute="_compute_counts")
    first_date = fields.Datetime("Oldest", compute="_compute_counts")
    reason = fields.Char("Legal basis", required=True)

    @api.depends("company_id")
    def _compute_last_year(self):
        for wizard in self:
            wizard.last_year = self.env["isp.ip.history.purge"]._last_year(wizard.company_id)

    @api.depends("last_year")
    def _compute_year(self):
        for wizard in self:
            wizard.year = wizard.last_year

    @api.depends("company_id", "year")
    def _compute_counts(self):
        purges = self.env["isp.ip.history.purge"].sudo()
        for wizard in self:
            found = purges._found(wizard.company_id, purges._cutoff(wizard.year))
            wizard.period_count = found["periods"]
            wizard.block_count = found["blocks"]
            wizard.first_date = found["first_date"]

    def action_apply(self):
        """:raise UserError: when the year is too recent or nothing is left of it"""
        self.ensure_one()
        purges = self.env["isp.ip.history.purge"]
        purge = purges.action_purge(
            year=self.year, reason=self.reason, company_id=self.company_id.id
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": purges._name,
            "res_id": purge,
            "view_mode": "form",
        }
