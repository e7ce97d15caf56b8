"""SmartOLT and UISP: controllers that are talked to over REST."""

from odoo.tests import tagged
from odoo.tests.common import _super_send

from .common import ProvisioningCommon
from .device_lab import SmartOltLab, UispLab

SERIALS = ["HWTCAABBCC10", "HWTCAABBCC11"]


class ControllerCommon(ProvisioningCommon):
    @classmethod
    def _request_handler(cls, session, request, **kwargs):
        """Odoo's tests keep requests away from the network; the lab is on loopback."""
        if "//127.0.0.1:" in request.url:
            return _super_send(session, request, **kwargs)
        return super()._request_handler(session, request, **kwargs)


@tagged("post_install", "-at_install")
class TestSmartOlt(ControllerCommon):
    def setUp(self):
        super().setUp()
        self.controller = SmartOltLab()
        self.controller.start()
        self.addCleanup(self.controller.stop)
        for serial in SERIALS:
            self.controller.plug(serial)
        self.olt = self.pon.olt_id
        self.pon.number = 3
        self.olt.write(
            {
                "olt_driver": "smartolt",
                "management_address": "127.0.0.1",
                "management_port": self.controller.port,
                "use_tls": False,
                "api_token": self.controller.token,
                "external_id": "1",
                "service_vlan": 100,
                "suspend_here": True,
                "provisioning_mode": "on",
            }
        )
        Profile = self.env["isp.olt.profile"]
        Profile.create(
            {
                "olt_driver": "smartolt",
                "onu_type": "EG8145V5",
                "upload_profile": "50M",
                "download_profile": "100M",
            }
        )
        Profile.create(
            {
                "olt_driver": "smartolt",
                "product_id": self.plan_fiber_big.id,
                "upload_profile": "100M",
            }
        )
        for onu, serial in zip(self.onus, SERIALS, strict=False):
            onu.gpon_serial = serial

    def onu(self, serial=SERIALS[0]):
        rows = [row for row in self.controller.onus.values() if row["sn"] == serial]
        return rows[0] if rows else None

    def test_life(self):
        contract = self.activated()
        target = self.targets(contract, "olt")
        self.assertEqual(target.state, "in_sync", target.last_error)
        self.assertTrue(self.onu())
        self.onus[0].product_id.wifi_5g = True
        contract.action_configure_onu(wifi_ssid="Casa", wifi_key="Clave-77-x", wifi_ssid_5g="Casa5")
        self.drain()
        self.assertEqual((self.onu()["ssid"], self.onu()["ssid_5g"]), ("Casa", "Casa5"))
        self.assertEqual(target.state, "in_sync", target.last_error)
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(self.onu()["administrative_status"], "Disabled")
        contract.action_resume(reason="technical")
        contract.action_change_plan(product_id=self.plan_fiber_big.id)
        self.drain()
        self.assertEqual(self.onu()["administrative_status"], "Enabled")
        self.assertEqual(target.state, "in_sync", target.last_error)
        contract.action_change_equipment(onu_id=self.onus[1].id)
        self.drain()
        self.assertEqual(target.state, "in_sync", target.last_error)
        self.assertFalse(self.onu())
        self.assertTrue(self.onu(SERIALS[1]))
        contract.action_cancel()
        self.drain()
        self.assertFalse(self.controller.onus)
        self.assertFalse(contract.is_leaving)

    def test_error_inside_a_200(self):
        self.controller.types.clear()
        contract = self.activated()
        target = self.targets(contract, "olt")
        self.assertEqual((target.state, target.error_class), ("failed", "permanent"))
        self.assertIn("SmartOLT", target.last_error)
        self.assertNotIn(self.controller.token, target.last_error)
        self.controller.types.add("EG8145V5")
        target.with_user(self.operator).action_retry()
        self.drain()
        self.assertEqual(target.state, "in_sync")

    def test_not_well(self):
        self.controller.faults.inject("http", text="503", times=1)
        contract = self.activated()
        target = self.targets(contract, "olt")
        self.assertEqual((target.state, target.error_class), ("pending", "retryable"))
        self.recover()
        self.assertEqual(target.state, "in_sync")

    def test_wrong_token(self):
        self.olt.api_token = "wr0ng-token-value"
        contract = self.activated()
        target = self.targets(contract, "olt")
        self.assertIn("key", target.last_error)
        self.assertNotIn("wr0ng", target.last_error)


@tagged("post_install", "-at_install")
class TestUisp(ControllerCommon):
    def setUp(self):
        super().setUp()
        self.controller = UispLab()
        self.controller.start()
        self.addCleanup(self.controller.stop)
        self.controller.add_service(7, 1)
        self.uisp = self.env["isp.nas"].create(
            {
                "name": "UISP",
                "vendor": "uisp",
                "base_station_id": self.base.id,
                "management_address": "127.0.0.1",
                "management_port": self.controller.port,
                "username": self.controller.username,
                "password": self.controller.password,
                "api_token": self.controller.app_key,
                "ca_pem": self.controller.certificate,
                "provisioning_mode": "on",
            }
        )
        self.plan_fiber_big.product_tmpl_id.uisp_plan_id = 20

    def status(self):
        return self.controller.services[7]["status"]

    def test_life(self):
        contract = self.activated(uisp_service_id=7)
        target = self.targets(contract, "uisp")
        self.assertEqual(target.state, "in_sync", target.last_error)
        self.assertEqual(self.targets(contract, "coa").device_id._record(), self.nas)
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(self.status(), 3)
        contract.action_resume(reason="technical")
        contract.action_change_plan(product_id=self.plan_fiber_big.id)
        self.drain()
        self.assertEqual((self.status(), self.controller.services[7]["servicePlanId"]), (1, 20))
        contract.action_cancel()
        self.drain()
        self.assertEqual(self.status(), 3, "only UISP's billing ends a service")
        self.assertFalse(contract.is_leaving)

    def test_error_inside_a_200(self):
        """Neither taken for done, nor for a bug: it is tried again, or a person is asked."""
        contract = self.activated(uisp_service_id=7)
        target = self.targets(contract, "uisp")
        self.controller.faults.inject("inside", "suspend", times=1, text="500 Internal error")
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual((target.state, target.error_class), ("pending", "retryable"))
        self.assertEqual(self.status(), 1)
        self.recover()
        self.assertEqual((target.state, self.status()), ("in_sync", 3))
        self.controller.faults.inject("inside", "suspend", text="422 Not while invoices are open")
        contract.action_resume(reason="technical")
        self.drain()
        self.assertEqual((target.state, target.error_class), ("failed", "permanent"))
        self.assertIn("Not while invoices are open", target.last_error)
        self.assertEqual(contract.network_state, "attention")
        self.controller.faults.clear()
        target.with_user(self.operator).action_retry()
        self.drain()
        self.assertEqual((target.state, self.status()), ("in_sync", 1))

    def test_unknown_service(self):
        contract = self.activated(uisp_service_id=99)
        target = self.targets(contract, "uisp")
        self.assertEqual((target.state, target.error_class), ("failed", "permanent"))
        self.assertIn("99", target.last_error)
        contract.uisp_service_id = 7
        self.drain()
        self.assertEqual(target.state, "in_sync", target.last_error)
