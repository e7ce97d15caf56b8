"""Invoices that are alike: two of each shape by Odoo in full, the rest written as rows.

Most invoices of a month differ only in the customer, the number and the names in their texts. Such
invoices have one *shape*. Of each shape Odoo creates and posts two invoices, with everything that
is installed having its say: the *template* and its *twin*. The rest are rows copied from the
template with one INSERT for the documents, one for their lines and charges and one for each
relation of the lines. Before that, the twin's group is copied once to be compared with the twin
and undone (``isp_invoice_proof.py``): a difference in any stored field but the number sends the
whole shape back to Odoo, and is logged.

It is used only where nothing else has a say in posting (:meth:`_why_not`), for customers whose
documents depend on nothing but what the shape contains (:meth:`_signatures`), and when the company
has not switched it off.

Where it may not be used, each invoice is created and posted by Odoo, with everybody's say; those
that are alike are given the journal items of their template, so that Odoo need not work them out
again (``isp_invoice_given.py``). The proof is the same.
"""

import logging
from typing import NamedTuple

from psycopg2 import IntegrityError

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.silver_base.tools.sqlrows import array

_logger = logging.getLogger(__name__)

#: Below this many invoices of one shape, template and twin cost more than they save.
MIN_ALIKE = 4
#: What may stand in the way of posting, and whose versions of it are known to do nothing to an
#: invoice of services: stock_account writes the cost of goods, sale follows orders and online
#: payments. Anybody else's version means that Odoo has to do each invoice itself.
SAYS = {
    "account.move": (
        "create",
        "write",
        "_post",
        "_set_next_sequence",
        "_inverse_name",
        "_get_invoice_computed_reference",
        "_sync_dynamic_lines",
    ),
    "account.move.line": ("create", "write"),
}
#: The same for journal items that are given.
GIVEN_SAYS = {
    "account.move": ("create", "_sync_dynamic_lines", "_get_sync_stack"),
    "account.move.line": ("create", "_sync_invoice"),
}
KNOWN = {"account", "mail", "analytic", "sale", "stock_account", "silver_billing", None}


class IspInvoiceWriter(models.AbstractModel):
    _name = "isp.invoice.writer"
    _description = "Invoices in Bulk"

    # === may it be used === #

    @api.model
    def _why_not(self, company):
        """:return: why every invoice of the company goes through Odoo by itself; None: it need
        not"""
        if not company.isp_bulk_posting:
            return self.env._("Switched off in the settings.")
        journal = company._isp_sale_journal()
        if journal.restrict_mode_hash_table:
            return self.env._("The journal %(journal)s is sealed.", journal=journal.display_name)
        others = self._others_with_a_say()
        if others:
            return self.env._(
                "These modules take part in posting: %(names)s.", names=", ".join(sorted(others))
            )
        if self._analytic_models():
            return self.env._("Analytic distribution models are in use.")
        return None

    @api.model
    def _others_with_a_say(self, says=None):
        """:return: names of modules, or of patches, that change what posting does"""
        others = set()
        for model, methods in (says or SAYS).items():
            registry_class = type(self.env[model])
            for cls in registry_class.__mro__:
                changed = [name for name in methods if name in cls.__dict__]
                if changed and cls is registry_class:  # patched when the registry was built
                    others.update(f"{model}.{name}" for name in changed)
                elif changed:
                    others.add(getattr(cls, "_module", None))
        return others - KNOWN

    # === shapes === #

    @api.model
    def _signatures(self, company, partner_ids):
        """:return: dict customer id -> what of the customer a document depends on; customers with a
        delivery address, a parent or another company are absent: Odoo does theirs"""
        partners = self.env["res.partner"].with_company(company)
        partners.flush_model()
        names = (
            "lang",
            "country_id",
            "property_account_receivable_id",
            "property_inbound_payment_method_line_id",
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.id, %(signature)s FROM res_partner partner
                 WHERE partner.id = ANY(%(ids)s::int[]) AND partner.active
                   AND partner.parent_id IS NULL
                   AND partner.commercial_partner_id = partner.id
                   AND COALESCE(partner.type, 'contact') = 'contact'
                   AND COALESCE(partner.company_id, %(company)s) = %(company)s
                   AND NOT EXISTS (
                       SELECT FROM res_partner child WHERE child.parent_id = partner.id
                          AND (child.type = 'delivery' OR EXISTS (
                              SELECT FROM res_partner nested WHERE nested.parent_id = child.id)))
                """,
                signature=SQL(", ").join(partners._field_to_sql("partner", name) for name in names),
                ids=array(partner_ids),
                company=company.id,
            )
        )
        positions = partners.browse(row[0] for row in rows)._isp_fiscal_positions(company)
        return {row[0]: (positions[row[0]].id, *row[1:]) for row in rows}

    @api.model
    def _shapes(self, company, groups, date):
        """Sort groups of charges by the shape of their invoice.

        :param groups: list of lists of rows of ``isp.charge._pending_groups``
        :return: (list of lists of groups that are alike, list of the other groups)
        """
        signatures = self._signatures(company, {group[0]["partner_id"] for group in groups})
        products = self.env["product.product"].browse(
            {row["product_id"] for g in groups for row in g}
        )
        services = set(products.filtered(lambda product: product.type == "service").ids)
        shapes, others = {}, []
        for group in groups:
            signature = signatures.get(group[0]["partner_id"])
            if signature is None or any(row["product_id"] not in services for row in group):
                others.append(group)
                continue
            invoice_date = date or max(row["charge_date"] for row in group)
            key = (
                invoice_date,
                max(invoice_date, *(row["due_date"] for row in group)),
                group[0]["currency_id"],
                signature,
                *(
                    (row["product_id"], row["amount"], row["service_start"], row["service_end"])
                    for row in group
                ),
            )
            shapes.setdefault(key, []).append(group)
        alike = []
        for key in sorted(shapes, key=lambda item: item[0]):
            if len(shapes[key]) >= MIN_ALIKE:
                alike.append(shapes[key])
            else:
                others.extend(shapes[key])
        return alike, others

    # === the work === #

    @api.model
    def _invoice_groups(self, company, groups, date, run):
        """Create and post one invoice for each group of charges, in the fastest way that is sure.

        :param groups: list of lists of rows of ``isp.charge._pending_groups``
        :return: (account.move posted, how many of them were copied)
        """
        moves, copied = self.env["account.move"], 0
        in_bulk = not self._why_not(company)
        if in_bulk or not self._others_with_a_say(GIVEN_SAYS):
            alike, groups = self._shapes(company, groups, date)
            if alike:
                moves, left, copied = self._invoice_alike(company, alike, date, run, in_bulk)
                groups += left
        if groups:
            by_odoo = self._by_odoo(company, groups, date, run)
            self.env["isp.charge"]._link_invoices(by_odoo)
            moves |= by_odoo
        return moves, copied

    @api.model
    def _invoice_alike(self, company, alike, date, run, in_bulk):
        """Invoice groups that are alike: two of each shape by Odoo, then the rest after the first.

        :return: (account.move posted, list of the groups left for Odoo, how many were copied)
        """
        charges, count = self.env["isp.charge"], len(alike)
        moves = self._by_odoo(
            company, [shape[0] for shape in alike] + [shape[1] for shape in alike], date, run
        )
        templates, twins = moves[:count], moves[count:]
        charges._link_invoices(templates)
        plain = self._plain_templates(templates) if in_bulk else set(templates.ids)
        shapes, left = [], []
        for template, twin, groups in zip(templates, twins, alike, strict=True):
            if template.id in plain:
                shapes.append(Shape(template, twin, *groups[:2], groups[2:]))
            else:
                left.extend(groups[2:])
        write, rest = self._copy if in_bulk else self._give, self.env["account.move"]
        try:
            with self.env.cr.savepoint():
                if shapes:
                    self._prove(write, company, shapes, date, run)
                    rest = write(company, shapes, date, run)
                    if in_bulk:
                        self._count_customers(
                            [group[0]["partner_id"] for shape in shapes for group in shape.groups]
                        )
        except (NotEqual, IntegrityError) as problem:
            _logger.warning("Odoo works out each invoice by itself: %s", problem)
            left += [group for shape in shapes for group in shape.groups]
        charges._link_invoices(twins)
        return moves | rest, left, len(rest) if in_bulk else 0

    @api.model
    def _copy(self, company, shapes, date, run):
        """Write the rows of the groups of ``shapes``, and tie their charges to them.

        :return: account.move posted
        """
        moves = self.env["account.move"]
        copies = self._prepare_copies(shapes)
        self._insert_moves(copies)
        self._insert_lines(copies)
        self._insert_line_relations(copies)
        # of charges that were there before; the others go in with their lines
        self.env["isp.charge"]._link_invoices(
            moves.browse(copy["id"] for copy in copies if copy["follows"])
        )
        # the numbers that were taken are above what this transaction remembers
        self.env.cr.precommit.data.pop("sequence.mixin", None)
        self.env.invalidate_all(flush=False)
        return moves.browse(copy["id"] for copy in copies)

    @api.model
    def _by_odoo(self, company, groups, date, run):
        """Create and post invoices the ordinary way."""
        charges = self.env["isp.charge"]
        charges._insert_planned(groups)
        return self._create_and_post(
            company,
            [
                charges.browse(row["id"] for row in group)._prepare_invoice(date, run)
                for group in groups
            ],
        )

    @api.model
    def _analytic_models(self):
        """:return: whether analytic distributions may depend on the customer"""
        return bool(
            self.env["account.analytic.distribution.model"].sudo().search_count([], limit=1)
        )

    @api.model
    def _create_and_post(self, company, vals_list, **context):
        # read at once: Odoo looks at the fiscal position of each customer by itself
        self.env["res.partner"].with_company(company).browse(
            vals["partner_id"] for vals in vals_list
        ).mapped("property_account_position_id")
        moves = (
            self.env["account.move"]
            .with_company(company)
            .with_context(
                tracking_disable=True,
                default_move_type="out_invoice",
                isp_sequences={},
                **context,
            )
            .create(vals_list)
        )
        moves._post(soft=False)
        return moves


class Shape(NamedTuple):
    """Groups of charges whose invoices are alike, and the first two of them, which Odoo did."""

    template: models.Model
    twin: models.Model
    #: rows of the charges of the template, and of the twin
    first: list
    second: list
    #: the groups that are to be like it, lists of such rows
    groups: list


class NotEqual(Exception):
    """A copy is not what Odoo would have written. ``args[0]``: the differences."""
