"""How fast the network follows the contracts. On a database of its own, with FreeRADIUS' schema.

    createdb -T SUITE_DATABASE bench_prov
    PYTHONPATH=tests python benchmarks/provisioning.py bench_prov [CONTRACTS [DEAD]]

1. latency: one suspension at a time, nothing else to do; from its commit to the end of the drain
   that wrote it
2. a dunning run: all contracts suspended in chunks of 500, until FreeRADIUS holds them all
3. the same work as jobs of OCA's queue_job, one for each contract, in a real server with its job
   runner and two workers (queue_job is in requirements.txt; benchmarks/addons has the job)
4. a running server with two executors: from the commit of a suspension to its row in FreeRADIUS,
   first alone, then while DEAD (2,000) targets wait for a RADIUS server that accepts connections
   and never answers

2026-11-21, two cores, one of them busy with tests: 9,880 suspensions reach FreeRADIUS at 844
contracts/s (business transactions 2,918/s); one queue_job job for each contract 20.2/s: 42 times.
One suspension: p50 68 ms, p95 139 ms. With two executors p95 126 ms alone, 48 ms beside 2,000
targets of a dead server. With eight other sessions at work (load 13 to 18): 127/s, 30 times.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import time

import psycopg2.errors
from support import ROOT, STATE, Suite, eventually

import odoo.tools

database, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
dead = int(sys.argv[3]) if len(sys.argv) > 3 else 2_000
odoo.tools.config.parse_config(
    ["-c", str(ROOT / "odoo.conf"), "-d", database, "--data-dir", str(STATE / "data")]
    + ["--addons-path", f"{ROOT},{ROOT / 'benchmarks' / 'addons'}", "--log-level", "error"]
)

from odoo import SUPERUSER_ID, api  # noqa: E402
from odoo.modules.registry import Registry  # noqa: E402

registry = Registry(database)
CHUNK = 500
JOBS = 400
SAMPLE = 40


def transaction(work):
    for attempt in range(5):  # executors of a running server write to the same devices
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            try:
                result = work(env)
                env.flush_all()
            except psycopg2.errors.SerializationFailure:
                if attempt == 4:
                    raise
                cr.rollback()
                continue
            cr.commit()
            return result


def drain():
    return transaction(lambda env: env["isp.provisioning.target"].drain())


def prepare(env):
    env["isp.provisioning.device"].search([]).write({"enabled": False})
    env["isp.provisioning.target"].search([]).write({"state": "held"})
    plan = env["product.product"].create(
        {
            "name": "Bench",
            "type": "service",
            "is_isp_plan": True,
            "plan_code": f"BENCH-{int(time.time())}",
            "service_category": "internet",
            "access_technology": "pppoe",
            "download_mbps": 50,
            "upload_mbps": 10,
        }
    )
    env["isp.plan.price"].create(
        {"product_id": plan.id, "amount": 10, "effective_from": "2025-01-01"}
    )
    return plan.id


def site(env, name, **server):
    """A base of its own (without address pools: they would run out), a router, a RADIUS server.

    :return: (base id, RADIUS server id)
    """
    code = f"{name[:1]}{int(time.time()) % 10**8}"
    base = env["isp.base.station"].create({"code": code, "name": name})
    server = env["isp.radius.server"].create(
        {"name": f"{name} {code}", "host": "127.0.0.1", "sql_database": f"{database}_radius"}
        | server
    )
    env["isp.nas"].create(
        {
            "name": f"{name} router",
            "base_station_id": base.id,
            "management_address": f"127.0.0.{1 + ord(name[0]) % 100}",
            "radius_secret": "bench-secret",
            "radius_server_id": server.id,
        }
    )
    return base.id, server.id


def make(env, plan, base, size):
    partners = env["res.partner"].create([{"name": f"Bench {n}"} for n in range(size)])
    contracts = env["isp.contract"].create(
        [
            {"partner_id": partner.id, "product_id": plan, "base_station_id": base}
            for partner in partners
        ]
    )
    contracts.action_activate()
    return contracts.ids


def suspend(env, ids):
    env["isp.contract"].browse(ids).action_suspend(reason="technical")


def chunks(ids, size=CHUNK):
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def latency(ids):
    times = []
    for contract in ids:
        transaction(lambda env, contract=contract: suspend(env, [contract]))
        started = time.monotonic()
        drain()
        times.append(time.monotonic() - started)
    return {
        "p50_ms": round(statistics.median(times) * 1000),
        "p95_ms": round(statistics.quantiles(times, n=20)[-1] * 1000),
    }


def dunning(ids):
    started = time.monotonic()
    for part in chunks(ids):
        transaction(lambda env, part=part: suspend(env, part))
    committed = time.monotonic()
    while drain()["remaining"]:
        pass
    ended = time.monotonic()
    return {
        "contracts": len(ids),
        "business_per_s": round(len(ids) / (committed - started)),
        "network_per_s": round(len(ids) / (ended - committed)),
        "seconds": round(ended - started, 1),
    }


class Server(Suite):
    """A running Odoo on the database of this benchmark."""

    def __init__(self):
        super().__init__("bench")
        self.database, self.radius_database = database, f"{database}_radius"


def suspended(ids):
    """:return: how many of the contracts FreeRADIUS knows as suspended"""
    with registry.cursor() as cr:
        cr.execute("SELECT username FROM isp_radius_user WHERE contract_id = ANY(%s)", (ids,))
        names = [name for (name,) in cr.fetchall()]
    return Server().sql(
        "SELECT count(*) FROM radusergroup WHERE groupname = 'suspended' AND username = ANY(%s)",
        f"{database}_radius",
        (names,),
    )[0][0]


def jobs(ids):
    """Resume them, and let a job for each bring that to FreeRADIUS."""
    server = Server()
    server.addons = f"{ROOT},{ROOT / 'benchmarks' / 'addons'}"
    server.install("silver_bench_jobs")
    os.environ["ODOO_QUEUE_JOB_CHANNELS"] = "root:2"
    server.start(workers=2, cron_threads=0, load=["queue_job"])
    try:
        transaction(lambda env: env["isp.contract"].browse(ids).action_resume())
        started = time.monotonic()
        action = server.rpc(
            *("ir.actions.server", "create"),
            {
                "name": "Bench",
                "state": "code",
                "model_id": server.ref("silver_contract.model_isp_contract"),
                "code": f"for c in env['isp.contract'].browse({ids}): c.with_delay()._bench_job()",
            },
        )
        server.rpc("ir.actions.server", "run", [action])
        eventually(lambda: not suspended(ids), "the jobs are done", timeout=900)
        seconds = time.monotonic() - started
    finally:
        server.stop()
    return {"contracts": len(ids), "network_per_s": round(len(ids) / seconds, 1)}


def effect(ids):
    """From the commit of a suspension to its row in FreeRADIUS, one at a time."""
    times = []
    for contract in ids:
        transaction(lambda env, contract=contract: suspend(env, [contract]))
        started = time.monotonic()
        while not suspended([contract]):
            time.sleep(0.01)
        times.append(time.monotonic() - started)
    return {
        "p50_ms": round(statistics.median(times) * 1000),
        "p95_ms": round(statistics.quantiles(times, n=20)[-1] * 1000),
        "max_ms": round(max(times) * 1000),
    }


def beside_a_dead_device(ids, plan):
    """The latency of ``ids`` with two executors, without and with a dead device."""
    server = Server()
    server.start(cron_threads=2)
    try:
        alone = effect(ids[:SAMPLE])
        with socket.create_server(("127.0.0.1", 0), backlog=1000) as silent:
            base, _server = transaction(
                lambda env: site(
                    env, "Dead", sql_host="127.0.0.1", sql_port=silent.getsockname()[1]
                )
            )
            waiting = []
            for size in [CHUNK] * (dead // CHUNK) or [dead]:
                waiting += transaction(lambda env, size=size: make(env, plan, base, size))
            beside = effect(ids[SAMPLE : 2 * SAMPLE])
            pending = server.sql(
                "SELECT count(*) FROM isp_provisioning_target WHERE state = 'pending'"
                " AND kind = 'radius' AND contract_id = ANY(%s)",
                values=(waiting,),
            )[0][0]
    finally:
        server.stop()
    return {"alone": alone, "beside": beside, "waiting_for_the_dead_device": pending}


def main():
    subprocess.run(["bash", ROOT / "tools/radius.sh", "database", f"{database}_radius"], check=True)
    plan = transaction(prepare)
    base, _server = transaction(lambda env: site(env, "Bench"))
    ids = []
    started = time.monotonic()
    for size in [CHUNK] * (count // CHUNK) or [count]:
        ids += transaction(lambda env, size=size: make(env, plan, base, size))
    while drain()["remaining"]:
        pass
    print(f"{len(ids)} customers made and opened in {time.monotonic() - started:.0f} s", flush=True)
    last = 2 * SAMPLE
    result = {"latency": latency(ids[:SAMPLE]), "dunning": dunning(ids[SAMPLE:-last])}
    print(json.dumps(result), flush=True)
    result["jobs"] = jobs(ids[SAMPLE : SAMPLE + JOBS])
    print(json.dumps(result), flush=True)
    result["two_executors"] = beside_a_dead_device(ids[-last:], plan)
    result["ratio"] = round(result["dunning"]["network_per_s"] / result["jobs"]["network_per_s"], 1)
    print(json.dumps(result, indent=1))


main()
