"""Leaving quietly."""

from odoo.tools import SQL

#: What makes a module: these Odoo takes away itself.
TECHNICAL = r"^(ir\.|res\.groups|res\.lang|mail\.|report\.|base\.|web_tour\.)"


def keep_records(env, module):
    """Forget the external ids of the module's business records, so that Odoo does not delete them.

    For ``uninstall_hook``. The module's own tables go as a whole; what it put into tables of others
    (products, customers, places) stays, since stock moves, entries and history speak of it.

    :param str module: technical name of the module that is being uninstalled
    """
    env.cr.execute(
        SQL("DELETE FROM ir_model_data WHERE module = %s AND model !~ %s", module, TECHNICAL)
    )
