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


# ------------------------------------------------------------------ what is there already
def by_hand(router):
    """A router as a provider brings it: written by hand, some twice, with comments of people."""
    store = router.store
    store.add("/ppp/profile", {"name": "10MB", "rate-limit": "10M/50M"})
    store.add("/ip/pool", {"name": "clientes", "ranges": "10.9.0.2-10.9.0.254"})
    juan = {"name": "juan", "password": "clave-juan", "profile": "10MB", "comment": "Juan Pérez"}
    store.add("/ppp/secret", {**juan, "remote-address": "10.9.0.5"})
    store.add("/ppp/secret", {"name": "eva", "password": "clave-eva", "remote-address": "clientes"})
    store.add("/ppp/secret", {"name": "vpn", "password": "clave-vpn", "service": "l2tp"})
    store.add("/queue/simple", {"name": "Juan cola", "target": "10.9.0.5", "max-limit": "1M/5M"})
    store.add("/queue/simple", {"name": "Luis", "target": "10.9.0.6/32", "max-limit": "2M/8M"})
    store.add("/queue/simple", {"name": "TOTAL", "target": "10.9.0.0/24", "max-limit": "1G/1G"})
    lease = {"address": "10.9.0.6", "mac-address": "02:00:00:00:00:06", "server": "clientes"}
    store.add("/ip/dhcp-server/lease", lease)
    store.add("/ip/firewall/address-list", {"list": "morosos", "address": "10.9.0.6"})
    store.add("/ip/firewall/address-list", {"list": "otros", "address": "10.9.0.5"})
    arp = {"address": "10.9.0.7", "mac-address": "02:00:00:00:00:07", "interface": "bridge"}
    store.add("/ip/arp", arp)
    store.dial("eva", address="10.9.0.9")


def test_survey_puts_together_what_belongs_to_a_customer(router):
    by_hand(router)
    router.log.clear()
    with Driver(endpoint(router)) as driver:
        found = {service.key: service for service in driver.survey()}
    assert set(found) == {"ppp:juan", "ppp:eva", "ip:10.9.0.6", "ip:10.9.0.7"}
    juan, luis = found["ppp:juan"], found["ip:10.9.0.6"]
    assert juan.parts == ("user", "queue") and juan.queue_name == "Juan cola"
    assert (juan.address, juan.fixed, juan.comment) == ("10.9.0.5", True, "Juan Pérez")
    assert juan.password.reveal() == "clave-juan" and "clave" not in repr(found)
    assert (juan.upload_kbps, juan.download_kbps) == (1000, 5000), "the queue is what he has"
    assert (found["ppp:eva"].address, found["ppp:eva"].fixed) == ("10.9.0.9", False)
    assert found["ppp:eva"].online and not juan.online
    assert luis.parts == ("queue", "lease", "list") and luis.listed
    assert luis.mac == "02:00:00:00:00:06" and found["ip:10.9.0.7"].mac == "02:00:00:00:00:07"
    assert len([cmd for cmd, _a, _q in router.log if cmd.endswith("print")]) == 7


def test_survey_knows_our_own(router):
    bring(router, a=dataclasses.replace(ANA, status="suspended"))
    with Driver(endpoint(router)) as driver:
        (found,) = driver.survey()
    assert (found.owner, found.disabled, found.listed) == ("C0001", True, True)
    assert found.comment == "", "our mark is nobody's words"


JUAN = RouterService(
    "C0005",
    "active",
    "10.9.0.5",
    Pppoe("juan", SecretText("clave-juan"), "plan_10", rate_limit="10M/50M"),
    Queue(5000, 1000),
)


def test_taken_over_without_a_second_of_cut(router):
    """Another name of the profile with its speed, an address that a pool gave: nobody is thrown
    out, nothing is deleted, and the queue is the same row."""
    by_hand(router)
    router.store.add("/ppp/profile", {"name": "plan_10", "rate-limit": "10000k/50000k"})
    router.store.unset("/ppp/secret", "juan", "remote-address")
    router.store.dial("juan", address="10.9.0.5")
    (session,) = rows(router, "/ppp/active", name="juan")
    (queue,) = rows(router, "/queue/simple", target="10.9.0.5/32")
    (secret,) = rows(router, "/ppp/secret", name="juan")
    router.log.clear()
    bring(router, a=JUAN)
    assert rows(router, "/ppp/active", name="juan") == [session]
    (kept,) = rows(router, "/queue/simple", target="10.9.0.5/32")
    assert (kept[".id"], kept["name"]) == (queue[".id"], "silver-C0005")
    (now,) = rows(router, "/ppp/secret", name="juan")
    assert now[".id"] == secret[".id"] and now["comment"] == "silver:C0005"
    assert (now["profile"], now["remote-address"]) == ("plan_10", "10.9.0.5")
    writes = {cmd.rpartition("/")[2] for cmd, _a, _q in router.log} - {"print", "login"}
    assert writes == {"set"}


@pytest.mark.parametrize(
    "change", [{"profile": "slow"}, {"password": SecretText("otra-clave")}, {"rate_limit": ""}]
)
def test_other_terms_still_need_a_new_session(router, change):
    by_hand(router)
    router.store.add("/ppp/profile", {"name": "plan_10", "rate-limit": "10M/50M"})
    router.store.add("/ppp/profile", {"name": "slow", "rate-limit": "1M/1M"})
    router.store.dial("juan")
    pppoe = dataclasses.replace(JUAN.pppoe, **{"rate_limit": "1M/1M", **change})
    bring(router, a=dataclasses.replace(JUAN, pppoe=pppoe))
    assert rows(router, "/ppp/active", name="juan") == []


def test_a_queue_for_part_of_the_traffic_is_not_taken(router):
    row = {"name": "voz", "target": "10.9.0.5/32", "packet-marks": "sip", "max-limit": "1M/1M"}
    router.store.add("/queue/simple", row)
    bring(router, a=JUAN_QUEUE)
    assert {r["name"] for r in rows(router, "/queue/simple")} == {"voz", "silver-C0005"}


JUAN_QUEUE = dataclasses.replace(JUAN, pppoe=None)


def test_what_was_adopted_goes_with_its_contract(router):
    """Also before our mark arrived; what nobody claimed stays."""
    by_hand(router)
    gone = RouterService("C0005", "absent", "10.9.0.5", Pppoe("juan"))
    bring(router, a=gone)
    assert rows(router, "/ppp/secret", name="juan"), "nobody said that it is ours"
    bring(router, a=dataclasses.replace(gone, adopted=True))
    assert not rows(router, "/ppp/secret", name="juan")
    assert not rows(router, "/queue/simple", target="10.9.0.5/32")
    assert len(rows(router, "/ppp/secret")) == 2


def test_a_list_entry_by_hand_gets_our_mark(router):
    router.store.add("/ip/firewall/address-list", {"list": "morosos", "address": "10.9.0.5"})
    bring(router, a=dataclasses.replace(JUAN_QUEUE, status="suspended"))
    (row,) = rows(router, "/ip/firewall/address-list")
    assert row["comment"] == "silver:C0005"
    bring(router, a=dataclasses.replace(JUAN_QUEUE, status="absent"))
    assert not rows(router, "/ip/firewall/address-list")


def test_who_is_on_the_router_now(router):
    by_hand(router)
    store = router.store
    lease = {"address": "10.9.0.6", "status": "bound"}
    (row,) = rows(router, "/ip/dhcp-server/lease")
    store.tables["/ip/dhcp-server/lease"].update(
        store._rows("/ip/dhcp-server/lease", row[".id"])[0], lease
    )
    waiting = {"address": "10.9.0.8", "mac-address": "02:00:00:00:00:08"}
    store.add("/ip/dhcp-server/lease", waiting)
    store._insert("/ip/arp", {"address": "10.9.0.10", "complete": "false", "dynamic": "true"})
    with Driver(endpoint(router)) as driver:
        seen = {(s.source, s.address): s for s in driver.sightings()}
    assert set(seen) == {("ppp", "10.9.0.9"), ("dhcp", "10.9.0.6"), ("arp", "10.9.0.7")}
    assert seen["ppp", "10.9.0.9"].name == "eva"
    assert seen["dhcp", "10.9.0.6"].mac == "02:00:00:00:00:06"


# ------------------------------------------------------------------ how a customer is suspended
@pytest.mark.parametrize(
    ("how", "logs_in", "listed", "disabled"),
    [
        ("", False, True, "true"),
        ("walled_garden", True, True, "false"),
        ("throttle", True, False, "false"),
        ("reject", False, True, "true"),
    ],
)
def test_suspension_mode(router, how, logs_in, listed, disabled):
    bring(router, a=ANA)
    router.store.dial("ana@silver")
    suspended = dataclasses.replace(ANA, status="suspended", suspension=how)
    if how == "throttle":
        router.store.add("/ppp/profile", {"name": "slow", "rate-limit": "512k/512k"})
        pppoe = dataclasses.replace(ANA.pppoe, profile="slow", rate_limit="512k/512k")
        suspended = dataclasses.replace(suspended, pppoe=pppoe, queue=Queue(512, 512))
    bring(router, a=suspended)
    (secret,) = rows(router, "/ppp/secret")
    assert secret["disabled"] == disabled
    assert bool(rows(router, "/ip/firewall/address-list", list="morosos")) == listed
    kept = how == "walled_garden"  # the list needs no new session; the others do
    assert bool(rows(router, "/ppp/active")) == kept
    assert bool(router.store.dial("ana@silver")) == logs_in
    if how == "throttle":
        assert secret["profile"] == "slow"
        assert rows(router, "/queue/simple", name="silver-C0001")[0]["max-limit"] == "512000/512000"
    bring(router, a=ANA)
    assert router.store.dial("ana@silver") and not rows(router, "/ip/firewall/address-list")


def test_a_walled_garden_with_its_own_profile(router):
    options = {"suspended_profile": "suspended"}
    want = {"a": dataclasses.replace(ANA, status="suspended", suspension="walled_garden")}
    with Driver(endpoint(router, options=options)) as driver:
        assert driver.apply(driver.plans(want))["a"].ok and driver.verify(want) == {}
        assert rows(router, "/ppp/secret")[0]["profile"] == "suspended"
        want = {"a": dataclasses.replace(ANA, status="suspended", suspension="reject")}
        assert driver.apply(driver.plans(want))["a"].ok and driver.verify(want) == {}
    assert router.store.dial("ana@silver") is None, "the profile does not open what is closed"


def test_who_cannot_be_led_to_the_garden_is_not_let_in(router):
    want = dataclasses.replace(
        ANA, status="suspended", suspension="walled_garden", address="", queue=None
    )
    bring(router, a=want)
    assert router.store.dial("ana@silver") is None
