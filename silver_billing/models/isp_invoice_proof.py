"""The proof of bulk posting: what Odoo writes for an invoice, field by field, against its copy."""

from odoo import api, models
from odoo.tools import SQL

from .isp_invoice_writer import NotEqual

#: Rows that point at a document or line and that copies get, or that come later for all alike.
FOLLOWED = {
    ("account_move_line", "move_id"),
    ("isp_charge", "move_id"),
    ("isp_charge", "invoice_line_id"),
}
#: Set only by somebody who did more than posting.
EMPTY = ("access_token", "inalterable_hash", "secure_sequence_number", "ref", "sending_data")
#: Where ``res.partner._increase_rank`` keeps them.
RANKS = "account.res.partner.increase_rank.customer_rank"


class IspInvoiceWriter(models.AbstractModel):
    _inherit = "isp.invoice.writer"

    @api.model
    def _prove(self, write, company, shapes, date, run):
        """Let ``write`` do the group of each twin again, compare, and undo it.

        :param write: method that is given shapes and writes their groups
        :raise NotEqual: when what it wrote is not what Odoo wrote
        """
        again = [
            shape._replace(groups=[[{**row, "planned": None} for row in shape.second]])
            for shape in shapes
        ]
        # what Odoo counts up on the customers when the transaction is done
        counted = self.env.cr.postcommit.data
        before = dict(counted.get(RANKS, {}))
        savepoint = self.env.cr.savepoint()
        try:
            probes = write(company, again, date, run)
            found = self._snapshot(probes.ids)
        finally:
            savepoint.close(rollback=True)
            if RANKS in counted:
                counted[RANKS].clear()
                counted[RANKS].update(before)
            self.env.invalidate_all(flush=False)
        wanted = self._snapshot([shape.twin.id for shape in shapes])
        differences = self._differences(
            [self._numberless(*wanted[shape.twin.id]) for shape in shapes],
            [self._numberless(*found[probe_id]) for probe_id in probes.ids],
        )
        if differences:
            raise NotEqual(differences)

    @api.model
    def _numberless(self, move, lines):
        """:return: a snapshot without the number of the document, wherever it stands"""
        number = move["name"]
        move = {name: value for name, value in move.items() if name != "sequence_number"}
        return [
            {name: "NUMBER" if value == number else value for name, value in row.items()}
            for row in (move, *lines)
        ]

    @api.model
    def _snapshot(self, move_ids):
        """Every stored field of documents, their lines and the relations of these.

        :return: dict document id -> (dict of the document, list of dicts of its lines)
        """
        self.env.flush_all()
        found = {
            move_id: (row, [])
            for move_id, row in self.env.execute_query(
                SQL(
                    "SELECT id, to_jsonb(move) - 'id' FROM account_move move WHERE id = ANY(%s)",
                    list(move_ids),
                )
            )
        }
        lines = {}
        for move_id, line_id, row in self.env.execute_query(
            SQL(
                """
                SELECT move_id, id, to_jsonb(line) - 'id' - 'move_id' FROM account_move_line line
                 WHERE move_id = ANY(%s) ORDER BY move_id, id
                """,
                list(move_ids),
            )
        ):
            lines[line_id] = row
            found[move_id][1].append(row)
        for table, line_column, other_column in self._line_relations():
            for line_id, others in self.env.execute_query(
                SQL(
                    "SELECT %(column)s, array_agg(%(other)s ORDER BY %(other)s) FROM %(table)s"
                    " WHERE %(column)s = ANY(%(ids)s) GROUP BY %(column)s",
                    table=SQL.identifier(table),
                    column=SQL.identifier(line_column),
                    other=SQL.identifier(other_column),
                    ids=list(lines),
                )
            ):
                lines[line_id][table] = others
        return found

    @api.model
    def _differences(self, wanted, found):
        """:return: list of texts ``field: Odoo's value, the copy's``; empty when all is equal"""
        differences = []
        for rows, copied in zip(wanted, found, strict=True):
            if len(rows) != len(copied):
                differences.append(f"lines: {len(rows) - 1}, {len(copied) - 1}")
            differences.extend(
                f"{name}: {one.get(name)!r}, {other.get(name)!r}"
                for one, other in zip(rows, copied, strict=False)
                for name in sorted({*one, *other})
                if one.get(name) != other.get(name)
            )
        return differences

    @api.model
    def _plain_templates(self, templates):
        """:return: ids of the templates about which nobody wrote anything that is not copied"""
        odd = self._pointed_at(templates)
        plain = set()
        for template in templates:
            terms = template.line_ids.filtered(lambda line: line.display_type == "payment_term")
            if (
                template.id not in odd
                and template.state == "posted"
                and template.date == template.invoice_date
                and template.payment_reference == template.name
                and template.partner_shipping_id == template.partner_id
                and len(terms) == 1
                and terms.name == template.payment_reference
                and not any(template[name] for name in EMPTY)
            ):
                plain.add(template.id)
        return plain

    @api.model
    def _pointed_at(self, templates):
        """:return: set of ids of documents to which rows of other tables, messages or files
        point"""
        followed = FOLLOWED | {(table, column) for table, column, _o in self._line_relations()}
        keys = self.env.execute_query(
            SQL(
                """
                SELECT source.relname, key.attname, target.relname
                  FROM pg_constraint rule
                  JOIN pg_class source ON source.oid = rule.conrelid
                  JOIN pg_class target ON target.oid = rule.confrelid
                  JOIN pg_attribute key ON key.attrelid = rule.conrelid
                   AND key.attnum = rule.conkey[1]
                 WHERE rule.contype = 'f' AND cardinality(rule.conkey) = 1
                   AND rule.confrelid IN ('account_move'::regclass, 'account_move_line'::regclass)
                """
            )
        )
        parts = []
        for table, column, target in keys:
            if (table, column) in followed:
                continue
            owner = SQL("line.move_id") if target == "account_move_line" else SQL("line.id")
            source = SQL("account_move_line" if target == "account_move_line" else "account_move")
            parts.append(
                SQL(
                    "SELECT %s FROM %s pointing JOIN %s line ON line.id = pointing.%s"
                    " WHERE %s = ANY(%s)",
                    owner,
                    SQL.identifier(table),
                    source,
                    SQL.identifier(column),
                    owner,
                    templates.ids,
                )
            )
        for table, model, key in (
            ("mail_message", "model", "res_id"),
            ("mail_followers", "res_model", "res_id"),
            ("mail_activity", "res_model", "res_id"),
            ("ir_attachment", "res_model", "res_id"),
        ):
            parts.append(
                SQL(
                    "SELECT %s FROM %s WHERE %s = 'account.move' AND %s = ANY(%s)",
                    SQL.identifier(key),
                    SQL.identifier(table),
                    SQL.identifier(model),
                    SQL.identifier(key),
                    templates.ids,
                )
            )
        return {row[0] for row in self.env.execute_query(SQL(" UNION ").join(parts))}
