"""OLT drivers against their devices in the lab: what only some vendors have."""

import dataclasses
import re

import pytest
from olt_cases import OLTS, attempt, error

from silver_provisioning.drivers.base import NeedsHuman, Permanent, SecretText, Unreachable
from silver_provisioning.drivers.olt import Wan, Wifi


def test_huawei_leftover_service_ports(huawei):
    """Service ports of an earlier plan are replaced, and deletion takes them too."""
    huawei.configure(a=huawei.service())
    place = huawei.ont().place
    row = {"place": place, "vlan": 200, "user_vlan": 200, "gem": 1, "in": None, "out": None}
    huawei.plant.add_service_port(row)
    huawei.configure(a=huawei.service())
    assert huawei.carries() == [100]
    huawei.plant.add_service_port(dict(row))
    huawei.configure(a=huawei.service(status="absent"))
    assert not huawei.plant.service_ports and huawei.ont() is None


@pytest.mark.parametrize("vendor", ["zte", "vsol"])
def test_leftover_service_port_of_an_interface(vendor):
    """A service port of an earlier plan goes, and goes with the customer too."""
    with OLTS[vendor]() as case:
        case.configure(a=case.service())
        lines = case.ont().config["lines"]
        old = lines["service-port 1"]
        lines["service-port 2"] = old.replace("service-port 1", "service-port 2").replace(
            "vlan 100", "vlan 200"
        )
        assert sorted(case.carries()) == [100, 200]
        case.configure(a=case.service())
        assert case.carries() == [100]
        lines["service-port 2"] = old.replace("service-port 1", "service-port 2").replace(
            "vlan 100", "vlan 200"
        )
        case.configure(a=case.service(status="suspended"))
        assert case.carries() == [], "nothing of an earlier plan stays open either"
        case.configure(a=case.service(status="absent"))
        assert case.ont() is None


def test_huawei_pppoe_in_the_onu(huawei):
    want = huawei.service(wan=Wan("pppoe", "ana@silver", SecretText("clave-99")))
    huawei.configure(a=want)
    assert huawei.ont().config["wan_user"] == "ana@silver"
    assert huawei.ont().config["wan_password"] == "clave-99"
    huawei.configure(a=dataclasses.replace(want, wan=Wan("bridge")))
    assert huawei.ont().config["wan"] is None


def test_huawei_profiles_and_name(huawei):
    huawei.configure(a=huawei.service())
    huawei.configure(
        a=huawei.service(line_profile="20", service_profile="20", description="C0001 Ana")
    )
    assert huawei.ont().config == {"line": "20", "service": "20"}
    assert huawei.ont().description == "C0001_Ana"


def test_huawei_readings(huawei):
    huawei.configure(a=huawei.service(), b=huawei.service(1))
    huawei.plant.lights[huawei.serial(1)].power = False
    with huawei.driver() as driver:
        first, second = driver.readings(1, 3)
    light = huawei.plant.lights[huawei.serial(0)]
    assert first.rx_dbm == pytest.approx(light.rx_dbm, abs=0.01)
    assert first.distance_m == light.distance_m
    assert second.rx_dbm is None


def test_huawei_chosen_number(huawei):
    huawei.configure(a=huawei.service(number=17))
    assert huawei.ont().number == 17


@pytest.mark.parametrize("vendor", ["zte", "vsol"])
def test_wifi(vendor):
    with OLTS[vendor]() as case:
        case.configure(a=case.service(wifi=Wifi("Casa-Ana", SecretText("clave12345"))))
        case.configure(a=case.service(wifi=Wifi("Casa-Ana", SecretText("clave67890"))))
        lines = [*case.ont().config["lines"].values(), *case.ont().config.get("mng", {}).values()]
        assert any("clave67890" in line for line in lines)
        assert not any("clave12345" in line for line in lines)


@pytest.mark.parametrize("vendor", ["zte", "vsol"])
def test_wifi_of_both_bands(vendor):
    def names(case):
        lines = [*case.ont().config["lines"].values(), *case.ont().config.get("mng", {}).values()]
        return sorted(re.findall(r"(?:wifi_0/|wifi_ssid )(\d) name (\S+)", "\n".join(lines)))

    key = SecretText("clave12345")
    with OLTS[vendor]() as case:
        case.configure(a=case.service(wifi=Wifi("Casa-Ana", key)))
        assert names(case) == [("1", "Casa-Ana")], "an ONU without 5 GHz"
        case.configure(a=case.service(wifi=Wifi("Casa-Ana", key, "Casa-Ana")))
        assert names(case) == [("1", "Casa-Ana"), ("5", "Casa-Ana")]
        case.configure(a=case.service(wifi=Wifi("Casa-Ana", key, "Casa-Ana-5G")))
        assert names(case) == [("1", "Casa-Ana"), ("5", "Casa-Ana-5G")]
        want = case.service(wifi=Wifi("Casa-Ana", SecretText("clave67890"), "Casa-Ana-5G"))
        case.configure(a=want)
        config = str(case.ont().config)
        assert config.count("clave67890") == 2 and "clave12345" not in config
        # somebody changed the key of one band only
        where = case.ont().config["mng" if vendor == "zte" else "lines"]
        name = next(n for n, line in where.items() if "clave67890" in line and "5" in n)
        where[name] = where[name].replace("clave67890", "de-otro-99")
        with case.driver() as driver:
            (step,) = driver.verify({"a": want})["a"]
            assert step.action == "wifi" and "de-otro-99" not in driver.redact(where[name])


@pytest.mark.parametrize("vendor", ["zte", "vsol"])
@pytest.mark.parametrize("kind", ["drop", "drop_after"])
def test_wifi_cut_between_the_bands(vendor, kind):
    want = {"wifi": Wifi("Casa-Ana", SecretText("clave12345"), "Casa-5G")}
    with OLTS[vendor]() as case:
        case.configure(a=case.service())
        case.device.faults.inject(kind, "wifi(_0/| ?_ssid )5", times=1)
        outcomes = attempt(case, {"a": case.service(**want)})
        assert error(outcomes) is Unreachable
        case.configure(a=case.service(**want))


def test_zte_pppoe_in_the_onu(zte):
    wan = Wan("pppoe", "ana@silver", SecretText("clave-99"), "wan100")
    zte.configure(a=zte.service(wan=wan))
    zte.configure(a=zte.service(wan=dataclasses.replace(wan, password=SecretText("clave-77"))))
    assert "password clave-77" in zte.ont().config["mng"]["wan-ip 1"]
    zte.configure(a=zte.service(wan=Wan("bridge")))
    assert "wan-ip 1" not in zte.ont().config["mng"]


def test_zte_readings(zte):
    zte.configure(a=zte.service(), b=zte.service(1))
    zte.plant.disconnect(zte.serial(1))
    with zte.driver() as driver:
        first, second = driver.readings(1, 1)
    assert first.rx_dbm == pytest.approx(-17.86, abs=15) and first.phase == "working"
    assert second.rx_dbm is None and second.phase == "los"


def test_zte_port_that_is_full(zte):
    from lab.devices.olt.plant import Ont

    for number in range(1, 129):
        zte.plant.add(
            Ont(f"ZTEG{number:08X}", 1, 1, number, config={"type": "x", "lines": {}, "mng": {}})
        )
    outcomes = attempt(zte, {"a": zte.service()})
    assert error(outcomes) is NeedsHuman


def test_vsol_wrong_enable_password(vsol):
    with pytest.raises(Permanent), vsol.driver(options={"enable_secret": SecretText("nope")}):
        pass


def test_vsol_pppoe_in_the_onu(vsol):
    wan = Wan("pppoe", "ana@silver", SecretText("clave-99"))
    vsol.configure(a=vsol.service(wan=wan))
    vsol.configure(a=vsol.service(wan=dataclasses.replace(wan, password=SecretText("clave-77"))))
    assert "pwd clave-77" in str(vsol.ont().config["wan_sent"])
    vsol.configure(a=vsol.service(wan=Wan("bridge")))
    assert not [line for line in vsol.ont().config["lines"].values() if "wan_adv" in line]
    assert vsol.ont().config["wan_sent"] == []


def test_vsol_leaves_other_wans_alone(vsol):
    """An ONU with a WAN for its TR-069 server keeps it."""
    vsol.configure(a=vsol.service())
    lines = vsol.ont().config["lines"]
    lines["wan add"] = "pri wan_adv add route"
    lines["wan 1 route mode"] = "pri wan_adv index 1 route mode tr069 mtu 1500"
    vsol.configure(a=vsol.service(wan=Wan("pppoe", "ana@silver", SecretText("clave-99"))))
    assert "index 2 route ipv4 pppoe" in lines["wan 2 route ipv4 pppoe"]
    vsol.configure(a=vsol.service(wan=Wan("bridge")))
    assert "wan 1 route mode" in lines and "wan 2 route mode" not in lines


@pytest.mark.parametrize("command", ["desc wan_pending", "add route", "pppoe", "commit", "desc C0"])
def test_vsol_wan_cut_at_any_command(vsol, command):
    """Wherever the connection is cut, the next attempt ends with the ONU told."""
    vsol.configure(a=vsol.service())
    want = vsol.service(wan=Wan("pppoe", "ana@silver", SecretText("clave-99")))
    vsol.device.faults.inject("drop_after", command, times=1)
    with vsol.driver() as driver:
        assert not driver.apply(driver.plans({"a": want}))["a"].ok
    vsol.configure(a=want)
    assert "user ana@silver" in str(vsol.ont().config["wan_sent"])
    assert vsol.ont().description == want.label
