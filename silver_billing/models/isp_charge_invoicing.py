"""Documents of charges: invoices, and credit notes for corrections."""

import json
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, format_date

from odoo.addons.silver_base.tools.sqlrows import insert_rows

from ..rules import allocation
from ..rules.proration import dec

#: Stands in a text for the name of the service, while the text is of many.
LABEL = "\x01"


class IspCharge(models.Model):
    _inherit = "isp.charge"

    @api.model
    def _insert_rows(self, rows):
        """Insert recurring charges in bulk; those that exist already are left alone.

        :param rows: list of dicts with the same keys, as ``isp.contract._isp_charge_rows`` gives
        :return: ids of the new charges
        """
        ids = insert_rows(self, rows, conflict=SQL("ON CONFLICT DO NOTHING"))
        self.env["isp.charge"].invalidate_model()
        return ids

    def _invoice(self, date=None, run=None):
        """Create and post the invoices of ``self`` (pending charges), grouped by customer.

        Created and posted in the same transaction: a draft left behind would cost its own tracking
        and make every later number slower to find. Invoices that are alike are written in bulk
        where that is the same (see ``isp.invoice.writer``).

        :return: account.move, posted
        """
        moves = self.env["account.move"]
        writer = self.env["isp.invoice.writer"]
        for company, groups in self._pending_groups().items():
            posted, in_bulk = writer._invoice_groups(company, groups, date, run)
            moves |= posted
            if run and in_bulk:
                run._count_in_bulk(in_bulk)
        if moves:
            self._link_invoices(moves)
            moves._isp_use_credit()
            moves._isp_queue_mail()
        return moves

    def _pending_groups(self):
        """:return: dict company -> list of groups, one for each invoice, of rows (dicts) of the
        pending charges of ``self`` with something to pay, in the order of their lines"""
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT charge.id, charge.company_id, charge.contract_id, charge.partner_id,
                       charge.currency_id, charge.product_id, charge.service_start,
                       charge.service_end, charge.charge_date, charge.due_date, charge.amount,
                       contract.name AS contract_name, contract.display_label
                  FROM isp_charge charge JOIN isp_contract contract
                    ON contract.id = charge.contract_id
                 WHERE charge.id = ANY(%s) AND charge.state = 'pending' AND charge.amount_total > 0
                 ORDER BY charge.charge_date, charge.id
                """,
                self.ids,
            )
        )
        companies, groups = {}, {}
        for row in rows:
            row["label"] = " · ".join(
                part for part in (row["contract_name"], row["display_label"]) if part
            )
            company = companies.setdefault(
                row["company_id"], self.env["res.company"].browse(row["company_id"])
            )
            of_company = groups.setdefault(company, {})
            of_company.setdefault(self._invoice_group(company, row), []).append(row)
        return {company: list(found.values()) for company, found in groups.items()}

    @api.model
    def _invoice_group(self, company, row):
        """:return: charges with an equal key go to one invoice"""
        key = (row["partner_id"], row["currency_id"])
        grouping = company.isp_invoice_grouping
        if grouping == "contract":
            return (*key, row["contract_id"])
        return (*key, row["due_date"]) if grouping == "due_date" else key

    def _prepare_invoice(self, date=None, run=None):
        """:return: values of the invoice of ``self`` (charges of one customer)"""
        first = self[0]
        company = first.company_id
        invoice_date = date or max(self.mapped("charge_date"))
        due_date = max(max(self.mapped("due_date")), invoice_date)
        ordered = self.sorted(lambda charge: (charge.charge_date, charge.id))
        return {
            "move_type": "out_invoice",
            "company_id": company.id,
            "partner_id": first.partner_id.id,
            "currency_id": first.currency_id.id,
            "journal_id": company._isp_sale_journal().id,
            "invoice_date": invoice_date,
            "invoice_payment_term_id": False,
            "invoice_date_due": due_date,
            "invoice_origin": ", ".join(sorted(set(ordered.contract_id.mapped("name")))),
            "invoice_user_id": False,
            "isp_run_id": run and run.id,
            "invoice_line_ids": [
                Command.create(charge._prepare_invoice_line()) for charge in ordered
            ],
        }

    def _prepare_invoice_line(self):
        self.ensure_one()
        taxes = self._taxes(self.product_id, self.partner_id, self.company_id)
        return {
            "isp_charge_id": self.id,
            "product_id": self.product_id.id,
            "name": self._invoice_line_text(),
            "quantity": 1.0,
            "price_unit": self.amount,
            "discount": 0.0,
            "tax_ids": [Command.set(taxes.ids)],
        }

    def _invoice_line_text(self, label=None):
        """
        :param str label: stands for the name of the contract
        :return: what the customer reads: service, contract and days, in the customer's language
        """
        self.ensure_one()
        lang = self.partner_id.lang
        env = self.with_context(lang=lang).env
        product = self.product_id.with_context(lang=lang)
        label = label or " · ".join(
            part for part in (self.contract_id.name, self.contract_id.display_label) if part
        )
        if not self.service_start:
            return f"{product.name} ({label})"
        return env._(
            "%(plan)s (%(contract)s), from %(start)s to %(end)s",
            plan=product.name,
            contract=label,
            start=format_date(env, self.service_start),
            end=format_date(env, self.service_end),
        )

    @api.model
    def _link_invoices(self, moves):
        """Give each charge its line, the exact total of it and the due date of the document.

        The totals of the charges of an invoice add up to the total of the invoice, to the cent,
        whatever the rounding method of its taxes.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.move_id, line.id, line.isp_charge_id, line.price_total,
                       line.price_subtotal, move.amount_total,
                       move.invoice_date_due
                  FROM account_move_line line JOIN account_move move ON move.id = line.move_id
                 WHERE line.move_id = ANY(%s) AND line.isp_charge_id IS NOT NULL
                   AND line.display_type = 'product' AND move.move_type = 'out_invoice'
                 ORDER BY line.move_id, line.id
                """,
                moves.ids,
            )
        )
        by_move = {}
        for row in rows:
            by_move.setdefault(row[0], []).append(row)
        values = []
        for lines in by_move.values():
            totals = allocation.share_rounding(
                {row[1]: dec(row[3]) for row in lines}, dec(lines[0][5])
            )
            for move_id, line_id, charge_id, _total, untaxed, _sum, due in lines:
                tax = max(totals[line_id] - dec(untaxed), Decimal(0))
                values.append(
                    {
                        "id": charge_id,
                        "move_id": move_id,
                        "invoice_line_id": line_id,
                        "amount_total": totals[line_id],
                        "tax_amount": tax,
                        "due_date": due,
                    }
                )
        if values:
            self.env.cr.execute(
                """
                UPDATE isp_charge charge SET move_id = data.move_id,
                       invoice_line_id = data.invoice_line_id, amount_total = data.amount_total,
                       tax_amount = data.tax_amount, due_date = data.due_date,
                       state = 'invoiced', write_date = now() AT TIME ZONE 'UTC'
                  FROM json_to_recordset(%s) AS data (id int, move_id int, invoice_line_id int,
                       amount_total numeric, tax_amount numeric, due_date date)
                 WHERE charge.id = data.id AND charge.state = 'pending'
                """,
                [json.dumps(values, default=str)],
            )
            if self.env.cr.rowcount != len(values):
                raise UserError(self.env._("A charge was invoiced by someone else. Try again."))
        self.env["isp.charge"].invalidate_model()

    # === credit notes === #

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
        return fields.Date.context_today(self)
