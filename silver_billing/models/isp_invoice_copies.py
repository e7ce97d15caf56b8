"""What each copy of an invoice is: its ids, number and texts (see ``isp_invoice_writer.py``)."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.silver_base.tools.sqlrows import array

from .isp_charge_invoicing import LABEL


class Mould(NamedTuple):
    """What copies take from their template."""

    template_id: int
    prefix: str
    #: function of ``seq`` that gives the name of a document
    number: Callable
    #: (line id, text or None) in order
    lines: list
    #: values that each charge has once it is invoiced, in the order of its lines
    charges: list


class IspInvoiceWriter(models.AbstractModel):
    _inherit = "isp.invoice.writer"

    @api.model
    def _prepare_copies(self, shapes):
        """:return: list of dicts: ids, number and texts of each copy, its lines (id, id of the
        template's, text, charge), the rows of the charges that are not in the table yet, and
            whether it follows charges that are"""
        last = {}
        for move in (move for shape in shapes for move in (shape.template, shape.twin)):
            last[move.sequence_prefix] = max(
                last.get(move.sequence_prefix, 0), move.sequence_number
            )
        moulds = [self._mould(shape) for shape in shapes]
        ordered = [
            (mould, group)
            for mould, shape in zip(moulds, shapes, strict=True)
            for group in shape.groups
        ]
        names = self._customer_names({group[0]["partner_id"] for _mould, group in ordered})
        move_ids = self._next_ids("account_move", len(ordered))
        line_ids = iter(
            self._next_ids("account_move_line", sum(len(mould.lines) for mould, _group in ordered))
        )
        copies = []
        for move_id, (mould, group) in zip(move_ids, ordered, strict=True):
            last[mould.prefix] = number = last[mould.prefix] + 1
            lines, charges = [], []
            rows = iter(zip(mould.charges, group, strict=True))
            for template_line_id, text in mould.lines:
                line_id = next(line_ids)
                if text is None:
                    lines.append((line_id, template_line_id, None, None))
                    continue
                charge, row = next(rows)
                text = text.replace(LABEL, row["label"])
                lines.append((line_id, template_line_id, text, row["id"]))
                if row["planned"]:
                    charge = {**row["planned"], **charge, "id": row["id"]}
                    charge["move_id"], charge["invoice_line_id"] = move_id, line_id
                    charges.append(charge)
            partner_id = group[0]["partner_id"]
            copies.append(
                {
                    "id": move_id,
                    "template_id": mould.template_id,
                    "number": number,
                    "name": mould.number(seq=number),
                    "partner_id": partner_id,
                    "display_name": names[partner_id],
                    "origin": self._origin(group),
                    "lines": lines,
                    "charges": charges,
                    "follows": len(charges) < len(group),
                }
            )
        return copies

    @api.model
    def _mould(self, shape):
        """:return: Mould, what the copies of a shape take from its template"""
        template = shape.template
        charges = self.env["isp.charge"].browse(row["id"] for row in shape.first)
        texts = iter(self._line_texts(shape.first))
        pattern, values = template._get_sequence_format_param(template.name)
        return Mould(
            template.id,
            template.sequence_prefix,
            partial(pattern.format, **{key: values[key] for key in values if key != "seq"}),
            [
                (line.id, next(texts) if line.display_type == "product" else None)
                for line in template.line_ids.sorted("id")
            ],
            [
                {
                    "state": charge.state,
                    "amount_total": charge.amount_total,
                    "tax_amount": charge.tax_amount,
                    "due_date": charge.due_date,
                }
                for charge in charges
            ],
        )

    @api.model
    def _customer_names(self, partner_ids):
        """:return: dict customer id -> name as a document shows it"""
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT id, complete_name FROM res_partner WHERE id = ANY(%s::int[])",
                    array(partner_ids),
                )
            )
        )

    @api.model
    def _next_ids(self, table, count):
        """:return: list of ids for new rows of a table"""
        rows = self.env.execute_query(
            SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"{table}_id_seq", count)
        )
        return [row[0] for row in rows]

    @api.model
    def _origin(self, group):
        """:return: names of the contracts of a group"""
        return ", ".join(sorted({row["contract_name"] for row in group}))

    @api.model
    def _line_texts(self, group):
        """:return: texts of the lines of a shape, with LABEL where the service is named"""
        charges = self.env["isp.charge"].browse(row["id"] for row in group)
        return [charge._invoice_line_text(label=LABEL) for charge in charges]
