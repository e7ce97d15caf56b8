"""What is given back of a charge: credit notes, and what another holder took over."""

from odoo import models
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.silver_base.tools import local_time


class IspCharge(models.Model):
    _inherit = "isp.charge"

    def _not_credited(self):
        """:return: what is left of the charge after its credit notes, taxes included"""
        self.ensure_one()
        credited = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(line.price_total), 0) FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                 WHERE line.isp_charge_id = %s AND move.move_type = 'out_refund'
                   AND move.state = 'posted'
                """,
                self.id,
            )
        )[0][0]
        return self.currency_id.round(self.amount_total - float(credited))

    def _credit(self, amount, reason):
        """Post a credit note of ``amount`` (taxes included) for the charge, and settle with it.

        When the invoice is already paid, its payments step back and what they leave over is used
        for the customer's other debts; the rest stays as credit.

        :return: account.move, empty when there is nothing left to credit
        """
        self.ensure_one()
        amount = self.currency_id.round(amount)
        if self.currency_id.is_zero(amount):
            return self.env["account.move"]
        invoice = self.move_id
        note = (
            self.env["account.move"]
            .with_company(self.company_id)
            .with_context(tracking_disable=True)
            .create(self._prepare_credit_note(amount, reason))
        )
        note._post(soft=False)
        receivable = invoice._isp_receivable_lines()
        others = (
            receivable.matched_credit_ids.credit_move_id
            if receivable.filtered("reconciled") or invoice.amount_residual < amount
            else self.env["account.move.line"]
        )
        if others:
            receivable.remove_move_reconcile()
        (receivable + note._isp_receivable_lines()).reconcile()
        for line in others.sorted("id"):
            left = receivable.filtered(lambda item: not item.reconciled)
            if left and not line.reconciled:
                (left + line).reconcile()
        note.partner_id._isp_use_credit(self.company_id)
        return note

    def _taken_over(self, old):
        """:param old: res.partner who owes the charge
        :return: values of the charge that says the same of the new holder of the contract, for what
            is unpaid of ``self``
        """
        self.ensure_one()
        unpaid = self.amount_residual
        whole = self.currency_id.compare_amounts(unpaid, self.amount_total) == 0
        day = self.contract_id._today()
        return {
            "contract_id": self.contract_id.id,
            "taken_from_id": (self.taken_from_id or self).id,
            "kind": "adjustment",
            "product_id": self.product_id.id,
            "service_start": self.service_start,
            "service_end": self.service_end,
            "charge_date": day,
            "due_date": max(self.due_date, day),
            "amount": self.amount
            if whole
            else self._untaxed_for(
                unpaid, self.invoice_line_id.tax_ids, unpaid / self.amount_total
            ),
            "note": self.env._(
                "Debt of %(holder)s: %(charge)s", holder=old.display_name, charge=self.display_name
            ),
        }

    def _reduce(self, amount):
        """Take ``amount`` (taxes not included) off a charge: with a credit note once it is
        invoiced.

        :return: what there was to take, taxes not included
        """
        self.ensure_one()
        amount = min(amount, self.amount)
        if self.state == "pending":
            left = self.currency_id.round(self.amount - amount)
            vals = {"amount": left, **self._tax_vals(self.product_id, self.contract_id, left)}
            if not left:
                vals.update(state="void", reason="credited")
            self._write_engine(vals)
        elif self.state == "void":
            return 0.0
        else:
            total = self._tax_vals(self.product_id, self.contract_id, amount)["amount_total"]
            credited = min(total, self._not_credited())
            self._credit(credited, "credited")
            amount = self.currency_id.round(amount * credited / total) if total else 0.0
        return amount

    def _carriers(self):
        """:return: what is charged for the days of a recurring charge: what the holder of today
        took over of it, then itself; without what is void"""
        self.ensure_one()
        return (self.taken_ids.sorted("id", reverse=True) | self).filtered(
            lambda charge: charge.state != "void"
        )

    def _worth(self):
        """:return: what the customer of the charge was charged for its days, taxes included: not
        what passed to another holder"""
        self.ensure_one()
        return self._not_credited() if self.taken_ids else self.amount_total

    def _prepare_credit_note(self, amount, reason):
        line = self.invoice_line_id
        taxes = line.tax_ids
        share = amount / self.amount_total if self.amount_total else 0
        text = dict(self._fields["reason"]._description_selection(self.env)).get(reason, "")
        full = self.currency_id.compare_amounts(amount, self.amount_total) == 0
        price = self.amount if full else self._untaxed_for(amount, taxes, share)
        return {
            "move_type": "out_refund",
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "journal_id": self.move_id.journal_id.id,
            "reversed_entry_id": self.move_id.id,
            "invoice_date": max(self.move_id.invoice_date, self._today()),
            "invoice_payment_term_id": False,
            "invoice_origin": self.contract_id.name,
            "ref": self.env._("%(reason)s: %(invoice)s", reason=text, invoice=self.move_id.name),
            "invoice_user_id": False,
            "invoice_line_ids": [
                Command.create(
                    {
                        "isp_charge_id": self.id,
                        "product_id": line.product_id.id,
                        "name": line.name,
                        "quantity": 1.0,
                        "price_unit": price,
                        "tax_ids": [Command.set(taxes.ids)],
                        "account_id": line.account_id.id,
                    }
                )
            ],
        }

    def _untaxed_for(self, amount, taxes, share):
        """:return: the unit price that gives ``amount`` with its taxes, to the cent when there
        is one"""
        price = self.currency_id.round(self.amount * share)
        for step in (0, 1, -1, 2, -2):
            candidate = price + step * self.currency_id.rounding
            total = taxes.compute_all(candidate, self.currency_id)["total_included"]
            if self.currency_id.compare_amounts(total, amount) == 0:
                return candidate
        return price

    def _today(self):
        return local_time.today(self.env)
