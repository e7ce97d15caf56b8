"""Two people at once: real parallel requests against the running server."""

import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from support import Suite


def at_once(suite, calls):
    """Send the calls together, each on a connection of its own.

    :return: for each its result, or the Fault that the server answered
    """

    def send(call):
        model, method, args, kwargs = call
        # a Suite of its own: xmlrpc.client's connections are not for two threads
        client = Suite.__new__(Suite)
        client.__dict__.update(suite.__dict__)
        try:
            return client.rpc(model, method, *args, **kwargs)
        except xmlrpc.client.Fault as fault:
            return fault

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(send, calls))


def faults(results):
    return [result for result in results if isinstance(result, xmlrpc.client.Fault)]


def tv_contracts(suite, label, count):
    """Contracts that need no port: customers with television only."""
    partners = suite.rpc(
        "res.partner", "create", [{"name": f"{label} {number}"} for number in range(count)]
    )
    plan = suite.ref("silver_product.plan_tv")
    return suite.rpc(
        "isp.contract",
        "create",
        [{"partner_id": partner, "product_id": plan, "billing_day": 1} for partner in partners],
    )


def fibre_drafts(suite, splitter, label, count, **values):
    """Contracts for fibre that wait for a port of ``splitter``."""
    partners = suite.rpc(
        "res.partner", "create", [{"name": f"{label} {number}"} for number in range(count)]
    )
    plan = suite.ref("silver_product.plan_fibra_100")
    return suite.rpc(
        "isp.contract",
        "create",
        [
            {"partner_id": p, "product_id": plan, "splitter_id": splitter, **values}
            for p in partners
        ],
    )


def small_splitter(suite, code):
    """:return: (splitter, its two ports)"""
    splitter = suite.rpc(
        "isp.splitter",
        "copy",
        [suite.ref("silver_isp.splitter_centro_01")],
        {"code": code, "ratio": "2"},
    )
    splitter = splitter[0] if isinstance(splitter, list) else splitter
    ports = suite.rpc("isp.splitter.port", "search", [("splitter_id", "=", splitter)])
    if not ports:
        suite.rpc("isp.splitter", "action_generate_ports", [splitter])
        ports = suite.rpc("isp.splitter.port", "search", [("splitter_id", "=", splitter)])
    return splitter, ports


def test_one_draft_activated_by_four_people(suite):
    (contract,) = tv_contracts(suite, "Cuatro a la vez", 1)
    results = at_once(suite, [("isp.contract", "action_activate", ([contract],), {})] * 4)
    assert any(result is True for result in results), results
    for fault in faults(results):
        assert "Traceback" not in fault.faultString
    events = suite.sql(
        "SELECT count(*) FROM isp_contract_event"
        " WHERE contract_id = %s AND transition = 'activate'",
        values=(contract,),
    )
    assert events == [(1,)]


def test_last_port_has_one_winner(suite):
    splitter, ports = small_splitter(suite, "SPL-CARRERA")
    contracts = fibre_drafts(suite, splitter, "Por el puerto", len(ports) + 3)
    results = at_once(
        suite, [("isp.contract", "action_reserve", ([contract],), {}) for contract in contracts]
    )
    lost = faults(results)
    assert len(lost) == 3, [fault.faultString for fault in lost]
    for fault in lost:
        assert "Traceback" not in fault.faultString
    held = suite.sql(
        "SELECT count(*), count(DISTINCT contract_id) FROM isp_splitter_port"
        " WHERE splitter_id = %s AND state = 'reserved'",
        values=(splitter,),
    )
    assert held == [(len(ports), len(ports))]


def test_two_people_activate_one_fibre_draft(suite):
    """Port, ONU and stock move once, and who came second reads what happened or sees it active."""
    splitter, _ports = small_splitter(suite, "SPL-DOS")
    onus = suite.rpc("isp.onu", "search", [("status", "=", "available")], limit=1)
    (contract,) = fibre_drafts(suite, splitter, "Dos a la vez", 1, onu_id=onus[0])
    results = at_once(suite, [("isp.contract", "action_activate", ([contract],), {})] * 2)
    assert any(result is True for result in results), results
    for fault in faults(results):
        assert "Traceback" not in fault.faultString
        assert "at this moment" in fault.faultString, fault.faultString
    rows = suite.sql(
        "SELECT c.state, p.state, p.contract_id = c.id,"
        " (SELECT count(*) FROM isp_equipment_assignment a"
        "   WHERE a.contract_id = c.id AND a.date_to IS NULL),"
        " (SELECT count(*) FROM isp_contract_event e"
        "   WHERE e.contract_id = c.id AND e.transition = 'activate')"
        " FROM isp_contract c JOIN isp_splitter_port p ON p.id = c.splitter_port_id"
        " WHERE c.id = %s",
        values=(contract,),
    )
    assert rows == [("active", "used", True, 1, 1)]
    assert suite.rpc("isp.contract", "action_activate", [contract]) is True  # again: a no-op


def test_port_taken_a_millisecond_before(suite):
    """Both name the same port. One has it; the other reads whose it is and keeps its draft."""
    splitter, ports = small_splitter(suite, "SPL-MILI")
    onus = suite.rpc("isp.onu", "search", [("status", "=", "available")], limit=2)
    contracts = [
        fibre_drafts(
            suite, splitter, f"Puerto disputado {n}", 1, splitter_port_id=ports[0], onu_id=onu
        )[0]
        for n, onu in enumerate(onus)
    ]
    results = at_once(
        suite, [("isp.contract", "action_activate", ([contract],), {}) for contract in contracts]
    )
    (fault,) = faults(results)
    assert "Traceback" not in fault.faultString
    assert "SPL-MILI / 1" in fault.faultString, fault.faultString
    winner = contracts[results.index(True)]
    loser = next(contract for contract in contracts if contract != winner)
    state = {
        row["id"]: row for row in suite.rpc("isp.contract", "read", contracts, ["state", "onu_id"])
    }
    assert (state[winner]["state"], state[loser]["state"]) == ("active", "draft")
    held = suite.sql(
        "SELECT (SELECT contract_id FROM isp_splitter_port WHERE id = %s),"
        " (SELECT count(*) FROM isp_equipment_assignment WHERE contract_id = %s)",
        values=(ports[0], loser),
    )
    assert held == [(winner, 0)], "nothing half done"
    # the other port is free: without naming one, the loser gets it
    suite.rpc("isp.contract", "write", [loser], {"splitter_port_id": False})
    assert suite.rpc("isp.contract", "action_activate", [loser]) is True
    audit = [row for row in suite.rpc("silver.audit", "run") if "port" in row["name"]]
    assert audit == []


def test_two_billing_runs_charge_once(suite):
    contracts = tv_contracts(suite, "Dos corridas", 40)
    suite.rpc("isp.contract", "action_activate", contracts)
    key = f"{date.today():%Y-%m}"
    runs = [
        suite.rpc(
            "isp.billing.run", "create", {"period_key": key, "contract_ids": [(6, 0, contracts)]}
        )
        for _turn in range(2)
    ]
    at_once(suite, [("isp.billing.run", "action_run", ([run],), {}) for run in runs])
    for run in runs:  # whatever one of them set aside is picked up by asking again
        suite.rpc("isp.billing.run", "action_run", [run])
    charged = suite.sql(
        "SELECT count(*), count(DISTINCT contract_id), count(DISTINCT invoice_line_id)"
        " FROM isp_charge WHERE contract_id = ANY(%s) AND kind = 'recurring' AND state <> 'void'",
        values=(contracts,),
    )
    assert charged == [(40, 40, 40)]
    assert suite.rpc("silver.audit", "run") == []


def test_bulk_invoices_and_ordinary_ones_share_the_numbers(suite):
    """Two runs write in bulk while others post one by one in the same journal."""
    contracts = tv_contracts(suite, "Números a la vez", 90)
    suite.rpc("isp.contract", "action_activate", contracts)
    key = f"{date.today():%Y-%m}"
    runs = [
        suite.rpc("isp.billing.run", "create", {"period_key": key, "contract_ids": [(6, 0, part)]})
        for part in (contracts[:40], contracts[40:80])
    ]
    charges = suite.rpc(
        "isp.charge", "create", [{"contract_id": one, "amount": 7} for one in contracts[80:]]
    )
    calls = [("isp.billing.run", "action_run", ([run],), {}) for run in runs]
    calls += [("isp.charge", "action_invoice", ([charge],), {}) for charge in charges[:4]]
    at_once(suite, calls)
    for model, method, args, kwargs in calls:  # who lost a race only has to ask again
        suite.rpc(model, method, *args, **kwargs)
    done = suite.rpc("isp.billing.run", "read", runs, ["state", "bulk_count", "invoice_count"])
    assert [run["state"] for run in done] == ["done", "done"]
    assert all(run["bulk_count"] >= 30 and run["invoice_count"] == 40 for run in done), done
    numbers = suite.sql(
        "SELECT count(*), count(DISTINCT m.name) FROM account_move m JOIN isp_charge c"
        " ON c.move_id = m.id WHERE c.contract_id = ANY(%s)",
        values=(contracts,),
    )
    assert numbers == [(84, 84)]
    assert suite.rpc("silver.audit", "run") == []
