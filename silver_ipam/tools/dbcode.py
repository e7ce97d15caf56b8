"""Installing and removing the module's SQL functions, triggers and views."""

from odoo.tools import SQL, file_open

FUNCTIONS = "functions"
GUARDS = "guards"
RETENTION = "retention"
ALLOCATE = "allocate"
VIEWS = "views"

#: The read-only views with the names of the first data dictionary.
COMPATIBILITY_VIEWS = ("ip_assignment_history", "ip_reservations", "ip_pools")


def install(cr, name):
    """Run one file of ``sql/``. Every statement in them is CREATE OR REPLACE, so it is
    idempotent.
    """
    with file_open(f"silver_ipam/sql/{name}.sql") as file:
        cr.execute(file.read())


def remove(cr):
    """Drop what is no table of a model: views, pool sequences, functions (their triggers with
    them).
    """
    # the composite keys first: the constraints they point at could not be dropped before them
    cr.execute(
        "ALTER TABLE isp_ip_reservation DROP CONSTRAINT IF EXISTS isp_ip_reservation_pool_fk;"
        "ALTER TABLE isp_ip_pool DROP CONSTRAINT IF EXISTS isp_ip_pool_domain_fk"
    )
    for view in COMPATIBILITY_VIEWS:
        cr.execute(SQL("DROP VIEW IF EXISTS %s", SQL.identifier(view)))
    cr.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'S' AND relname ~ '^isp_ip_pool_[0-9]+_seq$'"
    )
    for (name,) in cr.fetchall():
        cr.execute(SQL("DROP SEQUENCE %s", SQL.identifier(name)))
    cr.execute("SELECT oid::regprocedure::text FROM pg_proc WHERE proname ~ '^isp_(ip|cgnat)_'")
    for (signature,) in cr.fetchall():
        # the name comes quoted from PostgreSQL itself
        cr.execute(  # pylint: disable=sql-injection
            f"DROP FUNCTION IF EXISTS {signature} CASCADE"
        )
    # the tables go anyway; empty, they do not hold on to the records that Odoo deletes before them
    cr.execute(
        "UPDATE isp_base_station SET routing_domain_id = NULL;"
        "TRUNCATE isp_ip_pool, isp_ip_reservation, isp_ip_assignment_history CASCADE;"
        "DROP TABLE IF EXISTS isp_ip_history_anchor"
    )


def acting(env, reason=None):
    """Tell the triggers who is acting and why, until the transaction ends.

    :param str reason: kept in the history of each address that changes hands
    """
    env.cr.execute(
        SQL(
            "SELECT set_config('silver.uid', %s, true), set_config('silver.reason', %s, true)",
            str(env.uid),
            reason or "",
        )
    )
