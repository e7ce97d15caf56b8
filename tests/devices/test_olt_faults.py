"""Every OLT driver against its device in the lab: what can go wrong on the line and there."""

import dataclasses

import pytest
from olt_cases import OLTS, attempt, error

from silver_provisioning.drivers.base import (
    NeedsHuman,
    Permanent,
    Retryable,
    SecretText,
    Unreachable,
)


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
