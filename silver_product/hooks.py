def pre_init_hook(env):
    """The exclusion constraint on prices compares integers in a GiST index.

    ``btree_gist`` is a trusted extension since PostgreSQL 13: the owner of the database may
    create it without being superuser.
    """
    env.cr.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
