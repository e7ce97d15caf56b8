"""Indexes that nothing declares any more."""

import logging

from odoo import api, models
from odoo.models import MAGIC_COLUMNS
from odoo.tools import SQL
from odoo.tools.sql import make_index_name

_logger = logging.getLogger(__name__)

#: as Odoo makes them and nobody touched them: one column, not unique, without a comment
STALE = """
    SELECT t.relname, i.relname
      FROM unnest(%(names)s::text[], %(tables)s::text[], %(columns)s::text[]) w(name, tbl, col)
      JOIN pg_class i ON i.relname = w.name AND i.relnamespace = current_schema::regnamespace
      JOIN pg_index x ON x.indexrelid = i.oid
      JOIN pg_class t ON t.oid = x.indrelid AND t.relname = w.tbl
      JOIN pg_am am ON am.oid = i.relam
      LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
     WHERE NOT x.indisunique AND x.indnatts = 1 AND obj_description(i.oid, 'pg_class') IS NULL
       AND CASE am.amname
           WHEN 'btree' THEN a.attname = w.col AND x.indoption[0] = 0
            AND COALESCE(pg_get_expr(x.indpred, t.oid), '')
                IN ('', format('(%%I IS NOT NULL)', w.col))
           WHEN 'gin' THEN x.indpred IS NULL AND pg_get_indexdef(i.oid) LIKE '%%gin_trgm_ops)'
           END
     ORDER BY 1, 2
"""


class SilverAudit(models.AbstractModel):
    _inherit = "silver.audit"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _stale_indexes(self):
        """Odoo makes the index of a field and leaves it there for ever when the field says
        ``index=True`` no more; every insert goes on paying for it.

        Only what Odoo made for a stored field of the suite, on a table of the suite: an index
        somebody made has another name or another shape, or keeps its own with a ``COMMENT ON
        INDEX``.

        :return: list of (table, index)
        """
        columns = [
            (make_index_name(model._table, field.name), model._table, field.name)
            for model in self.env.registry.values()
            if model._auto and not model._abstract and _ours([model._original_module])
            for field in model._fields.values()
            if field.store and field.column_type and not field.index
            if field.name not in MAGIC_COLUMNS and _ours(field._modules)
        ]
        names, tables, fields = map(list, zip(*columns, strict=True)) if columns else ([], [], [])
        return self.env.execute_query(SQL(STALE, names=names, tables=tables, columns=fields))

    @api.model
    def _drop_stale_indexes(self):
        """At the end of an update, when all modules are loaded.

        :return: names of the indexes dropped
        """
        names = [index for _table, index in self._stale_indexes()]
        for name in names:
            self.env.cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
        if names:
            _logger.info("Dropped indexes that no field declares any more: %s", ", ".join(names))
        return names


def _ours(modules):
    return bool(modules) and all(str(module).startswith("silver_") for module in modules)
