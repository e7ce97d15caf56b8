from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import IpamCommon


@tagged("post_install", "-at_install")
class TestFindings(IpamCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Sighting = cls.env["isp.ip.sighting"]
        cls.Finding = cls.env["isp.ip.finding"]

    def feed(self, *rows, **kwargs):
        kwargs.setdefault("domain_id", self.pool.domain_id.id)
        return self.Sighting.feed(rows=list(rows), **kwargs)

    def open(self):
        self.Finding._compare()
        found = self.Finding.search(
            [("state", "=", "open"), ("domain_id", "in", (self.pool.domain_id | self.internet).ids)]
        )
        return {(finding.kind, finding.ip_address) for finding in found}

    def test_agreement(self):
        contract = self._service()
        self.feed(
            {"address": contract.ip_address, "contract_id": contract.id, "mac": "AA:BB:CC:00:00:01"}
        )
        self.assertEqual(self.open(), set())

    def test_every_disagreement_opens_and_closes(self):
        good, cancelled = self._service(), self._service()
        rested = cancelled.ip_address
        cancelled.action_cancel()
        self.feed(
            {"address": "10.77.0.14"},
            {"address": rested},
            {"address": good.ip_address, "contract_id": cancelled.id, "session": "a"},
            {"address": good.ip_address, "contract_id": good.id, "session": "b"},
            {"address": "10.77.0.12", "mac": "AA:BB:CC:00:00:09"},
            {"address": "10.77.0.13", "mac": "aa-bb-cc-00-00-09"},
        )
        found = self.open()
        for expected in (
            ("unknown", "10.77.0.14"),
            ("not_booked", rested),
            ("other_contract", good.ip_address),
            ("duplicate", good.ip_address),
            ("mac_two_addresses", "10.77.0.12"),
        ):
            self.assertIn(expected, found)
        self.assertEqual(self.open(), found, "comparing twice changes nothing")
        rows = self.Finding.search([("kind", "=", "not_booked"), ("ip_address", "=", rested)])
        self.assertEqual(len(rows), 1)
        # nothing was repaired
        self.assertEqual(good.ip_reservation_ids.state, "in_use")
        # the network is silent about them now: an hour later they are closed
        self.env.cr.execute("UPDATE isp_ip_sighting SET last_seen = last_seen - interval '2 hours'")
        self.env.invalidate_all()
        self.assertEqual(self.open(), set())
        self.assertEqual(rows.state, "closed")
        self.assertTrue(rows.closed_at)

    def test_silent(self):
        contract = self._service()
        other = self._service()
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE isp_ip_assignment_history DISABLE TRIGGER USER")
        for period in self.History.search([("contract_id", "=", contract.id)], order="id"):
            self.env.cr.execute(
                SQL(
                    "UPDATE isp_ip_assignment_history SET date_from = date_from - interval '60 "
                    "days',"
                    " date_to = date_to - interval '60 days' WHERE id = %s",
                    period.id,
                )
            )
        self.env.cr.execute("ALTER TABLE isp_ip_assignment_history ENABLE TRIGGER USER")
        silent = ("silent", contract.ip_address)
        self.assertNotIn(silent, self.open(), "a network that tells us nothing accuses nobody")
        self.feed({"address": other.ip_address, "contract_id": other.id})
        self.assertIn(silent, self.open())
        self.feed({"address": contract.ip_address, "contract_id": contract.id})
        self.assertNotIn(silent, self.open())

    def test_equipment_of_somebody_else(self):
        """A MAC known to be elsewhere; an unknown one only where the router is ours."""
        contract, other = self._service(), self._service()
        kinds = {"onu": self._equipment("onu"), "router": self._equipment("router")}
        kinds["onu"].mac, kinds["router"].mac = "A4BE2B00AA01", "A4BE2B00AA02"
        kinds["onu"]._install(contract.partner_id, contract.name)
        address = contract.ip_address
        wrong = ("other_mac", address)

        def seen(mac):
            self.env.cr.execute("DELETE FROM isp_ip_sighting")
            self.feed({"address": address, "contract_id": contract.id, "mac": mac})
            return self.open()

        self.assertNotIn(wrong, seen("A4:BE:2B:00:AA:01"))
        self.assertNotIn(wrong, seen("00:11:22:33:44:55"), "his own router, behind our ONU")
        kinds["router"]._install(other.partner_id, other.name)
        self.assertIn(wrong, seen("A4:BE:2B:00:AA:02"), "another customer's router")
        finding = self.Finding.search([("kind", "=", "other_mac"), ("state", "=", "open")])
        self.assertIn(kinds["router"].name, finding.detail)
        kinds["router"]._recover()
        kinds["router"]._install(contract.partner_id, contract.name)
        self.assertNotIn(wrong, seen("A4:BE:2B:00:AA:02"))
        self.assertEqual(finding.state, "closed")
        self.assertIn(wrong, seen("00:11:22:33:44:55"), "not the router we gave him")

    def _equipment(self, kind):
        product = self.env["product.product"].create(
            {"name": kind, "is_isp_equipment": True, "equipment_kind": kind}
        )
        model = self.env["isp.onu" if kind == "onu" else "isp.cpe"]
        ids = model.action_receive(serials=[f"FIND{kind}"], product_id=product.id)
        return model.browse(ids).item_id

    def test_tampering(self):
        row, _how = self._take()
        self.env.cr.execute("ALTER TABLE isp_ip_assignment_history DISABLE TRIGGER USER")
        self.env.cr.execute(
            SQL(
                "UPDATE isp_ip_assignment_history SET partner_id = %s WHERE reservation_id = %s",
                self._customer().id,
                row.id,
            )
        )
        self.env.cr.execute("ALTER TABLE isp_ip_assignment_history ENABLE TRIGGER USER")
        self.assertIn(("broken_seal", row.ip_address), self.open())

    def test_feed_twice_is_one_row(self):
        earlier = fields.Datetime.now() - timedelta(minutes=10)
        self.assertEqual(self.feed({"address": "10.77.0.14"}, seen_at=earlier), 1)
        self.feed({"address": "10.77.0.14"}, {"address": "10.77.0.14"})
        row = self.Sighting.search([("ip_address", "=", "10.77.0.14")])
        self.assertEqual(len(row), 1)
        self.assertGreater(row.last_seen, row.first_seen)

    def test_bad_feed(self):
        with self.assertRaisesRegex(UserError, "no addresses: 10.77"), self.env.cr.savepoint():
            self.feed({"address": "10.77.0.2"}, {"address": "10.77"})
        self.assertFalse(self.Sighting.search([("ip_address", "=", "10.77.0.2")]))
        with self.assertRaises(UserError):
            self.feed({"address": "10.77.0.2"}, source="guess")
        with self.assertRaises(UserError):
            self.Sighting.feed(rows=[{"address": "10.77.0.2"}])

    def test_public_addresses_belong_to_the_internet(self):
        self._pool("200.7.184.0/28", auto_assign=False)
        self.feed({"address": "200.7.184.3"})
        self.assertIn(("unknown", "200.7.184.3"), self.open())
        row = self.Sighting.search([("ip_address", "=", "200.7.184.3")])
        self.assertEqual(row.domain_id, self.internet)
