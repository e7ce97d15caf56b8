from odoo import api, models

from ..drivers.base import Endpoint, Permanent, SecretText
from ..drivers.coa import Coa, SessionPolicy
from ..drivers.mikrotik.meter import QueueMeter
from ..drivers.radius_sql import RadiusSql

ANSWER_SECONDS = 2.0
API_SECONDS = 5.0
#: They give a running session another speed (Mikrotik-Rate-Limit in a CoA-Request).
SPEED_VENDORS = ("mikrotik",)


class IspProvisioningAdapterCoa(models.AbstractModel):
    """Sessions that run on older terms than the contract's have to end (and dial in again)."""

    _name = "isp.provisioning.adapter.coa"
    _inherit = "isp.provisioning.adapter"
    _description = "Provisioning adapter for sessions"

    @api.model
    def _devices(self, contracts):
        with_user = contracts.filtered("radius_user_ids.server_id")
        nas_of = with_user._provisioning_nas()
        routers = self.env["isp.nas"].union(*nas_of.values())
        devices = self.env["isp.provisioning.device"]._of("coa", routers)
        return {contract_id: devices[nas.id] for contract_id, nas in nas_of.items()}

    @api.model
    def _desired(self, device, contracts):
        desired = dict.fromkeys(contracts.ids)
        users = contracts.sudo().radius_user_ids.filtered("policy")
        rates = users.contract_id.product_id._isp_rates()
        for user in users:
            rate = user._rate(rates.get(user.contract_id.product_id.id))
            desired[user.contract_id.id] = SessionPolicy(
                user.username,
                user.policy,
                user.policy_mark,
                rate,
                user.rate_mark,
                user.rate_serial,
            )
        return desired

    @api.model
    def _driver(self, device):
        nas = device._record().sudo()
        if not nas:
            raise Permanent(f"The router {device.name} was deleted")
        server = nas._radius_server()
        if not server:
            raise Permanent(
                f"The router {nas.name} has no RADIUS server",
                "Choose one on the router, or create one for its company.",
            )
        routers = (
            server._served_nas()
            .sudo()
            .filtered(lambda router: router.management_address and router.radius_secret)
        )
        changeable = routers.filtered(lambda router: router.vendor in SPEED_VENDORS)
        return Coa(
            self._endpoint(nas),
            RadiusSql(server._sql_endpoint()),
            {router.management_address: self._endpoint(router) for router in routers},
            changeable=changeable.mapped("management_address"),
            meters={
                router.management_address: QueueMeter(self._api_endpoint(router))
                for router in changeable
                if router.username and router.password
            },
        )

    @api.model
    def _shows_life(self, result):
        # to look is to read the accounting: only an answer to a request comes from the router
        return result.changed

    @api.model
    def _endpoint(self, nas):
        return Endpoint(
            host=nas.management_address or "",
            port=nas.coa_port,
            secret=SecretText(nas.radius_secret or ""),
            timeout=ANSWER_SECONDS,
        )

    @api.model
    def _api_endpoint(self, nas):
        return Endpoint(
            host=nas.management_address or "",
            port=nas.management_port or 0,
            username=nas.username or "",
            secret=SecretText(nas.password or ""),
            timeout=API_SECONDS,
        )
