"""The demo data on the devices of the lab, as `./silver lab` points them: a real Odoo with its own
executors, and what arrives asserted on the devices themselves.
"""

import re
import time

import network_lab
import pytest
from support import eventually

from lab.devices.demo import NoOdoo, Odoo
from lab.devices.olt import HuaweiOlt


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    with network_lab.running("devices", tmp_path_factory.mktemp("lab")) as network:
        yield network


@pytest.fixture
def linked(network):
    return network.linked()


def test_without_a_lab_nothing_is_tried(network):
    """The demo devices are nobody's until ./silver lab: no targets, no errors, no attention."""
    if network.link.before:
        pytest.skip("the lab is linked already")
    targets = network.suite.rpc(
        "isp.provisioning.target",
        "search_count",
        [("kind", "in", ["olt", "mikrotik", "uisp"])],
    )
    assert targets == 0
    with pytest.raises(NoOdoo):
        Odoo("/nowhere/credentials.json")


def test_the_demo_data_arrives(linked):
    contracts = linked.suite.rpc(
        "isp.contract",
        "search_read",
        [("olt_port_id.olt_id.name", "=", "OLT-CENTRO"), ("state", "in", ["active", "suspended"])],
        ["name", "state", "onu_id", "suspension_mode"],
    )
    assert len(contracts) > 10
    for row in contracts:
        contract = linked.contract(row["name"])
        on = bool(linked.flows(contract["serial"]))
        # who is led to the payment page stays lit: the router shows it
        lit = row["state"] == "active" or row["suspension_mode"] == "walled_garden"
        assert on == lit, row["name"]
        assert linked.queue(row["name"]), row["name"]
        assert linked.blocked(row["name"]) == (row["state"] == "suspended"), row["name"]
    assert not linked.olt.plant.dirty, "it was saved"
    before = len(linked.olt.log)
    linked.link.on()  # a second time is the same as once
    linked.eventually(linked.quiet, "nothing is left to do")
    writes = [line for _mode, line in linked.olt.log[before:] if re.match("ont|service|undo", line)]
    assert [line for line in writes if line != "undo smart"] == []


def test_life_from_discovery_to_cancellation(linked):
    """Discovered, activated, suspended, resumed, another plan, cancelled."""
    name = "CTR/000025"  # a draft that waits for its ONU
    contract = linked.contract(name)
    linked.suite.rpc("isp.onu.discovered", "action_look")
    domain = [("olt_id.name", "=", "OLT-CENTRO"), ("port_id", "=", contract["olt_port_id"][0])]
    domain += [("state", "=", "new")]
    found = linked.eventually(
        lambda: linked.suite.rpc(
            "isp.onu.discovered", "search_read", domain, ["serial", "contract_id"]
        ),
        "the OLT says what lights up",
    )
    serial = found[0]["serial"]
    assert found[0]["contract_id"][0] == contract["id"], "the one that waits on that port"
    linked.suite.rpc("isp.onu.discovered", "action_activate_contract", [found[0]["id"]])
    assert linked.contract(name)["state"] == "active"
    assert linked.contract(name)["serial"] == serial
    linked.eventually(lambda: linked.flows(serial), "the OLT carries it")
    linked.eventually(lambda: linked.queue(name), "the router has its queue")
    assert not linked.blocked(name)

    linked.verb(contract, "action_suspend", reason="voluntary_pause", note="de viaje")
    linked.eventually(lambda: not linked.flows(serial), "the OLT switched it off")
    linked.eventually(lambda: linked.blocked(name), "the router blocks it")

    linked.verb(contract, "action_resume", reason="customer_request")
    linked.eventually(lambda: linked.flows(serial), "the OLT carries it again")
    linked.eventually(lambda: not linked.blocked(name), "the router lets it through")

    slow, speed = linked.flows(serial), linked.queue(name)
    codes = [("plan_code", "in", ["FIBRA-100", "FIBRA-600"])]
    codes += [("id", "!=", contract["product_id"][0])]
    plan = linked.suite.rpc("product.product", "search", codes, order="plan_code")[0]
    linked.verb(contract, "action_change_plan", product_id=plan)
    linked.eventually(
        lambda: linked.queue(name) not in (speed, None), "another speed on the router"
    )
    linked.eventually(lambda: linked.flows(serial) not in (slow, []), "another speed on the OLT")

    linked.verb(contract, "action_cancel", reason="customer_request")
    linked.eventually(lambda: linked.ont(serial) is None, "the OLT has forgotten it")
    linked.eventually(lambda: linked.queue(name) is None, "and the router")
    leftovers = [r for r in linked.olt.plant.service_ports.values() if not r.get("place")]
    assert leftovers == []
    linked.eventually(linked.quiet, "nothing needs attention")


def test_payment_brings_it_back(linked):
    name = "CTR/000007"  # cut for debt, led to the payment page
    contract = linked.contract(name)
    assert contract["state"] == "suspended" and linked.blocked(name)
    linked.verb(contract, "action_register_payment", amount=50_000.0, method="transfer")
    assert linked.contract(name)["state"] == "active"
    linked.eventually(lambda: linked.flows(contract["serial"]), "the OLT carries it")
    linked.eventually(lambda: not linked.blocked(name), "the router lets it through")


FAULTS = {
    "the answer is lost after it was done": ("drop_after", "ont (?:de)?activate", {}),
    "cut before it was done": ("drop", "ont (?:de)?activate", {}),
    "busy": ("busy", "ont (?:de)?activate", {}),
    "says yes and does nothing": ("forget", "ont (?:de)?activate", {}),
    "hangs": ("hang", "ont (?:de)?activate", {}),
    "reboots in the middle": ("reboot", "ont (?:de)?activate", {}),
    "an alarm in the middle": ("noise", "ont (?:de)?activate", {"text": "!fault PORT 0/1 LOS"}),
    "another prompt": ("prompt", "ont (?:de)?activate", {"text": "\r\nOTHER>>"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_the_olt(linked, fault):
    """Whatever strikes in the middle of a suspension, the customer ends suspended; and back."""
    kind, command, options = FAULTS[fault]
    contract = linked.contract("CTR/000001")
    serial = contract["serial"]
    for verb, reason, wanted in (
        ("action_suspend", "voluntary_pause", False),
        ("action_resume", "customer_request", True),
    ):
        linked.olt.faults.inject(kind, command, times=1, **options)
        linked.verb(contract, verb, reason=reason)
        linked.eventually(
            lambda w=wanted: bool(linked.flows(serial)) == w and linked.quiet(),
            f"{verb} although it {fault}",
        )
        linked.olt.faults.clear()
    assert linked.ont(serial).enabled


@pytest.mark.parametrize("fault", ["drop_after", "drop", "reboot", "error"])
def test_faults_of_the_router(linked, fault):
    contract = linked.contract("CTR/000002")
    for verb, reason, wanted in (
        ("action_suspend", "voluntary_pause", True),
        ("action_resume", "customer_request", False),
    ):
        linked.router.faults.inject(fault, "address-list/(?:add|remove)", times=1)
        linked.verb(contract, verb, reason=reason)
        linked.eventually(
            lambda w=wanted: linked.blocked("CTR/000002") == w and linked.quiet(),
            f"{verb} although the router: {fault}",
        )


def test_the_traffic_of_the_router_and_the_olt(linked):
    """Their interfaces are read over SNMP, twice, and have a rate; sessions of customers none."""
    names = ["BRAS Centro", "OLT-CENTRO"]
    watches = linked.suite.rpc("isp.traffic.watch", "search", [("name", "in", names)])
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    read = [0.0]

    def measured():
        if time.monotonic() - read[0] > 6:  # readings closer than five seconds give no rate
            linked.suite.rpc("isp.traffic.watch", "action_read_now", watches)
            read[0] = time.monotonic()
        domain = [("watch_id", "in", watches), ("rate_at", ">=", started), ("in_mbps", ">", 1)]
        rows = linked.suite.rpc("isp.interface", "search_read", domain, ["name", "watch_id"])
        return {row["watch_id"][1] for row in rows} == set(names)

    eventually(measured, "both have a rate", network_lab.SOON)
    sessions = [("name", "like", "pppoe"), ("watch_id", "in", watches)]
    assert not linked.suite.rpc("isp.interface", "search_count", sessions)


def test_dead_router_does_not_save_who_is_to_be_cut(linked):
    """Silent device: an error a person sees, and the other devices go on; then it comes back."""
    contract = linked.contract("CTR/000003")
    linked.router.faults.inject("refuse")
    linked.verb(contract, "action_suspend", reason="voluntary_pause")
    linked.eventually(
        lambda: linked.suite.rpc(
            "isp.provisioning.device",
            "search_count",
            [("kind", "=", "mikrotik"), ("failures", ">", 0), ("breaker_until", "!=", False)],
        ),
        "the router is left alone for a while",
        push=False,
    )
    linked.router.faults.clear()
    linked.eventually(lambda: linked.blocked("CTR/000003"), "blocked when the router is back")
    linked.eventually(lambda: not linked.flows(contract["serial"]), "switched off on the OLT")
    linked.verb(contract, "action_resume", reason="customer_request")
    linked.eventually(lambda: linked.flows(contract["serial"]) and linked.quiet(), "back")


def test_old_olt(linked):
    """SHA-1 algorithms only, 80 columns whatever is asked, ten lines a page."""
    olt = linked.suite.ref("silver_isp.olt_centro")
    contract = linked.contract("CTR/000004")
    with HuaweiOlt(linked.olt.plant, legacy=True, width=80, page=10, hostname="MA5603T") as old:
        linked.suite.rpc("isp.olt", "write", [olt], {"management_port": old.port})
        linked.verb(contract, "action_suspend", reason="voluntary_pause")
        linked.eventually(lambda: not linked.flows(contract["serial"]), "switched off")
        linked.verb(contract, "action_resume", reason="customer_request")
        linked.eventually(lambda: linked.flows(contract["serial"]), "carried again")
        assert old.commands(), "it was the old one"
        linked.suite.rpc("isp.olt", "write", [olt], {"management_port": linked.olt.port})
    linked.eventually(linked.quiet, "nothing is left")


def test_off_leaves_no_noise(linked):
    """The lab stops: nothing is tried any more, nothing needs attention."""
    linked.link.off()
    linked.suite.rpc("isp.contract", "action_reconcile", [linked.contract("CTR/000005")["id"]])
    rows = linked.suite.rpc(
        "isp.provisioning.device",
        "search_read",
        [("kind", "in", ["olt", "mikrotik", "uisp"])],
        ["health"],
    )
    assert rows == [], "archived with what waited for them held"
    assert linked.suite.rpc("isp.olt", "search_count", [("provisioning_mode", "!=", "off")]) == 0
