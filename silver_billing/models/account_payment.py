from odoo import api, fields, models
from odoo.exceptions import ValidationError

METHODS = [
    ("cash", "Cash"),
    ("transfer", "Transfer"),
    ("gateway", "Gateway"),
    ("mixed", "Mixed"),
]


class AccountPayment(models.Model):
    _inherit = "account.payment"

    contract_id = fields.Many2one(
        "isp.contract",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Its charges are covered first.",
    )
    period_key = fields.Char(
        "Billing Period",
        size=7,
        help="For old integrations. Reports by period read what is allocated to the charges.",
    )
    months_paid = fields.Integer(
        help="Months the customer said they were paying. Informative: what counts is allocated."
    )
    method = fields.Selection(METHODS, string="How It Was Paid", index="btree_not_null")
    method_breakdown = fields.Json(
        help="Amounts of a mixed payment by method, for example {'cash': 10, 'transfer': 5}."
    )
    external_reference = fields.Char(
        copy=False, help="Number of the payment in the bank or gateway. It enters once."
    )
    cashier_id = fields.Many2one(
        "res.users", copy=False, readonly=True, ondelete="restrict", index="btree_not_null"
    )
    cash_session_id = fields.Many2one(
        "isp.cash.session",
        string="Cash Session",
        copy=False,
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    target_charge_ids = fields.Many2many(
        "isp.charge",
        "isp_payment_charge_rel",
        "account_payment_id",
        "isp_charge_id",
        string="Meant For",
        copy=False,
        help="Charges the customer chose to pay. Empty: the oldest first.",
    )
    isp_allocation_ids = fields.One2many(
        "isp.charge.payment", "payment_id", string="Allocations", readonly=True
    )
    isp_allocated = fields.Monetary("Allocated", compute="_compute_isp_allocated")

    _external_reference_uniq = models.UniqueIndex(
        "(external_reference, journal_id) WHERE external_reference IS NOT NULL",
        "A payment with that external reference already entered in the journal.",
    )
    _period_key_format = models.Constraint(
        r"CHECK(period_key IS NULL OR period_key ~ '^\d{4}-(0[1-9]|1[0-2])$')",
        "A billing period is written as year and month, for example 2026-11.",
    )
    _months_paid_not_negative = models.Constraint(
        "CHECK(months_paid IS NULL OR months_paid BETWEEN 0 AND 120)",
        "The months paid go from 0 to 120.",
    )

    @api.depends("isp_allocation_ids.amount")
    def _compute_isp_allocated(self):
        sums = dict(
            self.env["isp.charge.payment"]
            .sudo()
            ._read_group([("payment_id", "in", self.ids)], ["payment_id"], ["amount:sum"])
        )
        for payment in self:
            payment.isp_allocated = sums.get(payment, 0.0)

    @api.model
    def _isp_entered(self, journal_id, reference):
        """:return: the payment that entered with that reference, empty when there is none"""
        if not reference:
            return self.browse()
        return self.search(
            [("external_reference", "=", reference), ("journal_id", "=", journal_id)], limit=1
        )

    def _isp_signed(self):
        """:return: the amount, below zero when it was given back"""
        self.ensure_one()
        return self.amount if self.payment_type == "inbound" else -self.amount

    def _isp_cash_part(self):
        """:return: how much of the payment is money in the drawer, below zero when it left it"""
        self.ensure_one()
        if self.method == "mixed":
            return float((self.method_breakdown or {}).get("cash", 0))
        return self._isp_signed() if self.method == "cash" else 0.0

    @api.constrains("method", "method_breakdown", "amount")
    def _check_method_breakdown(self):
        for payment in self.filtered(lambda pay: pay.method == "mixed"):
            parts = payment.method_breakdown or {}
            unknown = set(parts) - {code for code, _label in METHODS}
            total = sum(float(value) for value in parts.values())
            if unknown or payment.currency_id.compare_amounts(total, payment.amount) != 0:
                raise ValidationError(
                    self.env._(
                        "A mixed payment says how much came by each method, and the parts add "
                        "up to "
                        "it: %(parts)s do not make %(amount)s.",
                        parts=parts,
                        amount=payment.amount,
                    )
                )

    def action_open_isp_charges(self):
        """Open the charges the payment covers."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("silver_billing.action_isp_charge")
        charges = self.sudo().isp_allocation_ids.charge_id
        return dict(action, domain=[("id", "in", charges.ids)], context={})
