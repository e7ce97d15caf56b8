"""The RouterOS driver against the lab's router."""

import dataclasses
import time

import pytest

from lab.devices.routeros import Router
from silver_provisioning.drivers.base import (
    Endpoint,
    NeedsHuman,
    Permanent,
    Retryable,
    SecretText,
    Unreachable,
)
from silver_provisioning.drivers.mikrotik import (
    Driver,
    Held,
    Lease,
    Pppoe,
    Queue,
    RouterService,
)

ANA = RouterService(
    "C0001",
    "active",
    "100.64.0.10",
    Pppoe("ana@silver", SecretText("clave-99")),
    Queue(50000, 10000, burst_download_kbps=60000, burst_upload_kbps=12000, burst_time_s=8),
)


def endpoint(router, **changes):
    options = changes.pop("options", {})
    values = {"timeout": 5.0, "secret": SecretText("lab-router"), **changes}
    return Endpoint("127.0.0.1", router.port, "silver", options=options, **values)


def attempt(router, want, **changes):
    with Driver(endpoint(router, **changes)) as driver:
        return driver.apply(driver.plans(want))


def bring(router, **want):
    outcomes = attempt(router, want)
    assert {k: (o.error, o.error.detail) for k, o in outcomes.items() if not o.ok} == {}
    with Driver(endpoint(router)) as driver:
        assert driver.verify(want) == {}


def rows(router, menu, **query):
    return router.store.select(menu, [f"?{key}={value}" for key, value in query.items()])


# ------------------------------------------------------------------ the life of a customer
def test_activation(router):
    bring(router, a=ANA)
    (secret,) = rows(router, "/ppp/secret")
    assert (secret["name"], secret["password"], secret["disabled"]) == (
        "ana@silver",
        "clave-99",
        "false",
    )
    assert (secret["remote-address"], secret["comment"]) == ("100.64.0.10", "silver:C0001")
    (queue,) = rows(router, "/queue/simple")
    assert queue["max-limit"] == "10000000/50000000" and queue["burst-time"] == "8s/8s"
    assert router.store.dial("ana@silver", "clave-99")["address"] == "100.64.0.10"


def test_suspension_cuts_the_list_first_and_the_session_last(router):
    bring(router, a=ANA)
    router.store.dial("ana@silver")
    router.log.clear()
    bring(router, a=dataclasses.replace(ANA, status="suspended"))
    assert rows(router, "/ppp/active") == []
    assert rows(router, "/ppp/secret")[0]["disabled"] == "true"
    assert rows(router, "/ip/firewall/address-list")[0]["list"] == "morosos"
    assert router.store.dial("ana@silver") is None
    writes = [cmd for cmd, _args, _query in router.log if not cmd.endswith(("print", "login"))]
    assert writes == [
        "/ip/firewall/address-list/add",
        "/ppp/secret/set",
        "/ppp/active/remove",
        "/ppp/secret/set",
    ]


def test_resumption_opens_before_the_customer_dials(router):
    bring(router, a=dataclasses.replace(ANA, status="suspended"))
    bring(router, a=ANA)
    assert rows(router, "/ip/firewall/address-list") == []
    assert router.store.dial("ana@silver") is not None


def test_suspension_by_profile_lets_the_customer_dial_into_the_walled_garden(router):
    options = {"suspended_profile": "suspended"}
    with Driver(endpoint(router, options=options)) as driver:
        for status in ("active", "suspended"):
            want = {"a": dataclasses.replace(ANA, status=status)}
            router.store.dial("ana@silver")
            assert driver.apply(driver.plans(want))["a"].ok and driver.verify(want) == {}
    assert rows(router, "/ppp/active") == []
    session = router.store.dial("ana@silver", address="10.99.0.2")
    assert session["address"] == "10.99.0.2"
    lists = {row["address"]: row["dynamic"] for row in rows(router, "/ip/firewall/address-list")}
    assert lists == {"100.64.0.10": "false", "10.99.0.2": "true"}


def test_plan_change_ends_no_session(router):
    bring(router, a=ANA)
    router.store.dial("ana@silver")
    bring(router, a=dataclasses.replace(ANA, queue=Queue(100000, 20000)))
    assert (
        rows(router, "/queue/simple", name="silver-C0001")[0]["max-limit"] == "20000000/100000000"
    )
    assert len(rows(router, "/ppp/active")) == 1


def test_a_new_password_or_address_ends_the_session(router):
    bring(router, a=ANA)
    router.store.dial("ana@silver")
    pppoe = dataclasses.replace(ANA.pppoe, password=SecretText("clave-77"))
    bring(router, a=dataclasses.replace(ANA, pppoe=pppoe))
    assert rows(router, "/ppp/active") == []
    assert router.store.dial("ana@silver", "clave-99") is None
    router.store.dial("ana@silver", "clave-77")
    bring(router, a=dataclasses.replace(ANA, pppoe=pppoe, address="100.64.0.11"))
    assert router.store.dial("ana@silver")["address"] == "100.64.0.11"


def test_cancellation_leaves_nothing(router):
    lease = Lease("02:00:00:00:00:0a", "clientes")
    full = dataclasses.replace(ANA, lease=lease, status="suspended")
    bring(router, a=full)
    bring(router, a=dataclasses.replace(full, status="absent"))
    for menu in (
        "/ppp/secret",
        "/queue/simple",
        "/ip/firewall/address-list",
        "/ip/dhcp-server/lease",
    ):
        assert rows(router, menu) == [], menu
    bring(router, a=dataclasses.replace(full, status="absent"))


def test_dhcp_customer(router):
    want = RouterService(
        "C0002", "active", "100.64.1.5", None, Queue(20000, 5000), Lease("02:AA:00:00:00:01")
    )
    router.store._insert("/ip/dhcp-server/lease", {"address": "100.64.1.9", "dynamic": "true"})
    bring(router, a=want)
    assert (
        rows(router, "/ip/dhcp-server/lease", address="100.64.1.5")[0]["mac-address"]
        == "02:AA:00:00:00:01"
    )
    bring(router, a=dataclasses.replace(want, lease=Lease("02:AA:00:00:00:02"), status="suspended"))
    assert (
        rows(router, "/ip/dhcp-server/lease", address="100.64.1.5")[0]["mac-address"]
        == "02:AA:00:00:00:02"
    )
    assert rows(router, "/ip/firewall/address-list")[0]["address"] == "100.64.1.5"


def test_drift_made_by_hand_is_found_and_repaired(router):
    bring(router, a=ANA)
    store = router.store
    store.set("/queue/simple", "silver-C0001", {"max-limit": "1M/1M"})
    store.set("/ppp/secret", "ana@silver", {"disabled": "yes"})
    store.add("/ip/firewall/address-list", {"list": "morosos", "address": "100.64.0.10"})
    with Driver(endpoint(router)) as driver:
        actions = [(step.action, step.target) for step in driver.verify({"a": ANA})["a"]]
    assert ("set", "/queue/simple") in actions and (
        "remove",
        "/ip/firewall/address-list",
    ) in actions
    bring(router, a=ANA)


def test_an_entry_without_our_mark_is_adopted(router):
    router.store.add(
        "/ppp/secret", {"name": "ana@silver", "password": "vieja", "profile": "default"}
    )
    bring(router, a=ANA)
    assert rows(router, "/ppp/secret")[0]["comment"] == "silver:C0001"


def test_an_entry_of_another_contract_needs_a_person(router):
    bring(router, other=dataclasses.replace(ANA, reference="C0099", address="", queue=None))
    outcomes = attempt(router, {"a": ANA})
    assert type(outcomes["a"].error) is NeedsHuman and "C0099" in str(outcomes["a"].error)
    assert rows(router, "/queue/simple") == []


def test_an_address_still_blocked_for_another_contract_needs_a_person(router):
    bring(router, other=RouterService("C0099", "suspended", "100.64.0.10"))
    assert type(attempt(router, {"a": ANA})["a"].error) is NeedsHuman


def test_ten_thousand_customers_are_read_in_bulk(router):
    want = {
        str(n): RouterService(f"C{n}", "suspended", f"10.1.{n // 250}.{n % 250 + 1}")
        for n in range(3000)
    }
    with Driver(endpoint(router)) as driver:
        assert all(o.ok for o in driver.apply(driver.plans(want)).values())
        router.log.clear()
        assert driver.verify(want) == {}
    assert len(router.log) < 5


def test_a_thousand_commands_a_second(router):
    with Driver(endpoint(router)) as driver:
        start = time.perf_counter()
        for n in range(500):
            driver.client.add(
                "/ip/firewall/address-list", {"list": "x", "address": f"10.0.{n // 250}.{n % 250}"}
            )
        assert 500 / (time.perf_counter() - start) > 1000


def test_import_of_what_is_there(router):
    bring(
        router, a=ANA, b=RouterService("C0002", "suspended", "100.64.1.5", None, Queue(2000, 1000))
    )
    router.store.add(
        "/ppp/secret", {"name": "luis", "password": "x", "remote-address": "100.64.0.77"}
    )
    router.store.dial("luis")
    with Driver(endpoint(router)) as driver:
        found = driver.inventory()
    assert set(found) == {"ana@silver", "luis", "silver-C0002"}
    assert found["luis"].sessions[0]["address"] == "100.64.0.77"
    assert found["ana@silver"].queue["name"] == "silver-C0001"
    assert found["silver-C0002"].blocked[0]["list"] == "morosos"
    assert "clave-99" not in repr(found)


# ------------------------------------------------------------------ customers' data are not
# commands
@pytest.mark.parametrize(
    "name",
    [
        "a=b",
        "=password=x",
        "?name=x",
        ".tag=1",
        "/quit",
        'a"b',
        "a;b",
        "ñandú",
        "a b",
        "!done",
        "x" * 128,
    ],
)
def test_a_name_is_only_a_name(router, name):
    bring(router, a=dataclasses.replace(ANA, pppoe=Pppoe(name, SecretText(name))))
    (secret,) = rows(router, "/ppp/secret")
    assert (secret["name"], secret["password"]) == (name, name)
    assert {cmd for cmd, _a, _q in router.log} <= {
        "/login",
        "/ppp/secret/print",
        "/ppp/active/print",
        "/queue/simple/print",
        "/ip/firewall/address-list/print",
        "/ppp/secret/add",
        "/queue/simple/add",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"pppoe": Pppoe("ana\n/quit")},
        {"pppoe": Pppoe("")},
        {"pppoe": Pppoe("ana", SecretText("x\0y"))},
        {"address": "100.64.0.10/8"},
        {"address": "example.org"},
        {"address": ""},
        {"reference": "C1\n=disabled=yes"},
        {"lease": Lease("02:00:00")},
        {"queue": Queue(0, 0)},
        {"status": "paused"},
    ],
)
def test_bad_values_are_refused_and_others_go_on(router, changes):
    outcomes = attempt(
        router,
        {
            "bad": dataclasses.replace(ANA, **changes),
            "good": RouterService("C2", "suspended", "10.0.0.1"),
        },
    )
    assert type(outcomes["bad"].error) is Permanent and outcomes["good"].ok
    assert rows(router, "/ppp/secret") == []


# ------------------------------------------------------------------ faults
WRITES = ["/queue/simple/add", "/ppp/secret/add"]


@pytest.mark.parametrize("command", WRITES)
@pytest.mark.parametrize("kind", ["drop", "drop_after", "fatal", "reboot"])
def test_connection_lost_before_or_after_the_command_took_effect(router, kind, command):
    router.faults.inject(kind, command, times=1)
    outcomes = attempt(router, {"a": ANA, "b": RouterService("C2", "suspended", "10.0.0.1")})
    assert type(outcomes["a"].error) is Unreachable and "b" not in outcomes
    bring(router, a=ANA)
    assert len(rows(router, "/ppp/secret")) == 1 and len(rows(router, "/queue/simple")) == 1


@pytest.mark.parametrize("kind", ["drop", "drop_after"])
@pytest.mark.parametrize("nth", range(4))
def test_a_suspension_cut_anywhere_still_ends_the_session(router, kind, nth):
    """After each of the four writes of a suspension: the next attempt finds what is left to do."""
    suspended = dataclasses.replace(ANA, status="suspended")
    writes = ["address-list/add", "secret/set", "active/remove", "secret/set"]
    bring(router, a=ANA)
    router.store.dial("ana@silver")
    with Driver(endpoint(router)) as driver:
        plans = driver.plans({"a": suspended})
        if nth == 3:
            # the second `set` of the same command: let the first one pass
            outcomes = driver.apply({"a": plans["a"][:3]})
            assert outcomes["a"].ok
            plans = {"a": plans["a"][3:]}
        router.faults.inject(kind, writes[nth], times=1)
        assert type(driver.apply(plans)["a"].error) is Unreachable
    bring(router, a=suspended)
    assert rows(router, "/ppp/active") == []
    assert rows(router, "/ppp/secret")[0]["comment"] == "silver:C0001"


def test_profile_change_cut_before_the_kick_is_remembered_on_the_router(router):
    """Nothing in /ppp/active tells an old session from a new one: the pending mark does."""
    bring(router, a=ANA)
    router.store.dial("ana@silver")
    changed = dataclasses.replace(
        ANA, pppoe=dataclasses.replace(ANA.pppoe, profile="default-encryption")
    )
    router.faults.inject("drop", "/ppp/active/remove", times=1)
    assert not attempt(router, {"a": changed})["a"].ok
    assert len(rows(router, "/ppp/active")) == 1
    bring(router, a=changed)
    assert rows(router, "/ppp/active") == []


def test_refused_hanging_and_absent_routers(router):
    router.faults.inject("refuse", times=1)
    with pytest.raises(Unreachable), Driver(endpoint(router)):
        pass
    router.faults.inject("hang", "/login", times=1)
    with pytest.raises(Unreachable), Driver(endpoint(router, timeout=0.3)):
        pass
    router.stop()
    with pytest.raises(Unreachable), Driver(endpoint(router, timeout=0.3)):
        pass


def test_a_late_answer_is_never_taken_for_the_next_one(router):
    with Driver(endpoint(router, timeout=0.3)) as driver:
        router.faults.inject("hang", "/queue/simple/print", times=1)
        with pytest.raises(Unreachable):
            driver.client.print("/queue/simple")
        router.faults.clear()
        with pytest.raises(Unreachable):
            driver.client.print("/ppp/profile")


def test_wrong_password_is_permanent(router):
    with pytest.raises(Permanent), Driver(endpoint(router, secret=SecretText("wrong-secret"))):
        pass


def test_user_without_write_policy_is_permanent():
    with Router(read_only=True) as router:
        outcomes = attempt(router, {"a": ANA})
    assert type(outcomes["a"].error) is Permanent or outcomes["a"].error.kind == "permanent"
    assert "permissions" in str(outcomes["a"].error)


def test_unknown_profile_is_permanent_and_named(router):
    outcomes = attempt(
        router, {"a": dataclasses.replace(ANA, pppoe=Pppoe("ana", SecretText("x9x"), "gold"))}
    )
    assert outcomes["a"].error.kind == "permanent" and "profile" in str(outcomes["a"].error)


def test_row_removed_between_look_and_leap_is_retryable(router):
    bring(router, a=ANA)
    with Driver(endpoint(router)) as driver:
        plans = driver.plans({"a": dataclasses.replace(ANA, queue=Queue(1000, 1000))})
        router.store.remove("/queue/simple", "silver-C0001")
        assert type(driver.apply(plans)["a"].error) is Retryable


def test_removal_of_what_is_gone_is_success(router):
    bring(router, a=ANA)
    with Driver(endpoint(router)) as driver:
        plans = driver.plans({"a": dataclasses.replace(ANA, status="absent")})
        router.store.forget()
        assert driver.apply(plans)["a"].ok


def test_same_row_added_by_somebody_else_is_success(router):
    with Driver(endpoint(router)) as driver:
        plans = driver.plans({"a": ANA})
        bring(router, a=ANA)
        assert driver.apply(plans)["a"].ok


def test_the_router_says_yes_and_does_nothing(router):
    router.faults.inject("forget", "/ppp/secret/add", times=1)
    with Driver(endpoint(router)) as driver:
        assert driver.apply(driver.plans({"a": ANA}))["a"].ok
        assert [step.target for step in driver.verify({"a": ANA})["a"]] == ["/ppp/secret"]


def test_a_router_restored_from_an_old_backup_is_repaired(router):
    bring(router, a=ANA)
    router.store.forget()
    bring(router, a=ANA)


# ------------------------------------------------------------------ versions and TLS
@pytest.mark.parametrize("options", [{"empty": False}, {"login": "challenge"}])
def test_older_versions(options):
    with Router(**options) as router:
        bring(router, a=ANA)


def test_tls_pinned():
    with Router(tls=True) as router:
        pinned = {"tls": True, "ca_pem": router.certificate}
        assert attempt(router, {"a": ANA}, options=pinned)["a"].ok
        with (
            pytest.raises(Permanent, match="certificate"),
            Driver(endpoint(router, options={"tls": True})),
        ):
            pass
        with Router(tls=True) as other, pytest.raises(Permanent):
            with Driver(endpoint(other, options=pinned)):
                pass


def test_plain_text_to_a_tls_port():
    with Router(tls=True) as router, pytest.raises(Unreachable):
        with Driver(endpoint(router, timeout=0.5)):
            pass


def test_nothing_held_is_false():
    assert not Held() and Held(queue={"id": "*1"})
