from odoo import api, models

from ..drivers.base import Permanent
from ..drivers.lines import LineDriver, Lines
from ..drivers.uisp import UispService
from .isp_contract import DELIVERED


class IspProvisioningAdapterUisp(models.AbstractModel):
    """Services of UISP's CRM, which keeps the suspension list of its own routers and radios.

    It concerns the contracts that name their service there; UISP's own billing creates and ends it.
    """

    _name = "isp.provisioning.adapter.uisp"
    _inherit = "isp.provisioning.adapter"
    _description = "Provisioning adapter for UISP"

    @api.model
    def _devices(self, contracts):
        named = contracts.filtered(lambda c: c.state in DELIVERED and c.uisp_service_id)
        controllers = (
            self.env["isp.nas"]
            .sudo()
            .search(
                [
                    ("company_id", "in", named.company_id.ids),
                    ("vendor", "=", "uisp"),
                    ("provisioning_mode", "!=", "off"),
                ],
                order="id",
            )
        )
        of_base = {nas.base_station_id: nas for nas in reversed(controllers)}
        of_company = {nas.company_id: nas for nas in reversed(controllers)}
        devices = self.env["isp.provisioning.device"]._of("uisp", controllers)
        found = {}
        for contract in named:
            nas = of_base.get(contract.base_station_id) or of_company.get(contract.company_id)
            if nas:
                found[contract.id] = devices[nas.id]
        return found

    @api.model
    def _desired(self, device, contracts):
        contracts = contracts.sudo()
        placed = self.env["isp.provisioning.target"]._placed(device, contracts)
        here = self._devices(contracts)
        wanted_elsewhere = set(
            self.env["isp.contract"]
            .sudo()
            .search(
                [
                    ("company_id", "=", device.company_id.id),
                    ("state", "in", DELIVERED),
                    ("id", "not in", contracts.ids),
                    ("uisp_service_id", "!=", 0),
                ]
            )
            .mapped("uisp_service_id")
        )
        desired = dict.fromkeys(contracts.ids)
        for contract in contracts:
            service = None
            if here.get(contract.id) == device:
                service = UispService(
                    contract.name,
                    contract.uisp_service_id,
                    "active" if contract.state == "active" else "suspended",
                    contract.product_id.uisp_plan_id or None,
                )
            kept = ({"service_id": service.service_id},) if service else ()
            left = [place for place in placed.get(contract.id, ()) if place not in kept]
            if service or left:
                desired[contract.id] = Lines(
                    current=service,
                    leaving=tuple(
                        UispService(contract.name, place["service_id"], "absent")
                        for place in left
                        if place["service_id"] not in wanted_elsewhere
                    ),
                    places=(*kept, *left),
                    kept=kept,
                )
        return desired

    @api.model
    def _driver(self, device):
        nas = device._record()
        if not nas:
            raise Permanent(f"The controller {device.name} was deleted.")
        return LineDriver(nas._driver())

    @api.model
    def _known(self, device):
        return {
            str(place["service_id"])
            for place in self.env["isp.provisioning.target"]._all_placed(device)
        }

    @api.model
    def _area(self, step):
        return step.action
