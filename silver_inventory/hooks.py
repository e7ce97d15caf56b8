"""What has to be in the database before and after the tables of this module."""

from odoo.addons.silver_base.tools import uninstall


def pre_init_hook(env):
    """``btree_gist`` lets one exclusion constraint compare a lot (=) and a period (&&).

    It is a trusted extension: the owner of the database may create it, no superuser needed.
    """
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")


def post_init_hook(env):
    """Equipment lives in many places: show locations and internal transfers to stock users."""
    warehouses = env["stock.warehouse"].search([])
    warehouses.int_type_id.active = True


def uninstall_hook(env):
    """Leave what is also Odoo's (products, serials, moves, customers), without a word of ours.

    Odoo would try to delete each record with an external id of the module, and PostgreSQL would
    refuse, one by one and with an error each: serials have moves, and moves stay.
    """
    uninstall.keep_records(env, "silver_inventory")
    # the role goes with its column; while it is there its holder must be
    env.cr.execute(
        "ALTER TABLE stock_location DROP CONSTRAINT IF EXISTS stock_location_isp_role_holder"
    )
