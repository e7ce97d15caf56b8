from odoo import api, models

from ..drivers.base import Permanent, SecretText
from ..drivers.lines import Lines
from ..drivers.olt import Wan, Wifi


class IspProvisioningAdapterOlt(models.AbstractModel):
    """WAN mode and Wi-Fi are part of how an ONU should be."""

    _inherit = "isp.provisioning.adapter.olt"

    @api.model
    def _wan(self, olt, contract):
        if not contract.wan_mode or "wan" not in olt._onu_abilities():
            return super()._wan(olt, contract)
        if contract.wan_mode == "bridge":
            return Wan("bridge")
        user = contract.radius_user_id.sudo()
        if not user:
            raise Permanent(
                f"{contract.name}: its ONU should dial, and there is no PPPoE user for it."
            )
        return Wan("pppoe", user.username, SecretText(user.password), olt.wan_vlan_profile or "")

    @api.model
    def _wifi(self, olt, contract):
        contract = contract.sudo()
        if not contract.wifi_ssid or "wifi" not in olt._onu_abilities():
            return super()._wifi(olt, contract)
        two_bands = contract.onu_id.product_id.wifi_5g
        return Wifi(
            contract.wifi_ssid,
            SecretText(contract.wifi_key or ""),
            (contract.wifi_ssid_5g or contract.wifi_ssid) if two_bands else "",
        )

    @api.model
    def _settle(self, device, desired, results, facts):
        """Who is on the OLT waits no more: not until the next look."""
        result = super()._settle(device, desired, results, facts)
        serials = [
            value.current.serial
            for value in desired.values()
            if isinstance(value, Lines) and value.current is not None
        ]
        if serials:
            self.env["isp.onu.discovered"].sudo().search(
                [("olt_id", "=", device.res_id), ("serial", "in", serials)]
            ).active = False
        return result
