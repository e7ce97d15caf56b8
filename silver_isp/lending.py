"""Which place to take when several people take one at once. SQL, no model."""

import random

from psycopg2.errors import SerializationFailure

from odoo.tools import SQL


def lendable_sql(now, alias=""):
    """:return: SQL condition: the row can be lent at ``now`` (a parameter: what depends on time
    says so)."""
    prefix = SQL("%s.", SQL.identifier(alias)) if alias else SQL()
    return SQL(
        """(
            %(p)sout_of_service IS NOT TRUE
            AND (%(p)sstate = 'free' AND (%(p)savailable_from IS NULL OR %(p)savailable_from <=
            %(now)s)
                 OR %(p)sstate = 'reserved' AND %(p)sreserved_until <= %(now)s))
        """,
        p=prefix,
        now=now,
    )


def lock_first(cr, table, row_ids, condition):
    """Lock the first of ``row_ids`` that still meets ``condition``.

    Rows that another transaction holds are passed over, not waited for. Rows that changed since
    this transaction's snapshot cannot be judged in it (every cursor is REPEATABLE READ), so they
    are passed over too.

    :param SQL condition: on the row
    :return: its id, or None when no row meets the condition
    :raise SerializationFailure: when none is left but some had changed; Odoo then replays the whole
        call on a fresh snapshot
    """
    changed = None
    for row_id in row_ids:
        query = SQL(
            "SELECT id FROM %s WHERE id = %s AND %s FOR UPDATE SKIP LOCKED",
            SQL.identifier(table),
            row_id,
            condition,
        )
        try:
            with cr.savepoint(flush=False):
                cr.execute(query, log_exceptions=False)
                if cr.rowcount:
                    return row_id
        except SerializationFailure as error:
            changed = error
    if changed:
        raise changed
    return None


def scattered(row_ids):
    """:return: the best one first, then the rest in any order: those who collide on the first
    should not go on colliding in step."""
    return row_ids[:1] + random.sample(row_ids[1:], len(row_ids[1:]))
