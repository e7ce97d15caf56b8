"""WAN mode and Wi-Fi of the ONU: set on the contract, found on the OLT of the lab."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .device_lab import OltCommon

KEY = "Clave-secreta-77"
INJECTIONS = (
    "red con espacios",
    "red\nno onu 1",
    "red;write",
    "red|more",
    'red"',
    "red?",
    "red!",
    "ñandú",
    "x" * 33,
)


class SettingsCase(OltCommon):
    def settle(self, contract):
        self.drain()
        self.assertEqual(self.target(contract).state, "in_sync", self.target(contract).last_error)


@tagged("post_install", "-at_install")
class TestZteSettings(SettingsCase):
    vendor = "zte"

    def inner(self):
        return "\n".join(self.ont().config["mng"].values())

    def test_wifi(self):
        contract = self.activated()
        contract.with_user(self.support).action_configure_onu(wifi_ssid="Casa_Ana", wifi_key=KEY)
        self.assertNotIn("Casa_Ana", self.inner(), "nothing is sent inside the transaction")
        self.settle(contract)
        self.assertIn("name Casa_Ana", self.inner())
        self.assertIn(f"key {KEY}", self.inner())
        contract.action_configure_onu(wifi_key="otra-clave-88")
        self.settle(contract)
        self.assertIn("key otra-clave-88", self.inner())
        before = len(self.commands("ssid"))
        contract.action_reconcile()
        self.settle(contract)
        self.assertEqual(len(self.commands("ssid")), before, "what is so is not written again")

    def test_both_bands(self):
        """The same name by default, another one when the contract says so; none where there is
        none."""
        contract = self.activated()
        contract.action_configure_onu(wifi_ssid="Casa_Ana", wifi_key=KEY)
        self.settle(contract)
        self.assertNotIn("wifi_0/5", self.inner())
        with self.assertRaisesRegex(UserError, "5 GHz"):
            contract.action_configure_onu(wifi_ssid_5g="Casa_5G")
        self.onus[0].product_id.wifi_5g = True
        self.assertTrue(contract.onu_can_wifi_5g)
        self.settle(contract)
        self.assertIn("ssid ctrl wifi_0/5 name Casa_Ana", self.inner(), "learnt of its product")
        contract.with_user(self.support).action_configure_onu(wifi_ssid_5g="Casa_5G")
        self.settle(contract)
        self.assertIn("ssid ctrl wifi_0/1 name Casa_Ana", self.inner())
        self.assertIn("ssid ctrl wifi_0/5 name Casa_5G", self.inner())
        self.assertEqual(self.inner().count(f"key {KEY}"), 2)
        wizard = Form(self.env["isp.onu.settings"].with_context(default_contract_id=contract.id))
        self.assertEqual(wizard.wifi_ssid_5g, "Casa_5G")
        wizard.wifi_ssid_5g, wizard.wifi_key = False, "otra-clave-88"
        wizard.save().action_apply()
        self.settle(contract)
        self.assertIn("ssid ctrl wifi_0/5 name Casa_Ana", self.inner())
        self.assertEqual(self.inner().count("key otra-clave-88"), 2)
        for text in INJECTIONS:
            with self.assertRaises(UserError):
                contract.action_configure_onu(wifi_ssid_5g=text)
        contract.action_configure_onu(wifi_ssid_5g="Casa_5G")
        contract.action_configure_onu(wifi_ssid="")
        self.assertFalse(contract.wifi_ssid_5g, "nothing is said of either band any more")
        with self.assertRaises(ValidationError):
            contract.action_configure_onu(wifi_ssid_5g="Casa_5G")

    def test_pppoe_in_the_onu_and_back(self):
        self.olt.wan_vlan_profile = "wan100"
        contract = self.activated()
        contract.action_configure_onu(wan_mode="pppoe")
        self.settle(contract)
        user = contract.radius_user_id.sudo()
        self.assertIn(f"mode pppoe username {user.username} password {user.password}", self.inner())
        user.password = "nueva-clave-99"
        self.settle(contract)
        self.assertIn("password nueva-clave-99", self.inner())
        contract.action_configure_onu(wan_mode="bridge")
        self.settle(contract)
        self.assertNotIn("pppoe", self.inner())

    def test_somebody_else_changed_it(self):
        contract = self.activated()
        contract.action_configure_onu(wifi_ssid="Casa_Ana", wifi_key=KEY)
        self.settle(contract)
        mng = self.ont().config["mng"]
        mng["ssid ctrl wifi_0/1"] = "ssid ctrl wifi_0/1 name Otra"
        contract.action_reconcile()
        self.settle(contract)
        self.assertIn("name Casa_Ana", self.inner())

    def test_without_saying_nothing_is_touched(self):
        contract = self.activated()
        self.ont().config["mng"]["ssid ctrl wifi_0/1"] = "ssid ctrl wifi_0/1 name Del_cliente"
        contract.action_reconcile()
        self.settle(contract)
        self.assertIn("name Del_cliente", self.inner())

    def test_no_value_becomes_a_command(self):
        contract = self.activated()
        before = list(self.lab_olt.commands())
        for text in INJECTIONS:
            with self.assertRaises(UserError):
                contract.action_configure_onu(wifi_ssid=text, wifi_key=KEY)
            if len(text) < 33:
                with self.assertRaises(UserError):
                    contract.action_configure_onu(wifi_ssid="Casa", wifi_key=text + "12345678")
        with self.assertRaises(UserError):
            contract.action_configure_onu(wifi_ssid="Casa", wifi_key="corta")
        with self.assertRaises(UserError):
            contract.action_configure_onu(wan_mode="pppoe\nreboot")
        self.drain()
        self.assertEqual(self.lab_olt.commands(), before)

    def test_the_key_is_seen_by_nobody(self):
        contract = self.activated()
        wizard = Form(self.env["isp.onu.settings"].with_context(default_contract_id=contract.id))
        wizard.wifi_ssid, wizard.wifi_key = "Casa", KEY
        record = wizard.save()
        record.action_apply()
        self.assertFalse(record.sudo().wifi_key, "it does not stay in the dialog")
        self.lab_olt.faults.inject("error", "^ssid auth", text="%Error 20200: no")
        self.drain()
        target = self.target(contract)
        texts = [target.last_error, *contract.message_ids.mapped("body")]
        texts += (
            self.env["isp.provisioning.attempt"]
            .search([])
            .mapped(lambda a: f"{a.plan}{a.transcript}{a.error}")
        )
        self.assertNotIn(KEY, str(texts))
        admin = contract.with_user(self.env.ref("base.user_admin"))
        self.assertNotIn(KEY, str(admin.read(["wifi_ssid", "wifi_key"])))
        with self.assertRaises(AccessError):
            contract.with_user(self.support).read(["wifi_key"])

    def test_roles(self):
        contract = self.activated()
        for user in (self.collection, self.technician):
            with self.assertRaises(AccessError):
                contract.with_user(user).action_configure_onu(wifi_ssid="Casa", wifi_key=KEY)
        contract.with_user(self.operator).action_configure_onu(wifi_ssid="Casa", wifi_key=KEY)


@tagged("post_install", "-at_install")
class TestHuaweiSettings(SettingsCase):
    vendor = "huawei"

    def test_pppoe_in_the_onu(self):
        contract = self.activated()
        self.assertEqual((contract.onu_can_wan, contract.onu_can_wifi), (True, False))
        contract.action_configure_onu(wan_mode="pppoe")
        self.settle(contract)
        self.assertTrue(self.commands(f"username {contract.radius_user_id.username}"))
        with self.assertRaisesRegex(UserError, "TR-069"):
            contract.action_configure_onu(wifi_ssid="Casa", wifi_key=KEY)


@tagged("post_install", "-at_install")
class TestVsolSettings(SettingsCase):
    vendor = "vsol"

    def lines(self):
        return "\n".join(self.ont().config["lines"].values())

    def test_wifi(self):
        contract = self.activated()
        contract.action_configure_onu(wifi_ssid="Casa_Ana", wifi_key=KEY)
        self.settle(contract)
        self.assertIn("name Casa_Ana", self.lines())
        self.assertIn(f"shared_key {KEY}", self.lines())
        self.onus[0].product_id.wifi_5g = True
        contract.action_configure_onu(wifi_ssid_5g="Casa_5G")
        self.settle(contract)
        self.assertIn("pri wifi_ssid 5 name Casa_5G", self.lines())
        self.assertEqual(self.lines().count(f"shared_key {KEY}"), 2)

    def test_pppoe_in_the_onu_and_back(self):
        contract = self.activated()
        contract.action_configure_onu(wan_mode="pppoe")
        self.settle(contract)
        user = contract.radius_user_id.sudo()
        self.assertIn(f"user {user.username} pwd {user.password}", self.lines())
        self.assertIn("vlan tag wan_vlan 100", self.lines())
        self.assertIn("pppoe", str(self.ont().config["wan_sent"]), "the ONU was told")
        contract.action_configure_onu(wan_mode="bridge")
        self.settle(contract)
        self.assertNotIn("pppoe", self.lines())
