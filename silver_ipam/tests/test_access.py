from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import IpamCommon


@tagged("post_install", "-at_install")
class TestAccess(IpamCommon):
    def test_operator_writes_others_read(self):
        vals = {"label": "x", "cidr": "10.78.0.0/24", "base_station_id": self.base.id}
        pool = self.Pool.with_user(self.operator).create(vals)
        pool.action_drain()
        for user in (self.support, self.technician, self.collection):
            self.assertTrue(self.pool.with_user(user).read(["cidr", "free_now"]))
            self.assertTrue(self.pool.with_user(user).grid())
            with self.assertRaises(AccessError):
                self.pool.with_user(user).write({"label": "y"})
            with self.assertRaises(AccessError):
                self.pool.with_user(user).action_take(partner_id=self.partner.id)
            row = self._take()[0].with_user(user)
            with self.assertRaises(AccessError):
                row.action_release()

    def test_companies_do_not_see_each_other(self):
        company = self.env["res.company"].create({"name": "Another provider"})
        base = self.env["isp.base.station"].create(
            {"code": "X", "name": "X", "company_id": company.id}
        )
        theirs = self._pool("10.77.0.0/28", base=base)
        self.assertEqual(theirs.company_id, company)
        row, _how = self._take(theirs)
        stranger = new_test_user(
            self.env,
            login="t_stranger",
            groups="silver_base.group_silver_operator",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        as_stranger = self.env(user=stranger.id)
        self.assertIn(row.id, as_stranger["isp.ip.reservation"].search([]).ids)
        self.assertEqual(as_stranger["isp.ip.pool"].search([]), theirs)
        self.assertEqual(as_stranger["isp.ip.capacity"].search([]).pool_id, theirs)
        self.assertNotIn(row.id, self.Reservation.with_user(self.operator).search([]).ids)
        with self.assertRaises(AccessError):
            self.pool.with_user(stranger).read(["cidr"])

    def test_everyone_sees_the_address_of_a_contract(self):
        contract = self._service()
        for user in (self.support, self.technician, self.collection):
            self.assertEqual(contract.with_user(user).ip_address, contract.ip_address)
