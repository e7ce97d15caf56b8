from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.silver_base.tools.sqlrows import array

from .debt import debt_search


class ResPartner(models.Model):
    _inherit = "res.partner"

    isp_policy_id = fields.Many2one(
        "isp.suspension.policy",
        string="Collection Policy",
        ondelete="restrict",
        help="For all the services of this customer. Empty: that of each plan, or the company's.",
    )
    isp_charge_ids = fields.One2many("isp.charge", "partner_id", string="Charges")
    isp_debt = fields.Monetary(
        "Debt",
        compute="_compute_isp_debt",
        search="_search_isp_debt",
        currency_field="isp_currency_id",
    )
    isp_overdue = fields.Monetary(
        "Overdue", compute="_compute_isp_debt", currency_field="isp_currency_id"
    )
    isp_overdue_since = fields.Date(
        "Overdue Since", compute="_compute_isp_debt", search="_search_isp_overdue_since"
    )
    isp_credit = fields.Monetary(
        "Credit",
        compute="_compute_isp_credit",
        currency_field="isp_currency_id",
        help="Money of the customer that is not used yet: it pays the next invoice by itself.",
    )
    isp_currency_id = fields.Many2one("res.currency", compute="_compute_isp_currency_id")

    @api.depends_context("company")
    def _compute_isp_currency_id(self):
        self.isp_currency_id = self.env.company.currency_id

    @api.depends_context("isp_date", "company", "tz")
    def _compute_isp_debt(self):
        debts = self.env["isp.contract"]._isp_debts_by("partner_id", self.ids)
        for partner in self:
            debt = debts.get(partner.id)
            partner.isp_debt = debt.owed if debt else 0.0
            partner.isp_overdue = debt.overdue if debt else 0.0
            partner.isp_overdue_since = debt.oldest_due if debt else False

    def _search_isp_debt(self, operator, value):
        return debt_search(self, "partner_id", "owed", operator, value)

    def _search_isp_overdue_since(self, operator, value):
        return debt_search(self, "partner_id", "oldest_due", operator, value)

    @api.depends_context("company")
    def _compute_isp_credit(self):
        lines = self._isp_credit_lines(self, self.env.company)
        credit = {}
        for line in lines:
            credit[line.partner_id] = credit.get(line.partner_id, 0.0) - line.amount_residual
        for partner in self:
            partner.isp_credit = credit.get(partner, 0.0)

    def _isp_fiscal_positions(self, company):
        """Fiscal position of each customer, asked once for those who are alike to the rules that
        decide it.

        :return: dict customer id -> account.fiscal.position
        """
        positions = self.env["account.fiscal.position"].sudo().with_company(company)
        # a localization may look at more of the customer than Odoo does
        by_module = {
            cls._module
            for name in ("_get_fiscal_position", "_get_fpos_validation_functions")
            for cls in type(positions).__mro__
            if name in cls.__dict__
        }
        if by_module != {"account"}:
            return {
                partner.id: positions._get_fiscal_position(partner)
                for partner in self.sudo().with_company(company)
            }
        found, known = {}, {}
        for partner_id, *key in self._isp_position_keys(company):
            key = tuple(key)
            if key not in known:
                partner = self.sudo().with_company(company).browse(partner_id)
                known[key] = positions._get_fiscal_position(partner)
            found[partner_id] = known[key]
        return found

    def _isp_position_keys(self, company):
        """:return: list of (customer id, what of the customer decides the fiscal position); post
        code and tax number count only where a rule asks for them"""
        rules = (
            self.env["account.fiscal.position"]
            .sudo()
            .with_company(company)
            .search([("auto_apply", "=", True)])
        )
        partners = self.sudo().with_company(company)
        names = ["property_account_position_id", "country_id", "state_id"]
        if any(rule.zip_from for rule in rules):
            names.append("zip")
        # who else judges tax numbers may look at anything of the customer
        if any(rule.vat_required for rule in rules):
            names.append("id" if self._isp_others_judge_vat() else "vat")
        self.env["res.partner"].flush_model()
        return self.env.execute_query(
            SQL(
                "SELECT partner.id, %s FROM res_partner partner WHERE partner.id = ANY(%s::int[])",
                SQL(", ").join(
                    SQL("COALESCE(partner.vat, '') <> ''")
                    if name == "vat"
                    else partners._field_to_sql("partner", name)
                    for name in names
                ),
                array(self.ids),
            )
        )

    @api.model
    def _isp_others_judge_vat(self):
        """:return: whether a module has its own idea of a valid tax number"""
        return any(
            "_get_vat_required_valid" in cls.__dict__ and getattr(cls, "_module", None) != "account"
            for cls in type(self).__mro__
        )

    @api.model
    def _isp_credit_lines(self, partners, companies):
        """:return: account.move.line, receivable lines with money that is not used, oldest first"""
        return (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", partners.ids),
                    ("company_id", "in", companies.ids),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("reconciled", "=", False),
                    ("amount_residual", "<", 0),
                    ("move_id.move_type", "in", ("entry", "out_refund")),
                ],
                order="date, id",
            )
        )

    def _isp_use_credit(self, company):
        """Use the credit of the customers for what they owe, oldest first."""
        owed = (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", self.ids),
                    ("company_id", "=", company.id),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("reconciled", "=", False),
                    ("amount_residual", ">", 0),
                    ("move_id.move_type", "=", "out_invoice"),
                    ("move_id.isp_charge_ids", "!=", False),
                ]
            )
        )
        owed.move_id._isp_use_credit()

    def _isp_fiscal_gaps(self):
        """Extension: what the fiscal document of the country needs and the customer lacks.

        :return: list of field names; only a warning in the preview
        """
        self.ensure_one()
        return [] if self.name else ["name"]

    def action_open_isp_charges(self):
        """Open the charges of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("silver_billing.action_isp_charge")
        return dict(action, domain=[("partner_id", "=", self.id)], context={})
