"""A provider's router with thousands of customers: read, matched, taken over, compared, sighted.
On a copy of the suite (FreeRADIUS is not needed), against the RouterOS of the lab.

    createdb -T SUITE_DATABASE bench_routers
    PYTHONPATH=. python benchmarks/routers.py bench_routers [CUSTOMERS]

Half of the customers are known by the number in the comment, half by their PPP user.

2026-11-21, two cores beside three other sessions, 300 customers online: read, kept and matched
1,217/s; matched again 3,437/s (21 queries for 300 as for 1,000); taken over, each with its user,
password and address, 91/s (13 queries each, in its savepoint); the dry run of the whole router
1,264/s; reconciled 480/s, and 300 of 300 sessions (1,000 of 1,000) were not cut; addresses in use
2,381/s.
"""

import sys
import time
from pathlib import Path

import odoo.tools

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
database, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3_000
odoo.tools.config.parse_config(
    ["-c", str(ROOT / "odoo.conf"), "-d", database, "--addons-path", str(ROOT)]
    + ["--log-level", "error"]
)

from odoo import SUPERUSER_ID, api  # noqa: E402
from odoo.modules.registry import Registry  # noqa: E402

from lab.devices.routeros import Router  # noqa: E402

registry = Registry(database)


def transaction(work):
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
        result = work(env)
        env.flush_all()
        cr.commit()
        return result


def timed(what, work):
    started = time.monotonic()
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
        result = work(env)
        env.flush_all()
        queries = cr.sql_log_count
        cr.commit()
    seconds = time.monotonic() - started
    print(f"{what}: {seconds:.2f} s, {count / seconds:.0f}/s, {queries} queries")
    return result


def make(env, router):
    env["isp.provisioning.device"].search([]).enabled = False
    code = f"R{int(time.time()) % 10**8}"
    base = env["isp.base.station"].create({"code": code, "name": "Bench"})
    nas = env["isp.nas"].create(
        {
            "name": f"Router {code}",
            "base_station_id": base.id,
            "management_address": "127.0.0.1",
            "management_port": router.port,
            "username": router.user,
            "password": router.password,
            "use_tls": False,
            "customer_mode": "ppp",
            "provisioning_mode": "dry_run",
        }
    )
    env["isp.ip.pool"].create(
        {
            "label": "Bench",
            "cidr": "10.144.0.0/16",
            "base_station_id": base.id,
            "auto_assign": False,
        }
    ).action_activate()
    plan = env["product.product"].create(
        {
            "name": "Bench",
            "is_isp_plan": True,
            "plan_code": code,
            "service_category": "internet",
            "access_technology": "pppoe",
            "download_mbps": 50,
            "upload_mbps": 10,
        }
    )
    env["isp.plan.price"].create(
        {"product_id": plan.id, "amount": 10, "effective_from": "2025-01-01"}
    )
    contracts = env["isp.contract"]
    for start in range(0, count, 1000):
        size = min(1000, count - start)
        partners = env["res.partner"].create([{"name": f"Bench {n}"} for n in range(size)])
        new = contracts.create(
            [
                {"partner_id": p.id, "product_id": plan.id, "base_station_id": base.id}
                for p in partners
            ]
        )
        new.action_activate()
        env.flush_all()
        contracts |= new
    store = router.store
    store.add("/ppp/profile", {"name": "plan de siempre", "rate-limit": "10M/50M"})
    for number, contract in enumerate(contracts):
        known = number % 2
        store.add(
            "/ppp/secret",
            {
                "name": contract.radius_user_id.username if known else f"cliente{number}",
                "password": f"clave-{number}",
                "profile": "plan de siempre",
                "remote-address": f"10.144.{number // 250 + 1}.{number % 250 + 2}",
                "comment": f"Cliente {number}" if known else f"Cliente {contract.name}",
            },
        )
        store.dial(contract.radius_user_id.username if known else f"cliente{number}")
    return nas.id


def adopt(env, nas):
    rows = env["isp.router.entry"].search([("nas_id", "=", nas)])
    for start in range(0, len(rows), 100):
        rows[start : start + 100]._adopt_rows()
        env.flush_all()
    return rows.grouped("verdict")


def main():
    with Router() as router:
        nas = transaction(lambda env: make(env, router))
        timed("look (read, kept, matched)", lambda env: env["isp.nas"]._look_one(nas))
        timed(
            "match",
            lambda env: env["isp.router.entry"].search([("nas_id", "=", nas)])._match(),
        )
        verdicts = timed("take over", lambda env: adopt(env, nas))
        print({verdict: len(rows) for verdict, rows in verdicts.items()})
        timed(
            "what would change",
            lambda env: env["isp.nas"].browse(nas).action_network_plan(),
        )
        sessions = len(router.store.select("/ppp/active"))
        transaction(lambda env: env["isp.nas"].browse(nas).write({"provisioning_mode": "on"}))
        timed("reconcile", lambda env: env["isp.provisioning.target"].drain())
        kept = len(router.store.select("/ppp/active"))
        print(f"{kept} of {sessions} sessions were not cut")
        timed("look again", lambda env: env["isp.nas"]._look_one(nas))
        timed("addresses in use", lambda env: env["isp.nas"]._sight_one(nas))


main()
