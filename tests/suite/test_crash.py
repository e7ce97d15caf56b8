"""kill -9 in the middle of the month's run."""

import signal
import threading
import xmlrpc.client
from datetime import date

import pytest
from support import Suite, eventually
from test_parallel import tv_contracts

CUSTOMERS = 600


@pytest.fixture
def victim():
    running = Suite("crash").create()
    try:
        running.start(cron_threads=0)
        yield running
    finally:
        running.stop()
        running.drop()


def test_killed_billing_run_is_finished_by_the_next(victim):
    contracts = tv_contracts(victim, "Corrida interrumpida", CUSTOMERS)
    victim.rpc("isp.contract", "action_activate", contracts)
    run = victim.rpc(
        "isp.billing.run",
        "create",
        {"period_key": f"{date.today():%Y-%m}", "contract_ids": [(6, 0, contracts)]},
    )

    def ask():
        try:
            # chunks small enough to be killed between two of them
            victim.rpc("isp.billing.run", "action_run", [run], context={"isp_chunk": 60})
        except (OSError, xmlrpc.client.Error):
            return  # the server dies under this call: that is the test

    def charged():
        return victim.sql(
            "SELECT count(*) FROM isp_charge WHERE contract_id = ANY(%s) AND kind = 'recurring'",
            values=(contracts,),
        )[0][0]

    caller = threading.Thread(target=ask)
    caller.start()
    eventually(charged, "the first chunk is committed", timeout=120)
    victim.stop(signal.SIGKILL)
    caller.join()
    half = charged()
    assert 0 < half < CUSTOMERS, "killed in the middle"
    # nothing half made: each charge that is there has its posted invoice
    orphans = victim.sql(
        "SELECT count(*) FROM isp_charge c"
        " LEFT JOIN account_move_line l ON l.id = c.invoice_line_id"
        " LEFT JOIN account_move m ON m.id = l.move_id"
        " WHERE c.contract_id = ANY(%s) AND c.kind = 'recurring'"
        " AND m.state IS DISTINCT FROM 'posted'",
        values=(contracts,),
    )
    assert orphans == [(0,)]

    victim.start(cron_threads=0)
    victim.rpc("isp.billing.run", "action_run", [run])
    assert charged() == CUSTOMERS
    moves = victim.sql(
        "SELECT count(*), count(DISTINCT m.name) FROM account_move m WHERE m.state = 'posted' AND"
        " m.id IN (SELECT l.move_id FROM account_move_line l JOIN isp_charge c"
        " ON c.invoice_line_id = l.id WHERE c.contract_id = ANY(%s))",
        values=(contracts,),
    )
    assert moves == [(CUSTOMERS, CUSTOMERS)]
    # most of them were written in bulk, before and after, and their numbers have no gap
    in_bulk = victim.rpc("isp.billing.run", "read", [run], ["bulk_count"])[0]["bulk_count"]
    assert in_bulk > CUSTOMERS / 2
    gaps = victim.sql(
        "SELECT count(*) FROM (SELECT sequence_number - lag(sequence_number) OVER"
        " (PARTITION BY journal_id, sequence_prefix ORDER BY sequence_number) AS step"
        " FROM account_move WHERE move_type = 'out_invoice' AND state = 'posted') s WHERE step <> 1"
    )
    assert gaps == [(0,)]
    assert victim.rpc("silver.audit", "run") == []
