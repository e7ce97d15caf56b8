from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestMoving(ContractCommon):
    def test_address_keeps_the_old_port_until_the_new_one_works(self):
        contract = self._fiber()
        old, new = self.ports[0], self.ports[5]
        house = self.env["res.partner"].create(
            {
                "name": "New house",
                "parent_id": contract.partner_id.id,
                "type": "other",
                "partner_latitude": -0.21,
                "partner_longitude": -78.51,
            }
        )
        contract.action_change_address(service_partner_id=house.id, splitter_port_id=new.id)
        self.assertEqual((old.state, new.state), ("used", "reserved"))
        self.assertEqual(contract.splitter_port_id, old)
        with self.assertRaisesRegex(UserError, "already moving"):
            contract.action_change_address(splitter_port_id=self.ports[6].id)
        contract.invalidate_recordset()
        contract.action_confirm_address()
        self.assertEqual((old.state, new.state), ("free", "used"))
        self.assertEqual((contract.splitter_port_id, new.contract_id), (new, contract))
        self.assertEqual(contract.service_partner_id, house)
        self.assertAlmostEqual(contract.latitude, -0.21)
        self.assertEqual(self._last_event(contract).transition, "address_change")
        self.assertNoFindings()
        contract.action_confirm_address() if contract.open_address_change_id else None
        contract.action_cancel()
        self.assertEqual(new.state, "free")
        self.assertNoFindings()

    def test_address_change_withdrawn(self):
        contract = self._fiber()
        contract.action_change_address(splitter_id=self.splitter.id)
        change = contract.address_change_ids
        new = change.splitter_port_id
        self.assertEqual(new.state, "reserved")
        change.action_cancel()
        self.assertEqual((new.state, contract.splitter_port_id), ("free", self.ports[0]))
        with self.assertRaisesRegex(UserError, "was cancelled"):
            change.action_confirm()

    def test_cancelling_the_contract_gives_both_ports_back(self):
        contract = self._fiber()
        contract.action_change_address(splitter_port_id=self.ports[5].id)
        contract.action_cancel()
        self.assertEqual(set(self.ports[0:6].mapped("state")), {"free"})
        self.assertEqual(contract.address_change_ids.state, "cancelled")

    def test_new_port_lost_meanwhile(self):
        contract = self._fiber()
        contract.action_change_address(splitter_port_id=self.ports[5].id, hours=1)
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            other = self._contract(
                self.plan_fiber, splitter_port_id=self.ports[5].id, onu_id=self.onus[3].id
            )
            other.action_activate()
            contract.invalidate_recordset()
            with self.assertRaisesRegex(UserError, "ran out"):
                contract.action_confirm_address()
            contract.address_change_ids.action_cancel()
        self.assertEqual(self.ports[5].contract_id, other)
        self.assertEqual(contract.splitter_port_id, self.ports[0])
        self.assertNoFindings()

    def test_address_without_place_moves_at_once(self):
        contract = self._contract(self.plan_tv)
        contract.action_activate()
        contract.action_change_address(latitude=-0.3, longitude=-78.4)
        self.assertAlmostEqual(contract.latitude, -0.3)
        self.assertEqual(contract.address_change_ids.state, "done")
        contract.action_cancel()
        with self.assertRaisesRegex(UserError, "only a live service"):
            contract.action_change_address(latitude=-0.3, longitude=-78.4)

    def test_holder(self):
        contract = self._fiber()
        old, new = contract.partner_id, self._customer("Berta")
        contract.action_change_holder(partner_id=new.id, debt="new", note="Sold the house")
        self.assertEqual(contract.partner_id, new)
        self.assertEqual(contract.splitter_port_id.partner_id, new)
        self.assertEqual(self.onus[0].partner_id, new)
        row = contract.equipment_assignment_ids.filtered(lambda a: not a.date_to)
        self.assertEqual((row.partner_id, row.contract_id), (new, contract))
        self.assertEqual(contract.holder_change_ids.debt, "new")
        self.assertEqual((old.isp_status, new.isp_status), ("none", "active"))
        self.assertTrue(new.customer_code)
        self.assertNoFindings()

    def test_holder_bad_input(self):
        contract = self._fiber()
        with self.assertRaisesRegex(UserError, "other than"):
            contract.action_change_holder(partner_id=contract.partner_id.id)
        with self.assertRaisesRegex(UserError, "other than"):
            contract.action_change_holder(partner_id=None)
        new = self._customer()
        with self.assertRaisesRegex(UserError, "“old” or “new”"):
            contract.action_change_holder(partner_id=new.id, debt="both")
        self._fiber(1, partner=new)
        with self.assertRaises(ValidationError), self.cr.savepoint():
            contract.action_change_holder(partner_id=new.id)
        contract.action_cancel()
        with self.assertRaisesRegex(UserError, "cancelled"):
            contract.action_change_holder(partner_id=new.id)

    def test_change_equipment(self):
        contract = self._fiber()
        swaps = []
        self.patch(
            type(self.Contract), "_on_equipment_change", lambda records, rows: swaps.extend(rows)
        )
        with self.assertRaises(UserError):
            contract.action_change_equipment(onu_id=-1)
        contract.action_change_equipment(onu_id=self.onus[4].id)
        self.assertEqual((self.onus[0].status, self.onus[4].status), ("available", "assigned"))
        self.assertEqual(contract.onu_id, self.onus[4])
        self.assertEqual((swaps[0].contract, swaps[0].old_item), (contract, self.onus[0].item_id))
        contract.action_change_equipment(onu_id=self.onus[4].id)
        self.assertEqual(len(swaps), 1, "the same again does nothing")
        other = self._fiber(1)
        with self.assertRaisesRegex(UserError, "Choose another"):
            other.action_change_equipment(onu_id=self.onus[4].id)
        self.assertNoFindings()

    def test_swap_from_the_warehouse_reaches_the_contract(self):
        contract = self._fiber()
        old = contract.onu_id
        old.item_id.action_swap(new_item_id=self.onus[4].item_id.id)
        self.assertEqual(contract.onu_id, self.onus[4])
        events = contract.event_ids.filtered(lambda event: event.transition == "equipment_change")
        self.assertIn(self.onus[4].name, events.note)
        self.assertNoFindings()

    def test_cancelling_puts_the_equipment_on_the_work_list(self):
        contract = self._fiber()
        contract.action_cancel(reason="customer_request")
        recovery = self.env["isp.recovery"].search(
            [("assignment_id.contract_id", "=", contract.id)]
        )
        self.assertEqual(recovery.assignment_id.lot_id, self.onus[0].lot_id)
        self.assertTrue(recovery.reason)
        contract.action_recover_equipment()
        self.assertFalse(contract.has_equipment_to_recover)

    def test_pause(self):
        contract = self._contract(self.plan_tv)
        contract.action_activate()
        until = self.today + timedelta(days=15)
        contract.action_pause(date_to=str(until))
        self.assertEqual((contract.state, contract.state_reason), ("suspended", "voluntary_pause"))
        self.assertEqual(contract.pause_until, until)
        self.run_pauses()
        self.assertEqual(contract.state, "suspended")
        with freeze_time(f"{until} 18:00:00"):
            self.run_pauses()
        self.assertEqual((contract.state, contract.pause_ids.state), ("active", "done"))
        self.assertEqual(self._last_event(contract).reason, "voluntary_pause")

    def run_pauses(self):
        cron = self.env.ref("silver_contract.ir_cron_pauses")
        with self.enter_registry_test_mode():
            self.assertIs(cron.method_direct_trigger(), True)
        self.env.invalidate_all()

    def test_pause_to_come(self):
        contract = self._contract(self.plan_tv)
        contract.action_activate()
        first = self.today + timedelta(days=5)
        contract.action_pause(date_from=first, date_to=first + timedelta(days=5))
        self.assertEqual(contract.state, "active")
        with self.assertRaisesRegex(UserError, "already has a pause"):
            contract.action_pause(date_to=first)
        with freeze_time(f"{first} 18:00:00"):
            self.run_pauses()
            self.assertEqual(contract.state, "suspended")
            contract.action_resume(reason="customer_request")
        self.assertEqual(contract.pause_ids.state, "done")

    def test_pause_ends_but_somebody_suspended_for_another_reason(self):
        contract = self._contract(self.plan_tv)
        contract.action_activate()
        until = self.today + timedelta(days=3)
        contract.action_pause(date_to=until)
        contract.action_resume(reason="customer_request")
        contract.action_suspend(reason="abuse")
        with freeze_time(f"{until} 18:00:00"):
            self.run_pauses()
        self.assertEqual((contract.state, contract.state_reason), ("suspended", "abuse"))

    def test_pause_bad_dates(self):
        contract = self._contract(self.plan_tv)
        with self.assertRaisesRegex(UserError, "only an active"):
            contract.action_pause(date_to=self.today + timedelta(days=1))
        contract.action_activate()
        for first, last in (
            (None, None),
            (None, self.today),
            (self.today - timedelta(days=1), None),
        ):
            with self.assertRaisesRegex(UserError, "A pause begins"):
                contract.action_pause(date_from=first, date_to=last)
