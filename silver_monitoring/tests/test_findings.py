"""Signals to look at open and close by themselves."""

from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import T0, MonitoringCommon

HOUR = timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestFindings(MonitoringCommon):
    def setUp(self):
        super().setUp()
        self.Finding = self.env["isp.signal.finding"]
        self.poller = self.env["isp.olt.poller"]

    def hour(self, number, rx, **kwargs):
        """A reading in an hour, and what the end of that hour brings."""
        self.read(T0 + number * HOUR, rx=rx, **kwargs)
        return self.poller._digest(T0 + (number + 1) * HOUR)

    def mine(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.Finding.search([("olt_id", "=", self.olt.id), *domain])

    def test_a_weak_signal_opens_and_closes(self):
        self.hour(0, -20.0)
        self.assertFalse(self.mine())
        self.hour(1, -26.0)
        findings = self.mine(kind="weak", state="open")
        self.assertEqual(len(findings), 6)
        self.assertEqual(findings.contract_id, self.contracts)
        self.assertEqual(findings[0].value_open, -26.0)
        self.hour(2, -26.5)
        self.assertEqual(self.mine(), findings)
        self.hour(3, -24.8)  # better than the limit, but not by enough
        self.assertEqual(set(findings.mapped("state")), {"open"})
        self.hour(4, -24.0)
        self.assertEqual(set(findings.mapped("state")), {"closed"})
        self.assertEqual(findings[0].date_close, T0 + 5 * HOUR)
        self.hour(5, -26.0)
        self.assertEqual(len(self.mine()), 12)

    def test_one_bad_reading_is_nobodys_finding(self):
        for minute in range(0, 60, 5):
            self.read(T0 + timedelta(minutes=minute), rx=-29.0 if minute == 30 else -23.0)
        self.poller._digest(T0 + HOUR)
        self.assertFalse(self.mine())

    def test_dark_is_not_weak_and_does_not_make_well(self):
        self.hour(0, -26.0)
        self.hour(4, -26.0, down=range(6))
        self.hour(8, -26.0, down=range(6))
        self.assertEqual(len(self.mine(kind="weak", state="open")), 6)
        self.assertEqual(self.mine(), self.mine(state="open"))

    def test_a_customer_who_left_is_not_looked_after(self):
        self.hour(0, -26.0)
        self.contracts[0].action_cancel(reason="customer_request")
        self.record([self.reading(index, rx=-26.0) for index in range(1, 6)], T0 + HOUR)
        self.poller._digest(T0 + 2 * HOUR)
        self.assertEqual(self.mine(state="closed").contract_id, self.contracts[0])

    def test_worsening_before_it_is_weak(self):
        for day in range(10):
            at = T0 + timedelta(days=day)
            self.read(at, rx=-18 - 0.4 * day)
        self.poller._digest(at + 13 * HOUR)
        findings = self.mine(state="open")
        self.assertEqual(set(findings.mapped("kind")), {"worsening"})
        self.assertAlmostEqual(findings[0].value_open, -3.6, delta=0.02)
        for day in range(10, 30):
            self.read(T0 + timedelta(days=day), rx=-21.6)
        self.read(T0 + timedelta(days=30), rx=-21.6)
        self.poller._digest(T0 + timedelta(days=30, hours=1))
        self.assertFalse(self.mine(state="open"))

    def test_too_much_light(self):
        self.hour(0, -7.0)
        self.assertEqual(set(self.mine().mapped("kind")), {"strong"})

    def test_the_database_keeps_one_open(self):
        self.hour(0, -26.0)
        finding = self.mine()[0]
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.cr.savepoint(),
        ):
            finding.copy({"signal_id": finding.signal_id.id, "kind": "weak", "state": "open"})

    def test_contracts_can_be_searched(self):
        self.read(rx=-26.0)
        domain = [("signal_ids", "any", [("level", "in", ("weak", "critical"))])]
        ours = [("id", "in", self.contracts.ids)]
        self.assertEqual(self.Contract.search_count(domain + ours), 6)
        signal = self.signals()[0]
        self.assertEqual(self.Contract.search([("signal_id", "=", signal.id)]), self.contracts[0])
        silent = self._contract()
        ours = [("id", "in", (self.contracts | silent).ids)]
        self.assertEqual(self.Contract.search([("signal_id", "=", False), *ours]), silent)
        self.assertEqual(self.Contract.search_count([("signal_phase", "=", "working"), *ours]), 6)
