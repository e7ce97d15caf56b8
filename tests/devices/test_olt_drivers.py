"""Every OLT driver against its device in the lab: the life of a customer, and what can go wrong."""

import dataclasses
import re

import pytest
from olt_cases import OLTS

from silver_provisioning.drivers.base import (
    Endpoint,
    NeedsHuman,
    Permanent,
    Retryable,
    SecretText,
    Unreachable,
)
from silver_provisioning.drivers.olt import Wan, Wifi


def attempt(case, want, **changes):
    """One attempt of the engine: observe, plan, apply. Returns the outcomes."""
    with case.driver(**changes) as driver:
        return driver.apply(driver.plans(want))


def error(outcomes, key="a"):
    return type(outcomes[key].error)


# ------------------------------------------------------------------ the life of a customer
def test_discovered_then_active_then_nothing_to_do(olt):
    with olt.driver() as driver:
        before = {found.serial for found in driver.discover()}
    assert olt.serial() in before
    olt.configure(a=olt.service())
    assert olt.carries() == [100]
    with olt.driver() as driver:
        assert driver.plans({"a": olt.service()}) == {"a": ()}
        assert olt.serial() not in {found.serial for found in driver.discover()}


def test_suspension_keeps_the_configuration_and_stops_the_traffic(olt):
    olt.configure(a=olt.service())
    number = olt.ont().number
    olt.configure(a=olt.service(status="suspended"))
    assert olt.carries() == [] and olt.ont().number == number
    olt.configure(a=olt.service())
    assert olt.carries() == [100] and olt.ont().number == number


def test_a_new_customer_can_begin_suspended(olt):
    olt.configure(a=olt.service(status="suspended"))
    assert olt.ont() is not None and olt.carries() == []


def test_plan_change(olt):
    olt.configure(a=olt.service())
    olt.configure(a=olt.service(vlan=200, **olt.other_speed))
    assert olt.carries() == [200]
    with olt.driver() as driver:
        held = driver.observe({"a": olt.service()})["a"]
    speeds = {(flow.upload, flow.download) for flow in held.flows} | {
        (held.upload_profile, held.download_profile)
    }
    assert tuple(olt.other_speed.values()) in speeds


def test_cancellation_deletes_in_the_order_the_device_wants(olt):
    olt.configure(a=olt.service())
    olt.configure(a=olt.service(status="absent"))
    assert olt.ont() is None and not olt.plant.service_ports
    # a second cancellation, or one of a customer who never was there, finds nothing to do
    olt.configure(a=olt.service(status="absent"), b=olt.service(1, status="absent"))


def test_many_in_one_session_save_once(olt):
    want = {str(n): olt.service(n) for n in range(3)}
    olt.configure(**want)
    assert sum(1 for line in olt.device.commands() if line == olt.words["save"].strip("^$")) == 1
    assert olt.device.connections == 1
    assert len({olt.ont(n).number for n in range(3)}) == 3


def test_drift_made_by_hand_is_found_and_repaired(olt):
    olt.configure(a=olt.service())
    olt.configure(a=olt.service(vlan=200))  # somebody else
    with olt.driver() as driver:
        assert driver.verify({"a": olt.service()})
    olt.configure(a=olt.service())
    assert olt.carries() == [100]


def test_inventory_shows_strangers(olt):
    olt.configure(a=olt.service(), stranger=olt.service(1))
    with olt.driver() as driver:
        found = driver.inventory()
    assert set(found) == {olt.serial(0), olt.serial(1)}
    assert found[olt.serial()].phase == "working"
    assert [flow.vlan for flow in found[olt.serial()].flows] == [100]


# ------------------------------------------------------------------ customers' data are not
# commands
HOSTILE = [
    "Ana\nreboot",
    'x" \r\n quit',
    "; reload",
    "José | Ñandú",
    "a?",
    "$(reboot)",
    "\x1b[A",
    "!",
    "",
    "-" * 300,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_cannot_run_a_command(telnet_olt, name):
    def commands():
        """What was sent, without the label itself and the words that end a session."""
        lines = [re.split(r" desc |name ", line)[0] for line in telnet_olt.device.commands()]
        lines = [re.sub(r"^undo service-port \d+", "undo service-port N", line) for line in lines]
        return [line for line in lines if line not in ("return", "quit", "end", "exit", "y")]

    telnet_olt.configure(a=telnet_olt.service(description="calm"))
    telnet_olt.configure(a=telnet_olt.service(status="absent"))
    usual = commands()
    telnet_olt.configure(a=telnet_olt.service(description=name))
    telnet_olt.configure(a=telnet_olt.service(status="absent"))
    assert commands() == usual * 2


@pytest.mark.parametrize(
    "changes",
    [
        {"serial": "HWTCAABBCC01\nreboot"},
        {"upload_profile": "10 outbound"},
        {"line_profile": "10\nreboot"},
        {"onu_type": "x sn y"},
        {"vlan": 4095},
        {"vlan": 0},
        {"slot": -1},
        {"status": "paused"},
        {"wan": Wan("pppoe", "ana reboot", SecretText("x"))},
        {"wan": Wan("pppoe", "ana", SecretText("x\ny"))},
        {"wifi": Wifi("Casa Ana", SecretText("12345678"))},
        {"wifi": Wifi("Casa", SecretText("1234567?"))},
        {"wifi": Wifi("Casa", SecretText("12345678"), "Casa 5G")},
        {"wifi": Wifi("", SecretText("12345678"))},
    ],
)
def test_bad_values_are_refused_before_anything_is_sent(olt, changes):
    with olt.driver() as driver:
        olt.device.log.clear()
        want = {"bad": dataclasses.replace(olt.service(), **changes), "good": olt.service(1)}
        outcomes = driver.apply(driver.plans(want))
    assert error(outcomes, "bad") is Permanent and outcomes["good"].ok
    assert olt.ont(0) is None and olt.carries(1) == [100]


# ------------------------------------------------------------------ faults
def test_refused_connection(olt):
    olt.device.faults.inject("refuse")
    with pytest.raises(Unreachable), olt.driver():
        pass


def test_nobody_there(olt):
    olt.device.stop()
    with pytest.raises(Unreachable), olt.driver(timeout=1.0):
        pass


def test_wrong_password(olt):
    with pytest.raises(Permanent) as caught, olt.driver(secret=SecretText("wrong-password")):
        pass
    assert "wrong-password" not in str(caught.value) + caught.value.detail


def test_hang_in_the_middle_is_retryable_and_the_retry_completes(olt):
    olt.device.faults.inject("hang", olt.words["flow"], times=1)
    outcomes = attempt(olt, {"a": olt.service(), "b": olt.service(1)}, timeout=1.0)
    assert issubclass(error(outcomes), Retryable) and "b" not in outcomes
    assert olt.ont() is not None and olt.carries() == []
    olt.device.faults.clear()
    olt.configure(a=olt.service(), b=olt.service(1))
    assert olt.carries() == [100] and olt.carries(1) == [100]


@pytest.mark.parametrize("word", ["add", "flow"])
@pytest.mark.parametrize("kind", ["drop", "drop_after"])
def test_connection_lost_before_or_after_the_command_took_effect(olt, kind, word):
    olt.device.faults.inject(kind, olt.words[word], times=1)
    outcomes = attempt(olt, {"a": olt.service()})
    assert error(outcomes) is Unreachable
    olt.configure(a=olt.service())
    assert olt.carries() == [100]
    assert len(olt.plant.onts) == 1


def test_lost_at_every_single_command_of_an_activation(telnet_olt):
    """Cut at any command, before or after it worked: the next attempt ends right."""
    telnet_olt.configure(a=telnet_olt.service())
    telnet_olt.configure(a=telnet_olt.service(status="absent"))
    commands = [
        c
        for c in dict.fromkeys(telnet_olt.device.commands())
        if not c.startswith(("display", "show"))
    ]
    for kind in ("drop", "drop_after"):
        for line in commands:
            telnet_olt.device.faults.clear()
            telnet_olt.device.faults.inject(kind, "^" + line.replace("|", r"\|") + "$", times=1)
            for _attempt in range(2):
                try:
                    outcomes = attempt(telnet_olt, {"a": telnet_olt.service()})
                except Unreachable:
                    continue
                if outcomes["a"].ok:
                    break
            assert telnet_olt.carries() == [100], line
            telnet_olt.device.faults.clear()
            with telnet_olt.driver() as driver:
                assert driver.verify({"a": telnet_olt.service()}) == {}, line
            telnet_olt.configure(a=telnet_olt.service(status="absent"))
            assert telnet_olt.ont() is None, line


def test_busy_device_is_asked_again_and_others_go_on(olt):
    olt.device.faults.inject("busy", olt.words["add"], times=1)
    outcomes = attempt(olt, {"a": olt.service(), "b": olt.service(1)})
    assert error(outcomes) is Retryable and outcomes["b"].ok
    olt.configure(a=olt.service(), b=olt.service(1))


def test_reboot_before_saving_is_not_reported_as_done(olt):
    olt.device.faults.inject("reboot", olt.words["add"] + f".*{olt.serial(1)[-6:]}", times=1)
    outcomes = attempt(olt, {"a": olt.service(), "b": olt.service(1), "c": olt.service(2)})
    assert error(outcomes, "a") is Unreachable and error(outcomes, "b") is Unreachable
    assert "c" not in outcomes and olt.ont(0) is None
    olt.configure(a=olt.service(), b=olt.service(1), c=olt.service(2))


def test_saving_fails(olt):
    olt.device.faults.inject("busy", olt.words["save"], times=1)
    outcomes = attempt(olt, {"a": olt.service()})
    assert error(outcomes) is Retryable and "saved" in str(outcomes["a"].error)


def test_the_device_says_yes_and_does_nothing(olt):
    olt.device.faults.inject("forget", olt.words["flow"], times=1)
    want = {"a": olt.service()}
    with olt.driver() as driver:
        assert driver.apply(driver.plans(want))["a"].ok
        assert [step.action for step in driver.verify(want)["a"]] == ["flow_add"]


def test_serial_on_another_port_needs_a_person(olt):
    olt.configure(a=olt.service())
    before = dict(olt.plant.onts)
    moved = olt.service(port=olt.base.port + 1)
    with olt.driver() as driver:
        (step,) = driver.plans({"a": moved})["a"]
        outcomes = driver.apply({"a": (step,)})
    assert error(outcomes) is NeedsHuman and olt.plant.onts == before
    # and cancelling it on the port where it is not leaves the other one alone
    olt.configure(a=dataclasses.replace(moved, status="absent"))
    assert olt.plant.onts == before


def test_serial_that_appears_between_look_and_leap_needs_a_person_or_a_look(olt):
    with olt.driver() as driver:
        plans = driver.plans({"a": olt.service()})
        olt.configure(a=olt.service(port=olt.base.port + 1))
        assert error(driver.apply(plans)) in (NeedsHuman, Retryable)


def test_unknown_profile_or_vlan_is_permanent_and_named(olt):
    outcomes = attempt(olt, {"a": olt.service(vlan=999), "b": olt.service(1)})
    assert error(outcomes) is Permanent and outcomes["b"].ok
    assert "VLAN" in str(outcomes["a"].error) or "vlan" in str(outcomes["a"].error)
    # the half that was done is known, and completed when the VLAN exists
    olt.plant.vlans.add(999)
    olt.configure(a=olt.service(vlan=999))
    assert olt.carries() == [999]


def test_wrong_prompt_ends_the_attempt_not_the_executor(olt):
    olt.device.faults.inject("prompt", olt.words["add"], times=1, text="Confirm? (y/n)")
    outcomes = attempt(olt, {"a": olt.service()}, timeout=1.0)
    assert issubclass(error(outcomes), Retryable)


def test_alarm_in_the_middle_of_an_answer(olt):
    alarm = "! FAULT MAJOR 2026-11-21 01:00:00 ALARM NAME :The feed fiber is broken"
    olt.configure(a=olt.service())
    olt.device.faults.inject("noise", "(display|show)", text=alarm)
    with olt.driver() as driver:
        assert driver.verify({"a": olt.service()}) == {}


@pytest.mark.parametrize("vendor", sorted(OLTS))
@pytest.mark.parametrize("transport", ["ssh", "telnet"])
def test_narrow_terminal_and_pager_that_stays(vendor, transport):
    """The device ignores the window size, wraps at 80 columns, and refuses to stop paging."""
    with OLTS[vendor](transport=transport, width=80, page=10) as case:
        case.device.faults.inject("error", "^(scroll|terminal length)", text="")
        case.configure(a=case.service(description="x" * 48), b=case.service(1))
        assert case.carries() == [100] and case.carries(1) == [100]
        with case.driver() as driver:
            assert len(driver.inventory()) == 2
            assert len(driver.discover()) == len(case.plant.lights) - 2


@pytest.mark.parametrize("vendor", sorted(OLTS))
def test_sha1_era_ssh(vendor):
    with OLTS[vendor](transport="ssh", legacy=True) as case:
        case.configure(a=case.service())
        assert case.carries() == [100]


def test_pinned_host_key(huawei):
    import base64
    import hashlib

    from lab.devices.olt.terminal import host_key

    shown = base64.b64encode(hashlib.sha256(host_key().asbytes()).digest()).decode()
    with huawei.driver(options={"host_key": "SHA256:" + shown}):
        pass
    with (
        pytest.raises(Permanent, match="host key"),
        huawei.driver(options={"host_key": "SHA256:AAAA"}),
    ):
        pass


def test_session_limit_is_retryable(huawei):
    huawei.device.max_sessions = 0
    with pytest.raises(Retryable), huawei.driver(timeout=1.0):
        pass


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


# ------------------------------------------------------------------ what only some vendors have
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


def test_a_line_with_control_characters_never_leaves(huawei):
    with huawei.driver() as driver:
        with pytest.raises(Permanent):
            driver.session.run("display version\nreboot")
        assert "reboot" not in " ".join(huawei.device.commands())


def test_endpoint_without_port_uses_the_protocol_default():
    assert Endpoint("127.0.0.1").port == 0


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
