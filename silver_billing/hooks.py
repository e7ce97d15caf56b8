"""What the database needs before the tables of this module exist, and what goes with them."""

from odoo.tools import SQL

from odoo.addons.silver_base.tools import uninstall

#: Of triggers; PostgreSQL drops the triggers with their tables, not what they call.
FUNCTIONS = (
    "isp_billing_period_key_fixed",
    "isp_charge_period_open",
    "isp_charge_period_open_new",
    "isp_allocation_sums",
    "isp_charge_total_covers",
)


def pre_init_hook(env):
    # gist index over (integer, daterange): exclusion of overlapping service ranges
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")


def uninstall_hook(env):
    """Charges go with their tables; entries, payments and customers are Odoo's and stay."""
    uninstall.keep_records(env, "silver_billing")
    for function in FUNCTIONS:
        env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(function)))
