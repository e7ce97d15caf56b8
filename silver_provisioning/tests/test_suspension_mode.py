"""How a customer is suspended is what the contract says, else what the server says."""

from odoo.tests import tagged

from .common import ProvisioningCommon


@tagged("post_install", "-at_install")
class TestSuspensionMode(ProvisioningCommon):
    def suspended(self, mode, index=0):
        contract = self.activated(index)
        contract.action_suspend(reason="technical", mode=mode)
        self.drain()
        return contract

    def test_each_contract_its_own(self):
        garden = self.suspended("walled_garden", 0)
        slow = self.suspended("throttle", 1)
        closed = self.suspended("reject", 2)
        answer, attributes = self.login(garden)
        self.assertEqual(answer, "Access-Accept")
        self.assertEqual(attributes["Mikrotik-Address-List"], "silver-suspended")
        self.assertEqual(attributes["Mikrotik-Rate-Limit"], "128k/128k")
        answer, attributes = self.login(slow)
        self.assertEqual(answer, "Access-Accept")
        self.assertEqual(attributes["Mikrotik-Rate-Limit"], "512k/512k")
        self.assertNotIn("Mikrotik-Address-List", attributes)
        self.assertEqual(self.login(closed)[0], "Access-Reject")

    def test_throttled_keeps_its_address(self):
        slow = self.activated()
        before = self.login(slow)[1].get("Framed-IP-Address")
        slow.action_suspend(reason="technical", mode="throttle")
        self.drain()
        self.assertEqual(self.login(slow)[1].get("Framed-IP-Address"), before)

    def test_the_contract_is_stronger_than_the_server(self):
        self.server.suspend_mode = "reject"
        slow = self.suspended("throttle", 0)
        plain = self.suspended(None, 1)
        self.assertEqual(self.login(slow)[0], "Access-Accept")
        self.assertEqual(self.login(plain)[0], "Access-Reject")

    def test_server_throttles(self):
        self.server.write({"suspend_mode": "throttle", "throttled_rate": "1M/2M"})
        contract = self.suspended(None)
        self.assertEqual(self.login(contract)[1]["Mikrotik-Rate-Limit"], "1M/2M")

    def test_throttled_without_a_cut_and_back(self):
        router = self.router()
        contract = self.activated()
        self.online(contract, Class=contract.radius_user_id.policy)
        contract.action_suspend(reason="technical", mode="throttle")
        self.drain()
        self.assertEqual(router.codes, [43])
        self.assertEqual(router.requests[0]["Mikrotik-Rate-Limit"], "512k/512k")
        contract.action_resume()
        self.drain()
        self.assertEqual(router.codes, [43, 43])
        self.assertEqual(router.requests[1]["Mikrotik-Rate-Limit"].split()[0], "50M/100M")
        contract.action_suspend(reason="technical", mode="walled_garden")
        self.drain()
        self.assertEqual(router.codes[-1], 40, "the walled garden needs a new session")
