from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.silver_base.fields import Secret

from ..models.isp_contract_onu import WAN_MODES


class IspOnuActivation(models.TransientModel):
    """From a discovered ONU to an active contract: what is proposed here is confirmed, or
    corrected, and the second click does it."""

    _name = "isp.onu.activation"
    _description = "Activate a Discovered ONU"
    _check_company_auto = True

    discovered_id = fields.Many2one("isp.onu.discovered", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="discovered_id.company_id")
    olt_id = fields.Many2one(related="discovered_id.olt_id")
    port_id = fields.Many2one(related="discovered_id.port_id", string="Lights Up On")
    serial = fields.Char(related="discovered_id.serial")
    onu_id = fields.Many2one(related="discovered_id.onu_id")
    contract_id = fields.Many2one(
        "isp.contract",
        compute="_compute_contract_id",
        store=True,
        readonly=False,
        check_company=True,
        domain="[('company_id', '=', company_id), ('state', '!=', 'cancelled'),"
        " ('service_category', '=', 'internet'),"
        " ('access_technology', 'in', ['fiber', 'pppoe', 'dhcp', False])]",
    )
    candidate_ids = fields.Many2many(
        "isp.contract",
        compute="_compute_candidate_ids",
        string="Waiting for an ONU",
        help="Reservations on this PON port first, then those of the same OLT and of its base.",
    )
    partner_id = fields.Many2one(related="contract_id.partner_id")
    plan_id = fields.Many2one(related="contract_id.product_id")
    contract_state = fields.Selection(related="contract_id.state")
    reserved_port_id = fields.Many2one(related="contract_id.olt_port_id", string="Reserved On")
    wrong_port = fields.Boolean(compute="_compute_wrong_port")
    splitter_port_id = fields.Many2one(
        "isp.splitter.port",
        string="Port It Gets",
        compute="_compute_splitter_port_id",
        store=True,
        readonly=False,
        domain="[('olt_port_id', '=', port_id), ('state', 'in', ['free', 'reserved'])]",
        help="Splitter port below the PON port where the ONU lights up: where the drop really is.",
    )
    product_id = fields.Many2one(
        "product.product",
        string="Model of the ONU",
        compute="_compute_product_id",
        store=True,
        readonly=False,
        domain="[('is_isp_equipment', '=', True), ('equipment_kind', '=', 'onu')]",
        help="It is not in our stock yet: it is received as one of these.",
    )
    date = fields.Date(
        "First Day of Service",
        required=True,
        default=lambda self: self.env["isp.contract"]._today(),
    )
    can_wan = fields.Boolean(compute="_compute_can")
    can_wifi = fields.Boolean(compute="_compute_can")
    wan_mode = fields.Selection(
        WAN_MODES, string="WAN of the ONU", compute="_compute_settings", store=True, readonly=False
    )
    wifi_ssid = fields.Char("Wi-Fi Name", compute="_compute_settings", store=True, readonly=False)
    can_wifi_5g = fields.Boolean(compute="_compute_can_wifi_5g")
    wifi_ssid_5g = fields.Char(
        "5 GHz Wi-Fi Name", compute="_compute_settings", store=True, readonly=False
    )
    wifi_key = Secret("Wi-Fi Key")

    @api.depends("discovered_id")
    def _compute_contract_id(self):
        for wizard in self:
            wizard.contract_id = wizard.discovered_id.contract_id or wizard.candidate_ids[:1]

    @api.depends("discovered_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            wizard.candidate_ids = wizard.discovered_id._candidates()

    @api.depends("contract_id", "port_id")
    def _compute_wrong_port(self):
        for wizard in self:
            reserved = wizard.contract_id.olt_port_id
            wizard.wrong_port = bool(reserved and wizard.port_id and reserved != wizard.port_id)

    @api.depends("contract_id", "port_id")
    def _compute_splitter_port_id(self):
        for wizard in self:
            contract = wizard.contract_id
            needed = wizard.wrong_port or (contract and not contract.splitter_id)
            wizard.splitter_port_id = needed and wizard.port_id._nearest_free_port(contract)

    @api.depends("discovered_id")
    def _compute_product_id(self):
        for wizard in self:
            wizard.product_id = not wizard.onu_id and wizard.discovered_id._likely_product()

    @api.depends("olt_id")
    def _compute_can(self):
        for wizard in self:
            abilities = wizard.olt_id._onu_abilities()
            wizard.can_wan, wizard.can_wifi = "wan" in abilities, "wifi" in abilities

    @api.depends("olt_id", "onu_id", "product_id")
    def _compute_can_wifi_5g(self):
        for wizard in self:
            model = wizard.onu_id.product_id or wizard.product_id
            wizard.can_wifi_5g = wizard.can_wifi and model.wifi_5g

    @api.depends("contract_id")
    def _compute_settings(self):
        for wizard in self:
            wizard.wan_mode = wizard.contract_id.wan_mode
            wizard.wifi_ssid = wizard.contract_id.wifi_ssid
            wizard.wifi_ssid_5g = wizard.contract_id.wifi_ssid_5g

    def action_activate(self):
        """The second click."""
        self.ensure_one()
        key, self.wifi_key = self.sudo().wifi_key, False
        contract = self.contract_id
        if not contract:
            raise UserError(self.env._("Choose the contract that this ONU is for."))
        self.discovered_id.action_activate_contract(
            contract_id=contract.id,
            product_id=self.product_id.id,
            splitter_port_id=self.splitter_port_id.id,
            date=self.date if contract.state in ("draft", "pending") else None,
        )
        settings = {}
        if self.can_wan and (self.wan_mode or "") != (contract.wan_mode or ""):
            settings["wan_mode"] = self.wan_mode or ""
        if self.can_wifi and (self.wifi_ssid or "") != (contract.wifi_ssid or ""):
            settings["wifi_ssid"] = self.wifi_ssid or ""
        if self.can_wifi_5g and (self.wifi_ssid_5g or "") != (contract.wifi_ssid_5g or ""):
            settings["wifi_ssid_5g"] = self.wifi_ssid_5g or ""
        if key:
            settings["wifi_key"] = key
        if settings:
            contract.action_configure_onu(**settings)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(contract)s is active; the OLT is being told.", contract=contract.name
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
