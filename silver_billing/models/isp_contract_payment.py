"""Money that comes in for a contract: one public verb, safe to repeat."""

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import SQL

from .account_payment import METHODS

COLLECTION = "silver_base.group_silver_collection"


class IspContract(models.Model):
    _inherit = "isp.contract"

    def action_register_payment(
        self,
        amount,
        method="cash",
        external_reference=None,
        date=None,
        journal_id=None,
        charge_ids=None,
        breakdown=None,
        months=None,
        note=None,
        currency=None,
    ):
        """Register money received for the contract, and use it for what its customer owes.

        The payment is posted and reconciled with the open invoices of the customer, those of this
        contract first and the oldest due first; what is left over stays as credit and pays the next
        invoice by itself. A service cut for non-payment comes back in the same transaction when
        nothing overdue is left.

        Registering the same ``external_reference`` again (in the same journal) does nothing and
        gives the first payment.

        :param float amount: in the currency of the contract, or in ``currency``
        :param str method: cash, transfer, gateway or mixed
        :param str external_reference: number in the bank or gateway
        :param date: day it was received (ISO text or date), today by default
        :param int journal_id: by default the one of the method in the company
        :param list charge_ids: charges the customer chose to pay; the oldest by default
        :param dict breakdown: for mixed, amount by method
        :param int months: months the customer said they pay (informative)
        :param str note: memo of the payment
        :param str currency: code, when the customer paid in another one than the contract's; it
            covers what it is worth at the rate of its date
        :return: id of the account.payment
        :raise UserError: wrong amount, method, date or journal
        """
        self.ensure_one()
        self.check_access("read")
        self._isp_check_may_collect()
        contract = self.with_company(self.company_id)
        vals = contract._isp_payment_vals(
            amount,
            method=method,
            external_reference=external_reference,
            date=date,
            journal_id=journal_id,
            charge_ids=charge_ids,
            breakdown=breakdown,
            months=months,
            note=note,
            currency=currency,
        )
        contract._isp_serialise_customers()
        known = (
            self.env["account.payment"]
            .sudo()
            ._isp_entered(vals["journal_id"], vals["external_reference"])
        )
        if known:
            contract._isp_check_same_payment(known, amount)
            return known.id
        contract._isp_check_amount(amount)
        return contract._isp_create_payments([vals]).id

    @api.model
    def _isp_check_may_collect(self):
        if not self.env.su and not self.env.user.has_group(COLLECTION):
            raise AccessError(
                self.env._(
                    "Your role does not allow to register payments. Ask a colleague of collection."
                )
            )

    def _isp_payment_vals(
        self,
        amount,
        method="cash",
        external_reference=None,
        date=None,
        journal_id=None,
        charge_ids=None,
        breakdown=None,
        months=None,
        note=None,
        currency=None,
        session=None,
    ):
        """
        :param session: isp.cash.session of the cashier, locked; looked for when not given
        :return: values of the account.payment; the amount is checked apart
        """
        if session is None:
            session = self._isp_cash_session()
        day = self._day(date) if date else self._today()
        contract = self.sudo()
        journal = contract._isp_payment_journal_for(method, journal_id)
        paid_in = contract._isp_payment_currency(currency, journal)
        reference = (external_reference or "").strip() or None
        number = amount if isinstance(amount, (int, float)) else 0.0
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": contract.partner_id.id,
            "amount": paid_in.round(float(number)),
            "currency_id": paid_in.id,
            "date": day,
            "journal_id": journal.id,
            "memo": note or reference or contract.name,
            "contract_id": contract.id,
            "method": method,
            "method_breakdown": breakdown or False,
            "months_paid": months or 0,
            "period_key": f"{day:%Y-%m}",
            "external_reference": reference,
            "cashier_id": self.env.uid,
            "cash_session_id": session.id,
            "target_charge_ids": [Command.set(contract._isp_own_charges(charge_ids).ids)],
        }

    def _isp_cash_session(self):
        return self.env["isp.cash.session"]._lock_for_payment(self.env.user, self.company_id)

    def _isp_payment_journal_for(self, method, journal_id):
        if method not in dict(METHODS):
            raise UserError(
                self.env._(
                    "“%(method)s” is not a way to pay. Use one of: %(codes)s",
                    method=method,
                    codes=", ".join(dict(METHODS)),
                )
            )
        if not journal_id:
            return self.company_id._isp_payment_journal(method)
        journal = self.env["account.journal"].sudo().browse(journal_id).exists()
        if journal.type not in ("cash", "bank") or journal.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "Journal %(journal)s is not a cash or bank journal of %(company)s.",
                    journal=journal.display_name or journal_id,
                    company=self.company_id.name,
                )
            )
        return journal

    def _isp_payment_currency(self, code, journal):
        """:raise UserError: for a currency that is not in use, or that the journal does not hold"""
        currency = self.currency_id
        if code:
            currency = self.env["res.currency"].sudo().search([("name", "=", code)], limit=1)
            if not currency:
                raise UserError(
                    self.env._(
                        "“%(code)s” is no currency in use. Activate it in Accounting, with its "
                        "rate, or register the payment in %(own)s.",
                        code=code,
                        own=self.currency_id.name,
                    )
                )
        if journal.currency_id and journal.currency_id != currency:
            raise UserError(
                self.env._(
                    "%(journal)s holds %(held)s and the payment is in %(paid)s. Choose another "
                    "journal, or say the currency that was paid.",
                    journal=journal.display_name,
                    held=journal.currency_id.name,
                    paid=currency.name,
                )
            )
        return currency

    def _isp_serialise_customers(self):
        """Payments of a customer go one after the other: the row is written, so a second request at
        the same moment starts again and sees what the first one did. In the order of ids, so that
        two files do not wait for each other."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner SET write_date = write_date WHERE id IN (
                       SELECT id FROM res_partner WHERE id = ANY(%s) ORDER BY id FOR UPDATE)
                """,
                self.partner_id.ids,
            )
        )

    def _isp_check_amount(self, amount):
        number = (
            amount if isinstance(amount, (int, float)) and not isinstance(amount, bool) else None
        )
        if number is None or self.currency_id.compare_amounts(number, 0) <= 0 or number > 1e12:
            raise UserError(
                self.env._(
                    "%(contract)s: a payment of %(amount)s cannot be registered. The amount is a "
                    "number greater than zero.",
                    contract=self.name,
                    amount=amount,
                )
            )

    def _isp_check_same_payment(self, payment, amount):
        """:raise UserError: when the reference is known for another customer or amount"""
        same = payment.partner_id.commercial_partner_id == self.partner_id.commercial_partner_id
        if not same or self.currency_id.compare_amounts(payment.amount, float(amount)) != 0:
            raise UserError(
                self.env._(
                    "The reference %(reference)s already entered on %(date)s, for %(customer)s and "
                    "%(amount)s. Check it: this one is not registered.",
                    reference=payment.external_reference,
                    date=payment.date,
                    customer=payment.partner_id.display_name,
                    amount=payment.amount,
                )
            )

    def _isp_own_charges(self, charge_ids):
        """:raise UserError: when a chosen charge is of another customer"""
        charges = self.env["isp.charge"].sudo().browse(charge_ids or []).exists()
        if len(charges) != len(charge_ids or []) or charges.partner_id - self.partner_id:
            raise UserError(
                self.env._("Choose charges of %(customer)s.", customer=self.partner_id.display_name)
            )
        return charges

    def action_open_payments(self):
        """Open the payments registered for the contract."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("silver_billing.action_isp_payment")
        return dict(action, domain=[("contract_id", "=", self.id)])
