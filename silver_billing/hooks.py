"""What the database needs before the tables of this module exist."""


def pre_init_hook(env):
    # gist index over (integer, daterange): exclusion of overlapping service ranges
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
