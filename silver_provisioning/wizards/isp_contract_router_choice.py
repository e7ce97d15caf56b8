from odoo import api, fields, models


class IspContractRouterChoice(models.TransientModel):
    """Say which router serves some contracts, one or the hundred that nobody decided."""

    _name = "isp.contract.router.choice"
    _description = "Router of contracts"
    _check_company_auto = True

    contract_ids = fields.Many2many(
        "isp.contract",
        required=True,
        readonly=True,
        default=lambda self: self.env["isp.contract"].browse(self.env.context.get("active_ids")),
    )
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    contract_count = fields.Integer("Contracts", compute="_compute_company_id")
    nas_id = fields.Many2one(
        "isp.nas",
        string="Router",
        check_company=True,
        domain="[('vendor', '!=', 'uisp'), ('company_id', '=', company_id)]",
        help="Empty: the router of its OLT or sector, else that of its base.",
    )

    @api.depends("contract_ids")
    def _compute_company_id(self):
        for choice in self:
            choice.company_id = choice.contract_ids.company_id[:1]
            choice.contract_count = len(choice.contract_ids)

    def action_apply(self):
        self.ensure_one()
        self.contract_ids.action_set_router(nas_id=self.nas_id.id)
        return {"type": "ir.actions.act_window_close"}
