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
    own = [name for name in columns if any(_differ(row[name], first[name]) for row in rows)]
    own = own or columns[:1]
    shared = [name for name in columns if name not in own]

    def typed(name):
        return SQL(model._fields[name].column_type[1])

    def value(name, given):
        if isinstance(given, (dict, list)):
            return json.dumps(given, default=str)
        return None if given is False and model._fields[name].type != "boolean" else given

    return SQL(
        """
        INSERT INTO %(table)s (create_uid, create_date, write_date, %(columns)s)
        SELECT %(user)s, %(now)s, %(now)s, %(values)s
          FROM unnest(%(rows)s) WITH ORDINALITY AS row (%(own)s, number)
         ORDER BY row.number %(conflict)s
        """,
        table=SQL.identifier(model._table),
        columns=SQL(", ").join(map(SQL.identifier, own + shared)),
        values=SQL(", ").join(
            [SQL.identifier("row", name) for name in own]
            + [SQL("%s::%s", value(name, first[name]), typed(name)) for name in shared]
        ),
        own=SQL(", ").join(map(SQL.identifier, own)),
        rows=SQL(", ").join(
            SQL("%s::%s[]", array([value(name, row[name]) for row in rows]), typed(name))
            for name in own
        ),
        user=model.env.uid,
        now=model.env.cr.now(),
        conflict=conflict or SQL(),
    )


def _differ(one, other):
    return one is not other and one != other  # equal dicts are compared key by key


def array(values):
    """:return: text of a PostgreSQL array of numbers, texts, dates or None, to be cast to its type.
    A list as psycopg2 passes it is an expression that the server has to parse, element by element,
    at several times the cost."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value):
    if value is None:
        return "NULL"
    if type(value) is int:
        return str(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
