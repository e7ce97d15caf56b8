"""What each copy of an invoice is: its ids, number and texts (see ``isp_invoice_writer.py``)."""

from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.silver_base.tools.sqlrows import array

from .isp_charge_invoicing import LABEL


class Mould(NamedTuple):
    """What copies take from their template."""

    prefix: str
    #: of the number, and what goes into it
    pattern: str
    values: dict
    #: (line id, text or None) in order
    lines: list
    #: values that each charge has once it is invoiced, in the order of its lines
    charges: list


class IspInvoiceWriter(models.AbstractModel):
    _inherit = "isp.invoice.writer"

    @api.model
    def _prepare_copies(self, shapes):
        """Ids, numbers and texts of the copies; the first copy of each shape comes first, as the
        twins did."""
        ordered = [(shape, shape.groups[0]) for shape in shapes]
        ordered += [(shape, group) for shape in shapes for group in shape.groups[1:]]
        last = {}
        for template in (shape.template for shape in shapes):
            key = template.sequence_prefix
            last[key] = max(last.get(key, 0), template.sequence_number)
        moulds = {shape.template.id: self._mould(shape) for shape in shapes}
        names = self._customer_names({group[0]["partner_id"] for _shape, group in ordered})
        move_ids = iter(self._next_ids("account_move", len(ordered)))
        line_ids = iter(
            self._next_ids(
                "account_move_line",
                sum(len(moulds[shape.template.id].lines) for shape, _group in ordered),
            )
        )
        copies = []
        for shape, group in ordered:
            mould = moulds[shape.template.id]
            last[mould.prefix] += 1
            copy = {
                "id": next(move_ids),
                "template_id": shape.template.id,
                "number": last[mould.prefix],
                "name": mould.pattern.format(**dict(mould.values, seq=last[mould.prefix])),
                "partner_id": group[0]["partner_id"],
                "display_name": names[group[0]["partner_id"]],
                "origin": self._origin(group),
                "lines": [],
                "charges": [],
                "follows": not all(row["planned"] for row in group),
            }
            rows = iter(zip(mould.charges, group, strict=True))
            for template_line_id, text in mould.lines:
                line = [next(line_ids), template_line_id, None, None]
                if text is not None:
                    charge, row = next(rows)
                    line[2:] = text.replace(LABEL, row["label"]), row["id"]
                    if row["planned"]:
                        copy["charges"].append(
                            {
                                **row["planned"],
                                **charge,
                                "id": row["id"],
                                "move_id": copy["id"],
                                "invoice_line_id": line[0],
                            }
                        )
                copy["lines"].append(line)
            copies.append(copy)
        return copies

    @api.model
    def _mould(self, shape):
        """:return: Mould, what the copies of a shape take from its template"""
        template = shape.template
        charges = self.env["isp.charge"].browse(row["id"] for row in shape.first)
        texts = iter(self._line_texts(shape.first))
        return Mould(
            template.sequence_prefix,
            *template._get_sequence_format_param(template.name),
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
