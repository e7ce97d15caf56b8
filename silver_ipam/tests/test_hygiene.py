from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import IpamCommon


@tagged("post_install", "-at_install")
class TestHygiene(IpamCommon):
    def run_cron(self, name):
        cron = self.env.ref(f"silver_ipam.{name}")
        with self.enter_registry_test_mode():
            self.assertIs(cron.method_direct_trigger(), True)
        self.env.invalidate_all()

    def test_tidy(self):
        ran_out, _how = self._take(until=fields.Datetime.now() - timedelta(minutes=5))
        waiting, _how = self._take(until=fields.Datetime.now() + timedelta(days=1))
        contract = self._service()
        rested = contract.ip_reservation_ids
        contract.action_cancel()
        self._rest_is_over(rested)
        resting = self._service()
        row = resting.ip_reservation_ids
        resting.action_cancel()
        self.run_cron("ir_cron_tidy")
        self.assertEqual(
            (ran_out | waiting | rested | row).mapped("state"),
            ["free", "reserved", "free", "quarantine"],
        )
        self.assertEqual(
            self.History.search([("reservation_id", "=", ran_out.id)]).end_reason,
            "the reservation ran out",
        )
        self.run_cron("ir_cron_tidy")
        self.assertPromises()

    def test_orphans(self):
        contract = self._service()
        row = contract.ip_reservation_ids
        contract.flush_recordset()
        # what a script that skips the verbs leaves behind
        self.env.cr.execute("ALTER TABLE isp_contract DISABLE TRIGGER USER")
        self.env.cr.execute(
            "UPDATE isp_contract SET state = 'cancelled', date_end = current_date WHERE id = %s",
            [contract.id],
        )
        self.env.cr.execute("ALTER TABLE isp_contract ENABLE TRIGGER USER")
        self.env.invalidate_all()
        self.run_cron("ir_cron_tidy")
        self.assertEqual((row.state, row.last_contract_id), ("quarantine", contract))

    def test_reclaim(self):
        self.env.cr.execute("SELECT nextval(isp_ip_sequence(%s)::regclass)", [self.pool.id])
        self.env.cr.execute("SELECT nextval(isp_ip_sequence(%s)::regclass)", [self.pool.id])
        self.env.cr.execute("SELECT nextval(isp_ip_sequence(%s)::regclass)", [self.pool.id])
        self.run_cron("ir_cron_reclaim")
        row = self.Reservation.search([("pool_id", "=", self.pool.id), ("unit", "=", 2)])
        self.assertEqual(row.state, "free")

    def test_alert_opens_once_and_closes_by_itself(self):
        rows = self.Reservation.browse(self.pool.action_take(count=13, partner_id=self.partner.id))
        self.run_cron("ir_cron_alert")
        self.run_cron("ir_cron_alert")
        self.assertEqual(len(self.pool.activity_ids), 1)
        self.assertIn("100.0 %", self.pool.activity_ids.note)
        rows._release()
        self.run_cron("ir_cron_alert")
        self.assertFalse(self.pool.activity_ids)
