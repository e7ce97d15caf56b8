"""Online now, last seen, traffic per day, stale sessions, the first time online."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ProvisioningCommon


@tagged("post_install", "-at_install")
class TestSessions(ProvisioningCommon):
    def sync(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            counts = self.server._sync_sessions()
        self.env.invalidate_all()
        return counts

    def interim(self, contract, upload, download, session="s1", status="Interim-Update"):
        self.lab.accounting(
            status,
            contract.radius_user_id.username,
            session,
            NAS_Port=1,
            Framed_IP_Address="100.64.0.10",
            Acct_Input_Octets=upload,
            Acct_Output_Octets=download,
        )

    def test_from_start_to_stop(self):
        contract = self.activated()
        user = contract.radius_user_id
        self.online(contract, Calling_Station_Id='"AA:BB:CC:00:11:22"')
        self.assertEqual(self.sync(), {"online": 1, "ended": 0, "stale": 0})
        session = contract.radius_session_ids
        self.assertEqual(
            (session.username, session.framed_ip, session.nas_id, session.calling_station),
            (user.username, "100.64.0.10", self.nas, "AA:BB:CC:00:11:22"),
        )
        self.assertTrue(contract.is_online and user.is_online and user.last_seen)
        self.assertEqual(self.env["isp.radius.user"].search([("is_online", "=", True)]), user)
        self.assertEqual(self.server.online_count, 1)

        self.interim(contract, 100, 5_000_000_000 % 2**32)
        self.sync()
        self.interim(contract, 300, 700)  # the router began to count again
        self.sync()
        usage = user.usage_ids
        self.assertEqual(usage.upload_octets, 300)
        self.assertEqual(usage.download_octets, 5_000_000_000 % 2**32 + 700)
        self.assertEqual(usage.sessions, 1)

        self.interim(contract, 400, 800, status="Stop")
        self.assertEqual(self.sync(), {"online": 0, "ended": 1, "stale": 0})
        self.assertFalse(contract.is_online)
        self.assertEqual(user.usage_ids.upload_octets, 400)
        self.sync()
        self.assertEqual(user.usage_ids.upload_octets, 400, "counted once")

    def test_short_session_between_two_readings(self):
        contract = self.activated()
        self.sync()
        self.online(contract, "quick")
        self.interim(contract, 5, 6, "quick", "Stop")
        self.sync()
        self.assertEqual(contract.radius_user_id.usage_ids.download_octets, 6)
        self.assertTrue(contract.first_online_at)

    def test_first_time_online_closes_the_clock(self):
        contract = self.activated()
        self.assertFalse(contract.first_online_at)
        self.online(contract)
        self.sync()
        first = contract.first_online_at
        self.assertTrue(first)
        self.assertGreaterEqual(contract.provisioning_hours, 0)
        self.interim(contract, 1, 1, status="Stop")
        self.online(contract, "s2")
        self.lab.sql("UPDATE radacct SET acctstarttime = acctstarttime + interval '1 hour'")
        self.sync()
        self.assertEqual(contract.first_online_at, first)

    def test_stale_session_is_closed(self):
        contract = self.activated()
        self.online(contract)
        self.sync()
        self.lab.sql("UPDATE radacct SET acctupdatetime = now() - interval '2 hours'")
        self.assertEqual(self.sync(), {"online": 0, "ended": 1, "stale": 1})
        self.assertFalse(contract.is_online)

    def test_a_name_used_again_is_another_session(self):
        contract = self.activated()
        self.online(contract, "same")
        self.interim(contract, 1, 1, "same", status="Stop")
        self.lab.sql("UPDATE radacct SET acctstoptime = acctstoptime - interval '1 minute'")
        self.online(contract, "same")
        rows = self.lab.sql("SELECT acctstoptime IS NULL FROM radacct ORDER BY radacctid")
        self.assertEqual(rows, [(False,), (True,)])
        self.sync()
        self.assertTrue(contract.is_online)
        self.online(contract, "same")  # the same packet again
        self.assertEqual(self.lab.sql("SELECT count(*) FROM radacct"), [(2,)])

    def test_strangers_show_without_contract(self):
        self.activated()
        self.lab.accounting("Start", "nobody", "x1", NAS_Port=1)
        self.sync()
        session = self.env["isp.radius.session"].search([("username", "=", "nobody")])
        self.assertEqual((len(session), session.contract_id.id), (1, False))

    def test_database_away(self):
        contract = self.activated()
        self.online(contract)
        self.sync()
        self.lab.away()
        self.assertIsNone(self.sync())
        self.assertTrue(contract.is_online, "what was known is kept")

    def test_disconnect_by_hand(self):
        router = self.router()
        contract = self.activated()
        with self.assertRaises(UserError):
            contract.action_disconnect()
        self.online(contract, Class=contract.radius_user_id.policy)
        self.sync()
        contract.with_user(self.operator).action_disconnect()
        self.drain()
        self.assertEqual(len(router.requests), 1)
        self.online(contract, "again", Class=contract.radius_user_id.policy)
        contract.action_reconcile()
        self.drain()
        self.assertEqual(len(router.requests), 1, "the new session stays")

    def test_cost_does_not_grow_with_the_accounting(self):
        contract = self.activated()
        self.lab.sql(
            "INSERT INTO radacct (acctsessionid, acctuniqueid, username, nasipaddress,"
            " acctstarttime, acctupdatetime, acctstoptime)"
            " SELECT 'old' || n, md5(n::text), 'old', '127.0.0.1', now() - interval '9 day',"
            " now() - interval '8 day', now() - interval '8 day' FROM generate_series(1, 20000) n"
        )
        self.sync()
        self.lab.sql("ANALYZE radacct")
        self.online(contract)
        for query in (
            "SELECT * FROM radacct WHERE acctstoptime IS NULL AND username = ANY('{a,b}')",
            "SELECT * FROM radacct WHERE radacctid > 19999 ORDER BY radacctid LIMIT 100",
            "SELECT * FROM radacct WHERE acctuniqueid = ANY('{a,b}')",
        ):
            plan = "\n".join(row[0] for row in self.lab.sql("EXPLAIN " + query))
            self.assertNotIn("Seq Scan", plan, query)
        self.assertEqual(self.sync()["online"], 1)

    def test_diagnosis_in_plain_words(self):
        contract = self._fiber(0, active=False)

        def words():
            return " / ".join(
                f"{row['level']}: {row['text']}" for row in contract.network_diagnosis()
            )

        self.assertIn("error: There is no RADIUS user", words())
        contract.action_activate()
        self.assertIn("the last change has not arrived yet", words())
        self.drain()
        self.assertIn("ok: RADIUS holds what the contract says", words())
        self.assertIn("No login ever reached RADIUS", words())
        self.login(contract, "bad")
        self.assertIn("another password", words())
        self.login(contract)
        self.assertIn("ok: The last login was accepted", words())
        self.online(contract)
        self.assertIn("Online since", words())
        self.lab.sql("DELETE FROM radcheck")
        self.assertIn("RADIUS does not hold what the contract says", words())
        contract.action_suspend(reason="technical")
        self.assertIn("The contract is not active", words())
        self.lab.away()
        self.assertIn("does not answer", words())
        self.assertTrue(contract.with_user(self.support).action_network_diagnosis())

    def test_times(self):
        contract = self.activated()
        self.online(contract)
        self.sync()
        age = fields.Datetime.now() - contract.radius_session_ids.started
        self.assertLess(abs(age), timedelta(minutes=1), "UTC, whatever the zone of PostgreSQL")

    def test_diagnosis_names_the_outage_the_port_and_the_silent_device(self):
        contract = self.activated()
        self.env["isp.outage"].create(
            {"scope": "splitter", "splitter_id": contract.splitter_id.id, "cause": "fibre"}
        )
        device = self.targets(contract, "radius").device_id
        device._note_failure("The RADIUS database x does not answer\nconnection refused")
        found = contract.network_diagnosis()
        text = " / ".join(f"{row['level']}: {row['text']}" for row in found)
        self.assertIn("error: There is an outage at", text)
        self.assertIn(f"ONU {contract.onu_id.display_name}", text)
        self.assertIn("does not answer (1 times in a row", text)
        self.assertIn("It is left alone until", text)
        self.assertNotIn("connection refused", text)
        self.assertIn("connection refused", " ".join(row["detail"] for row in found))

    def test_diagnosis_in_spanish(self):
        self.env["res.lang"]._activate_lang("es_419")
        contract = self.activated().with_context(lang="es_419")
        self.lab.away()
        contract.action_suspend(reason="technical")
        self.drain()
        target = self.targets(contract, "radius")
        self.assertTrue(target.reason.startswith("La base de RADIUS"), target.reason)
        self.assertIn("does not answer", target.last_error)
        text = " ".join(row["text"] for row in contract.network_diagnosis())
        self.assertIn("no responde", text)
        self.assertNotIn("does not", text)
        plan = contract.network_plan()
        self.assertTrue(any("no responde" in (row["error"] or "") for row in plan), plan)
