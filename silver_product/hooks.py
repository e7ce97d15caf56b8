from odoo.tools import SQL

from odoo.addons.silver_base.tools.sqlguard import trigger_names


def pre_init_hook(env):
    """The exclusion constraint on prices compares integers in a GiST index.

    ``btree_gist`` is a trusted extension since PostgreSQL 13: the owner of the database may
    create it without being superuser.
    """
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")


def uninstall_hook(env):
    """Let the price history go with its tables.

    Its triggers refuse every deletion, and the plans of the demonstration data could not be deleted
    while their prices are there. What refers to a price belongs to modules that are removed too.
    """
    for trigger in trigger_names("isp_plan_price"):
        env.cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON isp_plan_price", SQL.identifier(trigger)))
    env.cr.execute("DROP FUNCTION IF EXISTS isp_plan_price_no_reopen() CASCADE")
    env.cr.execute("TRUNCATE isp_plan_price CASCADE")
    env.invalidate_all()
