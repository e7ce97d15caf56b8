"""What the ORM does not take away by itself."""

from odoo.addons.silver_base.tools import uninstall


def uninstall_hook(env):
    """The contracts go with their tables; customers, whom entries speak of, stay."""
    uninstall.keep_records(env, "silver_contract")
    # the key before what it points at, the function after what calls it
    env.cr.execute(
        "ALTER TABLE isp_contract DROP CONSTRAINT IF EXISTS isp_contract_port_of_splitter;"
        "DROP FUNCTION IF EXISTS isp_contract_state_guard() CASCADE"
    )
