"""Readings: the SNMP driver against agents that show the same plant as the command lines."""

import pytest

from lab.devices import provider
from lab.devices.olt.plant import Ont
from lab.devices.snmp import SnmpAgent
from silver_provisioning.drivers.base import Endpoint, Permanent, SecretText, Step, Unreachable
from silver_provisioning.drivers.olt import OnuService
from silver_provisioning.drivers.snmp import Driver
from silver_provisioning.drivers.snmp.vendors import VENDORS

PLANTS = {
    "huawei": provider.huawei_plant,
    "zte": provider.zte_plant,
    "vsol": provider.vsol_plant,
}


def endpoint(agent, secret="lab-public", username="", timeout=2.0, **options):
    point = {"vendor": agent.vendor, **options}
    return Endpoint("127.0.0.1", agent.port, username, SecretText(secret), timeout, point)


@pytest.fixture(params=sorted(PLANTS))
def agent(request):
    plant = PLANTS[request.param]()
    for number, light in enumerate(list(plant.lights.values()), 1):
        ont = Ont(light.serial, light.slot, light.port, number, description=f"C{number}")
        ont.config = {"name": f"C{number}"}
        plant.add(ont)
    with SnmpAgent(plant, request.param, v3_user=("silver", "auth-key-1", "priv-key-1")) as device:
        yield device


def by_serial(driver):
    return {reading.serial: reading for reading in driver.readings()}


def test_readings_are_what_the_plant_has(agent):
    with Driver(endpoint(agent)) as driver:
        found = by_serial(driver)
    assert set(found) == set(agent.plant.lights)
    for serial, light in agent.plant.lights.items():
        reading = found[serial]
        assert (reading.slot, reading.port) == (light.slot, light.port)
        assert reading.phase == "working"
        assert reading.rx_dbm == pytest.approx(light.rx_dbm, abs=0.01)
        columns = VENDORS[agent.vendor].columns
        if "tx_dbm" in columns:
            assert reading.tx_dbm == pytest.approx(light.tx_dbm, abs=0.01)
        if "olt_rx_dbm" in columns:
            assert reading.olt_rx_dbm == pytest.approx(light.olt_rx_dbm, abs=0.01)
        if "distance_m" in columns:
            assert reading.distance_m == light.distance_m


def test_extreme_powers(agent):
    serial, light = next(iter(agent.plant.lights.items()))
    with Driver(endpoint(agent)) as driver:
        for rx in (-40.0, -30.0, -8.125):
            light.rx_dbm = rx
            assert by_serial(driver)[serial].rx_dbm == pytest.approx(rx, abs=0.01)


def test_faults_on_the_fibre(agent):
    first, second = sorted(agent.plant.lights)[:2]
    agent.plant.lights[first].power = False
    agent.plant.disconnect(second)
    with Driver(endpoint(agent)) as driver:
        found = by_serial(driver)
    assert found[first].rx_dbm is None and found[first].phase == "dyinggasp"
    assert found[second].rx_dbm is None and found[second].phase == "los"
    assert found[second].distance_m is None


def test_a_thousand_onus_in_bulk():
    plant = PLANTS["huawei"]()
    for n in range(1024):
        serial = f"HWTC{n:08X}"
        plant.connect(serial, 2, n // 128)
        plant.add(Ont(serial, 2, n // 128, n % 128))
    with SnmpAgent(plant, "huawei") as agent, Driver(endpoint(agent)) as driver:
        readings = driver.readings(("rx_dbm",))
    assert len(readings) == 1024 and all(r.rx_dbm for r in readings)


def test_v3(agent):
    good = endpoint(agent, "auth-key-1", "silver", priv_secret=SecretText("priv-key-1"))
    with Driver(good) as driver:
        assert len(driver.readings()) == len(agent.plant.lights)


def test_health(agent):
    agent.dark_ports.add(next(iter(agent.plant.lights.values())).port)
    with Driver(endpoint(agent)) as driver:
        health = driver.health()
    assert health.name == "olt-lab" and health.description and health.uptime_s >= 0
    assert (health.cpu_pct, health.temperature_c) == (17, 41)
    assert [i.up for i in health.interfaces] == [False] and health.interfaces[0].out_octets >= 0


def test_switched_off_by_us_is_not_a_fault(agent):
    ont = next(iter(agent.plant.onts.values()))
    ont.enabled = False
    with Driver(endpoint(agent)) as driver:
        assert by_serial(driver)[ont.serial].phase == "offline"


def test_wrong_community_looks_like_nobody_there(agent):
    with pytest.raises(Unreachable, match="community"):
        with Driver(endpoint(agent, "wrong-community", timeout=0.2, retries=0)):
            pass


def test_wrong_v3_key_is_permanent(agent):
    point = endpoint(agent, "wrong-key-99", "silver", priv_secret=SecretText("priv-key-1"))
    with pytest.raises(Permanent), Driver(point):
        pass


def test_agent_that_goes_away(agent):
    with Driver(endpoint(agent, timeout=0.2, retries=0)) as driver:
        agent.stop()
        with pytest.raises(Unreachable):
            driver.readings()


def test_observe_by_serial_and_nothing_to_write(agent):
    serial = next(iter(agent.plant.lights))
    want = {"a": OnuService("C1", serial, 1, 1), "b": OnuService("C2", "HWTC00000000", 1, 1)}
    with Driver(endpoint(agent)) as driver:
        observed = driver.observe(want)
        assert list(observed) == ["a"] and driver.plan(want["a"], observed["a"]) == ()
        outcomes = driver.apply({"a": (), "b": (Step("x", "y", "z"),)})
    assert outcomes["a"].ok and outcomes["b"].error.kind == "permanent"


def test_unknown_vendor():
    with pytest.raises(Permanent, match="acme"):
        Driver(Endpoint("127.0.0.1", options={"vendor": "acme"}))


def test_phases_can_be_calibrated(agent):
    with Driver(endpoint(agent, phases={n: "los" for n in range(10)})) as driver:
        assert {reading.phase for reading in driver.readings()} == {"los"}
