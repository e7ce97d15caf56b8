"""An executor in a process of its own, that may be killed at a chosen step.

    python network_executor.py DATABASE

Reads lines from its input: steps with a bar between them. For each step it makes a process that
serves what is due and prints the counts as JSON; a step that is not empty is where the process
sends itself SIGKILL: no handler runs, as when a machine loses power.
"""

import json
import os
import signal
import sys

from support import ROOT, STATE

database = sys.argv[1]

import odoo.sql_db  # noqa: E402
import odoo.tools  # noqa: E402

odoo.tools.config.parse_config(
    ["-c", str(ROOT / "odoo.conf"), "-d", database, "--data-dir", str(STATE / "data")]
    + ["--addons-path", str(ROOT), "--log-level", "error"]
)

from odoo import SUPERUSER_ID, api  # noqa: E402
from odoo.modules.registry import Registry  # noqa: E402

registry = Registry(database)

from odoo.addons.silver_provisioning.drivers import coa, radius_sql  # noqa: E402

Executor = registry["isp.provisioning.executor"]


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner, name):
    def dead(*args, **kwargs):
        die()

    setattr(owner, name, dead)


def after(owner, name):
    real = getattr(owner, name)

    def last_breath(*args, **kwargs):
        real(*args, **kwargs)
        die()

    setattr(owner, name, last_breath)


STEPS = {
    "claimed": lambda: before(Executor, "_talk"),
    "connected": lambda: after(radius_sql.RadiusSql, "open"),
    "observed": lambda: after(radius_sql.RadiusSql, "observe"),
    "half written": lambda: after(radius_sql.RadiusSql, "_write"),
    "written": lambda: after(radius_sql.RadiusSql, "apply"),
    "verified": lambda: after(radius_sql.RadiusSql, "last_session_id"),
    "not recorded": lambda: before(Executor, "_record"),
    "half recorded": lambda: after(Executor, "_write_verdicts"),
    "recorded": lambda: after(Executor, "_serve"),
    "disconnect sent": lambda: after(coa.Coa, "disconnect"),
}


def serve(step):
    """In a child: what an executor does; killed at ``step`` if there is one."""
    if step:
        STEPS[step]()
    with registry.cursor() as cr:
        counts = api.Environment(cr, SUPERUSER_ID, {})["isp.provisioning.target"].drain()
    print(json.dumps(counts), flush=True)
    os._exit(0)


print("ready", flush=True)
for line in sys.stdin:
    # a child must not share a connection with us
    odoo.sql_db.close_all()
    children = []
    for step in line.rstrip("\n").split("|"):
        if not (child := os.fork()):
            serve(step)
        children.append(child)
    statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    print("ended", json.dumps(statuses), flush=True)
