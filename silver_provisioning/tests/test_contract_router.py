"""Which router serves a contract, and what happens when that changes."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ProvisioningCommon
from .device_lab import Router, RouterCommon


@tagged("post_install", "-at_install")
class TestContractRouter(ProvisioningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.nas.copy({"name": "Second router"})
        cls.other_base = cls.env["isp.base.station"].create({"code": "TB2", "name": "No router"})

    def _radio(self, index=0, **vals):
        contract = self._contract(
            self.plan_radio,
            sector_slot_id=self.sector.slot_ids[index].id,
            cpe_ids=[self.cpes[index].id],
            **vals,
        )
        contract.action_activate()
        return contract

    def assertRouter(self, contracts, nas):
        """From both sides, and in the one function all use."""
        contracts.invalidate_recordset(["router_id"])
        self.assertEqual(contracts.router_id, nas)
        nas_of = contracts._provisioning_nas()
        self.assertEqual({nas_of.get(c.id, nas.browse()) for c in contracts}, {nas})
        self.assertEqual(
            self.Contract.search([("router_id", "=", nas.id), ("id", "in", contracts.ids)]),
            contracts.sorted("id", reverse=True),
        )

    def test_who_decides(self):
        fiber, radio = self._fiber(), self._radio()
        both = fiber | radio
        self.assertRouter(both, self.nas)

        self.pon.olt_id.nas_id = self.second
        self.assertRouter(fiber, self.second)
        self.assertRouter(radio, self.nas)

        self.sector.nas_id = self.second
        self.assertRouter(both, self.second)

        fiber.nas_id = self.nas
        self.assertRouter(fiber, self.nas)
        self.assertRouter(radio, self.second)

        far = self._contract(self.plan_pppoe, base_station_id=self.other_base.id)
        first = self.Contract._routers(self.env.company)[0]
        self.assertRouter(far, first)
        far.nas_id = self.second
        self.assertRouter(far, self.second)

    def test_uisp_and_archived_are_no_routers(self):
        contract = self._fiber()
        contract.nas_id = self.second
        self.second.active = False
        self.assertRouter(contract, self.nas)
        self.second.active = True
        self.assertRouter(contract, self.second)
        self.second.vendor = "uisp"
        self.assertRouter(contract, self.nas)
        self.assertFalse(contract.router_undecided)

    def test_served_contracts(self):
        contracts = self._fiber(0) | self._fiber(1) | self._radio()
        self.pon.olt_id.nas_id = self.second
        contracts[1].nas_id = self.nas
        self.assertEqual(self.second._served_contracts() & contracts, contracts[0])
        self.assertEqual(self.nas._served_contracts() & contracts, contracts[1:])

    def test_not_decided_is_seen(self):
        fiber, radio = self._fiber(), self._radio()
        tv = self._contract(self.plan_tv, base_station_id=self.base.id)
        both = fiber | radio
        self.assertEqual(both.mapped("router_undecided"), [True, True])
        self.assertFalse(tv.router_undecided)
        self.assertEqual(self.base.undecided_count, 2)
        self.assertEqual(self.second.undecided_router_id, self.nas)
        domain = self.base.action_view_undecided()["domain"]
        self.assertEqual(self.Contract.search(domain).sorted("id"), both.sorted("id"))

        self.pon.olt_id.nas_id = self.second
        self.env.invalidate_all()
        self.assertEqual(both.mapped("router_undecided"), [False, True])
        self.assertEqual(self.base.undecided_count, 1)
        radio.nas_id = self.nas
        self.second.active = False
        self.env.invalidate_all()
        self.assertFalse(self.base.undecided_count)

    def test_many_at_once(self):
        contracts = self.Contract.union(*(self._fiber(index) for index in range(2)))
        olt = self.pon.olt_id

        def queries(contracts, nas):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            contracts._provisioning_nas()
            asked = self.env.cr.sql_log_count - before
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            olt.nas_id = nas
            self.env.flush_all()
            return asked, self.env.cr.sql_log_count - before

        queries(contracts, self.second)  # makes the devices
        few = queries(contracts, self.nas)
        contracts |= self.Contract.union(*(self._fiber(index) for index in range(2, 8)))
        many = queries(contracts, self.second)
        self.assertLessEqual(many[0], few[0], "the decision")
        self.assertLessEqual(many[1], few[1] + 2, "the change of the OLT")

    def test_only_who_moves_is_marked(self):
        moved, stays = self.activated(0), self.activated(1)
        radio = self._radio()
        stays.nas_id = self.nas
        self.drain()
        before = {c: max(c.target_ids.mapped("generation")) for c in (moved, stays, radio)}
        self.pon.olt_id.nas_id = self.second
        after = {c: max(c.target_ids.mapped("generation")) for c in (moved, stays, radio)}
        self.assertEqual([c for c in before if after[c] > before[c]], [moved])
        coa = self.targets(moved, "coa").device_id
        self.assertEqual(
            set(coa.mapped("res_id")), {self.nas.id, self.second.id}, "sessions of the new one too"
        )

    def test_a_router_comes_and_goes(self):
        self.second.active = False
        contract = self.activated()
        self.second.active = True
        self.assertEqual(
            set(self.targets(contract, "coa").device_id.mapped("res_id")), {self.nas.id}
        )
        self.nas.active = False
        self.assertIn(self.second.id, self.targets(contract, "coa").device_id.mapped("res_id"))
        self.assertRouter(contract, self.second)

    def test_first_router_of_a_base(self):
        contract = self._contract(self.plan_pppoe, base_station_id=self.other_base.id)
        contract.action_activate()
        nas = self.nas.copy({"name": "Its own", "base_station_id": self.other_base.id})
        self.assertIn(nas.id, self.targets(contract, "coa").device_id.mapped("res_id"))

    def test_splitter_on_another_olt(self):
        contract = self.activated()
        olt = self.pon.olt_id.copy({"name": "TOLT2", "nas_id": self.second.id})
        card = self.env["isp.olt.card"].create({"olt_id": olt.id, "slot": 1})
        pon = card.port_ids[:1] or self.env["isp.olt.card.port"].create(
            {"card_id": card.id, "number": 1}
        )
        self.splitter.olt_port_id = pon
        self.assertRouter(contract, self.second)
        self.assertIn(self.second.id, self.targets(contract, "coa").device_id.mapped("res_id"))

    def test_operators_choose(self):
        contracts = self._fiber(0) | self._fiber(1)
        Choice = self.env["isp.contract.router.choice"].with_user(self.operator)
        choice = Choice.with_context(active_ids=contracts.ids).create({"nas_id": self.second.id})
        self.assertEqual(choice.contract_count, 2)
        choice.action_apply()
        self.assertRouter(contracts, self.second)
        with self.assertRaises(AccessError):
            contracts.with_user(self.technician).action_set_router(nas_id=self.nas.id)
        controller = self.nas.copy({"name": "Controller", "vendor": "uisp"})
        with self.assertRaises(UserError):
            contracts.action_set_router(nas_id=controller.id)
        contracts.with_user(self.operator).action_set_router()
        self.assertRouter(contracts, self.nas)


@tagged("post_install", "-at_install")
class TestContractMovesRouter(RouterCommon):
    """PPPoE users in two routers of one base."""

    def setUp(self):
        super().setUp()
        self.ros2 = Router()
        self.ros2.start()
        self.addCleanup(self.ros2.stop)
        self.second = self.nas.copy(
            {
                "name": "Second router",
                "management_port": self.ros2.port,
                "username": self.ros2.user,
                "password": self.ros2.password,
            }
        )
        self.second.provisioning_mode = "on"

    def names(self):
        return [
            sorted(row["name"] for row in ros.store.select("/ppp/secret"))
            for ros in (self.ros, self.ros2)
        ]

    def test_the_olt_changes_router(self):
        first, other = self.activated(0), self.activated(1)
        other.nas_id = self.nas
        users = [c.radius_user_id.username for c in (first, other)]
        self.drain()
        self.assertEqual(self.names(), [sorted(users), []])
        user = first.radius_user_id.sudo()
        self.ros.store.dial(user.username, user.password)
        self.assertTrue(self.rows("/ppp/active"))

        self.pon.olt_id.nas_id = self.second
        self.drain()
        self.assertEqual(self.names(), [[users[1]], [users[0]]])
        self.assertFalse(self.rows("/ppp/active"), "nobody stays on the old router")
        old, new = self.target(first).sorted("id")
        self.assertEqual((old.state, new.state), ("in_sync", "in_sync"))
        self.assertFalse(old.placed)
        self.assertTrue(new.placed)

        self.pon.olt_id.nas_id = False
        self.drain()
        self.assertEqual(self.names(), [sorted(users), []])

    def test_the_contract_chooses(self):
        contract = self.activated()
        name = contract.radius_user_id.username
        contract.nas_id = self.second
        self.drain()
        self.assertEqual(self.names(), [[], [name]])

    def test_moved_to_the_sector_of_the_other(self):
        slots = self.sector.slot_ids
        far = self.sector.copy({"name": "TSEC2", "nas_id": self.second.id})
        contract = self._contract(
            self.plan_radio, sector_slot_id=slots[0].id, cpe_ids=[self.cpes[0].id]
        )
        contract.action_activate()
        self.drain()
        name = contract.radius_user_id.username
        self.assertEqual(self.names(), [[name], []])
        contract.action_change_address(sector_slot_id=far.slot_ids[0].id)
        contract.action_confirm_address()
        self.drain()
        self.assertEqual(self.names(), [[], [name]])

    def test_user_follows_to_radius_and_back(self):
        self.second.provisioning_mode = "off"
        contract = self.activated()
        user = contract.radius_user_id
        self.assertFalse(user.server_id)
        self.pon.olt_id.nas_id = self.second
        self.assertEqual(user.server_id, self.server)
        self.recover()
        self.assertEqual(self.names(), [[], []])
        self.assertEqual(self.login(contract)[0], "Access-Accept")

        self.pon.olt_id.nas_id = self.nas
        self.assertFalse(user.server_id)
        self.recover()
        self.assertEqual(self.names(), [[user.username], []])
        self.assertEqual(self.login(contract)[0], "Access-Reject")
