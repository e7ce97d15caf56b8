from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import IpamCommon


@tagged("post_install", "-at_install")
class TestCgnat(IpamCommon):
    def setUp(self):
        super().setUp()
        self.Rule = self.env["isp.cgnat.rule"]
        self.rule = self.Rule.create(
            {
                "name": "CGNAT test",
                "domain_id": self.pool.domain_id.id,
                "inside": "10.77.0.0/24",
                "outside": "200.9.9.0/30",
                "first_port": 1024,
                "ports_per_host": 1008,
                "date_from": "2026-01-01 00:00:00",
            }
        )

    def test_both_ways(self):
        self.assertEqual(self.rule.hosts_per_address, 64)
        there = self.Rule.ports_of("10.77.0.70")
        self.assertEqual(
            (there["outside"], there["first_port"], there["last_port"]),
            ("200.9.9.1", 1024 + 6 * 1008, 1024 + 7 * 1008 - 1),
        )
        back = self.Rule.subscriber_of(there["outside"], there["last_port"])
        self.assertEqual(
            (back["inside"], back["domain_id"]), ("10.77.0.70", self.pool.domain_id.id)
        )
        self.assertFalse(self.Rule.subscriber_of("200.9.9.1", 80))
        self.assertFalse(self.Rule.ports_of("10.99.0.1"))
        with self.assertRaises(UserError):
            self.Rule.ports_of("x")

    def test_too_few_ports(self):
        with self.assertRaisesRegex(ValidationError, "Use fewer ports"), self.env.cr.savepoint():
            self.rule.copy(
                {"outside": "200.9.9.4/32", "inside": "10.78.0.0/24", "date_from": "2026-01-01"}
            )

    def test_who_had_a_shared_address(self):
        contract = self._service()
        there = self.Rule.ports_of(contract.ip_address)
        with self.assertRaisesRegex(UserError, "source port"):
            self.History.who_had(address=there["outside"])
        [answer] = self.History.who_had(address=there["outside"], port=there["first_port"])
        self.assertEqual(answer["contract_id"], contract.id)
        self.assertEqual(answer["inside_address"], contract.ip_address)
        # before the rule was in force nobody is named
        self.assertEqual(
            self.History.who_had(address=there["outside"], at="2025-01-01 00:00:00"), []
        )
