"""The rows of invoices written in bulk (see ``isp_invoice_writer.py``)."""

import logging
from collections import Counter

from psycopg2 import OperationalError

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.silver_base.tools.sqlrows import array, insert_query

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
        self.env.cr.execute(
            SQL(
                """
                WITH template AS MATERIALIZED (
                    SELECT * FROM account_move WHERE id = ANY(%(originals)s)
                )
                INSERT INTO account_move (id, name, sequence_number, payment_reference,
                       made_sequence_gap, partner_id, commercial_partner_id, partner_shipping_id,
                       invoice_partner_display_name, invoice_origin, %(shared)s)
                SELECT own.id, own.name, own.number, own.name, FALSE, own.partner_id,
                       own.partner_id, own.partner_id, own.display_name, own.origin, %(from)s
                  FROM %(own)s JOIN template ON template.id = own.template_id
                """,
                originals=list({copy["template_id"] for copy in copies}),
                own=self._unnest(
                    "own",
                    id=("int", [copy["id"] for copy in copies]),
                    template_id=("int", [copy["template_id"] for copy in copies]),
                    name=("varchar", [copy["name"] for copy in copies]),
                    number=("int", [copy["number"] for copy in copies]),
                    partner_id=("int", [copy["partner_id"] for copy in copies]),
                    display_name=("varchar", [copy["display_name"] for copy in copies]),
                    origin=("varchar", [copy["origin"] for copy in copies]),
                ),
                **self._lists(self._columns("account_move", OWN_MOVE)),
            )
        )

    @staticmethod
    def _unnest(alias, **columns):
        """:param columns: name -> (type of PostgreSQL, list of values)
        :return: SQL of a table of them"""
        return SQL(
            "unnest(%s) AS %s (%s)",
            SQL(", ").join(
                SQL("%s::%s[]", array(values), SQL(kind)) for kind, values in columns.values()
            ),
            SQL.identifier(alias),
            SQL(", ").join(map(SQL.identifier, columns)),
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
        """Lines of the copies, and the charges that are not in the table yet: each names the
        other, so both go in with one statement, after which PostgreSQL checks what they point at.
        """
        lines = [(copy["id"], *line) for copy in copies for line in copy["lines"]]
        move_ids, ids, template_ids, names, charge_ids = zip(*lines, strict=True)
        charges = [charge for copy in copies for charge in copy["charges"]]
        model = self.env["isp.charge"]
        self.env.cr.execute(
            SQL(
                """
                WITH template AS MATERIALIZED (
                    SELECT * FROM account_move_line WHERE id = ANY(%(originals)s)
                ) %(charges)s
                INSERT INTO account_move_line (id, move_id, move_name, partner_id, name,
                       isp_charge_id, %(shared)s)
                SELECT own.id, copy.id, copy.name, copy.partner_id,
                       COALESCE(own.name, CASE WHEN template.display_type = 'payment_term'
                                               THEN copy.name ELSE template.name END),
                       own.charge_id, %(from)s
                  FROM %(own)s JOIN %(copies)s ON copy.id = own.move_id
                  JOIN template ON template.id = own.template_id
                """,
                originals=list(set(template_ids)),
                charges=SQL(", charge AS (%s)", insert_query(model, charges)) if charges else SQL(),
                own=self._unnest(
                    "own",
                    move_id=("int", move_ids),
                    id=("int", ids),
                    template_id=("int", template_ids),
                    name=("varchar", names),
                    charge_id=("int", charge_ids),
                ),
                copies=self._unnest(
                    "copy",
                    id=("int", [copy["id"] for copy in copies]),
                    name=("varchar", [copy["name"] for copy in copies]),
                    partner_id=("int", [copy["partner_id"] for copy in copies]),
                ),
                **self._lists(self._columns("account_move_line", OWN_LINE)),
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
                    WITH related AS MATERIALIZED (
                        SELECT %(column)s AS template_id, %(other)s AS other_id FROM %(table)s
                         WHERE %(column)s = ANY(%(originals)s)
                    )
                    INSERT INTO %(table)s (%(column)s, %(other)s)
                    SELECT pair.id, related.other_id FROM %(pairs)s
                      JOIN related ON related.template_id = pair.template_id
                    """,
                    originals=list(with_some),
                    pairs=self._unnest(
                        "pair",
                        id=("int", [pair[0] for pair in chosen]),
                        template_id=("int", [pair[1] for pair in chosen]),
                    ),
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
                 WHERE id = ANY(%s::int[]) AND COALESCE(customer_rank, 0) = 0 RETURNING id
                """,
                array(partner_ids),
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
