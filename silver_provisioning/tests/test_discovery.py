"""From an ONU that lights up on an OLT of the lab to an active contract, in two clicks."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .device_lab import OltCommon


class DiscoveryCommon(OltCommon):
    def setUp(self):
        super().setUp()
        # the common set-up has these in stock; here nobody knows them yet
        self.onus[0].gpon_serial = "TSTF00009901"
        self.onus[1].gpon_serial = "TSTF00009902"
        self.Discovered = self.env["isp.onu.discovered"]

    def look(self):
        """What the cron does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env["isp.olt"]._discover_one(self.olt.id)
        self.env.invalidate_all()
        return self.Discovered.search([("olt_id", "=", self.olt.id)], order="serial")

    def row(self, index=0):
        return self.look().filtered(lambda row: row.serial == self.lights[index])

    def pending(self, index=0, port=None, **vals):
        contract = self._contract(
            self.plan_fiber, splitter_port_id=(port or self.ports[index]).id, **vals
        )
        contract.action_reserve()
        return contract

    def other_pon(self, number=9):
        """Another PON port of the OLT with a splitter below."""
        pon = self.pon.create({"card_id": self.pon.card_id.id, "number": number})
        splitter = self.splitter.create(
            {"code": f"TSPL{number}", "olt_port_id": pon.id, "ratio": "8", "nap_id": self.nap.id}
        )
        if not splitter.port_ids:
            splitter.action_generate_ports()
        return splitter.port_ids[0]


@tagged("post_install", "-at_install")
class TestDiscovery(DiscoveryCommon):
    def test_what_lights_up_is_listed(self):
        rows = self.look()
        self.assertEqual(rows.mapped("serial"), self.lights)
        self.assertEqual(rows.port_id, self.pon)
        self.assertEqual(set(rows.mapped("vendor")), {"Huawei"})
        self.assertEqual(rows[0].state, "new")
        self.assertEqual(rows[2].state, "known", "in our stock by its GPON serial number")
        self.assertEqual(rows[2].onu_id, self.onus[2])
        self.assertFalse(self.olt.discovery_error)
        first = rows[0].first_seen
        self.assertEqual(self.look()[0].first_seen, first, "a second look is not a new ONU")

    def test_ignored_until_further_notice(self):
        rows = self.look()
        states = rows.mapped("state")
        rows.action_ignore()
        self.assertEqual(set(rows.mapped("state")), {"ignored"})
        self.assertEqual(set(self.look().mapped("state")), {"ignored"})
        rows.action_unignore()
        self.assertEqual(rows.mapped("state"), states)

    def test_gone_and_back(self):
        self.row().action_ignore()
        self.plant.disconnect(self.lights[0])
        self.assertNotIn(self.lights[0], self.look().mapped("serial"))
        gone = self.Discovered.with_context(active_test=False).search(
            [("serial", "=", self.lights[0])]
        )
        self.assertFalse(gone.active)
        self.plant.connect(self.lights[0], 1, 5)
        back = self.row()
        self.assertEqual((back, back.port_number), (gone, 5))
        self.assertNotEqual(back.state, "ignored", "it is looked at anew")

    def test_two_clicks_receive_install_and_authorise(self):
        contract = self.pending()
        row = self.row()
        self.assertEqual(row.contract_id, contract)
        self.assertEqual(row.candidate_count, 1)
        action = row.with_user(self.support).action_open_activation()
        wizard = Form.from_action(
            self.env["isp.onu.activation"].with_user(self.support).env, action
        )
        self.assertEqual(wizard.contract_id, contract)
        wizard.product_id = self.onus[0].product_id
        wizard.save().action_activate()
        self.assertEqual(contract.state, "active")
        self.assertEqual(contract.onu_id.gpon_serial, self.lights[0])
        self.assertEqual(contract.onu_id.status, "assigned")
        self.assertTrue(contract.onu_id.item_id._held_by(contract))
        self.drain()
        self.assertEqual(self.target(contract).state, "in_sync", self.target(contract).last_error)
        self.assertEqual(self.vlans(0), [100])
        self.assertFalse(row.active, "it waits no more, before the next look")
        self.assertNotIn(self.lights[0], self.look().mapped("serial"))

    def test_from_stock_and_twice(self):
        contract = self.pending()
        row = self.row(2)
        self.assertEqual(row.contract_id, contract)
        row.action_activate_contract()
        self.assertEqual((contract.state, contract.onu_id), ("active", self.onus[2]))
        row.action_activate_contract(contract_id=contract.id)  # the answer was lost, for example
        self.assertEqual(contract.onu_id, self.onus[2])
        row.invalidate_recordset()
        self.assertEqual(row.state, "assigned")

    def test_the_onu_of_a_contract_wins_over_the_port(self):
        self.pending(0)
        wanted = self.pending(1, onu_id=self.onus[2].id)
        self.assertEqual(self.row(2).contract_id, wanted)
        self.assertEqual(self.row(3).contract_id.splitter_port_id, self.ports[0])

    def test_wrong_port_is_shown_and_corrected(self):
        contract = self.pending(port=self.other_pon(), onu_id=self.onus[2].id)
        row = self.row(2)
        self.assertIn(contract.name, row.problem)
        with self.assertRaisesRegex(UserError, "lights up"):
            row.action_activate_contract(contract_id=contract.id)
        self.assertEqual(contract.state, "pending")
        with self.assertRaisesRegex(UserError, "hangs from"):
            row.action_activate_contract(
                contract_id=contract.id, splitter_port_id=contract.splitter_port_id.id
            )
        wizard = self.env["isp.onu.activation"].create({"discovered_id": row.id})
        self.assertTrue(wizard.wrong_port)
        self.assertEqual(wizard.splitter_port_id.olt_port_id, self.pon)
        reserved = contract.splitter_port_id
        wizard.action_activate()
        self.assertEqual((contract.state, contract.olt_port_id), ("active", self.pon))
        self.assertEqual(reserved.state, "free")
        self.drain()
        self.assertEqual(self.vlans(2), [100])

    def test_active_contract_on_the_wrong_port(self):
        contract = self.pending(port=self.other_pon(), onu_id=self.onus[2].id)
        contract.action_activate()
        row = self.row(2)
        self.assertEqual(row.state, "assigned")
        row.action_activate_contract(splitter_port_id=self.ports[0].id)
        self.assertEqual(contract.olt_port_id, self.pon)
        self.drain()
        self.assertEqual(self.vlans(2), [100])

    def test_replacement_of_a_dead_onu(self):
        contract = self.activated(2)
        self.plant.disconnect(self.lights[2])
        self.row(3).action_activate_contract(contract_id=contract.id)
        self.assertEqual(contract.onu_id, self.onus[3])
        self.drain()
        self.assertEqual(self.vlans(3), [100])
        self.assertIsNone(self.plant.by_serial(self.lights[2]), "the dead one left the OLT")

    def test_unknown_model_is_asked_for(self):
        self.pending()
        self.env["product.product"].search([("equipment_kind", "=", "onu")]).write(
            {"brand": False, "model": "Other thing"}
        )
        row = self.row()
        self.env["isp.onu"].search([("gpon_serial", "=like", "HWTC%")]).gpon_serial = False
        with self.assertRaisesRegex(UserError, "which model"):
            row.action_activate_contract()

    def test_a_draft_gets_its_place(self):
        contract = self._contract(self.plan_fiber)
        row = self.row(2)
        row.action_activate_contract(contract_id=contract.id, splitter_port_id=self.ports[4].id)
        self.assertEqual((contract.state, contract.splitter_port_id), ("active", self.ports[4]))

    def test_silent_olt_says_so_and_keeps_what_was_seen(self):
        rows = self.look()
        self.lab_olt.stop()
        self.assertEqual(self.look(), rows)
        self.assertTrue(self.olt.discovery_error)
        self.assertFalse(self.olt.discovery_requested)

    def test_no_secret_in_the_reason(self):
        self.lab_olt.password = "another"
        self.look()
        self.assertTrue(self.olt.discovery_error)
        self.assertNotIn("lab-olt", self.olt.discovery_error)

    def test_asking_only_marks(self):
        before = len(self.lab_olt.log)
        self.Discovered.with_user(self.technician).action_look([self.olt.id])
        self.assertTrue(self.olt.discovery_requested)
        self.assertEqual(len(self.lab_olt.log), before, "no device is talked to in the request")
        self.assertIn(self.olt, self.env["isp.olt"]._due_for_discovery())
        self.look()
        self.assertNotIn(self.olt, self.env["isp.olt"]._due_for_discovery())

    def test_an_olt_that_is_off_is_left_alone(self):
        self.olt.provisioning_mode = "off"
        self.assertNotIn(self.olt, self.env["isp.olt"]._due_for_discovery())
        with self.assertRaises(UserError):
            self.olt.action_discover()

    def test_queries_do_not_grow_with_the_rows(self):
        self.pending()
        few = self.look()
        for number in range(20):
            self.plant.connect(f"HWTCFF0000{number:02X}", 1, 3)
        many = self.look()

        def count(records):
            self.env.invalidate_all()
            records.mapped("serial")
            start = self.env.cr.sql_log_count
            records.mapped("state")
            return self.env.cr.sql_log_count - start

        self.assertEqual((len(few), len(many)), (4, 24))
        self.assertEqual(count(few), count(many))

    def test_roles(self):
        self.pending()
        row = self.row(2)
        staff = new_test_user(self.env, login="t_staff", groups="silver_base.group_silver_user")
        self.assertTrue(row.with_user(staff).state)
        with self.assertRaises(AccessError):
            row.with_user(staff).action_ignore()
        with self.assertRaises(AccessError):
            row.with_user(staff).action_unignore()
        with self.assertRaises(AccessError):
            row.with_user(staff).action_look()
        for user in (staff, self.technician, self.operator):
            with self.assertRaises(AccessError):
                row.with_user(user).action_activate_contract()
        row.with_user(self.support).action_activate_contract()

    def test_companies(self):
        row = self.row(2)
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            login="t_stranger",
            groups="silver_base.group_silver_support",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(self.Discovered.with_user(stranger).search([("id", "=", row.id)]))
        with self.assertRaises(AccessError):
            row.with_user(stranger).action_activate_contract(contract_id=1)


@tagged("post_install", "-at_install")
class TestDiscoveryZte(DiscoveryCommon):
    vendor = "zte"

    def test_two_clicks(self):
        contract = self.pending()
        self.row(0).action_activate_contract(product_id=self.onus[0].product_id.id)
        self.drain()
        self.assertEqual(self.target(contract).state, "in_sync", self.target(contract).last_error)
        self.assertEqual(self.vlans(0), [100])


@tagged("post_install", "-at_install")
class TestDiscoveryVsol(TestDiscoveryZte):
    vendor = "vsol"
    allow_inherited_tests_method = True
