from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import IpamCommon


@tagged("post_install", "-at_install")
class TestContractLife(IpamCommon):
    def test_the_life_of_an_address(self):
        contract = self._service(active=False)
        self.assertFalse(contract.ip_address)
        contract.action_reserve()
        row = contract.ip_reservation_ids
        self.assertEqual((row.state, row.lease_until), ("reserved", contract.reserved_until))
        contract.action_activate()
        self.assertEqual(contract.ip_reservation_ids, row)
        self.assertEqual((row.state, row.lease_until), ("in_use", False))
        self.assertEqual(contract.ip_address, row.ip_address)
        self.assertEqual(contract._ip_assignments()[contract.id]["ipv4"], row.ip_address)
        contract.action_suspend(reason="technical")
        self.assertEqual(row.state, "in_use")
        contract.action_resume()
        self.assertEqual(row.state, "in_use")
        contract.action_cancel()
        self.assertEqual((row.state, row.last_contract_id), ("quarantine", contract))
        self.assertFalse(contract.ip_address)
        reasons = self.History.search([("reservation_id", "=", row.id)], order="id").mapped(
            "end_reason"
        )
        self.assertEqual(reasons, ["activation of the contract", "cancellation of the contract"])
        self.assertPromises()

    def test_verbs_sent_twice(self):
        contract = self._service()
        address = contract.ip_address
        contract.action_activate()
        contract.action_assign_addresses()
        self.assertEqual(contract.ip_address, address)
        self.assertEqual(len(contract.ip_reservation_ids), 1)

    def test_a_reservation_given_back_is_free(self):
        contract = self._service(active=False)
        contract.action_reserve()
        row = contract.ip_reservation_ids
        contract.action_cancel()
        self.assertEqual(row.state, "free")

    def test_a_host_and_a_prefix(self):
        self._pool("2800:aaaa::/32", alloc_plen=56)
        contract = self._service()
        held = contract._ip_assignments()[contract.id]
        self.assertTrue(held["ipv4"].startswith("10.77.0."))
        self.assertTrue(held["ipv6_prefix"].endswith("::/56"))
        self.assertEqual(contract.ipv6_prefix, held["ipv6_prefix"])

    def test_search(self):
        contract = self._service()
        other = self._service(base_station_id=self.other_base.id)
        address = contract.ip_address
        both = contract | other
        for domain, expected in (
            ([("ip_address", "=", address)], contract),
            ([("ip_address", "in", [address, "10.1.1.1"])], contract),
            ([("ip_address", "ilike", "10.77.")], contract),
            ([("ip_address", "=", False)], other),
            ([("ip_address", "!=", False)], contract),
        ):
            found = self.Contract.search([("id", "in", both.ids), *domain])
            self.assertEqual(found, expected, domain)
        contract.action_cancel()
        self.assertFalse(self.Contract.search([("ip_address", "=", address)]))

    def test_a_base_without_pool_is_legal(self):
        contract = self._service(base_station_id=self.other_base.id)
        self.assertEqual(contract.state, "active")
        self.assertFalse(contract.ip_reservation_ids)
        self.assertIn("dynamic", contract.ip_note)
        self.assertEqual(
            contract._ip_assignments()[contract.id],
            {"ipv4": None, "ipv6_prefix": None, "ipv4_blocks": []},
        )

    def test_an_exhausted_pool_blocks_the_reservation(self):
        self.pool.action_take(count=13, partner_id=self.partner.id)
        contract = self._service(active=False)
        with (
            self.assertRaisesRegex(UserError, "no free address.*exhausted"),
            self.env.cr.savepoint(),
        ):
            contract.action_reserve()
        contract.invalidate_recordset()
        self.assertEqual(contract.state, "draft")

    def test_a_service_that_needs_no_address(self):
        contract = self._service(self.plan_tv)
        self.assertFalse(contract.ip_reservation_ids)
        self.assertFalse(contract.ip_note)

    def test_pools_of_a_plan(self):
        business = self._pool("200.7.181.0/28", sequence=1)
        business.product_ids = self.plan_pppoe
        contract = self._service()
        self.assertEqual(contract.ip_reservation_ids.pool_id, business)

    def test_change_of_equipment_takes_the_address_along(self):
        contract = self._fiber(base_station_id=self.base.id)
        row = contract.ip_reservation_ids
        self.assertEqual(row.inventory_item_id, self.onus[0].item_id)
        address, written = row.ip_address, contract.write_date
        contract.action_change_equipment(onu_id=self.onus[5].id)
        self.assertEqual(row.inventory_item_id, self.onus[5].item_id)
        self.assertEqual((contract.ip_address, row.state), (address, "in_use"))
        periods = self.History.search([("contract_id", "=", contract.id)], order="id")
        self.assertEqual(periods[-2:].inventory_item_id, (self.onus[0] | self.onus[5]).item_id)
        self.assertTrue(written)
        self.assertPromises()

    def test_change_address(self):
        contract = self._service()
        old = contract.ip_reservation_ids
        new = contract.action_change_ip_address(reason="abuse report")
        self.assertNotEqual(new, old.ip_address)
        self.assertEqual((old.state, contract.ip_address), ("quarantine", new))
        period = self.History.search([("contract_id", "=", contract.id)], limit=1)
        self.assertEqual((period.previous_ip, period.reason), (old.ip_address, "abuse report"))
        before = self.History.search([("ip_address", "=", old.ip_address)], limit=1)
        self.assertEqual((before.next_ip, before.end_reason), (new, "abuse report"))
        self.assertPromises()

    def test_change_to_a_static_one(self):
        public = self._pool("200.7.182.0/28", auto_assign=False)
        contract = self._service()
        old = contract.ip_reservation_ids
        self.assertEqual(contract.action_change_ip_address(address="200.7.182.5"), "200.7.182.5")
        self.assertEqual(contract.ip_reservation_ids.pool_id, public)
        self.assertEqual(old.state, "quarantine")
        # asking for what it has changes nothing
        self.assertEqual(contract.action_change_ip_address(address="200.7.182.5"), "200.7.182.5")
        self.assertEqual(contract.ip_reservation_ids.state, "in_use")
        # and the life goes on with that one: no second address on resume
        contract.action_suspend(reason="technical")
        contract.action_resume(reason="technical")
        contract.action_assign_addresses()
        self.assertEqual(contract.ip_reservation_ids.mapped("ip_address"), ["200.7.182.5"])

    def test_change_to_one_that_is_taken_keeps_the_old(self):
        contract, other = self._service(), self._service()
        old = contract.ip_address
        with self.assertRaisesRegex(UserError, "in use by"), self.env.cr.savepoint():
            contract.action_change_ip_address(address=other.ip_address)
        self.env.invalidate_all()
        self.assertEqual(contract.ip_address, old)
        with self.assertRaisesRegex(UserError, "No active pool"):
            contract.action_change_ip_address(address="10.200.0.1")

    def test_a_block_beside_the_host(self):
        blocks = self._pool("200.7.183.0/27", alloc_plen=29, auto_assign=False)
        contract = self._service()
        block = contract.action_add_address(pool_id=blocks.id)
        held = contract._ip_assignments()[contract.id]
        self.assertEqual(held["ipv4_blocks"], [block])
        self.assertTrue(held["ipv4"])
        with self.assertRaisesRegex(UserError, "already has"):
            contract.action_add_address(pool_id=blocks.id)
        contract.action_cancel()
        rows = self.Reservation.search([("last_contract_id", "=", contract.id)])
        self.assertEqual(set(rows.mapped("state")), {"quarantine"})

    def test_the_wizard(self):
        contract = self._service(base_station_id=self.other_base.id)
        self._pool("10.78.0.0/28", base=self.other_base)
        wizard = (
            self.env["isp.ip.assign"].with_user(self.operator).create({"contract_id": contract.id})
        )
        self.assertEqual(wizard.mode, "missing")
        wizard.action_apply()
        self.assertTrue(contract.ip_address.startswith("10.78."))
        wizard = (
            self.env["isp.ip.assign"].with_user(self.support).create({"contract_id": contract.id})
        )
        self.assertEqual((wizard.mode, wizard.current), ("change", contract.ip_address))
        wizard.address = "10.78.0.9"
        wizard.action_apply()
        self.assertEqual(contract.ip_address, "10.78.0.9")

    def test_who_may(self):
        contract = self._service()
        for verb in ("action_assign_addresses", "action_change_ip_address"):
            with self.assertRaises(AccessError):
                getattr(contract.with_user(self.technician), verb)()

    def test_the_user_is_in_the_history(self):
        contract = self._service(active=False)
        contract.with_user(self.support).action_reserve()
        period = self.History.search([("contract_id", "=", contract.id)])
        self.assertEqual(period.user_id, self.support)
