"""What RADIUS shows reaches the address management; its findings open and close with it."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import ProvisioningCommon


@tagged("post_install", "-at_install")
class TestSightings(ProvisioningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.base.routing_domain_id or cls.env["isp.routing.domain"].create(
            {"name": "Test"}
        )
        cls.base.routing_domain_id = cls.domain
        cls.pool = cls.env["isp.ip.pool"].create(
            {
                "label": "Test",
                "base_station_id": cls.base.id,
                "domain_id": cls.domain.id,
                "cidr": "10.78.0.0/28",
            }
        )
        cls.pool.action_activate()

    def sync(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.server._sync_sessions()
        self.env.invalidate_all()

    def account(self, contract, status, session, address, mac="AA:BB:CC:00:00:01"):
        self.lab.accounting(
            status,
            contract.radius_user_id.username,
            session,
            NAS_Port=1,
            Framed_IP_Address=address,
            Calling_Station_Id=f'"{mac}"',
        )

    def findings(self):
        Finding = self.env["isp.ip.finding"]
        Finding._compare()
        return {
            (finding.kind, finding.ip_address)
            for finding in Finding.search(
                [("state", "=", "open"), ("domain_id", "=", self.domain.id)]
            )
        }

    def test_findings_open_and_close_with_real_sessions(self):
        contract, other = self.activated(0), self.activated(1)
        address = contract.ip_address
        self.assertTrue(address)
        self.account(contract, "Start", "a", address)
        self.sync()
        self.assertEqual(self.findings(), set())
        sighting = self.env["isp.ip.sighting"].search([("ip_address", "=", address)])
        self.assertEqual(
            (sighting.contract_id, sighting.nas_id, sighting.mac, sighting.source),
            (contract, self.nas, "AA:BB:CC:00:00:01", "radius"),
        )

        self.account(other, "Start", "b", address, "AA:BB:CC:00:00:02")
        self.account(other, "Start", "c", "10.78.0.14", "AA:BB:CC:00:00:03")
        self.sync()
        found = self.findings()
        self.assertIn(("other_contract", address), found)
        self.assertIn(("duplicate", address), found)
        self.assertTrue({("unknown", "10.78.0.14"), ("not_booked", "10.78.0.14")} & found)

        self.account(other, "Stop", "b", address, "AA:BB:CC:00:00:02")
        self.account(other, "Stop", "c", "10.78.0.14", "AA:BB:CC:00:00:03")
        self.sync()
        self.assertEqual(self.findings(), set(), "at once, not an hour later")

    def test_a_new_address_is_no_second_one(self):
        contract = self.activated()
        self.account(contract, "Start", "a", contract.ip_address)
        self.sync()
        self.account(contract, "Stop", "a", contract.ip_address)
        self.account(contract, "Start", "b", "10.78.0.13")
        self.sync()
        self.assertNotIn("mac_two_addresses", {kind for kind, _address in self.findings()})

    def test_the_cron_keeps_them_fresh(self):
        contract = self.activated()
        self.account(contract, "Start", "a", contract.ip_address)
        self.sync()
        sighting = self.env["isp.ip.sighting"].search([("contract_id", "=", contract.id)])
        sighting.last_seen -= timedelta(hours=3)
        self.env.flush_all()
        self.env["isp.radius.session"]._cron_feed_sightings()
        self.assertLess(fields.Datetime.now() - sighting.last_seen, timedelta(minutes=1))
        with self.assertQueryCount(6):
            self.env["isp.radius.session"]._feed_sightings()

    def test_the_clock_runs_to_the_first_time_online(self):
        contract = self.activated()
        Mttp = self.env["isp.contract.mttp"]
        self.env.flush_all()
        self.assertFalse(Mttp.search([("contract_id", "=", contract.id)]), "not online yet")
        self.account(contract, "Start", "a", contract.ip_address)
        self.lab.sql("UPDATE radacct SET acctstarttime = now() + interval '5 hours'")
        self.sync()
        row = Mttp.search([("contract_id", "=", contract.id)])
        self.assertAlmostEqual(row.hours, 5, 1)
        self.assertEqual(row.date_online, contract.first_online_at)

    def test_the_clock_of_what_does_not_log_in(self):
        contract = self._contract(self.plan_tv)
        contract.action_activate()
        self.env.flush_all()
        row = self.env["isp.contract.mttp"].search([("contract_id", "=", contract.id)])
        self.assertTrue(row)
