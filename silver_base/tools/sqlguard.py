"""Promises that only a trigger can keep."""

from odoo.tools import SQL

FUNCTION = "silver_append_only"


def append_only(cr, table, message, allow_update_of=()):
    """Refuse UPDATE, DELETE and TRUNCATE on ``table``, also for raw SQL. Idempotent.

    :param cr: database cursor (call it from the model's ``init()``)
    :param str table: table name
    :param str message: what the person reads
    :param allow_update_of: column names that may still change (for example a closing date)
    """
    cr.execute(
        SQL(
            """
            CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $body$
            DECLARE
                allowed text[] := string_to_array(TG_ARGV[1], ',');
            BEGIN
                IF TG_OP = 'UPDATE'
                   AND to_jsonb(NEW) - allowed = to_jsonb(OLD) - allowed THEN
                    RETURN NEW;
                END IF;
                RAISE EXCEPTION '%%', TG_ARGV[0]
                    USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
                          CONSTRAINT = TG_NAME;
            END $body$
            """,
            SQL.identifier(FUNCTION),
        )
    )
    # write_date and write_uid are touched by the ORM with any allowed column
    columns = ",".join([*allow_update_of, "write_date", "write_uid"])
    row, statement = trigger_names(table)
    cr.execute(
        SQL(
            """
            CREATE OR REPLACE TRIGGER %(row)s BEFORE UPDATE OR DELETE ON %(table)s
                FOR EACH ROW EXECUTE FUNCTION %(function)s(%(message)s, %(columns)s);
            CREATE OR REPLACE TRIGGER %(statement)s BEFORE TRUNCATE ON %(table)s
                FOR EACH STATEMENT EXECUTE FUNCTION %(function)s(%(message)s, %(columns)s);
            """,
            row=SQL.identifier(row),
            statement=SQL.identifier(statement),
            table=SQL.identifier(table),
            function=SQL.identifier(FUNCTION),
            message=message,
            columns=columns,
        )
    )


def trigger_names(table):
    """:return: the names :func:`append_only` gives its row and truncate triggers."""
    return f"{table}_append_only", f"{table}_no_truncate"
