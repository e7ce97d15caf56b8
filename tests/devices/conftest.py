"""Tests of the device drivers without Odoo.

The drivers are plain Python, but they live inside an Odoo addon, whose ``__init__`` imports Odoo
models. So this file puts
bare packages named ``silver_provisioning`` and nothing else into ``sys.modules``: their
``__path__`` is the addon's folder,
their ``__init__`` never runs, and ``import silver_provisioning.drivers.mikrotik`` finds the real
files. When Odoo itself is in
the process (``./silver test``) it imports the addon as ``odoo.addons.silver_provisioning``: another
name, so no clash.
"""

import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
if "silver_provisioning" not in sys.modules:
    package = types.ModuleType(
        "silver_provisioning", "Stand-in: only its folder, so that drivers import without Odoo."
    )
    package.__path__ = [str(ROOT / "silver_provisioning")]
    sys.modules["silver_provisioning"] = package
