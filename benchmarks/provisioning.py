"""How fast the network follows the contracts. On a database of its own, with FreeRADIUS' schema.

    createdb -T SUITE_DATABASE bench_prov
    PYTHONPATH=tests python benchmarks/provisioning.py bench_prov [CONTRACTS]

1. latency: one suspension at a time, nothing else to do; from its commit to the end of the drain
   that wrote it (to which a running server adds the wake-up of the cron, 0.1 to 0.2 s)
2. a dunning run: all contracts suspended in chunks of 500, until FreeRADIUS holds them all
3. the same work one by one: a transaction, a connection and a driver for each contract. It is the
   least that a queue of one job per contract has to do, without the cost of the queue itself
"""

import json
import statistics
import subprocess
import sys
import time

from support import ROOT, STATE

import odoo.tools

database, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
odoo.tools.config.parse_config(
    ["-c", str(ROOT / "odoo.conf"), "-d", database, "--data-dir", str(STATE / "data")]
    + ["--addons-path", str(ROOT), "--log-level", "error"]
)

from odoo import SUPERUSER_ID, api  # noqa: E402
from odoo.modules.registry import Registry  # noqa: E402

registry = Registry(database)
CHUNK = 500
ONE_BY_ONE = 200


def transaction(work):
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
        result = work(env)
        cr.commit()
        return result


def drain():
    return transaction(lambda env: env["isp.provisioning.target"].drain())


def prepare(env):
    """``count`` active customers on one router, made directly: what is measured comes after."""
    env["isp.provisioning.device"].search([]).write({"enabled": False})
    env["isp.provisioning.target"].search([]).write({"state": "held"})
    # a base of its own, without address pools: they would run out
    code = f"B{int(time.time()) % 10**8}"
    base = env["isp.base.station"].create({"code": code, "name": "Bench"})
    server = env["isp.radius.server"].create(
        {"name": f"Bench {time.time()}", "host": "127.0.0.1", "sql_database": f"{database}_radius"}
    )
    env["isp.nas"].create(
        {
            "name": "Bench router",
            "base_station_id": base.id,
            "management_address": "127.0.0.1",
            "radius_secret": "bench-secret",
            "radius_server_id": server.id,
        }
    )
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
    return plan.id, base.id


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


def one_by_one(ids):
    started = time.monotonic()
    for contract in ids:
        transaction(
            lambda env, contract=contract: env["isp.contract"].browse(contract).action_resume()
        )
    business = time.monotonic()
    for _contract in ids:
        transaction(lambda env: env["isp.provisioning.target"].drain(limit=1))
    return {
        "network_per_s": round(len(ids) / (time.monotonic() - business), 1),
        "business_per_s": round(len(ids) / (business - started)),
    }


def main():
    subprocess.run(["bash", ROOT / "tools/radius.sh", "database", f"{database}_radius"], check=True)
    plan, base = transaction(prepare)
    ids = []
    started = time.monotonic()
    for size in [CHUNK] * (count // CHUNK) or [count]:
        ids += transaction(lambda env, size=size: make(env, plan, base, size))
    while drain()["remaining"]:
        pass
    print(f"{len(ids)} customers made and opened in {time.monotonic() - started:.0f} s", flush=True)
    sample = ids[:40]
    result = {"latency": latency(sample), "dunning": dunning(ids[40:])}
    print(json.dumps(result), flush=True)
    result["one_by_one"] = one_by_one(ids[: min(ONE_BY_ONE, len(ids))])
    print(json.dumps(result, indent=1))


main()
