"""The RADIUS driver against a real FreeRADIUS on a real PostgreSQL."""

from dataclasses import replace

from odoo.tests import BaseCase, tagged
from odoo.tools import config

from ..drivers.base import Endpoint, Permanent, SecretText, Unreachable
from ..drivers.radius_policy import RadiusClient, RadiusGroup, RadiusUser
from ..drivers.radius_sql import RadiusSql, class_text, unescape
from ..drivers.reconcile import reconcile
from .lab import RadiusLab

PASSWORD = "c4nary-p4ssw0rd"
PLAN = RadiusGroup("plan_100", (("Mikrotik-Rate-Limit", "50M/100M"),))
CLOSED = RadiusGroup(
    "suspended",
    (("Mikrotik-Rate-Limit", "128k/128k"), ("Mikrotik-Address-List", "morosos")),
)


def user(name="ana", status="active", **values):
    values = {"group": "plan_100", "ipv4": "100.64.0.10", "ipv6_prefix": "2001:db8:a::/56"} | values
    return RadiusUser(name, SecretText(PASSWORD), status, **values)


@tagged("post_install", "-at_install")
class TestRadiusSql(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab = RadiusLab.get(config["db_name"][0])

    def setUp(self):
        super().setUp()
        self.lab.clear()
        self.driver = RadiusSql(Endpoint("", options={"database": self.lab.name}))
        self.driver.open()
        self.addCleanup(self.driver.close)
        self.bring(PLAN, CLOSED)

    def bring(self, *values):
        results = reconcile(self.driver, {str(index): value for index, value in enumerate(values)})
        self.assertFalse([r.error for r in results.values() if r.error])
        return results

    def steps(self, value):
        return self.driver.plans({"x": value})["x"]

    def test_life_of_a_user(self):
        self.assertEqual(self.lab.login("ana", PASSWORD)[0], "Access-Reject")
        self.bring(user())
        answer, attributes = self.lab.login("ana", PASSWORD)
        self.assertEqual(answer, "Access-Accept")
        self.assertEqual(attributes["Mikrotik-Rate-Limit"], "50M/100M")
        self.assertEqual(attributes["Framed-IP-Address"], "100.64.0.10")
        self.assertEqual(attributes["Delegated-IPv6-Prefix"], "2001:db8:a::/56")
        self.assertEqual(class_text(attributes["Class"]), user().policy)
        self.assertEqual(self.lab.login("ana", "other")[0], "Access-Reject")

        self.bring(user(status="suspended"))
        answer, attributes = self.lab.login("ana", PASSWORD)
        self.assertEqual(answer, "Access-Accept")
        self.assertEqual(attributes["Mikrotik-Rate-Limit"], "128k/128k")
        self.assertEqual(attributes["Mikrotik-Address-List"], "morosos")
        self.assertNotIn("Framed-IP-Address", attributes, "radreply would win over the group")
        self.assertNotIn("Delegated-IPv6-Prefix", attributes)

        self.bring(user())
        self.assertEqual(self.lab.login("ana", PASSWORD)[1]["Mikrotik-Rate-Limit"], "50M/100M")

        self.bring(user(status="rejected"))
        self.assertEqual(self.lab.login("ana", PASSWORD)[0], "Access-Reject")
        self.bring(user(status="absent"))
        self.assertEqual(self.lab.login("ana", PASSWORD)[0], "Access-Reject")
        self.assertEqual(self.lab.sql("SELECT count(*) FROM radcheck"), [(0,)])

    def test_second_time_nothing_to_do(self):
        self.bring(user(), user("eva", "suspended"))
        for value in (user(), user("eva", "suspended"), PLAN, CLOSED):
            self.assertEqual(self.steps(value), ())

    def test_smallest_change(self):
        self.bring(user())
        steps = self.steps(user(ipv4="100.64.0.11"))
        self.assertEqual(
            sorted((s.action, s.target) for s in steps),
            [("delete", "radreply"), ("delete", "radreply")]
            + [("insert", "radreply"), ("insert", "radreply")],
            "the address and the name of the policy",
        )

    def test_foreign_rows_stay(self):
        self.lab.sql(
            "INSERT INTO radcheck (username, attribute, op, value)"
            " VALUES ('ana', 'Simultaneous-Use', ':=', '1'),"
            " ('stranger', 'Auth-Type', ':=', 'Accept');"
            "INSERT INTO radgroupreply (groupname, attribute, op, value)"
            " VALUES ('plan_100', 'Framed-Pool', ':=', 'own')"
        )
        self.bring(user(), PLAN)
        self.bring(user(status="absent"))
        left = self.lab.sql("SELECT username, attribute FROM radcheck ORDER BY 1")
        self.assertEqual(left, [("ana", "Simultaneous-Use"), ("stranger", "Auth-Type")])
        self.assertEqual(
            self.lab.sql("SELECT value FROM radgroupreply WHERE attribute = 'Framed-Pool'"),
            [("own",)],
        )
        self.assertEqual(set(self.driver.inventory()), {"ana", "stranger"})

    def test_manual_edits_are_found_and_mended(self):
        self.bring(user(status="suspended"))
        for edit in (
            "DELETE FROM radusergroup WHERE groupname = 'suspended'",
            "INSERT INTO radusergroup (username, groupname, priority) VALUES ('ana', 'vip', 0)",
            "INSERT INTO radreply (username, attribute, op, value)"
            " VALUES ('ana', 'Mikrotik-Rate-Limit', ':=', '1G/1G')",
            "UPDATE radcheck SET value = 'other'",
            "INSERT INTO radcheck (username, attribute, op, value)"
            " SELECT username, attribute, op, value FROM radcheck",
        ):
            self.lab.sql(edit)
            self.assertTrue(self.steps(user(status="suspended")), edit)
            self.bring(user(status="suspended"))
            self.assertEqual(self.steps(user(status="suspended")), (), edit)
        self.assertEqual(self.lab.login("ana", PASSWORD)[1]["Mikrotik-Rate-Limit"], "128k/128k")

    def test_batch_is_one_transaction_and_the_bad_one_is_set_aside(self):
        plans = self.driver.plans({"good": user("good"), "bad": user("bad")})
        step = plans["bad"][0]
        # the column op has two characters
        refused = step.after._replace(values=("bad", "Class", "operator", "x"))
        plans["bad"] = (replace(step, after=refused), *plans["bad"][1:])
        outcomes = self.driver.apply(plans)
        self.assertTrue(outcomes["good"].ok)
        self.assertIsInstance(outcomes["bad"].error, Permanent)
        self.assertEqual(self.lab.login("good", PASSWORD)[0], "Access-Accept")
        self.assertEqual(self.lab.sql("SELECT 1 FROM radreply WHERE username = 'bad'"), [])

    def test_routers_are_dynamic(self):
        self.bring(RadiusClient("127.0.0.7", "bras-7", SecretText("another")))
        self.assertEqual(
            self.lab.sql("SELECT shortname, secret FROM nas WHERE nasname = '127.0.0.7'"),
            [("bras-7", "another")],
        )

    def test_database_away(self):
        self.bring(user())
        self.lab.away()
        try:
            with self.assertRaises(Unreachable):
                self.driver.plans({"x": user()})
            with self.assertRaises(Unreachable):
                RadiusSql(self.driver.endpoint).open()
            self.assertIsNone(self.lab.login("ana", PASSWORD)[0], "silence, not a rejection")
        finally:
            self.lab.back()
        self.driver.open()
        self.assertEqual(self.steps(user()), ())

    def test_no_such_tables(self):
        driver = RadiusSql(Endpoint("", options={"database": "postgres"}))
        with driver, self.assertRaises(Permanent):
            driver.plans({"x": user()})

    def test_secrets_do_not_show(self):
        results = self.bring(user())
        self.lab.login("ana", PASSWORD + "wrong")
        shown = repr(results) + "".join(r.outcome.transcript for r in results.values())
        self.assertNotIn(PASSWORD, shown)
        self.assertNotIn(PASSWORD, repr(self.driver.observe({"x": user()})))
        self.assertNotIn(PASSWORD, self.lab.log())
        self.assertEqual(self.lab.sql("SELECT count(*) FROM radpostauth WHERE pass <> ''"), [(0,)])

    def test_sessions(self):
        self.lab.accounting("Accounting-On", "-", "-")
        odd = "%lX6b%hX"
        self.lab.accounting("Start", "ana", odd, NAS_Port=7, Class="silver-1")
        self.lab.accounting(
            "Interim-Update",
            "ana",
            odd,
            NAS_Port=7,
            Acct_Input_Octets=10,
            Acct_Output_Octets=20,
            Acct_Output_Gigawords=1,
        )
        (session,) = self.driver.open_sessions(["ana"])
        self.assertEqual((session.session_id, session.nas_port), (odd, "7"))
        self.assertEqual(session.policy, "silver-1")
        self.assertEqual((session.input_octets, session.output_octets), (10, 20 + 2**32))
        self.assertEqual(self.driver.last_session_id(), session.id)
        self.assertEqual(self.driver.close_stale(5), 0)
        self.lab.sql("UPDATE radacct SET acctupdatetime = now() - interval '1 hour'")
        self.assertEqual(self.driver.close_stale(5), 1)
        self.assertEqual(self.driver.open_sessions(), [])
        (closed,) = self.driver.sessions_by_unique_id([session.unique_id])
        self.assertEqual(closed.terminate_cause, "Stale")

    def test_unescape(self):
        self.assertEqual(unescape("=25lX6b"), "%lX6b")
        self.assertEqual(unescape(None), "")
        self.assertEqual(class_text("0x" + b"silver-9".hex()), "silver-9")
        self.assertEqual(class_text("0xzz"), "0xzz")
