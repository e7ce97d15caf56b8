"""Eight real connections, each with its own transaction, as eight Odoo workers have them."""

import threading

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger

from ..models.isp_ip_reservation_taking import Want

WORKERS = 8
#: Odoo makes five tries and waits up to some seconds between them; here they follow at once, so
# there
#: are more of them
TRIES = 200


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """Commits, so it cleans up after itself."""

    def setUp(self):
        super().setUp()
        self.db = db_connect(get_db_name())
        with self.db.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            base = env["isp.base.station"].create({"code": "CONC", "name": "Concurrency"})
            pools = env["isp.ip.pool"].create(
                [
                    {
                        "label": cidr,
                        "cidr": cidr,
                        "base_station_id": base.id,
                        "quarantine_hours": 0,
                        "exclude_edges": False,
                    }
                    for cidr in ("10.201.0.0/24", "10.202.0.0/26")
                ]
            )
            partners = env["res.partner"].create([{"name": f"Worker {n}"} for n in range(WORKERS)])
            plan = env["product.product"].create(
                {
                    "name": "Concurrency",
                    "is_isp_plan": True,
                    "plan_code": "CONC",
                    "service_category": "internet",
                    "access_technology": "pppoe",
                    "download_mbps": 1,
                    "upload_mbps": 1,
                }
            )
            contract = env["isp.contract"].create(
                {"partner_id": partners[0].id, "product_id": plan.id, "base_station_id": base.id}
            )
            self.base, self.pools, self.partners = base.id, pools.ids, partners.ids
            self.plan, self.contract = plan.id, contract.id
        self.addCleanup(self.clean_up)

    def clean_up(self):
        with self.db.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            pools = env["isp.ip.pool"].browse(self.pools)
            domain = pools.domain_id
            for table in ("isp_ip_reservation", "isp_ip_assignment_history"):
                cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(table)))
            for table in ("isp_ip_assignment_history", "isp_ip_reservation"):
                name, pools_in = SQL.identifier(table), tuple(self.pools)
                cr.execute(SQL("DELETE FROM %s WHERE pool_id IN %s", name, pools_in))
                cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", name))
            env.invalidate_all()
            env["isp.contract"].browse(self.contract).unlink()
            pools.unlink()
            env["isp.base.station"].browse(self.base).unlink()
            domain.unlink()
            env["res.partner"].browse(self.partners).unlink()
            env["product.product"].browse(self.plan).product_tmpl_id.unlink()

    def in_parallel(self, work):
        """Run ``work(env, number)`` in eight threads that start together.

        :return: list of what they returned; an exception in one fails the test
        """
        barrier = threading.Barrier(WORKERS)
        results, errors = [], []

        def run(env, number):
            try:
                barrier.wait(timeout=30)
                results.append(work(env, number))
            except Exception as error:  # noqa: BLE001 - handed to the test below
                errors.append(error)

        # opened here: this thread holds the lock of the registry while tests run
        envs = [api.Environment(self.db.cursor(), SUPERUSER_ID, {}) for _n in range(WORKERS)]
        threads = [
            threading.Thread(target=run, args=(env, number), daemon=True)
            for number, env in enumerate(envs)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        self.assertFalse([thread for thread in threads if thread.is_alive()])
        for env in envs:
            env.cr.close()
        self.assertEqual(errors, [])
        return results

    def take(self, env, pool, number, contract=None):
        """One request, one transaction, replayed on 40001 as Odoo's ``retrying`` does (which itself
        waits for the registry's lock that the test runner holds). :return: (unit, how)"""

        want = Want((pool,), contract, self.partners[number], None, "reserved", None, False)
        for _attempt in range(TRIES):
            try:
                [(row, how)] = env["isp.ip.reservation"]._take([want], "concurrency")
                answer = (int(row.unit) if row else None), how
                env.cr.commit()
                return answer
            except SerializationFailure:
                env.cr.rollback()
                env.transaction.clear()
        raise AssertionError(f"{TRIES} replays were not enough")

    @mute_logger("odoo.sql_db")
    def test_no_duplicate_and_nothing_lost(self):
        each = 32
        results = self.in_parallel(
            lambda env, number: [self.take(env, self.pools[0], number) for _n in range(each)]
        )
        taken = [unit for result in results for unit, _how in result]
        self.assertEqual(sorted(taken), list(range(WORKERS * each)))

    @mute_logger("odoo.sql_db")  # replays are part of it
    def test_the_last_ones(self):
        """64 addresses, all used before; 80 ask: 64 get one, 16 read that it is exhausted."""
        with self.db.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            ids = env["isp.ip.pool"].browse(self.pools[1]).action_take(count=64)
            env["isp.ip.reservation"].browse(ids)._release()
        results = self.in_parallel(
            lambda env, number: [self.take(env, self.pools[1], number) for _n in range(10)]
        )
        answers = [answer for result in results for answer in result]
        units = [unit for unit, how in answers if how == "recycled"]
        self.assertEqual(sorted(units), list(range(64)))
        self.assertEqual(sum(how == "exhausted" for _unit, how in answers), 16)

    @mute_logger("odoo.sql_db")
    def test_one_contract_clicked_eight_times_at_once(self):
        results = self.in_parallel(
            lambda env, number: self.take(env, self.pools[0], 0, self.contract)
        )
        self.assertEqual(len({unit for unit, _how in results}), 1)
        self.assertEqual(sum(how == "fresh" for _unit, how in results), 1)
        self.assertEqual(sum(how == "held" for _unit, how in results), WORKERS - 1)
