"""An executor in a process of its own, that may be killed at a chosen step.

    python network_executor.py DATABASE [STEP]

Without STEP it serves what is due and prints the counts as JSON. With a STEP it sends itself
SIGKILL there: no handler runs, as when a machine loses power.
"""

import json
import os
import signal
import sys

from support import ROOT, STATE

database, step = sys.argv[1], (sys.argv[2:] or [None])[0]

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

if step:
    STEPS[step]()
with registry.cursor() as cr:
    print(json.dumps(api.Environment(cr, SUPERUSER_ID, {})["isp.provisioning.target"].drain()))
