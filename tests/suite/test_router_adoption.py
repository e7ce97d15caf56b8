"""A router that was run by hand comes under Silver: read, matched, taken over, and served; over
XML-RPC and with Silver's own crons, against the RouterOS of the lab.
"""

import json
import sys

import pytest
from support import ROOT, Suite, eventually

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from lab.devices.by_hand import NAS, ByHand  # noqa: E402
from lab.devices.demo import Odoo  # noqa: E402
from lab.devices.routeros import Router  # noqa: E402

SOON = 180


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    suite = Suite("adoption").create()
    try:
        suite.radius("up")
        suite.start()
        credentials = tmp_path_factory.mktemp("lab") / "credentials.json"
        values = {"url": suite.url, "database": suite.database, "user": suite.user}
        credentials.write_text(json.dumps({**values, "password": suite.password}))
        suite.odoo = Odoo(credentials)
        yield suite
    finally:
        suite.stop()
        suite.drop()


def test_from_a_router_by_hand_to_a_suspension_that_arrives(suite):
    nas = suite.odoo.ref("silver_isp.nas_centro")
    base = suite.rpc("isp.nas", "read", [nas], ["base_station_id"])[0]["base_station_id"][0]
    contracts = suite.rpc(
        "isp.contract",
        "search_read",
        [
            *(("base_station_id", "=", base), ("state", "=", "active")),
            *(("service_category", "=", "internet"), ("ip_address", "!=", False)),
        ],
        ["name", "ip_address", "partner_id"],
        order="id",
    )
    first, second = contracts[:2]
    with Router() as router:
        add = router.store.add
        # the first is known by his address, the second by his number; the third by nobody
        address = first["ip_address"]
        queue = {"name": "Cliente Uno", "target": f"{address}/32", "max-limit": "5M/20M"}
        of_first = add("/queue/simple", queue)
        queue = {"name": "Cliente Dos", "target": f"{second['ip_address']}/32"}
        of_second = add("/queue/simple", {**queue, "comment": f"ctto {second['name']} casa azul"})
        stranger = {"name": "Oficina", "target": "10.250.0.9/32", "comment": "no tocar"}
        of_stranger = add("/queue/simple", stranger)
        add("/ip/firewall/address-list", {"list": "morosos", "address": second["ip_address"]})
        suite.rpc(
            *("isp.nas", "write", [nas]),
            {
                "management_address": router.host,
                "management_port": router.port,
                "username": router.user,
                "password": router.password,
                "use_tls": False,
                "customer_mode": "queue",
                "provisioning_mode": "dry_run",
            },
        )
        suite.rpc("isp.nas", "action_take_over", [nas])

        def read():
            fields = ["queue_name", "verdict", "contract_id", "explanation"]
            domain = [("nas_id", "=", nas), ("queue_name", "in", [*names, "Oficina"])]
            rows = suite.rpc("isp.router.entry", "search_read", domain, fields)
            return len(rows) == 3 and rows

        names = ["Cliente Uno", "Cliente Dos"]
        rows = eventually(read, "the router was read", SOON)
        by_name = {row["queue_name"]: row for row in rows}
        assert by_name["Cliente Uno"]["verdict"] == "adoptable"
        assert by_name["Cliente Uno"]["contract_id"][0] == first["id"]
        assert by_name["Cliente Dos"]["contract_id"][0] == second["id"]
        assert by_name["Oficina"]["verdict"] == "nobody"
        writes = [cmd for cmd, *_rest in router.log if not cmd.endswith(("print", "login"))]
        assert writes == [], "nothing is written while it only shows"

        suite.rpc("isp.router.entry", "action_adopt", [row["id"] for row in rows])
        errors = suite.rpc("isp.router.entry", "read", [row["id"] for row in rows], ["error"])
        assert [bool(row["error"]) for row in errors].count(True) == 1, errors
        suite.rpc("isp.nas", "write", [nas], {"provisioning_mode": "on"})

        def queues():
            return {row[".id"]: row for row in router.store.select("/queue/simple")}

        def marked():
            rows = queues()
            return all(
                rows[row_id].get("comment") == f"silver:{contract['name']}"
                for row_id, contract in ((of_first, first), (of_second, second))
            )

        eventually(marked, "the same rows bear our mark now", SOON)
        assert queues()[of_stranger]["comment"] == "no tocar"
        for contract in (first, second):
            target = f"{contract['ip_address']}/32"
            assert [row["target"] for row in queues().values()].count(target) == 1
        assert not any(cmd == "/queue/simple/remove" for cmd, *_rest in router.log)

        def blocked(contract):
            rows = router.store.select("/ip/firewall/address-list")
            return contract["ip_address"] in {row["address"] for row in rows}

        eventually(lambda: not blocked(second), "who is in service is let through", SOON)
        suite.rpc("isp.contract", "action_suspend", [first["id"]], reason="technical", note="x")
        eventually(lambda: blocked(first), "the suspension arrives", SOON)

        suite.rpc("isp.nas", "action_take_over", [nas])

        def read_again():
            rows = suite.rpc(
                "isp.router.entry",
                "search_read",
                [("nas_id", "=", nas), ("contract_id", "in", [first["id"], second["id"]])],
                ["verdict"],
            )
            return [row["verdict"] for row in rows] == ["equal", "equal"]

        eventually(read_again, "both are ours and equal", SOON)


def test_the_router_that_the_lab_brings(suite):
    """What `./silver lab` writes on BRAS Sur, read over TLS: each verdict is there to be seen."""
    nas = suite.odoo.ref(NAS)
    with Router(tls=True, host="127.0.0.1") as router:
        brought = ByHand(suite.odoo, router)
        assert "BRAS Sur" in brought.on()
        suite.rpc("isp.nas", "action_take_over", [nas])
        rows = eventually(
            lambda: suite.rpc(
                "isp.router.entry",
                "search_read",
                [("nas_id", "=", nas)],
                ["username", "verdict", "matched_by"],
            ),
            "the router was read",
            SOON,
        )
        verdicts = {row["username"]: row["verdict"] for row in rows}
        assert verdicts.pop("oficina") == "nobody"
        assert verdicts.pop("viejo") == "ended"
        assert verdicts.pop("dudoso") == "ambiguous"
        assert len(verdicts) >= 2 and set(verdicts.values()) == {"adoptable"}
        assert {"number", "address"} <= {row["matched_by"] for row in rows}
        writes = [cmd for cmd, *_rest in router.log if not cmd.endswith(("print", "login"))]
        assert writes == []
        brought.off()
    values = suite.rpc("isp.nas", "read", [nas], ["provisioning_mode", "management_address"])[0]
    assert values["provisioning_mode"] == "off" and values["management_address"] != "localhost"
