"""Many payments at once: a bank file, the day of a gateway."""

from psycopg2 import IntegrityError

from odoo import api, models
from odoo.exceptions import UserError, ValidationError


class IspContract(models.Model):
    _inherit = "isp.contract"

    @api.model
    def action_register_payments(self, payments):
        """Register many payments together, each as :meth:`action_register_payment` would.

        They are created, posted and reconciled in one go. What is wrong with one does not stop the
        others: it is in its answer. A reference that is known gives the payment it has.

        :param list payments: dicts with ``contract_id``, ``amount`` and, as wanted, the other
            arguments of :meth:`action_register_payment`
        :return: list of dicts ``{"payment_id": id or False, "error": text or False}``, in order
        :raise AccessError: without the right to register payments
        """
        self._isp_check_may_collect()
        contracts = self.browse({row.get("contract_id") for row in payments} - {None}).exists()
        contracts.check_access("read")
        contracts._isp_serialise_customers()
        sessions = {
            company: of_company[:1]._isp_cash_session()
            for company, of_company in contracts.grouped("company_id").items()
        }
        contracts = {contract.id: contract for contract in contracts}
        answers = [{"payment_id": False, "error": False} for _row in payments]
        todo, by_reference = [], {}
        known = self._isp_known_references(payments)
        for place, row in enumerate(payments):
            try:
                vals = self._isp_check_row(row, contracts, sessions)
            except (UserError, ValidationError) as error:
                answers[place]["error"] = str(error)
                continue
            reference = (vals["journal_id"], vals["external_reference"])
            if vals["external_reference"]:
                if reference in known or reference in by_reference:
                    by_reference.setdefault(reference, []).append(place)
                    continue
                by_reference[reference] = [place]
            todo.append((place, vals))
        self._isp_register_together(todo, answers)
        self._isp_answer_repeated(payments, contracts, known, by_reference, answers)
        return answers

    @api.model
    def _isp_known_references(self, payments):
        """:return: dict (journal id, reference) -> account.payment that entered before"""
        references = {
            (row.get("external_reference") or "").strip()
            for row in payments
            if isinstance(row.get("external_reference"), str)
        }
        found = (
            self.env["account.payment"]
            .sudo()
            .search([("external_reference", "in", sorted(references - {""}))])
        )
        return {(item.journal_id.id, item.external_reference): item for item in found}

    @api.model
    def _isp_check_row(self, row, contracts, sessions):
        """:return: values of the payment
        :raise UserError: saying what is wrong with it
        """
        contract = contracts.get(row.get("contract_id"))
        if not contract:
            raise UserError(
                self.env._("There is no contract %(number)s.", number=row.get("contract_id"))
            )
        unknown = set(row) - {
            "contract_id", "amount", "method", "external_reference", "date", "journal_id",
            "charge_ids", "breakdown", "months", "note", "currency",
        }  # fmt: skip
        if unknown:
            raise UserError(
                self.env._("A payment has no “%(names)s”.", names=", ".join(sorted(unknown)))
            )
        arguments = {name: value for name, value in row.items() if name != "contract_id"}
        contract = contract.with_company(contract.company_id)
        contract._isp_check_amount(row.get("amount"))
        return contract._isp_payment_vals(session=sessions[contract.company_id], **arguments)

    @api.model
    def _isp_register_together(self, todo, answers):
        """Register checked payments; when the whole does not go, one by one."""
        if not todo:
            return
        try:
            with self.env.cr.savepoint():
                payments = self._isp_create_payments([vals for _place, vals in todo])
                for (place, _vals), payment in zip(todo, payments, strict=True):
                    answers[place]["payment_id"] = payment.id
        except (UserError, ValidationError, IntegrityError) as error:
            for place, _vals in todo:
                answers[place]["payment_id"] = False
            if len(todo) == 1:
                answers[todo[0][0]]["error"] = str(error).strip()
                return
            half = len(todo) // 2
            self._isp_register_together(todo[:half], answers)
            self._isp_register_together(todo[half:], answers)

    @api.model
    def _isp_create_payments(self, vals_list):
        """:return: account.payment, posted and used for what their customers owe"""
        payments = self.env["account.payment"].sudo()._isp_batch().create(vals_list)
        payments.action_post()
        payments = payments.with_env(self.env).sudo()  # the numbers are of this batch only
        self._isp_apply_payments(payments)
        return payments

    @api.model
    def _isp_apply_payments(self, payments):
        """Reconcile posted payments, in their order: chosen charges, then those of the contract,
        then the oldest of the customer. One reconciliation for all of them."""
        charges = (
            self.env["isp.charge"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", payments.partner_id.ids),
                    ("company_id", "in", payments.company_id.ids),
                    ("state", "in", ("invoiced", "partially_paid")),
                ],
                order="due_date, id",
            )
        )
        owed = charges.grouped(lambda charge: (charge.company_id, charge.partner_id))
        plan = []
        for payment in payments:
            credit = payment.move_id._isp_receivable_lines()
            targets = payment.target_charge_ids
            of_customer = owed.get((payment.company_id, payment.partner_id), charges.browse())
            ordered = of_customer.sorted(
                lambda charge, p=payment, t=targets: (
                    charge not in t,
                    charge.contract_id != p.contract_id,
                    charge.due_date,
                    charge.id,
                )
            )
            for invoice in ordered.move_id:
                debit = invoice._isp_receivable_lines().filtered(
                    lambda line, c=credit: not line.reconciled and line.account_id == c.account_id
                )
                if debit:
                    plan.append(debit + credit)
        if plan:
            self.env["account.move.line"].sudo()._reconcile_plan(plan)

    @api.model
    def _isp_answer_repeated(self, payments, contracts, known, by_reference, answers):
        """References that entered before, or twice in these: the payment they have, or that they
        are not the same."""
        for reference, places in by_reference.items():
            payment = known.get(reference)
            if not payment:
                first = answers[places[0]]["payment_id"]
                payment = self.env["account.payment"].sudo().browse(first or [])
                places = places[1:]
            for place in places:
                row = payments[place]
                contract = contracts[row["contract_id"]]
                try:
                    if payment:
                        contract._isp_check_same_payment(payment, row["amount"])
                    answers[place]["payment_id"] = payment.id
                except UserError as error:
                    answers[place]["error"] = str(error)
