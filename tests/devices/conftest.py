"""Tests of the device drivers without Odoo.

The drivers are plain Python, but they live inside an Odoo addon, whose ``__init__`` imports Odoo
models. So this file puts a bare package named ``silver_provisioning`` into ``sys.modules``: its
``__path__`` is the addon's folder, its ``__init__`` never runs, and ``import
silver_provisioning.drivers.mikrotik`` finds the real files. When Odoo itself is in the process
(``./silver test``) it imports the addon as ``odoo.addons.silver_provisioning``: another name, so
the two do not meet.
"""

import sys
import types
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
for path in (str(ROOT), str(HERE)):
    if path not in sys.path:
        sys.path.insert(0, path)
if "silver_provisioning" not in sys.modules:
    package = types.ModuleType("silver_provisioning", "Only its folder, to import the drivers.")
    package.__path__ = [str(ROOT / "silver_provisioning")]
    sys.modules["silver_provisioning"] = package

import olt_cases  # noqa: E402  (needs the paths above)


@pytest.fixture
def router():
    from lab.devices.routeros import Router

    with Router() as device:
        yield device


@pytest.fixture(params=sorted(olt_cases.OLTS))
def olt(request):
    """A vendor's OLT in the lab, with its driver and its customers (:class:`olt_cases.Case`)."""
    with olt_cases.OLTS[request.param]() as case:
        yield case


@pytest.fixture(params=sorted(olt_cases.OLTS))
def telnet_olt(request):
    """The same over telnet, for tests that log in often: a login costs no key exchange."""
    with olt_cases.OLTS[request.param](transport="telnet") as case:
        yield case


@pytest.fixture
def huawei():
    with olt_cases.OLTS["huawei"]() as case:
        yield case


@pytest.fixture
def zte():
    with olt_cases.OLTS["zte"]() as case:
        yield case


@pytest.fixture
def vsol():
    with olt_cases.OLTS["vsol"]() as case:
        yield case


@pytest.fixture(scope="session", autouse=True)
def load_registry():
    """pytest-odoo loads a database's registry for every test; these need none."""


@pytest.fixture(scope="session", autouse=True)
def load_http():
    """And no web server."""
