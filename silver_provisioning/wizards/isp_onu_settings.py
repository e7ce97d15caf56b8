from odoo import api, fields, models

from odoo.addons.silver_base.fields import Secret

from ..models.isp_contract_onu import WAN_MODES


class IspOnuSettings(models.TransientModel):
    """WAN mode and Wi-Fi of one ONU. The key that is there is not shown; typing one replaces it."""

    _name = "isp.onu.settings"
    _description = "Settings of an ONU"

    contract_id = fields.Many2one("isp.contract", required=True, readonly=True, ondelete="cascade")
    onu_can_wan = fields.Boolean(related="contract_id.onu_can_wan")
    onu_can_wifi = fields.Boolean(related="contract_id.onu_can_wifi")
    wan_mode = fields.Selection(WAN_MODES, string="WAN of the ONU")
    onu_can_wifi_5g = fields.Boolean(related="contract_id.onu_can_wifi_5g")
    wifi_ssid = fields.Char("Wi-Fi Name")
    wifi_ssid_5g = fields.Char("5 GHz Wi-Fi Name")
    wifi_key = Secret("New Wi-Fi Key")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        contract = self.env["isp.contract"].browse(values.get("contract_id"))
        values |= {name: contract[name] for name in ("wan_mode", "wifi_ssid", "wifi_ssid_5g")}
        return values

    def action_apply(self):
        """Say it to the contract; the key does not stay here."""
        self.ensure_one()
        key, self.wifi_key = self.sudo().wifi_key, False
        self.contract_id.action_configure_onu(
            wan_mode=self.wan_mode or "" if self.onu_can_wan else None,
            wifi_ssid=self.wifi_ssid or "" if self.onu_can_wifi else None,
            wifi_key=key or None,
            wifi_ssid_5g=self.wifi_ssid_5g or "" if self.onu_can_wifi_5g else None,
        )
        return {"type": "ir.actions.act_window_close"}
