from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import IpamCommon


@tagged("post_install", "-at_install")
class TestGridCapacity(IpamCommon):
    def test_capacity(self):
        contract = self._service()
        self._take()
        self._take(until=fields.Datetime.now() + timedelta(days=3))
        self._take(until=fields.Datetime.now() - timedelta(days=3))  # ran out: free
        cancelled = self._service()
        cancelled.action_cancel()
        self.assertTrue(contract.ip_address)
        pool = self.pool
        self.assertEqual((pool.taken, pool.reserved, pool.resting, pool.excluded), (1, 2, 1, 3))
        self.assertEqual(pool.free_now, 16 - 7)
        self.assertEqual(pool.free_in_7_days, 16 - 7 + 2)
        self.assertEqual(pool.used_pct, round(100 * 7 / 16, 1))
        row = self.env["isp.ip.capacity"].search([("pool_id", "=", pool.id)])
        self.assertEqual(row.free_now, pool.free_now)
        [(base, free)] = self.env["isp.ip.capacity"]._read_group(
            [("base_station_id", "=", self.base.id)], ["base_station_id"], ["free_now:sum"]
        )
        self.assertEqual((base, free), (self.base, pool.free_now))

    def test_exhaustion_date(self):
        pool = self._pool("10.78.0.0/24", exclude_edges=False)
        # ten customers a day for the last ten days
        self.env.cr.execute("ALTER TABLE isp_ip_assignment_history DISABLE TRIGGER USER")
        for day in range(10):
            rows = self.Reservation.browse(pool.action_take(count=10, partner_id=self.partner.id))
            self.env.cr.execute(
                "UPDATE isp_ip_assignment_history SET date_from = date_from - %s * interval '1 day'"
                " WHERE reservation_id IN %s",
                [9 - day, tuple(rows.ids)],
            )
        self.env.cr.execute("ALTER TABLE isp_ip_assignment_history ENABLE TRIGGER USER")
        self.env.invalidate_all()
        # 156 free at 10 a day
        days = (pool.exhaustion_date - fields.Date.today()).days
        self.assertAlmostEqual(days, 16, delta=1)

    def test_the_whole_and_a_part(self):
        pool = self._pool("10.80.0.0/16")
        rows = self.Reservation.browse(pool.action_take(count=300, partner_id=self.partner.id))
        whole = pool.grid()
        self.assertEqual((len(whole["cells"]), whole["cells"][0]["span"]), (256, 256))
        self.assertEqual(whole["cells"][1]["label"], "10.80.1.0/24")
        self.assertEqual(whole["totals"]["reserved"], 300)
        self.assertEqual(sum(cell["counts"]["reserved"] for cell in whole["cells"]), 300)
        part = pool.grid(first=0, span=256)
        self.assertEqual(part["cells"][0]["purpose"], "network")
        self.assertEqual(part["cells"][5]["label"], "10.80.0.5")
        self.assertEqual(part["cells"][5]["holder"], self.partner.display_name)
        self.assertEqual(
            part["cells"][5]["reservation_id"], rows.filtered(lambda r: r.unit == 5).id
        )
        for first, span in ((1, 256), (0, 3), (65536, 256), (-256, 256)):
            with self.assertRaises(UserError):
                pool.grid(first=first, span=span)

    def test_a_huge_pool_is_counted_not_listed(self):
        pool = self._pool("2800:aaaa::/32", alloc_plen=56, order_policy="spread")
        pool.action_take(count=64, partner_id=self.partner.id)
        self.env.flush_all()
        with self.assertQueryCount(8):
            whole = pool.grid()
        self.assertEqual(len(whole["cells"]), 256)
        self.assertEqual(sum(cell["counts"]["reserved"] for cell in whole["cells"]), 64)
        self.assertEqual(whole["size"], 1 << 24)

    def test_giving_a_free_address(self):
        """What a click on a cell nobody ever had offers."""
        grid = self.pool.grid()
        self.assertTrue(grid["may_assign"])
        self.assertFalse(self.pool.with_user(self.technician).grid()["may_assign"])
        contract = self._service()
        action = self.pool.action_give(grid["cells"][9]["label"])
        wizard = (
            self.env["isp.ip.assign"]
            .with_context(**action["context"])
            .create({"contract_id": contract.id})
        )
        self.assertEqual((wizard.mode, wizard.address), ("change", "10.77.0.9"))
        before = contract.ip_address
        wizard.action_apply()
        self.assertEqual(contract.ip_address, "10.77.0.9")
        rested = self.Reservation.search([("pool_id", "=", self.pool.id)])
        self.assertEqual(rested.filtered(lambda row: row.ip_address == before).state, "quarantine")
        self.pool.action_drain()
        self.assertFalse(self.pool.grid()["may_assign"])

    def test_small_pool(self):
        grid = self.pool.grid()
        self.assertEqual(len(grid["cells"]), 16)
        self.assertEqual(grid["cells"][1]["purpose"], "gateway")
        self.assertEqual(grid["totals"]["free"], 13)
