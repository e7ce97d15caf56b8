"""Many rows in one statement, where ``create`` would do nothing but insert them."""

import json

from odoo.tools import SQL


def insert_rows(model, rows, conflict=None):
    """Insert rows without going through ``create``: no computed field, tracking or constraint in
    Python. ``write_uid`` stays empty: nobody wrote them since.

    :param model: the model of the table
    :param rows: list of dicts with the same keys, values as they go to the columns (``False`` in a
        column that is not boolean is empty)
    :param SQL conflict: ``ON CONFLICT ...``; rows it leaves out have no id in the answer
    :return: list of ids, in the order of the rows
    """
    if not rows:
        return []
    query = insert_query(model, rows, conflict)
    return [row_id for (row_id,) in model.env.execute_query(SQL("%s RETURNING id", query))]


def insert_query(model, rows, conflict=None):
    """:return: SQL of :func:`insert_rows`, for a statement that does more than that (and says what
    it returns)"""
    first, columns = rows[0], list(rows[0])
    # what is the same in all the rows is said once
    own = [name for name in columns if any(row[name] != first[name] for row in rows)]
    own = own or columns[:1]
    shared = [name for name in columns if name not in own]

    def typed(name):
        return SQL(model._fields[name].column_type[1])

    def value(name, given):
        return None if given is False and model._fields[name].type != "boolean" else given

    def shared_value(name):
        given = value(name, first[name])
        return dumped(given) if isinstance(given, (dict, list)) else given

    def dumped(given):
        return json.dumps(given, default=str)

    return SQL(
        """
        INSERT INTO %(table)s (create_uid, create_date, write_date, %(columns)s)
        SELECT %(user)s, %(now)s, %(now)s, %(values)s
          FROM ROWS FROM (json_to_recordset(%(rows)s) AS (%(typed)s)) WITH ORDINALITY
               AS row (%(own)s, number)
         ORDER BY row.number %(conflict)s
        """,
        table=SQL.identifier(model._table),
        columns=SQL(", ").join(map(SQL.identifier, own + shared)),
        values=SQL(", ").join(
            [SQL.identifier("row", name) for name in own]
            + [SQL("%s::%s", shared_value(name), typed(name)) for name in shared]
        ),
        typed=SQL(", ").join(SQL("%s %s", SQL.identifier(name), typed(name)) for name in own),
        own=SQL(", ").join(map(SQL.identifier, own)),
        # one parameter for all the rows: written by C code, read by PostgreSQL
        rows=dumped([{name: value(name, row[name]) for name in own} for row in rows]),
        user=model.env.uid,
        now=model.env.cr.now(),
        conflict=conflict or SQL(),
    )
