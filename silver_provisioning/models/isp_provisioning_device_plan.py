import time
from dataclasses import dataclass, field

from odoo import models

from ..drivers.base import DriverError
from .driver_texts import spoken

CHUNK = 500
SECONDS = 60


@dataclass
class DevicePlan:
    """What would be changed on a device: steps by contract, only where there are any.

    ``shared``: steps for what its customers share (profiles of plans); ``left``: contracts it did
    not get to in time.
    """

    error: str = ""
    shared: list = field(default_factory=list)
    steps: dict = field(default_factory=dict)
    errors: dict = field(default_factory=dict)
    compared: int = 0
    left: int = 0


class IspProvisioningDevice(models.Model):
    """The dry run: what the executors would do now. Reads the device, writes nothing."""

    _inherit = "isp.provisioning.device"

    def _plan(self, contracts, shared=False, seconds=SECONDS):
        """Compare contracts with the device on one connection, a bounded batch at a time.

        :param contracts: isp.contract
        :param bool shared: also what all customers of the device need
        :param float seconds: no new batch is begun after so long
        :return: :class:`DevicePlan`
        """
        self.ensure_one()
        plan = DevicePlan()
        deadline = time.monotonic() + seconds
        try:
            adapter = self._adapter()
            driver = adapter._driver(self)
            first, wanted = self._wanted(contracts[:CHUNK], plan)
            common = adapter._shared(self) if shared else {}
            if not (wanted or common or contracts[CHUNK:]):
                plan.compared = len(first)
                return plan
            with driver:
                if common:
                    plan.shared = [
                        step.summary for steps in driver.plans(common).values() for step in steps
                    ]
                for start in range(0, len(contracts), CHUNK):
                    if start:
                        if time.monotonic() > deadline:
                            plan.left = len(contracts) - start
                            break
                        first, wanted = self._wanted(contracts[start : start + CHUNK], plan)
                    if wanted:
                        plan.steps |= {
                            contract_id: [step.summary for step in steps]
                            for contract_id, steps in driver.plans(wanted).items()
                            if steps
                        }
                    plan.compared += len(first)
        except DriverError as failure:
            plan.error = spoken(self.env, f"{failure}\n{failure.detail}".strip())
        return plan

    def _wanted(self, contracts, plan):
        """:return: (contracts, ``{contract id: value object}``); what cannot be said goes to the
        plan's errors"""
        wanted = {}
        for contract_id, value in self._adapter()._desired(self, contracts).items():
            if isinstance(value, DriverError):
                text = f"{value}\n{value.detail}".strip()
                plan.errors[contract_id] = spoken(self.env, text)
            elif value is not None:
                wanted[contract_id] = value
        return contracts, wanted

    def action_network_plan(self):
        """What would change on this device, for all its customers."""
        self.ensure_one()
        self.check_access("read")
        return self.env["isp.network.plan"]._open_device(self)
