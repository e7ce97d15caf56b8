"""Several people selling the last port: real connections, real commits."""

import threading
from contextlib import ExitStack
from functools import partial

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, get_db_name, tagged


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    def setUp(self):
        super().setUp()
        self.db = get_db_name()
        Registry(self.db)
        self.addCleanup(self.run_alone, self.remove)
        self.ids = {}
        self.run_alone(self.build)

    def run_alone(self, func):
        with db_connect(self.db).cursor() as cr:
            result = func(api.Environment(cr, SUPERUSER_ID, {}))
            cr.commit()
        return result

    def build(self, env):
        base = env["isp.base.station"].create({"code": "RACE", "name": "Race"})
        olt = env["isp.olt"].create({"name": "RACE", "base_station_id": base.id})
        card = env["isp.olt.card"].create({"olt_id": olt.id, "slot": 0})
        pon = env["isp.olt.card.port"].create({"card_id": card.id, "number": 0, "max_onus": 16})
        splitters = env["isp.splitter"].create(
            [{"code": f"RACE-{n}", "olt_port_id": pon.id, "ratio": "8"} for n in range(2)]
        )
        partners = env["res.partner"].create([{"name": f"Racer {n}"} for n in range(8)])
        self.ids = {
            "base": base.id,
            "olt": olt.id,
            "pon": pon.id,
            "splitters": splitters.ids,
            "ports": splitters.port_ids.ids,
            "partners": partners.ids,
        }

    def remove(self, env):
        ports = env["isp.splitter.port"].browse(self.ids["ports"])
        ports._give_back(cooling_hours=0)
        env["isp.splitter"].browse(self.ids["splitters"]).unlink()
        env["isp.olt"].browse(self.ids["olt"]).unlink()
        env["isp.base.station"].browse(self.ids["base"]).unlink()
        # who was on a port is history that stays; here it goes with the customers of the race
        env.cr.execute("ALTER TABLE isp_place_history DISABLE TRIGGER USER")
        env.cr.execute(
            "DELETE FROM isp_place_history WHERE partner_id = ANY(%s)", [self.ids["partners"]]
        )
        env.cr.execute("ALTER TABLE isp_place_history ENABLE TRIGGER USER")
        env["res.partner"].browse(self.ids["partners"]).unlink()

    def race(self, runners):
        """Start all at once, each in a connection of its own as an RPC call would run.

        :return: list of ``("won", port id)`` or ``("told", message)``, in the order of the runners
        """
        barrier = threading.Barrier(len(runners))
        results = [None] * len(runners)

        def run(position, runner, env):
            barrier.wait(timeout=30)
            try:
                result = runner(env)
                env.cr.commit()
                results[position] = ("won", result)
            except UserError as error:
                env.cr.rollback()
                results[position] = ("told", str(error))
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                env.cr.rollback()

        racers = []
        with ExitStack() as stack:
            for position, runner in enumerate(runners):
                # environments are made here: while tests run, this thread holds the registry's lock
                cr = stack.enter_context(db_connect(self.db).cursor())
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["isp.splitter.port"].search([], limit=1)  # the snapshot is taken
                racers.append((position, runner, env))
            threads = [threading.Thread(target=run, args=racer) for racer in racers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=60)
            # who lost by a serialization failure is replayed, as Odoo does with every RPC call
            for position, runner, env in racers:
                if results[position] is None:
                    try:
                        results[position] = "won", retrying(partial(runner, env), env)
                    except UserError as error:
                        results[position] = "told", str(error)
        return results

    def lend(self, env, port, racer):
        partner = env["res.partner"].browse(self.ids["partners"][racer])
        return env["isp.splitter.port"].browse(port)._lend(partner, f"R-{racer}").id

    def lend_any(self, env, ports, racer):
        partner = env["res.partner"].browse(self.ids["partners"][racer])
        ports = env["isp.splitter.port"].browse(ports)
        return ports._lend_any(partner, f"R-{racer}").id

    def assert_sound(self):
        self.assertFalse(self.run_alone(lambda env: env["silver.audit"].run()))

    def test_the_same_port_by_its_id(self):
        port = self.ids["ports"][0]
        results = self.race([lambda env, n=n: self.lend(env, port, n) for n in range(2)])
        self.assertEqual(sorted(kind for kind, _ in results), ["told", "won"])
        (winner,) = [n for n, (kind, _) in enumerate(results) if kind == "won"]
        (message,) = [text for kind, text in results if kind == "told"]
        self.assertIn(f"reserved for Racer {winner}", message)
        self.assert_sound()

    def test_eight_on_seven_ports(self):
        ports = self.ids["ports"][:7]
        results = self.race([lambda env, n=n: self.lend_any(env, ports, n) for n in range(8)])
        won = [port for kind, port in results if kind == "won"]
        told = [text for kind, text in results if kind == "told"]
        self.assertEqual(sorted(won), sorted(ports), results)
        self.assertEqual(len(told), 1)
        self.assertIn("RACE-0", told[0])
        self.assert_sound()

    def test_the_last_onu_place_of_the_pon(self):
        """Different ports of different splitters, one place left below the PON port."""

        def shrink(env):
            env["isp.olt.card.port"].browse(self.ids["pon"]).max_onus = 1

        self.run_alone(shrink)
        first, second = self.ids["ports"][0], self.ids["ports"][8]
        results = self.race(
            [
                lambda env: self.lend(env, first, 0),
                lambda env: self.lend(env, second, 1),
            ]
        )
        self.assertEqual(sorted(kind for kind, _ in results), ["told", "won"])
        (message,) = [text for kind, text in results if kind == "told"]
        self.assertIn("is full", message)
        self.assert_sound()
