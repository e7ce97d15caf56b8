"""Many ONUs in one session: fewer questions, lines sent together, and still the right culprit."""

import copy
import dataclasses

import pytest
from olt_cases import OLTS

from silver_provisioning.drivers.base import NeedsHuman, Permanent, Retryable
from silver_provisioning.drivers.olt import session as module
from silver_provisioning.drivers.reconcile import reconcile

MANY = 12


def crowd(case, count=MANY):
    """``count`` more ONUs on the port of the case, and what they should have."""
    model = next(iter(case.plant.lights.values())).model
    prefix = next(iter(case.plant.lights))[:4]
    services = {}
    for number in range(count):
        serial = f"{prefix}B{number:07X}"
        case.plant.connect(serial, case.base.slot, case.base.port, model=model)
        services[serial] = dataclasses.replace(case.base, serial=serial, reference=f"C{number:04d}")
    return services


def configured(case, **options):
    services = crowd(case)
    with case.driver(options={**case.endpoint().options, **options}) as driver:
        results = reconcile(driver, services)
        assert {key: r.error for key, r in results.items() if r.error} == {}
    return copy.deepcopy(case.plant.onts)


@pytest.mark.parametrize("vendor", ["zte", "vsol"])
def test_together_or_one_by_one_it_is_the_same(vendor):
    with OLTS[vendor]() as one, OLTS[vendor]() as many:
        assert configured(one, pipeline=1) == configured(many)
        goodbye = ("end", "exit")  # nobody waits for it to arrive
        apart, together = (
            [line for line in case.device.commands() if line not in goodbye] for case in (one, many)
        )
        assert apart == together, "the same lines, in fewer ways there and back"


@pytest.mark.parametrize(("vendor", "most"), [("huawei", 8), ("zte", 15), ("vsol", 9)])
def test_lines_for_each_onu_of_a_batch(vendor, most, monkeypatch):
    """What a hundred customers cost: lines for the OLT to carry out, and ways there and back."""
    ways = []
    real = module.CliSession._write
    monkeypatch.setattr(
        module.CliSession, "_write", lambda self, data: (ways.append(data), real(self, data))[1]
    )
    with OLTS[vendor]() as case:
        configured(case)
        assert len(case.device.log) < most * MANY + 20
        assert len(ways) < 12 * MANY + 20


def test_zte_asks_what_waits_instead_of_each(zte):
    services = crowd(zte)
    with zte.driver() as driver:
        driver.plans(services)
    lines = zte.device.commands()
    assert "show gpon onu uncfg" in lines
    assert not [line for line in lines if "by sn" in line]


def test_zte_nobody_is_taken_for_absent(zte):
    """In a batch: on his port and unplugged, on another port, on his port while he lights up
    elsewhere."""
    services = crowd(zte, 6)
    keys = list(services)
    configured_now = {key: services[key] for key in keys[:3]}
    elsewhere = dataclasses.replace(services[keys[1]], port=zte.base.port + 1)
    zte.configure(**{**configured_now, keys[1]: elsewhere})
    zte.plant.disconnect(keys[0])
    zte.plant.lights[keys[2]].port += 1
    with zte.driver() as driver:
        held = driver.observe(services)
        plans = driver.plans(services)
    assert set(held) == set(keys[:3])
    assert [step.action for step in plans[keys[1]]] == ["conflict"]
    assert [step.action for step in plans[keys[3]]][0] == "add"
    assert plans[keys[0]] == plans[keys[2]] == ()


@pytest.mark.parametrize("vendor", ["zte", "vsol"])
def test_a_line_refused_among_others_is_named_and_comes_again(vendor):
    """The line that is looked at is not sent when one before it was refused."""
    with OLTS[vendor]() as case:
        culprit = {"zte": "^service 1 gemport", "vsol": "service Internet"}[vendor]
        text = {"zte": "%Code 33000-OMCI : Bad service.", "vsol": "Error: bad service."}[vendor]
        case.device.faults.inject("error", culprit, times=1, text=text)
        with case.driver() as driver:
            outcome = driver.apply(driver.plans({"a": case.service()}))["a"]
        assert isinstance(outcome.error, Permanent)
        assert "service" in outcome.error.detail.splitlines()[0]
        assert case.carries() == []
        case.configure(a=case.service())
        assert case.carries() == [100]


@pytest.mark.parametrize("kind", ["busy", "drop", "drop_after", "reboot", "hang"])
@pytest.mark.parametrize("vendor", ["zte", "vsol"])
def test_faults_in_the_middle_of_lines_sent_together(vendor, kind):
    with OLTS[vendor]() as case:
        line = {"zte": "^tcont 1", "vsol": "tcont 1 name"}[vendor]
        case.device.faults.inject(kind, line, times=1)
        with case.driver(timeout=1.0) as driver:
            outcome = driver.apply(driver.plans({"a": case.service()}))["a"]
        assert isinstance(outcome.error, Retryable) and not isinstance(outcome.error, NeedsHuman)
        case.device.faults.clear()
        case.configure(a=case.service())
        assert case.carries() == [100]


@pytest.mark.parametrize("vendor", ["zte", "vsol"])
@pytest.mark.parametrize("transport", ["ssh", "telnet"])
def test_together_on_a_narrow_terminal(vendor, transport):
    """Echoes broken at 80 columns do not add or hide a prompt."""
    with OLTS[vendor](transport=transport, width=80, page=10) as case:
        long = case.service(description="x" * 48)
        case.configure(a=long)
        with case.driver() as driver:
            assert driver.verify({"a": long}) == {}


def test_a_prompt_too_many_ends_the_session(vsol):
    """Somebody else's text that looks like a prompt: better to begin again than to guess."""
    noise = f"{vsol.device.hostname}(config)#"
    vsol.device.faults.inject("noise", "tcont 1 name", times=1, text=noise)
    with vsol.driver(timeout=1.0) as driver:
        outcome = driver.apply(driver.plans({"a": vsol.service()}))["a"]
        assert isinstance(outcome.error, Retryable)
        assert not driver.session.connected
    vsol.configure(a=vsol.service())


def test_saving_may_take_longer_than_an_answer(olt):
    """The flash of an OLT is slow; that is no reason to say that it did not save."""
    olt.device.save_seconds = 1.0
    with olt.driver(timeout=0.5) as driver:
        assert driver.apply(driver.plans({"a": olt.service()}))["a"].ok
    assert not olt.plant.dirty
