"""What the ORM cannot install or remove by itself."""

from odoo.addons.silver_base.tools import uninstall

from .tools import dbcode


def pre_init_hook(env):
    # a trusted extension: the owner of the database may create it, no superuser needed
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")


def post_init_hook(env):
    for base in env["isp.base.station"].with_context(active_test=False).search([]):
        base._ensure_routing_domain()


def uninstall_hook(env):
    uninstall.keep_records(env, "silver_ipam")
    dbcode.remove(env.cr)
