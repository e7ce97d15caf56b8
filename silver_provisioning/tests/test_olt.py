"""The life of a customer on OLTs, over the real protocols of the lab's stand-ins."""

from odoo.tests import tagged

from .device_lab import OltCommon


class OltLife:
    """What holds for every vendor."""

    allow_inherited_tests_method = True

    def test_life(self):
        contract = self.activated()
        self.assertEqual(self.target(contract).state, "in_sync", self.target(contract).last_error)
        self.assertEqual(self.vlans(), [100])


@tagged("post_install", "-at_install")
class TestHuawei(OltLife, OltCommon):
    vendor = "huawei"


@tagged("post_install", "-at_install")
class TestZte(OltLife, OltCommon):
    vendor = "zte"


@tagged("post_install", "-at_install")
class TestVsol(OltLife, OltCommon):
    vendor = "vsol"
