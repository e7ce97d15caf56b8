"""SmartOLT and UISP against their stand-ins, and what both share: budget, cache, errors."""

import dataclasses

import pytest

from lab.devices.smartolt import SmartOlt as SmartOltLab
from lab.devices.uisp import ENDED
from lab.devices.uisp import Uisp as UispLab
from silver_provisioning.drivers.base import (
    DriverError,
    Endpoint,
    NeedsHuman,
    Permanent,
    Retryable,
    SecretText,
    Unreachable,
)
from silver_provisioning.drivers.olt import OnuService, Wan, Wifi
from silver_provisioning.drivers.rest import Budget, Cache, shared
from silver_provisioning.drivers.smartolt import Driver as SmartOlt
from silver_provisioning.drivers.uisp import Driver as Uisp
from silver_provisioning.drivers.uisp import UispService

ANA = OnuService(
    "C0001",
    "HWTCAABBCC10",
    1,
    3,
    onu_type="EG8145V5",
    upload_profile="10M",
    download_profile="50M",
    vlan=100,
    wan=Wan("pppoe", "ana@silver", SecretText("clave-99")),
    wifi=Wifi("Casa-Ana", SecretText("wifi-12345")),
)


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


# ------------------------------------------------------------------ budget and cache
def test_budget_is_a_sliding_window():
    clock = Clock()
    budget = Budget(3, 60, clock)
    assert [budget.take() for _ in range(3)] == [0, 0, 0]
    clock.now += 20
    assert budget.take() == pytest.approx(40)
    clock.now += 40
    assert budget.take() == 0


def test_budget_keeps_a_reserve_for_what_is_urgent():
    budget = Budget(3, 60, Clock())
    assert budget.take(reserve=2) == 0
    assert budget.take(reserve=2) > 0
    assert budget.take() == 0


@pytest.mark.parametrize("chance, lives", [(0.0, 80), (0.5, 100), (1.0, 120)])
def test_cache_lives_about_as_long_as_it_is_told(chance, lives):
    clock, made = Clock(), []
    cache = Cache(clock, lambda: chance)

    def ask():
        return cache.get("key", 100, lambda: made.append(1) or len(made))

    assert (ask(), ask()) == (1, 1)
    clock.now += lives - 1
    assert ask() == 1
    clock.now += 2
    assert ask() == 2
    assert cache.fresh("key", 100, lambda: 7) == 7 and ask() == 7
    cache.clear()
    assert ask() == 3


def test_drivers_of_one_account_share_budget_and_cache():
    point = Endpoint("https://x", 1, "", SecretText("shared-token"))
    assert SmartOlt(point).budget is SmartOlt(point).budget
    other = dataclasses.replace(point, secret=SecretText("other-token"))
    assert SmartOlt(point).cache is not SmartOlt(other).cache
    assert shared(list, "a") is shared(list, "a")


# ------------------------------------------------------------------ SmartOLT
@pytest.fixture
def smartolt():
    with SmartOltLab() as device:
        for n in range(16, 24):
            device.plug(f"HWTCAABBCC{n:02X}")
        yield device


def smart(device, clock=None, **changes):
    options = changes.pop("options", {})
    values = {"secret": SecretText("lab-smartolt-token"), "timeout": 5.0, **changes}
    point = Endpoint("http://127.0.0.1", device.port, options=options, **values)
    return SmartOlt(point, budget=Budget(900, 3600), cache=Cache(clock or Clock()))


def attempt(driver, want):
    with driver:
        return driver.apply(driver.plans(want))


def bring(device, **want):
    with smart(device) as driver:
        outcomes = driver.apply(driver.plans(want))
        assert {k: (o.error, o.error.detail) for k, o in outcomes.items() if not o.ok} == {}
        assert driver.verify(want) == {}


def test_smartolt_life(smartolt):
    with smart(smartolt) as driver:
        assert "HWTCAABBCC10" in {found.serial for found in driver.discover()}
    bring(smartolt, a=ANA)
    onu = smartolt.onus["C0001"]
    assert (onu["vlan"], onu["upload"], onu["download"], onu["mode"]) == (
        "100",
        "10M",
        "50M",
        "Routing",
    )
    assert (onu["username"], onu["password"], onu["wifi_key"]) == (
        "ana@silver",
        "clave-99",
        "wifi-12345",
    )
    both = Wifi("Casa-Ana", SecretText("wifi-12345"), "Casa-Ana-5G")
    bring(smartolt, a=dataclasses.replace(ANA, wifi=both))
    assert (onu["ssid"], onu["ssid_5g"], onu["wifi_key_5g"]) == (
        "Casa-Ana",
        "Casa-Ana-5G",
        "wifi-12345",
    )
    bring(smartolt, a=dataclasses.replace(ANA, status="suspended"))
    assert onu["administrative_status"] == "Disabled"
    bring(smartolt, a=dataclasses.replace(ANA, download_profile="100M", vlan=200))
    assert (onu["administrative_status"], onu["download"], onu["vlan"]) == (
        "Enabled",
        "100M",
        "200",
    )
    bring(smartolt, a=dataclasses.replace(ANA, status="absent"))
    assert smartolt.onus == {} and "HWTCAABBCC10" in smartolt.unconfigured


def test_smartolt_bulk_costs_few_calls(smartolt):
    plain = dataclasses.replace(ANA, wan=None, wifi=None)
    want = {
        str(n): dataclasses.replace(plain, reference=f"C{n}", serial=f"HWTCAABBCC{n:02X}")
        for n in range(16, 24)
    }
    bring(smartolt, **want)
    assert smartolt.calls == 1 + 8 + 1


def test_smartolt_an_onu_somebody_authorised_by_hand_is_adopted(smartolt):
    bring(smartolt, a=ANA)
    smartolt.onus["by-hand"] = smartolt.onus.pop("C0001")
    bring(smartolt, a=dataclasses.replace(ANA, status="suspended"))
    assert smartolt.onus["by-hand"]["administrative_status"] == "Disabled"


def test_smartolt_http_200_with_an_error_inside(smartolt):
    outcomes = attempt(smart(smartolt), {"a": dataclasses.replace(ANA, vlan=999)})
    assert outcomes["a"].error.kind == "permanent" and "VLAN" in str(outcomes["a"].error)
    assert smartolt.onus == {}


def test_smartolt_already_so_is_success(smartolt):
    bring(smartolt, a=ANA)
    with smart(smartolt) as driver:
        plans = driver.plans({"a": dataclasses.replace(ANA, status="suspended")})
        smartolt.onus["C0001"]["administrative_status"] = "Disabled"
        assert driver.apply(plans)["a"].ok


def test_smartolt_reference_in_use_needs_a_person(smartolt):
    bring(smartolt, a=ANA)
    other = dataclasses.replace(ANA, serial="HWTCAABBCC11")
    assert isinstance(attempt(smart(smartolt), {"a": other})["a"].error, NeedsHuman)


def test_smartolt_serial_on_another_port_needs_a_person(smartolt):
    bring(smartolt, a=ANA)
    moved = dataclasses.replace(ANA, port=9)
    assert type(attempt(smart(smartolt), {"a": moved})["a"].error) is NeedsHuman


def test_smartolt_answer_lost_after_it_was_done(smartolt):
    smartolt.faults.inject("drop_after", "authorize_onu", times=1)
    outcomes = attempt(smart(smartolt), {"a": ANA})
    assert type(outcomes["a"].error) is Unreachable and "C0001" in smartolt.onus
    bring(smartolt, a=ANA)
    assert len(smartolt.onus) == 1


@pytest.mark.parametrize(
    "status, kind", [("429", Retryable), ("503", Retryable), ("404", Permanent), ("403", Permanent)]
)
def test_smartolt_http_errors(smartolt, status, kind):
    smartolt.faults.inject("http", "by_sn", text=status)
    with smart(smartolt) as driver, pytest.raises(kind):
        driver.plans({"a": ANA})


def test_smartolt_account_limit(smartolt):
    smartolt.calls_per_hour = 0
    with smart(smartolt) as driver, pytest.raises(Retryable, match="too often.*31 minutes"):
        driver.discover()


def test_smartolt_own_budget_stops_before_the_account_does(smartolt):
    driver = smart(smartolt)
    driver.client.budget = Budget(2, 3600, Clock())
    with driver:
        driver.discover()
        driver.discover()
        with pytest.raises(Retryable, match="again in"):
            driver.discover()
    assert smartolt.calls == 2


def test_smartolt_readings_are_cached(smartolt):
    bring(smartolt, a=ANA)
    clock, before = Clock(), smartolt.calls
    with smart(smartolt, clock) as driver:
        for _n in range(5):
            (reading,) = driver.readings()
        assert smartolt.calls - before == 3
        assert (reading.rx_dbm, reading.phase) == (-19.8, "working")
        clock.now += 500
        driver.readings()
    assert smartolt.calls - before == 5


def test_smartolt_hang_and_wrong_token(smartolt):
    with smart(smartolt, secret=SecretText("wrong-token")) as driver, pytest.raises(Permanent):
        driver.discover()
    smartolt.faults.inject("hang", times=1)
    with smart(smartolt, timeout=0.3) as driver, pytest.raises(Unreachable):
        driver.discover()


@pytest.mark.parametrize("serial", ["../../system", "x?y=1", "HWTC/../1", "HWTCAABBCC10%0a"])
def test_smartolt_a_serial_cannot_change_the_path(smartolt, serial):
    outcomes = attempt(smart(smartolt), {"a": dataclasses.replace(ANA, serial=serial)})
    assert type(outcomes["a"].error) is Permanent and smartolt.log == []


def test_smartolt_a_reference_cannot_change_the_path(smartolt):
    odd = dataclasses.replace(ANA, reference="../C1?x=/ñ")
    bring(smartolt, a=odd)
    (external_id,) = smartolt.onus
    assert external_id == "---C1-x---" and smartolt.onus[external_id][
        "name"
    ] == "../C1_x_/n".replace("../", "../")


# ------------------------------------------------------------------ UISP
@pytest.fixture
def uisp():
    with UispLab() as device:
        device.add_service(7, 1)
        yield device


def ui(device, clock=None, **changes):
    options = {
        "app_key": SecretText("lab-uisp-app-key"),
        "ca_pem": device.certificate,
        **changes.pop("options", {}),
    }
    values = {"secret": SecretText("lab-uisp"), "timeout": 5.0, **changes}
    point = Endpoint("127.0.0.1", device.port, "silver", options=options, **values)
    return Uisp(point, budget=Budget(900, 3600), cache=Cache(clock or Clock()))


def ui_bring(device, **want):
    with ui(device) as driver:
        outcomes = driver.apply(driver.plans(want))
        assert {k: o.error for k, o in outcomes.items() if not o.ok} == {}
        assert driver.verify(want) == {}


def test_uisp_life(uisp):
    ui_bring(uisp, a=UispService("C1", 7, "suspended"))
    assert uisp.services[7]["status"] == 3
    ui_bring(uisp, a=UispService("C1", 7, "active", 20))
    assert (uisp.services[7]["status"], uisp.services[7]["servicePlanId"]) == (1, 20)
    ui_bring(uisp, a=UispService("C1", 7, "absent"))
    assert uisp.services[7]["status"] == 3
    ui_bring(uisp, a=UispService("C9", 999, "absent"))


def test_uisp_in_bulk(uisp):
    for n in range(100, 110):
        uisp.add_service(n, n)
    ui_bring(uisp, **{str(n): UispService(f"C{n}", n, "suspended") for n in range(100, 110)})
    gets = [what for what, _body in uisp.log if what.startswith("GET")]
    assert len(gets) == 2


def test_uisp_unknown_or_ended_service_is_permanent(uisp):
    uisp.services[7]["status"] = ENDED
    want = {
        "a": UispService("C1", 7),
        "b": UispService("C2", 999),
        "c": UispService("C3", 7, "paused"),
    }
    outcomes = attempt(ui(uisp), want)
    assert {type(o.error) for o in outcomes.values()} == {Permanent}


def test_uisp_answer_lost_and_already_so(uisp):
    uisp.faults.inject("drop_after", "suspend", times=1)
    want = {"a": UispService("C1", 7, "suspended")}
    assert type(attempt(ui(uisp), want)["a"].error) is Unreachable
    ui_bring(uisp, **want)
    with ui(uisp) as driver:
        plans = driver.plans({"a": UispService("C1", 7)})
        uisp.services[7]["status"] = 1
        assert driver.apply(plans)["a"].ok


def test_uisp_unknown_plan_is_permanent(uisp):
    outcomes = attempt(ui(uisp), {"a": UispService("C1", 7, "active", 77)})
    assert type(outcomes["a"].error) is Permanent


def test_uisp_devices_and_expired_tokens(uisp):
    clock = Clock()
    with ui(uisp, clock) as driver:
        assert [(d.name, d.online) for d in driver.devices()] == [
            ("UF-OLT Norte", True),
            ("Sector Norte 120", True),
        ]
        uisp.expire_tokens()
        assert driver.device("ap-1").signal_dbm == -58 and uisp.logins == 2
        assert driver.device("nobody") is None
        with pytest.raises(Permanent):
            driver.device("../sites")
        calls = len(uisp.log)
        driver.devices()
        assert len(uisp.log) == calls


def test_uisp_certificate_is_checked(uisp):
    with ui(uisp, options={"ca_pem": ""}) as driver, pytest.raises(Permanent, match="certificate"):
        driver.devices()
    with UispLab() as other, ui(uisp, options={"ca_pem": other.certificate}) as driver:
        with pytest.raises(Permanent, match="certificate"):
            driver.devices()


def test_uisp_wrong_credentials(uisp):
    with ui(uisp, secret=SecretText("wrong-password")) as driver, pytest.raises(Permanent):
        driver.devices()
    wrong = {"app_key": SecretText("wrong-app-key")}
    with ui(uisp, options=wrong) as driver, pytest.raises(Permanent):
        driver.plans({"a": UispService("C1", 7)})


def test_uisp_server_errors(uisp):
    uisp.faults.inject("http", "services", text="502")
    with ui(uisp) as driver, pytest.raises(Retryable):
        driver.plans({"a": UispService("C1", 7)})


@pytest.mark.parametrize(
    "text, kind",
    [
        ("500 Internal error", "retryable"),
        ("422 Validation failed.", "permanent"),
        ("401 Expired", "permanent"),
        ("404 Service not found.", "permanent"),
    ],
)
@pytest.mark.parametrize("what", ["GET .*services", "PATCH .*suspend"])
def test_uisp_200_with_an_error_inside(uisp, what, text, kind):
    """Neither taken for the service nor for having been done."""
    uisp.faults.inject("inside", what, text=text)
    want = {"a": UispService("C1", 7, "suspended")}
    try:
        with ui(uisp) as driver:
            error = driver.apply(driver.plans(want))["a"].error
    except DriverError as problem:
        error = problem
    assert error is not None and error.kind == kind, error
    assert uisp.services[7]["status"] == 1, "not suspended, and said so"
    uisp.faults.clear()
    ui_bring(uisp, **want)


@pytest.mark.parametrize("verb", ["authorize_onu", "disable", "speed_profiles", "delete"])
def test_smartolt_200_with_an_error_inside_each_change(smartolt, verb):
    steps = {
        "authorize_onu": ANA,
        "disable": dataclasses.replace(ANA, status="suspended"),
        "speed_profiles": dataclasses.replace(ANA, download_profile="100M"),
        "delete": dataclasses.replace(ANA, status="absent"),
    }
    if verb != "authorize_onu":
        bring(smartolt, a=ANA)
    before = str(smartolt.onus)
    smartolt.faults.inject("inside", verb, times=1, text="OLT is offline, try again later")
    outcomes = attempt(smart(smartolt), {"a": steps[verb]})
    assert outcomes["a"].error.kind == "retryable"
    assert str(smartolt.onus) == before
    bring(smartolt, a=steps[verb])
