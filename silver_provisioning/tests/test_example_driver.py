"""«A new vendor is one folder and one selection value»: the example of docs/drivers.md, in Odoo."""

import re
import sys
import types
from unittest.mock import patch

from odoo.tests import tagged

from ..models import isp_olt
from .device_lab import OLTS, OltCommon
from .lab import ROOT

from lab.devices.olt.plant import Plant  # isort: skip  pylint: disable=wrong-import-order

DRIVER, DEVICE = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "drivers.md").read_text(), re.DOTALL
)
PACKAGE = f"{isp_olt.__package__.rpartition('.')[0]}.drivers.acme"


@tagged("post_install", "-at_install")
class TestExampleDriver(OltCommon):
    vendor = "acme"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 1. the folder: __init__.py and driver.py
        package, module = types.ModuleType(PACKAGE), types.ModuleType(f"{PACKAGE}.driver")
        package.__path__, module.__package__ = [], PACKAGE
        cls.enterClassContext(patch.dict(sys.modules, {PACKAGE: package, module.__name__: module}))
        exec(compile(DRIVER, "docs/drivers.md", "exec"), module.__dict__)  # noqa: S102
        package.Driver = module.Acme
        # 2. its stand-in
        stand_in = {"__name__": "acme_stand_in"}
        exec(compile(DEVICE, "docs/drivers.md", "exec"), stand_in)  # noqa: S102
        plant = Plant(slots=(0,), profiles={"gold", "slow"})
        for number in (1, 2):
            plant.connect(f"ACME0000000{number}", 0, 3)
        case = {
            "device": stand_in["AcmeOlt"],
            "plant": lambda: plant,
            "place": (0, 3),
            "profile": {"upload_profile": "slow", "download_profile": "slow"},
            "faster": {"upload_profile": "gold", "download_profile": "gold"},
        }
        cls.enterClassContext(patch.dict(OLTS, {"acme": case}))
        # 3. the two selection values: the vendor, and what it is configured through
        drivers = [*isp_olt.OLT_DRIVERS, ("acme", "Acme (command line)")]
        cls.enterClassContext(patch.object(isp_olt, "OLT_DRIVERS", drivers))
        for model, name in (
            ("isp.olt", "vendor"),
            ("isp.olt", "olt_driver"),
            ("isp.olt.profile", "olt_driver"),
        ):
            field = cls.env[model]._fields[name]
            values = [*field.selection, ("acme", "Acme")]
            cls.enterClassContext(patch.object(field, "selection", values))
            cls.enterClassContext(patch.object(field, "_selection", dict(values)))

    def test_nothing_else_knows_vendors(self):
        contract = self._contract(self.plan_fiber, splitter_port_id=self.ports[0].id)
        contract.action_reserve()
        self.onus[0].gpon_serial = False  # nobody knows it: it is discovered
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env["isp.olt"]._discover_one(self.olt.id)
        self.env.invalidate_all()
        row = self.env["isp.onu.discovered"].search([("serial", "=", self.lights[0])])
        self.assertEqual(row.contract_id, contract, self.olt.discovery_error)
        row.action_activate_contract(product_id=self.onus[0].product_id.id)
        self.drain()
        self.assertEqual(self.target(contract).state, "in_sync", self.target(contract).last_error)
        self.assertEqual(self.ont().config, {"vlan": 100, "profile": "slow"})
        contract.action_change_plan(product_id=self.plan_fiber_big.id)
        self.drain()
        self.assertEqual(self.ont().config["profile"], "gold")
        self.olt.suspend_here = True
        contract.action_suspend(reason="voluntary_pause")
        self.drain()
        self.assertFalse(self.ont().enabled)
        contract.action_cancel()
        self.drain()
        self.assertIsNone(self.ont())
