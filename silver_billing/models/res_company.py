from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.silver_base.tools import local_time


class ResCompany(models.Model):
    _inherit = "res.company"

    isp_invoice_grouping = fields.Selection(
        [
            ("customer", "One invoice for each customer"),
            ("due_date", "One invoice for each customer and due date"),
            ("contract", "One invoice for each contract"),
        ],
        string="Invoices",
        default="customer",
        required=True,
    )
    isp_bulk_posting = fields.Boolean(
        "Invoices in Bulk",
        default=True,
        help="Odoo does one invoice of each shape, and those that differ only in the customer are "
        "written at once. Never used when another module takes part in posting.",
    )
    isp_mail_invoices = fields.Boolean(
        "Send Invoices by E-mail",
        default=True,
        help="After the run, in the background. A mail server that fails stops nothing: what could "
        "not be sent waits in the notices.",
    )
    isp_payment_instructions = fields.Html(
        "How to Pay",
        translate=True,
        help="Printed on each invoice and e-mailed with it: accounts, places, hours.",
    )
    isp_bill_daily = fields.Boolean(
        "Bill Every Day",
        help="Each day, charge and invoice by itself what starts that day.",
    )
    isp_dun_daily = fields.Boolean(
        "Collect Every Day",
        help="Each day, warn, suspend, reconnect and cancel by itself as the policies say.",
    )
    isp_sale_journal_id = fields.Many2one(
        "account.journal", "Invoicing Journal", domain="[('type', '=', 'sale')]"
    )
    isp_cash_journal_id = fields.Many2one(
        "account.journal", "Cash Desk Journal", domain="[('type', 'in', ('cash', 'bank'))]"
    )
    isp_transfer_journal_id = fields.Many2one(
        "account.journal", "Transfer Journal", domain="[('type', 'in', ('cash', 'bank'))]"
    )
    isp_gateway_journal_id = fields.Many2one(
        "account.journal", "Gateway Journal", domain="[('type', 'in', ('cash', 'bank'))]"
    )
    isp_cut_guard_percent = fields.Float(
        "Hold When More Than (%)",
        default=30.0,
        help="The run waits for a person when it would cut more than this part of a zone's "
        "services.",
    )
    isp_cut_guard_minimum = fields.Integer(
        "Hold From (Services)", default=25, help="Smaller cuts of a zone never hold the run."
    )

    isp_recovery_days = fields.Integer(
        "Days Recovered by an Action",
        default=7,
        help="Money that comes in within these days after a notice, a cut or a promise counts as "
        "recovered by it.",
    )
    isp_notices_per_hour = fields.Integer(
        "Notices per Hour", default=500, help="The others wait for the next hour. 0: no limit."
    )
    isp_holdout_percent = fields.Integer(
        "Customers Without Notices (%)",
        help="To know whether notices work: this part of the customers, always the same ones, gets "
        "no reminder, and the report compares. Legal notices are always sent. 0: nobody.",
    )

    _isp_collection_numbers = models.Constraint(
        "CHECK(isp_recovery_days BETWEEN 0 AND 365 AND isp_notices_per_hour >= 0"
        " AND isp_holdout_percent BETWEEN 0 AND 100)",
        "Days go from 0 to 365, notices per hour are not negative, and percentages go from 0 to "
        "100.",
    )

    def _isp_sale_journal(self):
        """:return: the journal of service invoices
        :raise UserError: when the company has no sales journal
        """
        self.ensure_one()
        journal = self.isp_sale_journal_id or self.env["account.journal"].sudo().search(
            [("type", "=", "sale"), ("company_id", "=", self.id)], limit=1
        )
        if not journal:
            raise UserError(
                self.env._(
                    "%(company)s has no sales journal: install its chart of accounts in "
                    "Invoicing > "
                    "Configuration first.",
                    company=self.name,
                )
            )
        return journal

    def _isp_payment_journal(self, method):
        """:param str method: cash, transfer, gateway or mixed
        :return: account.journal where that money enters
        """
        self.ensure_one()
        name = {"cash": "isp_cash_journal_id", "gateway": "isp_gateway_journal_id"}.get(
            method, "isp_transfer_journal_id"
        )
        if method == "mixed":
            name = "isp_cash_journal_id"
        journal = self[name]
        if not journal:
            kind = "cash" if method in ("cash", "mixed") else "bank"
            journals = self.env["account.journal"].sudo()
            journal = journals.search(
                [("type", "=", kind), ("company_id", "=", self.id)], limit=1
            ) or journals.search(
                [("type", "in", ("cash", "bank")), ("company_id", "=", self.id)], limit=1
            )
        if not journal:
            raise UserError(
                self.env._(
                    "%(company)s has no journal for this kind of payment. Choose one in Settings > "
                    "Silver billing.",
                    company=self.name,
                )
            )
        return journal

    def _isp_service_product(self, kind):
        """:return: product.product of one-off charges of that kind"""
        name = {"installation": "installation", "reconnection": "reconnection"}.get(
            kind, "adjustment"
        )
        return self.env.ref(f"silver_billing.product_{name}")

    @api.model
    def _isp_setup_all(self):
        """Prepare the companies that have a chart of accounts. Does nothing the second time."""
        for company in self.sudo().search([("chart_template", "!=", False)]):
            company._isp_setup()

    def _isp_setup(self):
        """A policy, a cash desk and a gateway journal, and taxes on the plans that have none."""
        self.ensure_one()
        today = local_time.today(self.env)
        self.env["isp.suspension.policy"]._default_of(self, today)
        journals = self.env["account.journal"].sudo().with_company(self)
        owned = [("company_id", "=", self.id)]
        self.isp_cash_journal_id = (
            self.isp_cash_journal_id
            or journals.search([("type", "=", "cash"), *owned], limit=1)
            or journals.create(
                {
                    "name": self.env._("Cash Desk"),
                    "type": "cash",
                    "code": "CAJA",
                    "company_id": self.id,
                }
            )
        )
        self.isp_transfer_journal_id = self.isp_transfer_journal_id or journals.search(
            [("type", "=", "bank"), *owned], limit=1
        )
        self.isp_gateway_journal_id = (
            self.isp_gateway_journal_id
            or journals.search([("code", "=", "PASAR"), *owned], limit=1)
            or journals.create(
                {
                    "name": self.env._("Gateway"),
                    "type": "bank",
                    "code": "PASAR",
                    "company_id": self.id,
                }
            )
        )
        tax = self.account_sale_tax_id
        if tax:
            untaxed = (
                self.env["product.template"]
                .sudo()
                .search(
                    [
                        ("company_id", "in", [self.id, False]),
                        ("taxes_id", "=", False),
                        "|",
                        ("is_isp_plan", "=", True),
                        ("id", "in", self._isp_own_templates().ids),
                    ]
                )
            )
            untaxed.write({"taxes_id": [(4, tax.id)]})

    def _isp_own_templates(self):
        return (
            self._isp_service_product("installation")
            | self._isp_service_product("reconnection")
            | self._isp_service_product("adjustment")
        ).product_tmpl_id
