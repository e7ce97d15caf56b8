"""A router that was run by hand comes to the driver: read, taken over in place; and how a customer
is suspended on it."""

import dataclasses

import pytest
from test_mikrotik import ANA, bring, endpoint, rows

from silver_provisioning.drivers.base import SecretText
from silver_provisioning.drivers.mikrotik import Driver, Pppoe, Queue, RouterService


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
