"""Money that arrives while the collection decides, and two collections at once: real requests."""

from datetime import date, timedelta

from test_parallel import at_once, faults, tv_contracts

TODAY = date.today()


def overdue_contracts(suite, label, count):
    """Contracts whose charge of the month before last was invoiced and never paid.

    :return: their ids, and what each owes
    """
    start = (TODAY.replace(day=1) - timedelta(days=40)).replace(day=1)
    contracts = tv_contracts(suite, label, count)
    suite.rpc("isp.contract", "write", contracts, {"date_start": str(start)})
    suite.rpc("isp.contract", "action_activate", contracts, date=str(start))
    run = suite.rpc(
        "isp.billing.run",
        "create",
        {"period_key": f"{start:%Y-%m}", "contract_ids": [(6, 0, contracts)]},
    )
    suite.rpc("isp.billing.run", "action_run", [run])
    owed = suite.rpc("isp.contract", "read", contracts, ["isp_overdue"])
    assert all(row["isp_overdue"] > 0 for row in owed), owed
    return contracts, owed[0]["isp_overdue"]


def collection(suite, contracts):
    return suite.rpc(
        "isp.dunning.run", "create", {"date": str(TODAY), "contract_ids": [(6, 0, contracts)]}
    )


def states(suite, contracts):
    return {
        row["id"]: row["state"] for row in suite.rpc("isp.contract", "read", contracts, ["state"])
    }


def test_payment_arrives_while_the_run_decides(suite):
    contracts, owed = overdue_contracts(suite, "Paga a último momento", 24)
    paying, silent = contracts[:16], contracts[16:]
    run = collection(suite, contracts)
    payments = [
        ("isp.contract", "action_register_payment", ([contract],), {"amount": owed})
        for contract in paying
    ]
    results = at_once(suite, [("isp.dunning.run", "action_run", ([run],), {}), *payments])
    for fault in faults(results):
        assert "Traceback" not in fault.faultString
    # a payment that met the cut in the middle and was refused is registered again, as a person does
    for contract, result in zip(paying, results[1:], strict=True):
        if not isinstance(result, int):
            suite.rpc("isp.contract", "action_register_payment", [contract], amount=owed)
    suite.rpc("isp.dunning.run", "action_run", [run])
    found = states(suite, contracts)
    assert {found[contract] for contract in paying} == {"active"}, "paid and not cut"
    assert {found[contract] for contract in silent} == {"suspended"}
    paid = suite.sql(
        "SELECT contract_id, sum(amount) FROM isp_charge_payment WHERE contract_id = ANY(%s)"
        " GROUP BY contract_id HAVING sum(amount) <> %s",
        values=(paying, owed),
    )
    assert paid == [], "each paid once"
    assert suite.rpc("silver.audit", "run") == []


def test_two_collections_at_once_cut_once(suite):
    contracts, _owed = overdue_contracts(suite, "Dos cobranzas", 20)
    runs = [collection(suite, contracts) for _turn in range(2)]
    at_once(suite, [("isp.dunning.run", "action_run", ([run],), {}) for run in runs])
    for run in runs:  # whatever one of them set aside is picked up by asking again
        suite.rpc("isp.dunning.run", "action_run", [run])
    assert set(states(suite, contracts).values()) == {"suspended"}
    cuts = suite.sql(
        "SELECT count(*), count(DISTINCT contract_id) FROM isp_contract_event"
        " WHERE transition = 'suspend' AND contract_id = ANY(%s)",
        values=(contracts,),
    )
    assert cuts == [(20, 20)]
    told = suite.sql(
        "SELECT count(*) FROM isp_notice WHERE kind = 'suspended' AND contract_id = ANY(%s)",
        values=(contracts,),
    )
    assert told == [(20,)], "and told once"
    assert suite.rpc("silver.audit", "run") == []
