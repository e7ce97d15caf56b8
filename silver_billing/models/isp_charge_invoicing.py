"""Invoices of charges."""

import json
from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, format_date

from odoo.addons.silver_base.tools.sqlrows import array, insert_rows

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

    @api.model
    def _without_clashes(self, rows):
        """:return: those of ``rows`` (recurring) whose period and days no recurring charge of the
        contract has yet"""
        self.env["isp.charge"].flush_model()
        taken = self.env.execute_query(
            SQL(
                """
                SELECT own.contract_id
                  FROM unnest(%s::int[], %s::int[], %s::date[], %s::date[])
                       AS own (contract_id, period_id, first, last)
                  JOIN isp_charge charge ON charge.contract_id = own.contract_id
                   AND charge.kind = 'recurring'
                 WHERE charge.period_id = own.period_id
                    OR charge.service_start <= own.last AND charge.service_end >= own.first
                """,
                *(
                    array([row[name] for row in rows])
                    for name in ("contract_id", "period_id", "service_start", "service_end")
                ),
            )
        )
        clashing = {row[0] for row in taken}
        return [row for row in rows if row["contract_id"] not in clashing]

    def _invoice(self, date=None, run=None, planned=()):
        """Create and post the invoices of ``self`` (pending charges), grouped by customer.

        Created and posted in the same transaction: a draft left behind would cost its own tracking
        and make every later number slower to find. Invoices that are alike are written in bulk
        where that is the same (see ``isp.invoice.writer``).

        :param planned: rows of pending recurring charges that are not in the table yet, as
            ``isp.contract._isp_charge_rows`` gives; each is inserted with its document, not before
        :return: account.move, posted
        """
        moves = self.env["account.move"]
        writer = self.env["isp.invoice.writer"]
        for company, groups in self._pending_groups(planned).items():
            posted, in_bulk = writer._invoice_groups(company, groups, date, run)
            moves |= posted
            if run and in_bulk:
                run._count_in_bulk(in_bulk)
        if moves:
            moves._isp_use_credit()
            moves._isp_queue_mail()
        return moves

    def _pending_groups(self, planned=()):
        """:return: dict company -> list of groups, one for each invoice, of rows (dicts) of the
        pending charges of ``self`` with something to pay and of the ``planned`` ones, in the order
        of their lines. ``planned`` in a row: its values, while it is not in the table"""
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT charge.id, charge.company_id, charge.contract_id, charge.partner_id,
                       charge.currency_id, charge.product_id, charge.service_start,
                       charge.service_end, charge.charge_date, charge.due_date, charge.amount,
                       contract.name AS contract_name, contract.display_label, NULL AS planned
                  FROM isp_charge charge JOIN isp_contract contract
                    ON contract.id = charge.contract_id
                 WHERE charge.id = ANY(%s) AND charge.state = 'pending' AND charge.amount_total > 0
                """,
                self.ids,
            )
        )
        rows += self._planned_rows(planned)
        rows.sort(key=lambda row: (row["charge_date"], row["id"]))
        companies, groups = {}, {}
        for row in rows:
            label = row["display_label"]
            row["label"] = f"{row['contract_name']} · {label}" if label else row["contract_name"]
            company_id = row["company_id"]
            if company_id not in companies:
                companies[company_id] = self.env["res.company"].browse(company_id)
                groups[companies[company_id]] = {}
            company = companies[company_id]
            key = self._invoice_group(company.isp_invoice_grouping, row)
            groups[company].setdefault(key, []).append(row)
        return {company: list(found.values()) for company, found in groups.items()}

    @api.model
    def _planned_rows(self, planned):
        """:return: the rows of :meth:`_pending_groups` for charges to be, which get their ids"""
        found = self.env.execute_query(
            SQL(
                """
                SELECT nextval('isp_charge_id_seq'), contract.name, contract.display_label
                  FROM unnest(%s::int[]) WITH ORDINALITY AS own (id, place)
                  JOIN isp_contract contract ON contract.id = own.id ORDER BY own.place
                """,
                array([row["contract_id"] for row in planned]),
            )
        )
        return [
            {
                **row,
                "id": charge_id,
                "amount": float(row["amount"]),
                "contract_name": contract_name,
                "display_label": display_label,
                "planned": row,
            }
            for row, (charge_id, contract_name, display_label) in zip(planned, found, strict=True)
        ]

    @api.model
    def _insert_planned(self, groups):
        """Insert the charges of ``groups`` that are not in the table, as pending."""
        self._insert_rows(
            [
                {**row["planned"], "id": row["id"]}
                for group in groups
                for row in group
                if row["planned"]
            ]
        )

    @api.model
    def _invoice_group(self, grouping, row):
        """:return: charges with an equal key go to one invoice"""
        key = (row["partner_id"], row["currency_id"])
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
        """Give each charge that has none its line, the exact total of it and the due date of the
        document.

        The totals of the charges of an invoice add up to the total of the invoice, to the cent,
        whatever the rounding method of its taxes.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.move_id, line.id, line.isp_charge_id, line.price_total,
                       line.price_subtotal, move.amount_total, move.invoice_date_due,
                       charge.invoice_line_id IS NOT DISTINCT FROM line.id
                  FROM account_move_line line JOIN account_move move ON move.id = line.move_id
                  JOIN isp_charge charge ON charge.id = line.isp_charge_id
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
            for move_id, line_id, charge_id, _total, untaxed, _sum, due, linked in lines:
                if linked:
                    continue
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
