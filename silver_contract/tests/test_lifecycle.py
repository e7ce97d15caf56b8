from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestLifecycle(ContractCommon):
    def test_fiber_life(self):
        contract = self._fiber(active=False)
        self.assertRegex(contract.name, r"^CTR/\d{6}$")
        self.assertEqual(contract.base_station_id, self.base)
        port, onu = self.ports[0], self.onus[0]
        contract.action_reserve()
        self.assertEqual((contract.state, port.state), ("pending", "reserved"))
        self.assertEqual(port.contract_id, contract)
        self.assertEqual(port.partner_id, contract.partner_id)
        self.assertGreater(port.reserved_until, fields.Datetime.now() + timedelta(hours=71))
        self.assertEqual(contract.reservation_state, "held")
        contract.action_activate()
        self.assertEqual((contract.state, port.state), ("active", "used"))
        self.assertEqual(contract.date_activation, self.today)
        self.assertEqual(onu.status, "assigned")
        self.assertEqual(contract.equipment_assignment_ids.item_id, onu.item_id)
        self.assertEqual(contract.partner_id.isp_status, "active")
        contract.action_suspend(reason="technical")
        self.assertEqual((contract.state, contract.state_reason), ("suspended", "technical"))
        self.assertEqual((port.state, port.contract_id, onu.status), ("used", contract, "assigned"))
        contract.action_resume(reason="payment")
        self.assertEqual(contract.state, "active")
        contract.action_cancel(reason="customer_request", note="Moves abroad")
        self.assertEqual((contract.state, contract.date_end), ("cancelled", self.today))
        self.assertEqual(
            (port.state, port.contract_id.id, port.partner_id.id), ("free", False, False)
        )
        self.assertTrue(port.available_from, "a used port cools down")
        self.assertFalse(contract.splitter_port_id)
        self.assertEqual(contract.base_station_id, self.base, "kept for churn by base")
        self.assertTrue(contract.has_equipment_to_recover)
        self.assertIn(contract, self.Contract.search([("has_equipment_to_recover", "=", True)]))
        contract.action_recover_equipment()
        self.assertEqual(onu.status, "available")
        contract.invalidate_recordset()
        self.assertFalse(contract.has_equipment_to_recover)
        events = contract.event_ids.sorted("id")
        self.assertEqual(
            events.mapped("transition"), ["reserve", "activate", "suspend", "resume", "cancel"]
        )
        self.assertEqual(
            events.mapped("state_to"), ["pending", "active", "suspended", "active", "cancelled"]
        )
        self.assertEqual(events[2].reason, "technical")
        self.assertEqual(events[3].source, "payment")
        self.assertEqual(events[4].note, "Moves abroad")
        self.assertEqual(set(events.mapped("monthly_amount")), {30.0})
        self.assertNoFindings()

    def test_what_the_network_does_while_suspended(self):
        contract = self._fiber()
        with self.assertRaises(UserError):
            contract.action_suspend(reason="abuse", mode="nothing")
        contract.action_suspend(reason="abuse", mode="throttle")
        self.assertEqual(contract.suspension_mode, "throttle")
        with self.assertRaises(UserError):
            contract.suspension_mode = "reject"
        contract.action_resume(reason="abuse")
        self.assertFalse(contract.suspension_mode)
        contract.action_suspend(reason="abuse")
        self.assertFalse(contract.suspension_mode, "what its server says")

    def test_activate_a_draft_reserves_first(self):
        contract = self._fiber()
        self.assertEqual(
            contract.event_ids.sorted("id").mapped("transition"), ["reserve", "activate"]
        )
        self.assertNoFindings()

    def test_best_port_of_a_splitter(self):
        contract = self._contract(
            self.plan_fiber, splitter_id=self.splitter.id, onu_id=self.onus[0].id
        )
        contract.action_reserve(hours=2)
        self.assertEqual(contract.splitter_port_id.splitter_id, self.splitter)
        self.assertLess(contract.reserved_until, fields.Datetime.now() + timedelta(hours=3))

    def test_port_by_feasibility(self):
        contract = self._contract(self.plan_fiber, partner=self.partner)
        self.assertAlmostEqual(contract.latitude, -0.2001)
        contract.action_reserve()
        self.assertEqual(contract.splitter_id, self.splitter)

    def test_wireless(self):
        contract = self._contract(
            self.plan_radio,
            sector_slot_id=self.sector.slot_ids[0].id,
            cpe_ids=[fields.Command.link(self.cpes[0].id)],
        )
        contract.action_activate()
        self.assertEqual(self.sector.slot_ids[0].state, "used")
        self.assertEqual(self.cpes[0].status, "assigned")
        contract.action_cancel()
        self.assertEqual(self.sector.slot_ids[0].state, "free")
        self.assertNoFindings()

    def test_no_access_resource_needed(self):
        contracts = self._contract(self.plan_tv) | self._contract(self.plan_pppoe)
        contracts.action_activate()
        self.assertEqual(set(contracts.mapped("state")), {"active"})

    def test_verbs_are_idempotent(self):
        contract = self._fiber()
        for verb in ("action_activate", "action_suspend", "action_resume", "action_cancel"):
            self.assertIs(getattr(contract, verb)(), True)
            state, events = contract.state, contract.event_ids
            messages = contract.message_ids
            self.assertIs(getattr(contract, verb)(), True)
            self.assertEqual((contract.state, contract.event_ids), (state, events))
            self.assertEqual(
                len(contract.message_ids - messages), 1, "a note says nothing was done"
            )

    def test_reserve_twice(self):
        contract = self._fiber(active=False)
        contract.action_reserve()
        until = contract.reserved_until
        contract.action_reserve()
        self.assertEqual(contract.reserved_until, until)
        self.assertEqual(len(contract.event_ids), 1)

    def test_expired_reservation_is_renewed(self):
        contract = self._fiber(active=False)
        contract.action_reserve(hours=1)
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            contract.invalidate_recordset()
            self.assertEqual(contract.reservation_state, "expired")
            self.assertIn(contract, self.Contract.search([("reservation_state", "=", "expired")]))
            contract.action_activate()
        self.assertEqual(contract.state, "active")
        self.assertIn("renew", contract.event_ids.mapped("transition"))
        self.assertEqual(contract.splitter_port_id, self.ports[0])
        self.assertNoFindings()

    def test_expired_port_taken_by_another(self):
        first = self._fiber(active=False)
        first.action_reserve(hours=1)
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            other = self._contract(
                self.plan_fiber, splitter_port_id=self.ports[0].id, onu_id=self.onus[1].id
            )
            other.action_activate()
            self.assertEqual(self.ports[0].contract_id, other)
            first.invalidate_recordset()
            self.assertFalse(first.splitter_port_id)
            self.assertEqual(first.reservation_state, "expired")
            first.action_activate()
        self.assertEqual(first.splitter_id, self.splitter, "another port of the same splitter")
        self.assertNotEqual(first.splitter_port_id, self.ports[0])
        self.assertNoFindings()

    def test_cron_tidies_reservations(self):
        contract = self._fiber(active=False)
        contract.action_reserve(hours=1)
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            cron = self.env.ref("silver_contract.ir_cron_tidy_reservations")
            with self.enter_registry_test_mode():
                self.assertIs(cron.method_direct_trigger(), True)
            contract.invalidate_recordset()
            self.assertEqual(self.ports[0].state, "free")
            self.assertEqual((contract.state, contract.splitter_port_id.id), ("pending", False))
            contract.action_activate()
            self.assertEqual(contract.state, "active")

    def test_hooks_get_the_whole_recordset(self):
        contracts = self.Contract.browse()
        for _index in range(3):
            contracts |= self._contract(self.plan_tv)
        calls = []

        def spy(name):
            def hook(records, events):
                calls.append((name, records, events))

            return hook

        names = ("reserve", "activate", "suspend", "resume", "cancel")
        for name in names:
            self.patch(type(self.Contract), f"_on_{name}", spy(name))
        for name in names:
            getattr(contracts, f"action_{name}")()
        self.assertEqual([name for name, _records, _events in calls], list(names))
        for _name, records, events in calls:
            self.assertEqual(records, contracts)
            self.assertEqual(events.contract_id, contracts)
            self.assertEqual(len(events), 3)

    def test_a_check_hook_stops_everything(self):
        contract = self._fiber(active=False)

        def refuse(records):
            raise UserError("not today")

        self.patch(type(self.Contract), "_check_can_activate", refuse)
        with self.assertRaisesRegex(UserError, "not today"), self.cr.savepoint():
            contract.action_activate()
        contract.invalidate_recordset()
        self.assertEqual((contract.state, self.ports[0].state), ("draft", "free"))

    def test_backdated_life(self):
        contract = self._contract(self.plan_tv)
        contract.action_activate(date="2026-01-10")
        contract.action_suspend(reason="technical", date="2026-03-05")
        contract.action_resume(date="2026-03-09")
        contract.action_cancel(date="2026-06-30")
        self.assertEqual(
            [contract._local_day(date) for date in contract.event_ids.sorted("id").mapped("date")],
            [
                fields.Date.to_date(text)
                for text in ("2026-01-10", "2026-01-10", "2026-03-05", "2026-03-09", "2026-06-30")
            ],
        )
        self.assertEqual(contract.date_start, fields.Date.to_date("2026-01-10"))
        self.assertEqual(contract.date_end, fields.Date.to_date("2026-06-30"))

    def test_backdated_activation_delivers_the_equipment_on_its_day(self):
        contract = self._fiber(0, active=False)
        contract.action_activate(date="2026-01-10")
        day = fields.Date.to_date("2026-01-10")
        [assignment] = contract.equipment_assignment_ids
        self.assertEqual(contract._local_day(assignment.date_from), day)
        picking = assignment.move_in_id.picking_id
        self.assertEqual(contract._local_day(picking.date_done), day)
        self.assertEqual(contract._local_day(assignment.move_in_id.date), day)
        port = contract.splitter_port_id
        contract.action_cancel(date="2026-06-30")
        self.assertEqual(port.action_who_was_there("2026-01-09 12:00:00"), [])
        self.assertEqual(port.action_who_was_there("2026-07-02 12:00:00"), [])
        [there] = port.action_who_was_there("2026-04-01 12:00:00")
        self.assertEqual((there["reference"], there["state"]), (contract.name, "used"))

    def test_backdated_activation_with_what_another_customer_had(self):
        first = self._fiber(0)
        first.action_cancel()
        first.action_recover_equipment()
        second = self._contract(
            self.plan_fiber, splitter_port_id=self.ports[1].id, onu_id=self.onus[0].id
        )
        with self.assertRaisesRegex(UserError, "was still with"):
            second.action_activate(date=self.today - timedelta(days=3))
        second.action_activate(date=self.today)
        self.assertEqual(second.onu_id.partner_id, second.partner_id)

    def test_constant_queries(self):
        """Suspending many costs the same number of queries as suspending a few."""

        def queries(count):
            contracts = self.Contract.create(
                [
                    {"partner_id": self._customer().id, "product_id": self.plan_tv.id}
                    for _index in range(count)
                ]
            )
            contracts.action_activate()
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            contracts.action_suspend(reason="technical")
            self.env.flush_all()
            return self.cr.sql_log_count - start

        queries(2)
        self.assertLessEqual(queries(200), queries(10) + 2)
