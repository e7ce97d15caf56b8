"""The worked example of docs/drivers.md works."""

import dataclasses
import re
import sys
import types

import pytest
from olt_cases import ROOT

from lab.devices.olt.plant import Plant
from silver_provisioning.drivers.base import Endpoint, NeedsHuman, Retryable, SecretText
from silver_provisioning.drivers.olt import OnuService

TEXT = (ROOT / "docs" / "drivers.md").read_text()
DRIVER, DEVICE = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def acme(monkeypatch):
    """(device, make driver), from the text of the documentation."""
    name = "silver_provisioning.drivers.acme.driver"
    module = types.ModuleType(name)
    module.__package__ = "silver_provisioning.drivers.acme"
    package = types.ModuleType(module.__package__)
    package.__path__ = []
    monkeypatch.setitem(sys.modules, module.__package__, package)
    exec(compile(DRIVER, "docs/drivers.md", "exec"), module.__dict__)
    lab = {"__name__": "acme"}
    exec(compile(DEVICE, "docs/drivers.md", "exec"), lab)
    plant = Plant(slots=(0,), profiles={"gold", "silver"})
    for n in (1, 2):
        plant.connect(f"ACME0000000{n}", 0, 3)
    with lab["AcmeOlt"](plant) as device:
        point = Endpoint("127.0.0.1", device.port, "silver", SecretText("lab-olt"), 5.0)
        yield device, lambda: module.Acme(point)


def service(n=1, **changes):
    base = OnuService(
        "C0001", f"ACME0000000{n}", 0, 3, upload_profile="gold", download_profile="gold", vlan=100
    )
    return dataclasses.replace(base, **changes)


def test_life(acme):
    device, driver = acme
    with driver() as session:
        assert [found.serial for found in session.discover()] == ["ACME00000001", "ACME00000002"]
        for want in (
            service(),
            service(status="suspended"),
            service(),
            service(vlan=200, upload_profile="silver", download_profile="silver"),
            service(description="Ana\nonu del ACME00000002"),
        ):
            plans = session.plans({"a": want})
            assert plans["a"] and session.apply(plans)["a"].ok
            assert session.verify({"a": want}) == {}
        assert device.plant.by_serial("ACME00000001").description == "Ana_onu_del_ACME00000002"
        session.apply(session.plans({"a": service(status="absent")}))
    assert device.plant.onts == {}


def test_faults(acme):
    device, driver = acme
    with driver() as session:
        moved = service(port=4)
        session.apply(session.plans({"a": moved}))
        assert type(session.apply(session.plans({"a": service()}))["a"].error) is NeedsHuman
        device.faults.inject("busy", "onu add", times=1)
        assert type(session.apply(session.plans({"b": service(2)}))["b"].error) is Retryable
