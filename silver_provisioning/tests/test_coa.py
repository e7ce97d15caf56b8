"""CoA and Disconnect over real sockets; the accounting behind is a real FreeRADIUS'."""

from odoo.tests import BaseCase, tagged
from odoo.tools import config

from ..drivers.base import Endpoint, Permanent, Retryable, SecretText, Unreachable
from ..drivers.coa import Coa, SessionPolicy
from ..drivers.coa_wire import identifiers
from ..drivers.radius_sql import RadiusSql
from ..drivers.reconcile import reconcile
from .lab import NAS_SECRET, RadiusLab, Router, free_udp_port


@tagged("post_install", "-at_install")
class TestCoa(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab = RadiusLab.get(config["db_name"][0])

    def setUp(self):
        super().setUp()
        self.lab.clear()

    def router(self, answer="ack"):
        router = Router(self.lab, answer)
        router.__enter__()
        self.addCleanup(router.__exit__)
        return router

    def driver(self, port, wait=1.0):
        accounting = RadiusSql(Endpoint("", options={"database": self.lab.name}))
        endpoint = Endpoint("127.0.0.1", port, secret=SecretText(NAS_SECRET), timeout=0.2)
        return Coa(endpoint, accounting, wait=wait)

    def online(self, username="ana", session="s1", **attributes):
        self.lab.accounting(
            "Start", username, session, Framed_IP_Address="100.64.0.10", NAS_Port=3, **attributes
        )

    def run_for(self, port, policy=None, wait=1.0):
        with self.driver(port, wait) as driver:
            return reconcile(driver, {"k": policy or SessionPolicy("ana", "silver-new", 999)})["k"]

    def test_disconnect_names_the_session_and_is_verified(self):
        router = self.router()
        self.online()
        result = self.run_for(router.port)
        self.assertIsNone(result.error)
        (request,) = router.requests
        self.assertEqual(request["User-Name"], "ana")
        self.assertEqual(request["Acct-Session-Id"], "s1")
        self.assertEqual(request["Framed-IP-Address"], "100.64.0.10")
        self.assertEqual(request["NAS-Port"], 3)
        self.assertIn("Event-Timestamp", request)
        self.assertIn("Message-Authenticator", request)

    def test_each_open_session_gets_its_own(self):
        router = self.router()
        self.online(session="s1")
        self.online(session="s2")
        self.online(username="eva", session="s3")
        self.assertIsNone(self.run_for(router.port).error)
        self.assertEqual({r["Acct-Session-Id"] for r in router.requests}, {"s1", "s2"})

    def test_nobody_online_nothing_sent(self):
        router = self.router()
        result = self.run_for(router.port)
        self.assertFalse(result.changed or result.error)
        self.assertEqual(router.requests, [])

    def test_sessions_on_the_new_terms_stay(self):
        router = self.router()
        self.online(session="new", Class="silver-new")
        self.assertFalse(self.run_for(router.port, SessionPolicy("ana", "silver-new", 0)).changed)
        self.online(session="late", Class="silver-old")
        result = self.run_for(router.port, SessionPolicy("ana", "silver-new", 0))
        self.assertEqual([step.before.session_id for step in result.steps], ["late"])

    def test_acknowledged_and_still_online(self):
        router = self.router("ack_only")
        self.online()
        result = self.run_for(router.port, wait=0.1)
        self.assertIsInstance(result.error, Retryable)
        self.assertNotIsInstance(result.error, Unreachable)
        self.assertIn("does not show yet", str(result.error))

    def test_unknown_to_the_router_is_closed(self):
        router = self.router(503)
        self.online()
        self.assertIsNone(self.run_for(router.port).error)
        self.assertEqual(len(router.requests), 2, "asked again by what cannot change")
        self.assertEqual(
            self.lab.sql("SELECT acctterminatecause FROM radacct"), [("Silver-Unknown-To-NAS",)]
        )

    def test_refusals(self):
        for cause, kind, words in (
            (401, Permanent, "does not support an attribute"),
            (403, Permanent, "another router"),
            (504, Retryable, "cannot end the session now"),
            (599, Retryable, "no reason"),
        ):
            self.lab.clear()
            self.online()
            error = self.run_for(self.router(cause).port).error
            self.assertIsInstance(error, kind, cause)
            self.assertIn(words, str(error))

    def test_silence_wrong_secret_and_closed_port_are_told_apart(self):
        self.online()
        silent = self.run_for(self.router("silent").port).error
        self.assertIsInstance(silent, Unreachable)
        self.assertIn("did not answer", str(silent))
        forged = self.run_for(self.router("wrong_secret").port).error
        self.assertIsInstance(forged, Permanent)
        self.assertIn("another RADIUS secret", str(forged))
        closed = self.run_for(free_udp_port()).error
        self.assertIsInstance(closed, Unreachable)
        self.assertIn("nothing listens", str(closed))

    def test_a_silent_router_is_asked_once(self):
        router = self.router("silent")
        for number in range(20):
            self.online(username=f"u{number}", session=f"s{number}")
        with self.driver(router.port) as driver:
            desired = {f"u{n}": SessionPolicy(f"u{n}", "silver-new", 999) for n in range(20)}
            results = reconcile(driver, desired)
        self.assertEqual(len(router.requests), 3, "three sends of one packet")
        self.assertTrue(all(isinstance(r.error, Unreachable) for r in results.values()))

    def test_change_of_terms(self):
        router = self.router()
        self.online()
        with self.driver(router.port) as driver:
            (session,) = driver.accounting.open_sessions(["ana"])
            answer = driver.change(session, {"Mikrotik-Rate-Limit": "5M/10M"})
        self.assertEqual(answer, "CoA-ACK")
        self.assertEqual(router.requests[0]["Mikrotik-Rate-Limit"], "5M/10M")

    def test_identifiers(self):
        self.online(session="s9")
        with self.driver(1) as driver:
            (session,) = driver.accounting.open_sessions(["ana"])
        self.assertEqual(set(identifiers(session, short=True)), {"User-Name", "Acct-Session-Id"})
        self.assertEqual(len(identifiers(session)), 4)
