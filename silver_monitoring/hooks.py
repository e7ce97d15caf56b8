from odoo.tools import SQL

from .models.isp_signal_history import SERIES as SIGNALS
from .models.isp_traffic_history import SERIES as TRAFFIC


def post_init_hook(env):
    """The OLTs that were there before this module are watched too."""
    env["isp.olt"].search([])._ensure_watch()


def uninstall_hook(env):
    """The history is in tables of its own, which the ORM does not know."""
    for table in [*SIGNALS.tables, *TRAFFIC.tables]:
        env.cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(table)))
