"""What has to be in the database before and after the tables of this module."""


def pre_init_hook(env):
    """``btree_gist`` lets one exclusion constraint compare a lot (=) and a period (&&).

    It is a trusted extension: the owner of the database may create it, no superuser needed.
    """
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")


def post_init_hook(env):
    """Equipment lives in many places: show locations and internal transfers to stock users."""
    warehouses = env["stock.warehouse"].search([])
    warehouses.int_type_id.active = True
