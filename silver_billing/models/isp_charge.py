from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.silver_base.tools import local_time

from .charge_guards import install_charge_guards

KINDS = [
    ("recurring", "Recurring"),
    ("installation", "Installation"),
    ("adjustment", "Adjustment"),
    ("reconnection", "Reconnection"),
    ("one_off", "One-off"),
    ("compensation", "Compensation"),
]
STATES = [
    ("pending", "Pending"),
    ("invoiced", "Invoiced"),
    ("partially_paid", "Partially Paid"),
    ("paid", "Paid"),
    ("void", "Void"),
]
OPEN_STATES = ("pending", "invoiced", "partially_paid")
REASONS = [
    ("suspended", "Service suspended"),
    ("voluntary_pause", "Voluntary pause"),
    ("promotion", "Promotion"),
    ("first_days_free", "First days free"),
    ("free_plan", "Plan without cost"),
    ("reduced_while_suspended", "Reduced while suspended"),
    ("billing_error", "Billing error"),
    ("courtesy", "Courtesy"),
    ("outage", "Outage"),
    ("cancelled", "Contract cancelled"),
    ("credited", "Credited in full"),
    ("holder_change", "Passed to the new holder"),
]
#: Fixed from the moment there is a document.
FROZEN = {
    "contract_id",
    "partner_id",
    "period_id",
    "kind",
    "product_id",
    "service_start",
    "service_end",
    "charge_date",
    "amount",
    "tax_amount",
    "amount_total",
    "currency_id",
    "company_id",
}


class IspCharge(models.Model):
    """The fact “this contract owes this amount for this period”.

    ``amount`` is the price as the plan says it; ``amount_total`` is what the customer owes, taxes
    included. The state follows the accounting (see ``isp.charge.payment``): nobody writes it by
    hand.
    """

    _name = "isp.charge"
    _inherit = ["silver.pivot.mixin"]
    _description = "Charge"
    _order = "charge_date desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["contract_id.name", "partner_id.name", "period_key"]

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    contract_id = fields.Many2one(
        "isp.contract", required=True, index=True, ondelete="restrict", check_company=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="restrict"
    )
    base_station_id = fields.Many2one(related="contract_id.base_station_id", string="Base")
    product_id = fields.Many2one(
        "product.product", string="Plan or Service", required=True, ondelete="restrict"
    )
    period_id = fields.Many2one(
        "isp.billing.period", string="Period", required=True, readonly=True, ondelete="restrict"
    )
    period_key = fields.Char(related="period_id.period_key", store=True, string="Period Key")
    kind = fields.Selection(KINDS, required=True, default="one_off")
    service_start = fields.Date("Service From")
    service_end = fields.Date("Service To", help="Last day served, included.")
    charge_date = fields.Date(required=True, default=lambda self: local_time.today(self.env))
    due_date = fields.Date(required=True)
    amount = fields.Monetary(required=True, help="As the price list says it.")
    tax_amount = fields.Monetary("Taxes", readonly=True)
    amount_total = fields.Monetary("Total", readonly=True, help="What the customer owes for it.")
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        readonly=True,
        default=lambda self: self.env.company.currency_id,
    )
    state = fields.Selection(
        STATES, required=True, default="pending", readonly=True, group_expand=True
    )
    reason = fields.Selection(REASONS, help="Why nothing, or less, is charged.")
    note = fields.Char()
    computation = fields.Json("How It Was Computed", readonly=True)
    computation_html = fields.Html(
        "Explanation", compute="_compute_computation_html", sanitize=False
    )
    invoice_line_id = fields.Many2one(
        "account.move.line", readonly=True, copy=False, ondelete="restrict"
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", readonly=True, copy=False, ondelete="restrict"
    )
    invoice_state = fields.Selection(related="move_id.payment_state", string="Invoice State")
    taken_from_id = fields.Many2one(
        "isp.charge",
        string="Taken over from",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The charge of a former holder whose debt this one carries on.",
    )
    taken_ids = fields.One2many("isp.charge", "taken_from_id", string="Passed on as")
    allocation_ids = fields.One2many(
        "isp.charge.payment", "charge_id", string="Allocations", readonly=True
    )
    amount_paid = fields.Monetary("Covered", compute="_compute_amount_paid")
    amount_residual = fields.Monetary(
        "Still Owed", compute="_compute_amount_paid", search="_search_amount_residual"
    )
    is_overdue = fields.Boolean(
        "Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )

    _recurring_uniq = models.UniqueIndex(
        "(contract_id, period_id) WHERE kind = 'recurring'",
        "The contract already has its recurring charge for that period.",
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (contract_id WITH =,"
        " daterange(service_start, service_end, '[]') WITH &&) WHERE (kind = 'recurring')",
        "Those days of service are already covered by another recurring charge of the contract.",
    )
    _amounts_not_negative = models.Constraint(
        "CHECK(amount >= 0 AND COALESCE(tax_amount, 0) >= 0 AND COALESCE(amount_total, 0) >= 0)",
        "A charge is never negative: what is given back is a credit note.",
    )
    _recurring_has_dates = models.Constraint(
        "CHECK(kind <> 'recurring' OR (service_start IS NOT NULL AND service_end IS NOT NULL))",
        "A recurring charge says which days of service it covers.",
    )
    _dates_in_order = models.Constraint(
        "CHECK(service_end >= service_start)", "The service cannot end before it starts."
    )
    _void_has_reason = models.Constraint(
        "CHECK(state <> 'void' OR reason IS NOT NULL)", "A void charge says why it is void."
    )
    _invoiced_has_document = models.Constraint(
        "CHECK(state IN ('pending', 'void') OR move_id IS NOT NULL)",
        "An invoiced charge has its invoice.",
    )
    _pending_has_no_document = models.Constraint(
        "CHECK(state <> 'pending' OR move_id IS NULL)",
        "A charge with an invoice is not pending.",
    )
    _invoice_line_uniq = models.UniqueIndex(
        "(invoice_line_id) WHERE invoice_line_id IS NOT NULL",
        "An invoice line belongs to one charge.",
    )
    # few at any time: those that no invoice has taken yet
    _pending_idx = models.Index("(company_id, charge_date) WHERE state = 'pending'")
    _move_idx = models.Index("(move_id) WHERE move_id IS NOT NULL")
    _partner_idx = models.Index("(partner_id, due_date)")
    _period_idx = models.Index("(period_id, state)")
    _open_idx = models.Index(
        "(contract_id, due_date) WHERE state IN ('pending', 'invoiced', 'partially_paid')"
    )

    def init(self):
        super().init()
        install_charge_guards(self.env.cr)

    # === computes === #

    @api.depends("contract_id.name", "period_key", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for charge in self:
            charge.display_name = (
                f"{charge.contract_id.name} · {charge.period_key} · {kinds.get(charge.kind, '')}"
            )

    @api.depends("allocation_ids.amount", "amount_total", "state")
    def _compute_amount_paid(self):
        paid = dict(
            self.env["isp.charge.payment"]
            .sudo()
            ._read_group([("charge_id", "in", self.ids)], ["charge_id"], ["amount:sum"])
        )
        for charge in self:
            charge.amount_paid = paid.get(charge._origin, 0.0)  # also inside a wizard
            charge.amount_residual = (
                0.0
                if charge.state == "void" or not charge.currency_id
                else charge.currency_id.round(charge.amount_total - charge.amount_paid)
            )

    def _search_amount_residual(self, operator, value):
        if operator not in ("=", "!=", "<", ">", "<=", ">=", "in"):
            return NotImplemented
        values = list(value) if operator == "in" else [value]
        operator = "IN" if operator == "in" else operator
        query = SQL(
            """(SELECT charge.id FROM isp_charge charge
                 LEFT JOIN isp_charge_payment paid ON paid.charge_id = charge.id
                GROUP BY charge.id
               HAVING CASE WHEN charge.state = 'void' THEN 0
                      ELSE charge.amount_total - COALESCE(SUM(paid.amount), 0) END %s %s)""",
            SQL(operator),
            tuple(values) if operator == "IN" else values[0],
        )
        return [("id", "in", query)]

    @api.depends("due_date", "state")
    def _compute_is_overdue(self):
        today = local_time.today(self.env)
        for charge in self:
            charge.is_overdue = bool(
                charge.state in ("invoiced", "partially_paid")
                and charge.due_date
                and charge.due_date < today
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        if False in value:
            return [(1, "=", 1)]
        return [
            ("state", "in", ["invoiced", "partially_paid"]),
            ("due_date", "<", local_time.today(self.env)),
        ]

    @api.depends("computation")
    def _compute_computation_html(self):
        for charge in self:
            charge.computation_html = self.env["ir.qweb"]._render(
                "silver_billing.charge_explanation",
                {"charge": charge, "computation": charge.computation or {}},
                raise_if_not_found=False,
            )

    # === create, write === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._complete_vals(dict(vals)) for vals in vals_list])

    @api.model
    def _complete_vals(self, vals):
        """Fill what follows from the contract and the charge date."""
        contract = self.env["isp.contract"].browse(vals.get("contract_id"))
        if not contract.exists():
            raise ValidationError(self.env._("A charge needs its contract."))
        day = fields.Date.to_date(vals.get("charge_date")) or local_time.today(self.env)
        company, currency = contract.company_id, contract.currency_id
        vals.update(
            charge_date=day,
            company_id=company.id,
            currency_id=currency.id,
            partner_id=contract.partner_id.id,
        )
        vals.setdefault("kind", "one_off")
        vals["product_id"] = vals.get("product_id") or company._isp_service_product(vals["kind"]).id
        if not vals.get("period_id"):
            vals["period_id"] = self.env["isp.billing.period"]._open_for(day, company).id
        self.env["isp.billing.period"].browse(vals["period_id"])._check_open()
        if not vals.get("due_date"):
            vals["due_date"] = contract._isp_due_dates(day)[contract.id]
        if "amount_total" not in vals:
            if vals.get("amount", 0) < 0:
                raise ValidationError(
                    self.env._(
                        "%(contract)s: a charge is never negative. To give money back, use the "
                        "credit action on the charge that was wrong.",
                        contract=contract.name,
                    )
                )
            vals["amount"] = currency.round(vals.get("amount", 0.0))
            product = self.env["product.product"].browse(vals["product_id"])
            vals.update(self._tax_vals(product, contract, vals["amount"]))
        if not vals["amount_total"] and vals.get("state", "pending") == "pending":
            vals["state"] = "void"
            vals["reason"] = vals.get("reason") or "courtesy"
        return vals

    @api.model
    def _taxes(self, product, partner, company):
        """:return: account.tax that apply, mapped by the customer's fiscal position"""
        taxes = product.sudo().taxes_id._filter_taxes_by_company(company)
        position = (
            self.env["account.fiscal.position"].sudo().with_company(company)
        )._get_fiscal_position(partner)
        return position.map_tax(taxes)

    @api.model
    def _tax_vals(self, product, contract, amount):
        """:return: dict ``tax_amount`` and ``amount_total`` of an amount of that product"""
        taxes = self._taxes(product, contract.partner_id, contract.company_id)
        found = taxes.compute_all(
            amount, contract.currency_id, 1.0, product=product, partner=contract.partner_id
        )
        return {
            "tax_amount": found["total_included"] - found["total_excluded"],
            "amount_total": found["total_included"],
        }

    def write(self, vals):
        if "state" in vals:
            raise UserError(
                self.env._("The state of a charge follows its invoice and payments; use Void.")
            )
        invoiced = self.filtered(lambda charge: charge.state != "pending")
        if invoiced and FROZEN.intersection(vals):
            raise UserError(
                self.env._(
                    "%(charge)s is already invoiced or void: its amounts and dates are not edited. "
                    "Use Credit or Void, which make the credit note.",
                    charge=invoiced[0].display_name,
                )
            )
        if "amount" in vals and "amount_total" not in vals:
            for charge in self:
                totals = self._tax_vals(charge.product_id, charge.contract_id, vals["amount"])
                charge._write_engine(dict(vals, **totals))
            return True
        return super().write(vals)

    def _write_engine(self, vals):
        """Write what people may not. Private, so RPC cannot reach it."""
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Charges are not deleted: void the charge and say why."))
