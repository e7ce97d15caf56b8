"""FreeRADIUS straight on the contracts: views in Odoo's own database, asked with real packets."""

import subprocess

import pytest
from support import ROOT
from test_network_faults import NAS_SECRET, Network


@pytest.fixture(scope="module")
def views():
    running = Network("views").create()
    running.radius_database = running.database
    try:
        subprocess.run(
            [ROOT / "silver", "_radius", "views", running.database],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        running.radius("up")
        running.start(cron_threads=0)
        (server,) = running.rpc(
            "isp.radius.server", "search", [("sql_host", "in", [False, ""])], limit=1
        )
        running.rpc(
            *("isp.radius.server", "write"), [server], {"sql_mode": "views", "sql_database": False}
        )
        running.open_executors()
        running.drain()  # plans and routers are still rows
        yield running
        running.close_executors()
    finally:
        running.stop()
        running.drop()


def test_a_contract_is_a_login_without_a_write_step(views):
    (contract,) = contracts = views.contracts("vistas", 1)
    views.drain()  # its plan is new: the group is a row
    ((username, password),) = views.users(contracts).items()

    def ask():
        return views.login(username, password, NAS_SECRET)

    code, attributes = ask()
    assert code == "Access-Accept"
    assert attributes["Mikrotik-Rate-Limit"] == "5M/20M"
    address = attributes["Framed-IP-Address"]

    # from here on no executor runs: the commit is enough
    for mode in ("walled_garden", "throttle", "reject"):
        views.rpc("isp.contract", "action_suspend", [contract], reason="technical", mode=mode)
        code, attributes = ask()
        if mode == "walled_garden":
            assert code == "Access-Accept"
            assert attributes["Mikrotik-Address-List"] == "morosos"
            assert "Framed-IP-Address" not in attributes
        elif mode == "throttle":
            assert code == "Access-Accept"
            assert attributes["Mikrotik-Rate-Limit"] == "512k/512k"
            assert attributes["Framed-IP-Address"] == address
            assert "Mikrotik-Address-List" not in attributes
        else:
            assert code == "Access-Reject"
        views.rpc("isp.contract", "action_resume", [contract], reason="technical")
        assert ask()[1]["Framed-IP-Address"] == address

    assert views.login(username, password + "x", NAS_SECRET)[0] == "Access-Reject"
    views.rpc("isp.contract", "action_cancel", [contract])
    assert ask()[0] == "Access-Reject"


def test_the_role_of_freeradius_reads_nothing_else(views):
    role = views.sql("SELECT 1 FROM pg_roles WHERE rolname = 'silver_radius'")
    if not role:
        pytest.skip("this PostgreSQL let no role be made: FreeRADIUS uses Odoo's own")
    allowed = views.sql(
        "SELECT table_name FROM information_schema.role_table_grants"
        " WHERE grantee = 'silver_radius' AND table_schema = 'public'"
    )
    assert allowed == []
    assert views.sql(
        "SELECT has_table_privilege('silver_radius', 'isp_radius_user', 'SELECT')"
    ) == [(False,)]
