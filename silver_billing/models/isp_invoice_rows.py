"""The rows of invoices written in bulk (see ``isp_invoice_writer.py``)."""

import logging
from collections import Counter

from psycopg2 import OperationalError

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.silver_base.tools.sqlrows import insert_query

_logger = logging.getLogger(__name__)

#: Columns of a document that are of its own customer.
OWN_MOVE = (
    "id",
    "name",
    "sequence_number",
    "payment_reference",
    "made_sequence_gap",
    "partner_id",
    "commercial_partner_id",
    "partner_shipping_id",
    "invoice_partner_display_name",
    "invoice_origin",
)
OWN_LINE = ("id", "move_id", "move_name", "partner_id", "name", "isp_charge_id")


class IspInvoiceWriter(models.AbstractModel):
    _inherit = "isp.invoice.writer"

    # === rows === #

    @api.model
    def _columns(self, table, own):
        """:return: SQL list of the columns that copies share with their template"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT attname FROM pg_attribute
                 WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
                   AND attname <> ALL(%s) AND attgenerated = '' ORDER BY attnum
                """,
                table,
                list(own),
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _insert_moves(self, copies):
        shared = self._columns("account_move", OWN_MOVE)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO account_move (id, name, sequence_number, payment_reference,
                       made_sequence_gap, partner_id, commercial_partner_id, partner_shipping_id,
                       invoice_partner_display_name, invoice_origin, %(shared)s)
                SELECT own.id, own.name, own.number, own.name, FALSE, own.partner_id,
                       own.partner_id, own.partner_id, own.display_name, own.origin, %(from)s
                  FROM unnest(%(ids)s::int[], %(templates)s::int[], %(names)s::varchar[],
                              %(numbers)s::int[], %(partners)s::int[], %(shown)s::varchar[],
                              %(origins)s::varchar[])
                       AS own (id, template_id, name, number, partner_id, display_name, origin)
                  JOIN account_move template ON template.id = own.template_id
                 ORDER BY own.id
                """,
                **self._lists(shared),
                ids=[copy["id"] for copy in copies],
                templates=[copy["template_id"] for copy in copies],
                names=[copy["name"] for copy in copies],
                numbers=[copy["number"] for copy in copies],
                partners=[copy["partner_id"] for copy in copies],
                shown=[copy["display_name"] for copy in copies],
                origins=[copy["origin"] for copy in copies],
            )
        )

    @staticmethod
    def _lists(columns):
        """:return: dict of SQL: the names of the columns, and the same of the template"""
        return {
            "shared": SQL(", ").join(SQL.identifier(name) for name in columns),
            "from": SQL(", ").join(SQL.identifier("template", name) for name in columns),
        }

    @api.model
    def _insert_lines(self, copies):
        """Lines of the copies, in the order of those of their template, and the charges that are
        not in the table yet: each names the other, so both go in with one statement, after which
        PostgreSQL checks what they point at."""
        lines = [(copy["id"], *line) for copy in copies for line in copy["lines"]]
        charges = [charge for copy in copies for charge in copy["charges"]]
        model = self.env["isp.charge"]
        # one that somebody else made in the meantime is missed by its line
        insert = charges and insert_query(model, charges, SQL("ON CONFLICT DO NOTHING"))
        self.env.cr.execute(
            SQL(
                """
                %(charges)s
                INSERT INTO account_move_line (id, move_id, move_name, partner_id, name,
                       isp_charge_id, %(shared)s)
                SELECT own.id, copy.id, copy.name, copy.commercial_partner_id,
                       COALESCE(own.name, CASE WHEN template.display_type = 'payment_term'
                                               THEN copy.payment_reference
                                               ELSE template.name END),
                       own.charge_id, %(from)s
                  FROM unnest(%(moves)s::int[], %(ids)s::int[], %(templates)s::int[],
                              %(names)s::text[], %(charge_ids)s::int[])
                       AS own (move_id, id, template_id, name, charge_id)
                  JOIN account_move copy ON copy.id = own.move_id
                  JOIN account_move_line template ON template.id = own.template_id
                 ORDER BY own.id
                """,
                **self._lists(self._columns("account_move_line", OWN_LINE)),
                **dict(
                    zip(
                        ("moves", "ids", "templates", "names", "charge_ids"),
                        map(list, zip(*lines, strict=True)),
                        strict=True,
                    )
                ),
                charges=SQL("WITH charge AS (%s)", insert) if charges else SQL(),
            )
        )
        model.invalidate_model()

    @api.model
    def _line_relations(self):
        """:return: list of (table, column of the line, other column) of stored many2many"""
        fields = self.env["account.move.line"]._fields.values()
        return sorted(
            {
                (field.relation, field.column1, field.column2)
                for field in fields
                if field.type == "many2many" and field.store and field.relation
            }
        )

    @api.model
    def _insert_line_relations(self, copies):
        """Taxes, tags and whatever else the lines of a template are related to."""
        pairs = [line[:2] for copy in copies for line in copy["lines"]]
        templates = list({template_id for _line_id, template_id in pairs})
        for table, line_column, other_column in self._line_relations():
            names = {
                "table": SQL.identifier(table),
                "column": SQL.identifier(line_column),
                "other": SQL.identifier(other_column),
            }
            related = self.env.execute_query(
                SQL(
                    "SELECT DISTINCT %(column)s FROM %(table)s WHERE %(column)s = ANY(%(ids)s)",
                    ids=templates,
                    **names,
                )
            )
            with_some = {row[0] for row in related}
            chosen = [pair for pair in pairs if pair[1] in with_some]
            if not chosen:
                continue
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO %(table)s (%(column)s, %(other)s)
                    SELECT pair.id, related.%(other)s
                      FROM unnest(%(ids)s::int[], %(templates)s::int[]) AS pair (id, template_id)
                      JOIN %(table)s related ON related.%(column)s = pair.template_id
                    """,
                    ids=[pair[0] for pair in chosen],
                    templates=[pair[1] for pair in chosen],
                    **names,
                )
            )

    # === what Odoo counts on the customer === #

    @api.model
    def _count_customers(self, partner_ids):
        """One more invoice on each customer, as ``res.partner._increase_rank`` does it: who had
        none becomes a customer now; the others are counted after commit, so that nobody waits."""
        fresh = self.env.execute_query(
            SQL(
                """
                UPDATE res_partner SET customer_rank = 1
                 WHERE id = ANY(%s) AND COALESCE(customer_rank, 0) = 0 RETURNING id
                """,
                partner_ids,
            )
        )
        counts = Counter(partner_ids)
        for (partner_id,) in fresh:
            counts[partner_id] -= 1
        counts = +counts
        if not counts:
            return
        registry = self.env.registry

        @self.env.cr.postcommit.add
        def count_later():
            try:
                with registry.cursor() as cr:
                    cr.execute_values(
                        """
                        UPDATE res_partner SET customer_rank = customer_rank + data.count
                          FROM (VALUES %s) AS data (id, count) WHERE res_partner.id = data.id
                        """,
                        sorted(counts.items()),
                        page_size=5000,
                    )
            except OperationalError:
                _logger.info("Customers being written by others: their rank is not counted up")
