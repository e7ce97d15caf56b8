"""Invoices that are alike, each by Odoo, with the journal items of their template given."""

from odoo import api, models
from odoo.fields import Command

from .isp_charge_invoicing import LABEL

#: In the context, a thing that no request from outside can bring along.
COMPANY_CHECKED = object()

#: What a journal item is told; everything else Odoo works out, and the proof compares it.
GIVEN = (
    "display_type",
    "sequence",
    "account_id",
    "quantity",
    "price_unit",
    "discount",
    "price_subtotal",
    "price_total",
    "tax_repartition_line_id",
    "group_tax_id",
    "tax_base_amount",
    "currency_id",
    "amount_currency",
    "balance",
    "date_maturity",
    "product_id",
    "product_uom_id",
    "analytic_distribution",
    "extra_tax_data",
    "discount_date",
    "discount_amount_currency",
    "discount_balance",
)


class IspInvoiceWriter(models.AbstractModel):
    _inherit = "isp.invoice.writer"

    @api.model
    def _give(self, company, shapes, date, run):
        """Create and post the groups that are like their template; balance is still checked. Tie
        their charges to them.

        :return: account.move posted
        """
        charges = self.env["isp.charge"]
        charges._insert_planned([group for shape in shapes for group in shape.groups])
        moves = self._create_and_post(
            company,
            [vals for shape in shapes for vals in self._prepare_given(shape, date, run)],
            skip_invoice_sync=True,
            # without models a distribution is the same for all; Odoo would look line by line
            skip_analytic_sync=not self._analytic_models(),
            isp_company_checked=COMPANY_CHECKED,
        )
        moves = moves.with_env(self.env)
        charges._link_invoices(moves)
        return moves

    @api.model
    def _prepare_given(self, shape, date, run):
        """:return: list of values of invoices, with all their journal items"""
        template = shape.template
        texts = iter(self._line_texts(shape.first))
        stored = self._snapshot(template.ids)[template.id][1]
        lines = []
        for line, row in zip(template.line_ids.sorted("id"), stored, strict=True):
            # what is empty in the template stays empty, which is not the same as zero
            known = [name for name in GIVEN if row[name] is not None]
            vals = line._convert_to_write({name: line[name] for name in known})
            if not self._analytic_models():
                vals.setdefault("analytic_distribution", False)
            vals["tax_ids"] = [Command.set(line.tax_ids.ids)]
            vals["tax_tag_ids"] = [Command.set(line.tax_tag_ids.ids)]
            if line.display_type == "product":
                lines.append((vals, next(texts)))
            else:
                name = False if line.display_type == "payment_term" else line.name
                lines.append((dict(vals, name=name), None))
        header = (
            self.env["isp.charge"]
            .browse(row["id"] for row in shape.first)
            ._prepare_invoice(date, run)
        )
        header.pop("invoice_line_ids")
        prepared = []
        for group in shape.groups:
            rows = iter(group)
            items = []
            for vals, text in lines:
                if text is not None:
                    row = next(rows)
                    text = text.replace(LABEL, row["label"])
                    vals = dict(vals, name=text, isp_charge_id=row["id"])
                items.append(Command.create(vals))
            prepared.append(
                dict(
                    header,
                    partner_id=group[0]["partner_id"],
                    invoice_origin=self._origin(group),
                    line_ids=items,
                )
            )
        return prepared
