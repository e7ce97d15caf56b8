"""What the ORM does not take away by itself."""

from odoo.tools import SQL

from odoo.addons.silver_base.tools import uninstall

from .models.isp_place_history import PLACES, trigger_name


def uninstall_hook(env):
    """The plant goes with its tables; the functions of its history go after what calls them."""
    uninstall.keep_records(env, "silver_isp")
    for table, _column, _place in PLACES:
        env.cr.execute(
            SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(trigger_name(table)))
        )
