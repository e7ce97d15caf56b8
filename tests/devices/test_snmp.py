"""Readings: the SNMP driver against agents that show the same plant as the command lines."""

import socket
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.devices import provider
from lab.devices.olt.plant import Ont
from lab.devices.snmp import SnmpAgent
from silver_provisioning.drivers.base import Endpoint, Permanent, SecretText, Step, Unreachable
from silver_provisioning.drivers.olt import OnuService
from silver_provisioning.drivers.snmp import Driver, wire
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
    with Driver(endpoint(agent)) as driver:
        health = driver.health()
    assert health.name == "olt-lab" and health.description and health.uptime_s >= 0
    assert (health.cpu_pct, health.temperature_c) == (17, 41)


def test_interfaces(agent):
    agent.dark_ports.add(next(iter(agent.plant.lights.values())).port)
    with Driver(endpoint(agent)) as driver:
        before = driver.interfaces()
        later = agent.clock() + 300
        agent.clock = lambda: later
        after = driver.interfaces()
    assert before.uptime_ticks + 29900 < after.uptime_ticks
    pon, uplink, spare = before.rows
    assert (pon.type, pon.up, pon.enabled, pon.speed_mbps) == (250, False, True, 2488)
    assert (uplink.alias, uplink.up, uplink.bits) == ("Uplink BRAS", True, 64)
    assert (spare.enabled, spare.up) == (False, False)
    assert after.rows[0].out_octets == pon.out_octets
    mbps = (after.rows[1].in_octets - uplink.in_octets) * 8 / 300 / 1e6
    assert 380 * 0.2 < mbps < 380 * 1.8


def test_interfaces_of_a_router_with_old_counters():
    with SnmpAgent(None, "router") as agent, Driver(endpoint(agent)) as driver:
        rows = {row.name: row for row in driver.interfaces().rows}
        assert rows["sfp-sfpplus1"].speed_mbps == 10000 and rows["<pppoe-c0001>"].type == 23
        for port in agent.ports:
            port.bits = 32
            port.restart(agent.clock(), (2**32 - 5, 7))
        rows = {row.name: row for row in driver.interfaces().rows}
        assert rows["ether1"].bits == 32 and rows["ether1"].in_octets < 2**32
        assert driver.readings() == [] and driver.health().cpu_pct == 17


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


# ------------------------------------------------------------------ bytes
@pytest.mark.parametrize("value", [0, 1, 127, 128, 255, 256, 2**31 - 1, -1, -128, -129])
def test_integers_on_the_wire(value):
    _tag, start, end = wire._head(wire._integer(value), 0)
    assert int.from_bytes(wire._integer(value)[start:end], "big", signed=True) == value


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), max_size=12))
def test_oids_on_the_wire(tail):
    assert wire.unpack_tail(wire.pack_oid((1, 3, *tail))[1:]) == tuple(tail)


def answer(number, bindings, status=0):
    rows = b"".join(
        wire._tlv(0x30, wire._tlv(0x06, wire.pack_oid(name)) + wire._tlv(tag, value))
        for name, tag, value in bindings
    )
    pdu = wire._integer(number) + wire._integer(status) + wire._integer(0) + wire._tlv(0x30, rows)
    whole = wire._integer(1) + wire._tlv(0x04, b"public") + wire._tlv(0xA2, pdu)
    return wire._tlv(0x30, whole)


def test_every_type_of_value():
    name = (1, 3, 6, 1)
    types = [(0x02, b"\xff"), (0x04, b"ab"), (0x41, b"\x00\xff"), (0x46, b"\x01\x00"), (0x82, b"")]
    data = answer(7, [(name, tag, value) for tag, value in types])
    number, status, bindings = wire.response(data)
    assert (number, status) == (7, 0)
    assert [value for _name, value in bindings] == [-1, b"ab", 255, 256, wire.ABSENT]


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_garbage_is_malformed_and_nothing_else(data):
    good = answer(7, [((1, 3, 6, 1, 4, 2011), 0x04, b"x" * 200)] * 3)
    noise = data.draw(
        st.one_of(
            st.binary(max_size=60),
            st.integers(0, len(good)).map(lambda size: good[:size]),
            st.tuples(st.integers(0, len(good) - 1), st.integers(0, 255)).map(
                lambda change: good[: change[0]] + bytes((change[1],)) + good[change[0] + 1 :]
            ),
        )
    )
    try:
        wire.response(noise)
    except wire.Malformed:
        pass


def test_late_answers_and_circles():
    """An agent that repeats an old answer first, and whose table never ends."""
    base = (1, 3, 6, 1, 9)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        device = wire.Agent("127.0.0.1", port, b"public", 2.0, 0, 10)

        def serve():
            for _turn in range(2):
                _data, client = server.recvfrom(2000)
                server.sendto(answer(device.number - 1, [((*base, 99), 0x02, b"\x01")]), client)
                rows = [((*base, n), 0x02, bytes((n,))) for n in (1, 2)]
                server.sendto(answer(device.number, rows), client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert list(device.walk(base)) == [((1,), 1), ((2,), 2)]
        thread.join()
        device.close()


def test_an_error_status_is_permanent(agent):
    with Driver(endpoint(agent)) as driver:
        driver._agent.ask = lambda *_args: (_ for _ in ()).throw(wire.Refused(16))
        with pytest.raises(Permanent, match="16"):
            driver.readings()
