"""What may happen to the network engine: killed anywhere, two at once, edited by hand, secrets."""

import json
import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from support import STATE, VENV, Suite, eventually
from test_life import Listener

STEPS = [
    "claimed",
    "connected",
    "observed",
    "half written",
    "written",
    "verified",
    "not recorded",
    "half recorded",
    "recorded",
]
NAS_SECRET = "testing123"


class Network(Suite):
    """A suite without crons: only the executors of these tests work."""

    def open_executors(self):
        """A process with the registry loaded, that makes executors of itself."""
        self.parent = subprocess.Popen(
            [VENV / "python", Path(__file__).with_name("network_executor.py"), self.database],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.parent.stdout.readline() == "ready\n"

    def close_executors(self):
        self.parent.stdin.close()
        self.parent.wait(30)

    def begin(self, *steps):
        self.parent.stdin.write("|".join(steps) + "\n")
        self.parent.stdin.flush()

    def finish(self):
        """:return: (exit status of each executor, counts of those that lived)"""
        counts = []
        while not (line := self.parent.stdout.readline()).startswith("ended"):
            assert line, "the parent of the executors died"
            counts.append(json.loads(line))
        return json.loads(line.split(None, 1)[1]), counts

    def drain(self, step=""):
        """:return: the counts, or None when it was killed at ``step``"""
        self.begin(step)
        (status,), counts = self.finish()
        assert status == (-signal.SIGKILL if step else 0)
        return None if step else counts[0]

    def contracts(self, label, count):
        partners = self.rpc(
            "res.partner", "create", [{"name": f"{label} {number}"} for number in range(count)]
        )
        plan = self.rpc(
            "product.product",
            "create",
            {
                "name": f"Plan {label}",
                "type": "service",
                "is_isp_plan": True,
                "plan_code": label.upper().replace(" ", "-"),
                "service_category": "internet",
                "access_technology": "pppoe",
                "download_mbps": 20,
                "upload_mbps": 5,
            },
        )
        self.rpc(
            "isp.plan.price",
            "create",
            {"product_id": plan, "amount": 10, "effective_from": "2025-01-01"},
        )
        contracts = self.rpc(
            "isp.contract",
            "create",
            [
                {
                    "partner_id": partner,
                    "product_id": plan,
                    "base_station_id": self.ref("silver_isp.base_centro"),
                }
                for partner in partners
            ],
        )
        self.rpc("isp.contract", "action_activate", contracts)
        return contracts

    def try_now(self):
        """Forget the breakers."""
        devices = self.rpc("isp.provisioning.device", "search", [])
        self.rpc("isp.provisioning.device", "action_try_now", devices)

    def users(self, contracts):
        return dict(
            self.sql(
                "SELECT username, password FROM isp_radius_user WHERE contract_id = ANY(%s)",
                values=(contracts,),
            )
        )

    def rows(self, users):
        """:return: how many rows each user has in each table of FreeRADIUS"""
        found = {}
        for table in ("radcheck", "radreply", "radusergroup"):
            for username, count in self.sql(
                f"SELECT username, count(*) FROM {table} WHERE username = ANY(%s) GROUP BY 1",
                self.radius_database,
                (list(users),),
            ):
                found.setdefault(username, {})[table] = count
        return found

    def states(self, contracts):
        return set(
            self.sql(
                "SELECT kind, state FROM isp_provisioning_target WHERE contract_id = ANY(%s)",
                values=(contracts,),
            )
        )


@pytest.fixture(scope="module")
def network():
    running = Network("network").create()
    try:
        running.radius("up")
        running.start(cron_threads=0)
        running.open_executors()
        running.drain()
        yield running
        running.close_executors()
    finally:
        running.stop()
        running.drop()


IN_SYNC = {("radius", "in_sync"), ("coa", "in_sync")}


@pytest.mark.parametrize("step", STEPS)
def test_killed_at(network, step):
    contracts = network.contracts(f"muerte {step}", 3)
    users = network.users(contracts)
    assert len(users) == 3
    network.drain(step)
    counts = network.drain()  # at once: nobody waits for a lock of a dead process
    assert counts["busy"] == 0 and counts["failed"] == 0
    assert network.states(contracts) == IN_SYNC
    for username, password in users.items():
        code, attributes = network.login(username, password, NAS_SECRET)
        assert code == "Access-Accept"
        assert attributes["Mikrotik-Rate-Limit"].split()[0] == "5M/20M"
    assert set(network.rows(users)) == set(users)
    assert all(row["radcheck"] == 1 for row in network.rows(users).values()), "nothing twice"
    assert network.drain()["done"] == 0


def test_killed_after_the_disconnect(network):
    listener = Listener()
    nas = network.ref("silver_isp.nas_centro")
    network.rpc("isp.nas", "write", [nas], {"coa_port": listener.port})
    (contract,) = contracts = network.contracts("corte", 1)
    network.drain()
    (username,) = network.users(contracts)
    network.sql(
        "INSERT INTO radacct (acctsessionid, acctuniqueid, username, nasipaddress, acctstarttime,"
        " acctupdatetime) VALUES ('c1', 'u-cut-1', %s, '127.0.0.1', now(), now())",
        network.radius_database,
        (username,),
    )
    network.rpc("isp.contract", "action_suspend", [contract], reason="technical")
    said = []
    router = threading.Thread(target=lambda: said.append(listener.acknowledge_disconnect()))
    router.start()
    network.drain("disconnect sent")
    router.join(30)
    assert said == [username]
    network.sql(
        "UPDATE radacct SET acctstoptime = now() WHERE acctuniqueid = 'u-cut-1'",
        network.radius_database,
    )
    assert network.drain()["failed"] == 0
    assert network.states(contracts) == IN_SYNC


def test_two_executors_at_once(network):
    contracts = network.contracts("dos", 300)
    network.begin("", "")
    statuses, counts = network.finish()
    assert statuses == [0, 0]
    served = sum(c["done"] for c in counts)
    network.drain()
    assert served == 300, counts
    assert network.states(contracts) == IN_SYNC
    journal = network.sql(
        "SELECT count(*), count(DISTINCT contract_id) FROM isp_provisioning_attempt"
        " WHERE contract_id = ANY(%s) AND result = 'done'",
        values=(contracts,),
    )
    assert journal == [(300, 300)], "each was written by one of them"


def test_suspend_pay_suspend_while_an_executor_works(network):
    contracts = network.contracts("rapido", 40)
    network.drain()
    network.begin("")
    for verb, reason in (("suspend", "technical"), ("resume", "payment")) * 3:
        network.rpc("isp.contract", f"action_{verb}", contracts, reason=reason)
    network.rpc("isp.contract", "action_suspend", contracts, reason="technical")
    assert network.finish()[0] == [0]
    network.drain()
    assert network.states(contracts) == IN_SYNC
    groups = network.sql(
        "SELECT count(*) FROM radusergroup WHERE groupname = 'suspended' AND username = ANY(%s)",
        network.radius_database,
        (list(network.users(contracts)),),
    )
    assert groups == [(40,)]


def test_database_away_for_a_while(network):
    contracts = network.contracts("lejos", 5)
    network.drain()
    network.take_radius_database_away()
    try:
        network.rpc("isp.contract", "action_suspend", contracts, reason="technical")
        assert network.drain()["failed"] == 0
        assert network.drain()["retry"] == 0, "left alone, not hammered"
    finally:
        network.bring_radius_database_back()
    device = network.rpc(
        "isp.provisioning.device", "search", [("kind", "=", "radius"), ("failures", ">", 0)]
    )
    assert device
    network.rpc("isp.provisioning.device", "action_try_now", device)
    network.drain()
    assert network.states(contracts) == IN_SYNC


def test_no_secret_anywhere(network):
    """A password and a RADIUS secret that exist nowhere else, through every kind of failure."""
    canary, shared = "c4n4ry-contrasena-unica", "c4n4ry-secreto-radius"
    (contract,) = contracts = network.contracts("canario", 1)
    (user,) = network.rpc("isp.radius.user", "search", [("contract_id", "=", contract)])
    network.rpc("isp.radius.user", "write", [user], {"password": canary})
    nas = network.ref("silver_isp.nas_norte")
    network.rpc("isp.nas", "write", [nas], {"radius_secret": shared})
    network.drain()
    (username,) = network.users(contracts)
    for _ in range(2):
        network.login(username, canary + "x", NAS_SECRET)
    network.login(username, canary, NAS_SECRET)
    network.take_radius_database_away()
    try:
        network.rpc("isp.contract", "action_suspend", contracts, reason="technical")
        network.try_now()
        network.drain()
        network.rpc("isp.contract", "network_plan", contracts)
        network.rpc("isp.contract", "network_diagnosis", contracts)
    finally:
        network.bring_radius_database_back()
    network.sql("ALTER TABLE radcheck RENAME TO radcheck_gone", network.radius_database)
    try:
        network.try_now()
        network.drain()
    finally:
        network.sql("ALTER TABLE radcheck_gone RENAME TO radcheck", network.radius_database)
    network.try_now()
    network.drain()
    assert network.states(contracts) == IN_SYNC
    network.rpc("isp.contract", "network_plan", contracts)

    allowed = {("isp_radius_user", "password"), ("isp_nas", "radius_secret")}
    columns = network.sql(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public'"
        " AND data_type IN ('text', 'character varying', 'jsonb', 'json')"
        " AND table_name IN (SELECT tablename FROM pg_tables)"
    )
    for table, column in columns:
        if (table, column) in allowed:
            continue
        found = network.sql(
            f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ~ %s',
            values=(f"{canary}|{shared}",),
        )
        assert found == [(0,)], f"{table}.{column}"
    logs = [STATE / "log" / f"{network.database}.log"]
    logs += (STATE / "radius" / network.radius_database / "log").glob("*")
    for path in logs:
        text = path.read_text(errors="replace")
        assert canary not in text and shared not in text, path
    assert network.sql(
        "SELECT count(*) FROM radpostauth WHERE pass <> ''", network.radius_database
    ) == [(0,)]


def test_the_promises_hold(network):
    eventually(lambda: network.drain()["remaining"] == 0, "nothing is left to do", timeout=30)
    assert network.rpc("silver.audit", "run") == []
