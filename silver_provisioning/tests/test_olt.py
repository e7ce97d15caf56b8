"""The life of a customer on OLTs, over the real protocols of the lab's stand-ins."""

import dataclasses
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models import isp_provisioned_mixin
from .device_lab import OltCommon

EVIL = 'Ana"; reboot\nundo service-port 1 | ? ! # \\ $(quit)'


class OltLife:
    """What holds for every vendor."""

    allow_inherited_tests_method = True

    def test_life(self):
        self.olt.suspend_here = True
        contract = self.activated()
        self.assertEqual(self.target(contract).state, "in_sync", self.target(contract).last_error)
        self.assertEqual(self.vlans(), [100])
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(self.vlans(), [])
        self.assertTrue(self.ont(), "a suspended customer stays configured")
        contract.action_resume(reason="technical")
        self.drain()
        self.assertEqual(self.vlans(), [100])

        before = self.speed()
        contract.action_change_plan(product_id=self.plan_fiber_big.id)
        self.drain()
        self.assertNotEqual(self.speed(), before)
        self.assertEqual(self.vlans(), [100])

        port = contract.splitter_port_id
        contract.action_cancel()
        self.assertEqual((contract.is_leaving, port.lendable), (True, False))
        self.assertTrue(self.ont())
        self.drain()
        self.assertFalse(self.ont())
        self.assertFalse(self.plant.service_ports)
        self.assertFalse(contract.is_leaving)
        self.assertEqual(contract.release_ids.mapped("state"), ["confirmed"])
        self.assertFalse(self.target(contract).placed)
        self.assertEqual(contract.network_state, "in_sync")

    def test_led_to_the_payment_page_he_stays_lit(self):
        contract = self.activated()
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(self.vlans(), [100], "RADIUS restricts him")
        self.olt.suspend_here = True
        self.drain()
        self.assertEqual(self.vlans(), [], "the option reaches who is suspended already")
        contract.action_resume(reason="technical")
        contract.action_suspend(reason="technical", mode="walled_garden")
        self.drain()
        self.assertEqual(self.vlans(), [100])

    def test_swap_leaves_nothing_behind(self):
        contract = self.activated()
        contract.action_change_equipment(onu_id=self.onus[1].id)
        self.drain()
        self.assertFalse(self.ont(0))
        self.assertEqual(self.vlans(1), [100])
        self.assertEqual([p["serial"] for p in self.target(contract).placed], [self.lights[1]])

    def test_many_in_one_session_saved_once(self):
        contracts = self.env["isp.contract"].union(
            *(self._fiber(index, active=False) for index in range(3))
        )
        contracts.action_activate()
        before = self.lab_olt.connections
        self.drain()
        self.assertEqual([self.vlans(index) for index in range(3)], [[100]] * 3)
        self.assertEqual(self.lab_olt.connections - before, 1)
        saved = [line for line in self.lab_olt.commands() if line in ("save", "write")]
        self.assertEqual(len(saved), 1)

    def test_asked_again_nothing_is_sent(self):
        contract = self.activated()
        self.lab_olt.log.clear()
        contract.action_reconcile()
        self.assertEqual(self.drain()["done"], 0)
        self.assertFalse({"save", "write"} & set(self.lab_olt.commands()))

    def test_dead_olt_holds_the_port_and_the_others_go_on(self):
        contract = self.activated()
        port = contract.splitter_port_id
        self.lab_olt.stop()
        contract.action_cancel()
        self.drain()
        self.assertEqual(self.login(contract)[0], "Access-Reject", "RADIUS did not wait")
        self.assertEqual((self.target(contract).state, self.device.health), ("pending", "silent"))
        self.assertTrue(contract.is_leaving)
        with self.assertRaises(UserError) as caught:
            port._lend(self.partner, "X")
        self.assertIn(contract.name, str(caught.exception))
        # nor does anybody get the place on the PON port that the OLT still holds
        pon = self.pon
        slot = contract.release_ids.onu_slot_id
        self.assertEqual((slot.port_id, slot.splitter_port_id.id), (pon, False))
        self.assertGreater(slot.available_from, fields.Datetime.now())
        pon.max_onus = 2
        taken = self.ports[5:7]
        taken[0]._lend(self.partner, "X")
        self.assertNotEqual(taken[0].onu_slot_id, slot)
        self.assertFalse(pon._with_free_slot())
        with self.assertRaisesRegex(UserError, "full"):
            taken[1]._lend(self.partner, "Y")
        self.lab_olt.start()
        self.recover()
        self.assertFalse(self.ont())
        self.assertFalse(contract.is_leaving)
        self.assertFalse(slot.available_from, "the OLT has let it go")
        taken[1]._lend(self.partner, "Y")
        self.assertEqual(taken[1].onu_slot_id, slot)
        self.assertLess(port.available_from, fields.Datetime.now() + timedelta(hours=100))

    def test_serial_of_somebody_else_needs_a_person(self):
        self.fill_other_port(self.lights[0])
        before = dict(self.plant.onts)
        contract = self.activated()
        target = self.target(contract)
        self.assertEqual((target.state, target.error_class), ("failed", "needs_human"))
        self.assertEqual(contract.network_state, "attention")
        self.assertEqual(self.plant.onts, before)
        contract.action_cancel()
        self.drain()
        self.assertEqual(self.plant.onts, before, "never delete what is not ours")
        self.assertFalse(contract.is_leaving)

    def test_reboot_in_the_middle(self):
        self.lab_olt.faults.inject("reboot", self.words["flow"], times=1)
        contract = self.activated()
        self.assertEqual(self.target(contract).state, "pending")
        self.assertEqual(self.vlans(), [], "it forgot what was not saved")
        self.recover()
        self.assertEqual((self.target(contract).state, self.vlans()), ("in_sync", [100]))

    def test_answer_lost_after_the_change(self):
        self.lab_olt.faults.inject("drop_after", self.words["add"], times=1)
        contract = self.activated()
        self.assertEqual(self.target(contract).state, "pending")
        self.recover()
        self.assertEqual((self.target(contract).state, self.vlans()), ("in_sync", [100]))
        self.assertEqual(len(self.plant.onts), 1)

    def test_cancelled_after_a_lost_answer(self):
        """Nobody saw the activation work, and yet it is taken away."""
        self.lab_olt.faults.inject("drop", "^(save|write)$", times=1)
        contract = self.activated()
        self.assertTrue(self.ont())
        self.assertEqual(self.target(contract).applied_generation, 0)
        contract.action_cancel()
        self.recover()
        self.assertFalse(self.ont())
        self.assertFalse(contract.is_leaving)

    def test_says_yes_and_does_nothing(self):
        self.lab_olt.faults.inject("forget", self.words["flow"], times=1)
        contract = self.activated()
        target = self.target(contract)
        self.assertEqual((target.state, target.error_class), ("pending", "retryable"))
        self.recover()
        self.assertEqual(self.vlans(), [100])

    def test_hangs(self):
        self.lab_olt.faults.inject("hang", self.words["flow"], times=1)
        with patch.object(isp_provisioned_mixin, "ANSWER_SECONDS", 1.0):
            contract = self.activated()
            self.assertEqual(self.target(contract).state, "pending")
            self.assertTrue(self.target(contract).last_error)
        self.lab_olt.faults.clear()
        self.recover()
        self.assertEqual(self.vlans(), [100])

    def test_names_of_customers_are_no_commands(self):
        contract = self.activated(partner=self._customer(EVIL))
        self.assertEqual((self.target(contract).state, self.vlans()), ("in_sync", [100]))
        for line in self.lab_olt.commands():
            self.assertNotRegex(line, r"reboot.*\n|^reboot|\$\(|^undo service-port|[|\\]")
        label = self.ont().description or str(self.ont().config)
        self.assertIn("Ana_reboot_undo", label)

    def test_no_vlan_no_profile(self):
        self.olt.service_vlan = 0
        contract = self.activated()
        target = self.target(contract)
        self.assertEqual((target.state, target.error_class), ("failed", "permanent"))
        self.assertIn("VLAN", target.last_error)
        self.env["isp.olt.profile"].search([("olt_driver", "=", self.vendor)]).unlink()
        self.olt.service_vlan = 100
        self.drain()
        self.assertEqual(target.state, "failed")
        self.assertRegex(target.last_error, "profile|type")
        self.assertEqual(self.ont(), None)

    def test_found_different_and_mended(self):
        contract, other = self.activated(0), self.activated(1)
        self.plant.remove(self.ont(0).place)
        self.plant.service_ports = {
            index: row
            for index, row in self.plant.service_ports.items()
            if row["place"] == self.ont(1).place
        }
        self.fill_other_port("HWTC00009999")
        counts = self.compare()
        self.assertEqual((counts["missing"], counts["repaired"]), (1, 1))
        findings = self.env["isp.provisioning.finding"].search(
            [("device_id", "=", self.device.id), ("finding", "=", "extra")]
        )
        self.assertEqual(findings.mapped("key"), ["HWTC00009999"])
        self.drain()
        self.assertEqual((self.vlans(0), self.vlans(1)), ([100], [100]))
        self.assertTrue(self.plant.by_serial("HWTC00009999"))
        self.assertEqual((contract | other).mapped("network_state"), ["in_sync", "in_sync"])

    def test_only_shown(self):
        self.olt.provisioning_mode = "dry_run"
        contract = self.activated()
        self.assertFalse(self.ont())
        self.assertEqual(self.target(contract).state, "pending")
        plan = next(row for row in contract.network_plan() if row["kind"] == "olt")
        self.assertFalse(plan["error"])
        self.assertGreaterEqual(len(plan["steps"]), 2)
        self.assertIn(self.lights[0], plan["steps"][0])
        other = self.activated(1)
        other.action_cancel()
        self.assertFalse(other.is_leaving, "nothing was ever put there")
        self.olt.provisioning_mode = "on"
        self.drain()
        self.assertEqual(self.vlans(), [100])
        self.olt.provisioning_mode = "off"
        self.assertEqual(self.target(contract).state, "held")
        contract.action_cancel()
        self.drain()
        self.assertFalse(contract.is_leaving)
        self.assertTrue(self.ont(), "somebody else's from now on")

    # helpers -----------------------------------------------------------------
    def compare(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            counts = self.env["isp.provisioning.drift"]._compare(self.device.id)
        self.env.invalidate_all()
        return counts

    def speed(self):
        ont = self.ont()
        rows = [
            (row.get("in"), row.get("out"))
            for row in self.plant.service_ports.values()
            if row["place"] == ont.place
        ]
        return rows or [
            line for line in ont.config.get("lines", {}).values() if "traffic-limit" in line
        ]

    def fill_other_port(self, serial):
        """Somebody configured an ONU by hand on the next port."""
        mine = self.activated(2)
        ont = self.ont(2)
        mine.action_cancel()
        self.drain()
        self.plant.add(dataclasses.replace(ont, serial=serial, port=ont.port + 1))
        self.env["isp.olt.card.port"].create(
            {"card_id": self.pon.card_id.id, "number": self.pon.number + 1}
        )


@tagged("post_install", "-at_install")
class TestHuawei(OltLife, OltCommon):
    vendor = "huawei"
    words = {"add": "ont add", "flow": "^service-port"}

    def test_leftover_service_port(self):
        contract = self.activated()
        place = self.ont().place
        row = {"place": place, "vlan": 200, "user_vlan": 200, "gem": 1, "in": None, "out": None}
        self.plant.add_service_port(row)
        contract.action_reconcile()
        self.drain()
        self.assertEqual(self.vlans(), [100])
        self.plant.add_service_port(dict(row))
        contract.action_cancel()
        self.drain()
        self.assertFalse(self.ont())
        self.assertFalse(self.plant.service_ports)

    def test_vlan_and_profile_by_place(self):
        """The most particular row decides; a port and a plan may have a VLAN of their own."""
        Profile = self.env["isp.olt.profile"]
        Profile.create({"olt_id": self.olt.id, "line_profile": "20"})
        self.pon.service_vlan = 200
        self.activated()
        self.assertEqual(self.vlans(), [200])
        self.assertEqual(self.ont().config, {"line": "20", "service": "10"})
        Profile.create(
            {"olt_driver": "huawei", "product_id": self.plan_fiber.id, "service_vlan": 100}
        )
        self.drain()
        self.assertEqual(self.vlans(), [100])

    def test_moves_to_another_port_of_the_same_olt(self):
        contract = self.activated()
        old = contract.splitter_port_id
        other = self.other_pon()
        contract.action_change_address(splitter_port_id=other.port_ids[0].id)
        light = self.plant.lights[self.lights[0]]
        light.port = other.olt_port_id.number
        contract.action_confirm_address()
        self.assertTrue(contract.is_leaving)
        self.drain()
        self.assertEqual(self.target(contract).state, "in_sync", self.target(contract).last_error)
        self.assertEqual((self.ont().port, self.vlans()), (light.port, [100]))
        self.assertEqual(len(self.plant.onts), 1)
        self.assertFalse(contract.is_leaving)
        self.assertLess(old.available_from, fields.Datetime.now() + timedelta(hours=100))

    def test_splitter_hung_from_another_port(self):
        """Its customers get other ONU places, and the OLT is told without anybody asking."""
        contract = self.activated()
        other = self.other_pon()
        light = self.plant.lights[self.lights[0]]
        light.port = other.olt_port_id.number
        self.splitter.olt_port_id = other.olt_port_id
        self.assertEqual(self.target(contract).state, "pending")
        self.drain()
        self.assertEqual(self.target(contract).state, "in_sync", self.target(contract).last_error)
        self.assertEqual((self.ont().port, self.vlans()), (light.port, [100]))
        self.assertEqual(len(self.plant.onts), 1)

    def test_recovered_onu_at_the_next_customer_while_the_olt_was_dead(self):
        contract = self.activated()
        onu = self.onus[0]
        self.lab_olt.stop()
        contract.action_cancel()
        contract.action_recover_equipment()
        other = self.other_pon()
        successor = self._contract(
            self.plan_fiber, splitter_port_id=other.port_ids[0].id, onu_id=onu.id
        )
        successor.action_activate()
        self.plant.lights[self.lights[0]].port = other.olt_port_id.number
        self.lab_olt.start()
        self.recover()
        self.assertEqual(self.target(successor).state, "in_sync")
        self.assertEqual((self.ont().port, self.vlans()), (other.olt_port_id.number, [100]))
        self.assertEqual(self.target(contract).state, "in_sync")
        self.assertFalse(contract.is_leaving)

    def test_recovered_onu_on_the_same_port_is_left_to_the_next_customer(self):
        contract = self.activated()
        self.lab_olt.stop()
        contract.action_cancel()
        contract.action_recover_equipment()
        successor = self._contract(
            self.plan_fiber, splitter_port_id=self.ports[5].id, onu_id=self.onus[0].id
        )
        successor.action_activate()
        self.lab_olt.start()
        # the newer one is served first, and then the old one must not take it away
        self.target(contract).next_attempt = fields.Datetime.now() + timedelta(hours=1)
        self.env["isp.provisioning.device"].search([]).breaker_until = False
        self.drain()
        self.assertEqual(self.vlans(), [100])
        self.recover()
        self.assertEqual(self.target(contract).state, "in_sync")
        self.assertEqual(self.vlans(), [100])
        self.assertIn(successor.name.replace("/", "-"), self.ont().description)
        self.assertFalse(contract.is_leaving)

    def test_a_person_gives_the_port_back(self):
        contract = self.activated()
        port = contract.splitter_port_id
        self.lab_olt.stop()
        contract.action_cancel()
        self.drain()
        contract.release_ids.with_user(self.operator).action_give_back()
        self.assertEqual(contract.release_ids.mapped("state"), ["forced"])
        self.assertFalse(contract.is_leaving)
        port.action_offer_now()
        port._lend(self.partner, "X")
        self.assertIn("without waiting", contract.message_ids[0].body)
        self.lab_olt.start()
        self.recover()
        self.assertFalse(self.ont(), "it is taken away all the same")

    def test_nothing_waits_for_ever(self):
        contract = self.activated()
        port = contract.splitter_port_id
        self.lab_olt.stop()
        contract.action_cancel()
        release = contract.release_ids
        self.env["isp.provisioning.release"]._cron_tidy()
        self.assertEqual(release.state, "waiting")
        past = fields.Datetime.now() - timedelta(minutes=1)
        release.held_until = past
        port._write_verb(port, {"available_from": past})
        self.env["isp.provisioning.release"]._cron_tidy()
        self.assertEqual(release.state, "expired")
        self.assertIn("did not confirm", contract.message_ids[0].body)

    def test_the_address_rests_from_when_the_olt_lost_the_customer(self):
        self.env["isp.ip.pool"].create(
            {
                "label": "T",
                "cidr": "10.88.0.0/28",
                "base_station_id": self.base.id,
                "auto_assign": True,
                "quarantine_hours": 1,
            }
        )
        contract = self.activated()
        address = contract.ip_reservation_ids
        self.lab_olt.stop()
        contract.action_cancel()
        now = fields.Datetime.now()
        self.assertEqual(address.state, "quarantine")
        self.assertGreater(address.available_at, now + timedelta(hours=2))
        self.lab_olt.start()
        self.recover()
        self.assertEqual(set(contract.release_ids.mapped("state")), {"confirmed"})

    def test_cut_at_the_olt_although_the_router_is_silent(self):
        """Session first, line last; but who is to be cut is cut."""
        self.olt.suspend_here = True
        contract = self.activated()
        self.router("silent")
        self.online(contract)
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(self.vlans(), [100], "it waits for the session to end")
        self.assertEqual(self.target(contract).attempts, 0)
        self.targets(contract).marked_at = fields.Datetime.now() - timedelta(minutes=6)
        self.due_again()
        self.drain()
        self.assertEqual(self.vlans(), [])
        contract.action_resume(reason="technical")
        self.drain()
        self.assertEqual(self.vlans(), [100], "who is let in waits for nobody but RADIUS")

    def test_waits_for_radius_and_others_do_not(self):
        contract = self.activated(drain=False)
        self.lab.away()
        other = self.activated(1, drain=False)
        other.radius_user_ids.unlink()
        self.targets(other, "radius").unlink()
        self.targets(other, "coa").unlink()
        self.drain()
        self.assertEqual((self.vlans(0), self.vlans(1)), ([], [100]))
        self.assertEqual(self.target(contract).state, "pending")
        self.lab.back()
        self.recover()
        self.assertEqual(self.vlans(0), [100])

    def test_secrets_stay_out_of_the_journal(self):
        self.lab_olt.faults.inject("error", "ont add", text="Failure: lab-olt was refused")
        contract = self.activated()
        journal = contract.env["isp.provisioning.attempt"].search(
            [("contract_id", "=", contract.id)]
        )
        texts = " ".join(
            str(value) for row in journal for value in (row.plan, row.transcript, row.error)
        )
        self.assertIn("was refused", texts)
        self.assertNotIn("lab-olt", texts)
        self.assertNotIn("lab-olt", self.target(contract).last_error)

    def test_connection_button(self):
        self.activated()
        message = self.olt.action_test_connection()["params"]["message"]
        self.assertRegex(message, r"\b1 customers")
        self.lab_olt.stop()
        with self.assertRaises(UserError):
            self.olt.action_test_connection()

    def other_pon(self):
        port = self.env["isp.olt.card.port"].create(
            {"card_id": self.pon.card_id.id, "number": self.pon.number + 1}
        )
        splitter = self.env["isp.splitter"].create(
            {"code": "TSPL2", "olt_port_id": port.id, "ratio": "8", "nap_id": self.nap.id}
        )
        if not splitter.port_ids:
            splitter.action_generate_ports()
        return splitter


@tagged("post_install", "-at_install")
class TestZte(OltLife, OltCommon):
    vendor = "zte"
    words = {"add": r"^onu \d+ type", "flow": "^service-port"}


@tagged("post_install", "-at_install")
class TestVsol(OltLife, OltCommon):
    vendor = "vsol"
    words = {"add": "^onu add", "flow": r"^onu \d+ service-port"}
