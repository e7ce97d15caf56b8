"""A provider comes with a router full of customers written by hand: they are taken over."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models import isp_router_entry_adoption
from .device_lab import RouterCommon


class EntriesCommon(RouterCommon):
    def setUp(self):
        super().setUp()
        self.pool = self.env["isp.ip.pool"].create(
            {
                "label": "R",
                "cidr": "10.89.0.0/24",
                "base_station_id": self.base.id,
                "auto_assign": False,
            }
        )
        self.pool.action_activate()
        self.Entry = self.env["isp.router.entry"]
        self.ros.store.add("/ppp/profile", {"name": "10MB", "rate-limit": "50M/100M"})
        self.nas.provisioning_mode = "dry_run"

    def ppp(self, name, **values):
        row = {"name": name, "password": f"clave-{name}", "profile": "10MB", **values}
        return self.ros.store.add("/ppp/secret", row)

    def queue(self, name, address, limit="50M/100M", **values):
        row = {"name": name, "target": f"{address}/32", "max-limit": limit, **values}
        return self.ros.store.add("/queue/simple", row)

    def look(self):
        """What the cron does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env["isp.nas"]._look_one(self.nas.id)
        self.env.invalidate_all()
        return self.Entry.search([("nas_id", "=", self.nas.id)])

    def cron_commits(self):
        """A test keeps its transaction where the cron would commit."""
        return patch.object(
            self.env.registry["ir.cron"], "_commit_progress", lambda cron, *args, **kw: 1000.0
        )

    def entry(self, label):
        return self.look().filtered(lambda row: row.label == label)

    def switch_on(self):
        self.nas.provisioning_mode = "on"
        self.recover()

    def on_router(self, name):
        [row] = [row for row in self.rows("/ppp/secret") if row["name"] == name]
        return row


@tagged("post_install", "-at_install")
class TestRouterAdoption(EntriesCommon):
    """PPPoE users in the router."""

    def test_taken_over_without_a_cut(self):
        contract = self.activated()
        row_id = self.ppp(
            "juan", comment=f"Juan {contract.name}", **{"remote-address": "10.89.0.5"}
        )
        self.ros.store.dial("juan")
        [session] = self.rows("/ppp/active")
        row = self.entry("juan")
        self.assertEqual((row.verdict, row.contract_id), ("adoptable", contract))
        self.assertEqual(row.matched_by, "number")
        self.assertIn("juan", row.explanation)

        row.with_user(self.operator).action_adopt()
        self.assertFalse(row.error)
        user = contract.radius_user_id.sudo()
        self.assertEqual((user.username, user.password), ("juan", "clave-juan"))
        self.assertFalse(user.server_id, "the router keeps it")
        self.assertEqual(contract.ip_address, "10.89.0.5")
        self.assertEqual(row.verdict, "adopted")
        self.assertIn("Juan", contract.message_ids[0].body)

        self.switch_on()
        self.assertEqual(self.target(contract).state, "in_sync", self.target(contract).last_error)
        now = self.on_router("juan")
        self.assertEqual((now[".id"], now["comment"]), (row_id, self.comment(contract)))
        self.assertEqual(len(self.rows("/ppp/secret")), 1, "nothing was made anew")
        self.assertEqual(self.rows("/ppp/active"), [session], "nobody was disconnected")
        row = self.entry("juan")
        self.assertEqual((row.verdict, row.explanation), ("equal", False))
        self.assertIn("Juan", row.comment, "what people wrote is kept here")

        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(self.on_router("juan")["disabled"], "true")
        self.assertFalse(self.rows("/ppp/active"))

    def test_cancelled_before_the_mark_arrived(self):
        contract = self.activated()
        self.ppp("juan", **{"remote-address": "10.89.0.5"})
        self.entry("juan").chosen_contract_id = contract
        self.entry("juan").action_adopt()
        self.ros.stop()
        self.nas.provisioning_mode = "on"
        self.drain()
        contract.action_cancel()
        self.drain()
        self.ros.start()
        self.recover()
        self.assertFalse(self.rows("/ppp/secret"), "it was his, mark or not")

    def test_verdicts(self):
        ours = self.activated(0)
        self.switch_on()
        self.nas.provisioning_mode = "dry_run"
        by_address, by_mac, cancelled = self.activated(1), self.activated(2), self.activated(3)
        by_address.action_change_ip_address(address="10.89.0.6")
        self.onus[2].item_id.mac = "02:00:00:00:00:07"
        self.ppp("eva", **{"remote-address": "10.89.0.6"})
        self.ppp("luis", **{"caller-id": "02:00:00:00:00:07"})
        self.ppp("viejo", comment=cancelled.name)
        self.ppp("nadie", comment="5 megas, calle 12")
        self.ppp("dos", comment=f"{by_mac.name} o {ours.name}")
        self.ppp("ajeno", comment="silver:OTRO/1")
        cancelled.action_cancel()
        rows = {row.label: row for row in self.look()}
        verdicts = {
            label: (row.verdict, row.contract_id, row.matched_by) for label, row in rows.items()
        }
        self.assertEqual(
            verdicts,
            {
                ours.radius_user_id.username: ("equal", ours, "mark"),
                "eva": ("adoptable", by_address, "address"),
                "luis": ("adoptable", by_mac, "mac"),
                "viejo": ("ended", cancelled, "number"),
                "nadie": ("nobody", self.Contract, False),
                "dos": ("ambiguous", self.Contract, False),
                "ajeno": ("conflict", self.Contract, False),
            },
        )
        self.assertIn("OTRO/1", rows["ajeno"].explanation)
        self.assertIn(ours.name, rows["dos"].explanation)
        self.assertEqual(self.nas.entry_count, 7)
        self.assertEqual(self.nas.entry_todo_count, 6)

    def test_ours_and_different(self):
        contract = self.activated()
        self.switch_on()
        name = contract.radius_user_id.username
        self.ros.store.set(
            "/ppp/secret", self.on_router(name)[".id"], {"profile": "10MB", "password": "otra"}
        )
        contract.action_suspend(reason="technical")
        row = self.entry(name)
        self.assertEqual(row.verdict, "different")
        for text in ("10MB", "password", "lets it through"):
            self.assertIn(text, row.explanation)
        self.assertNotIn("otra", row.explanation)
        row.with_user(self.operator).action_reconcile()
        self.recover()
        self.assertEqual(self.entry(name).verdict, "equal")

    def test_one_bad_row_does_not_stop_the_others(self):
        good, taken, bad_name, no_pool = (self.activated(index) for index in range(4))
        self.activated(4).action_change_ip_address(address="10.89.0.9")
        self.ppp("a", comment=good.name, **{"remote-address": "10.89.0.5"})
        self.ppp("b", comment=bad_name.name)
        self.ros.store.set("/ppp/secret", "b", {"name": "con espacio"})
        self.ppp("c", comment=no_pool.name, **{"remote-address": "192.168.50.9"})
        self.ppp("d", **{"remote-address": "10.89.0.9"})
        rows = self.look()
        rows.filtered(lambda row: row.label == "d").chosen_contract_id = taken
        message = rows.with_user(self.operator).action_adopt()["params"]
        self.assertEqual(message["type"], "warning")
        errors = {row.label: row.error for row in rows}
        self.assertFalse(errors["a"])
        self.assertIn("cannot be a PPP user", errors["con espacio"])
        self.assertIn("192.168.50.9", errors["c"])
        self.assertIn("in use by", errors["d"])
        self.assertEqual(good.radius_user_id.username, "a")
        self.assertNotEqual(taken.radius_user_id.username, "d", "nothing of it was kept")
        # the reason goes when it is mended, and what was done is not done again
        self.ros.store.set("/ppp/secret", "con espacio", {"name": "sin-espacio"})
        rows = self.look()
        rows.action_adopt()
        self.assertEqual(bad_name.radius_user_id.username, "sin-espacio")
        self.assertEqual(len(good.message_ids.filtered(lambda m: "Taken over" in m.body)), 2)

    def test_somebody_elses_user(self):
        one, other = self.activated(0), self.activated(1)
        one.radius_user_id.username = "juan"
        self.ppp("juan", comment=other.name)
        row = self.entry("juan")
        self.assertEqual(row.verdict, "conflict")
        row.chosen_contract_id = other
        self.assertEqual((row.verdict, row.matched_by), ("adoptable", "hand"))
        row.action_adopt()
        self.assertIn(one.name, row.error)
        self.assertIn(row.error, row.explanation)

    def test_two_entries_of_one_contract(self):
        contract = self.activated()
        self.ppp("juan", comment=contract.name)
        self.ppp("juan2", comment=contract.name)
        rows = self.look()
        self.assertEqual(rows.mapped("verdict"), ["conflict"] * 2)
        self.assertIn("juan2", rows[0].explanation)
        rows[0].chosen_contract_id = contract
        self.assertEqual(rows.mapped("verdict"), ["adoptable", "conflict"])
        rows[1].action_ignore()
        rows.action_match()
        self.assertEqual(rows[0].verdict, "adoptable")
        rows[1].action_unignore()
        rows.action_match()
        self.assertEqual(rows[1].verdict, "conflict", "it counts again")

    def test_without_its_password_nobody_is_taken(self):
        contract = self.activated()
        self.ppp("juan", comment=contract.name, password="")
        row = self.entry("juan")
        row.action_adopt()
        self.assertIn("sensitive", row.error)

    def test_password_is_for_few(self):
        self.ppp("juan")
        row = self.entry("juan")
        secrets = new_test_user(
            self.env,
            login="t_secrets",
            groups="silver_base.group_silver_operator,silver_base.group_silver_secrets",
        )
        self.assertEqual(row.with_user(secrets).read(["password"])[0]["password"], "••••••••")
        with self.assertRaises(AccessError):
            row.with_user(self.operator).read(["password"])
        with self.assertRaises(AccessError):
            row.with_user(self.operator).write({"verdict": "equal"})
        with self.assertRaises(AccessError):
            row.with_user(self.support).action_adopt()
        self.ros.store.remove("/ppp/secret", "juan")
        self.look()
        self.assertFalse(row.active)
        self.assertFalse(row.sudo().password, "what is gone keeps no secrets")

    def test_another_company_sees_nothing(self):
        self.ppp("juan")
        row = self.entry("juan")
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            login="t_stranger",
            groups="silver_base.group_silver_admin",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.assertFalse(self.Entry.with_user(stranger).search([]) & row)

    def test_what_a_cancelled_contract_left(self):
        contract, stays = self.activated(0), self.activated(1)
        self.ppp("viejo", comment=contract.name)
        self.ppp("sigue", comment=stays.name)
        contract.action_cancel()
        row = self.entry("viejo")
        self.assertEqual(row.verdict, "ended")
        with self.assertRaises(UserError):
            self.entry("sigue").action_take_off()
        row.with_user(self.operator).action_take_off()
        self.switch_on()
        names = {secret["name"] for secret in self.rows("/ppp/secret")}
        self.assertNotIn("viejo", names)
        self.assertIn("sigue", names, "nobody took it over")
        self.assertFalse(self.entry("viejo"))

    def test_a_router_that_is_nobodys(self):
        self.nas.provisioning_mode = "off"
        contract = self.activated()
        self.ppp("juan", comment=contract.name)
        row = self.entry("juan")
        self.assertEqual(row.verdict, "adoptable", "reading is free")
        with self.assertRaisesRegex(UserError, "Customers"):
            row.action_adopt()

    def test_into_radius(self):
        """The router asks RADIUS: there the customer keeps the user and password he had."""
        self.nas.customer_mode = "list"
        contract = self.activated()
        self.ppp("juan", comment=contract.name, **{"remote-address": "10.89.0.5"})
        row = self.entry("juan")
        row.action_adopt()
        self.assertFalse(row.error)
        self.assertEqual(contract.radius_user_id.server_id, self.server)
        self.drain()
        self.assertEqual(self.login(contract, "clave-juan")[0], "Access-Accept")
        self.assertEqual(self.entry("juan").verdict, "equal")

    def test_served_by_another_router(self):
        base = self.base.create({"code": "TB2", "name": "Other base"})
        other = self.nas.copy({"name": "Other router", "base_station_id": base.id})
        contract = self._contract(self.plan_pppoe, base_station_id=base.id)
        contract.action_activate()
        self.ppp("juan", comment=contract.name)
        row = self.entry("juan")
        self.assertEqual(row.verdict, "conflict")
        self.assertIn(other.name, row.explanation)

    def test_a_dead_router(self):
        self.ros.stop()
        self.assertFalse(self.look())
        self.assertTrue(self.nas.look_reason)
        self.assertFalse(self.nas.look_requested)

    def test_asked_for_and_done_by_the_cron(self):
        contracts = [self.activated(index) for index in range(3)]
        for index, contract in enumerate(contracts):
            self.ppp(f"u{index}", comment=contract.name)
        self.env.flush_all()
        action = self.nas.with_user(self.operator).action_take_over()
        self.assertEqual(action["res_model"], "isp.router.entry")
        with self.enter_registry_test_mode(), self.cron_commits():
            self.Entry._cron_work()
        self.env.invalidate_all()
        rows = self.Entry.search([("nas_id", "=", self.nas.id)])
        self.assertEqual(rows.mapped("verdict"), ["adoptable"] * 3)
        with patch.object(isp_router_entry_adoption, "AT_ONCE", 2):
            message = rows.with_user(self.operator).action_adopt()["params"]["message"]
        self.assertIn("background", message)
        self.assertEqual(rows.mapped("verdict"), ["adoptable"] * 3, "not while somebody waits")
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.cron_commits():
            self.Entry._cron_work()
        self.env.invalidate_all()
        self.assertEqual(rows.mapped("verdict"), ["adopted"] * 3)
        self.assertEqual(rows.adopted_by_id, self.operator)
        self.assertEqual(
            [contract.radius_user_id.username for contract in contracts], ["u0", "u1", "u2"]
        )

    def test_queries_do_not_grow_with_rows(self):
        contracts = [self.activated(index) for index in range(4)]
        for index, contract in enumerate(contracts):
            self.ppp(f"u{index}", comment=contract.name)
        rows = self.look()

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._match()
            return self.env.cr.sql_log_count - before

        count(rows)
        self.assertLessEqual(count(rows), count(rows[:2]))
