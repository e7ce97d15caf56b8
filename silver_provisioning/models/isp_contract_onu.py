from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.silver_base.fields import Secret

from ..drivers.base import Permanent
from ..drivers.olt import text

WAN_MODES = [("bridge", "Bridge: the customer's router dials"), ("pppoe", "The ONU dials (PPPoE)")]
ONU_FIELDS = {"wan_mode", "wifi_ssid", "wifi_key", "wifi_ssid_5g"}
#: What every OLT takes as one word; see drivers/olt/text.py, which decides again before it is sent.
WORD = r"^[A-Za-z0-9._@$%&*+=:/~,-]+$"


class IspContract(models.Model):
    """What the ONU of a customer is set to, where the OLT can set it."""

    _inherit = "isp.contract"

    wan_mode = fields.Selection(
        WAN_MODES,
        string="WAN of the ONU",
        copy=False,
        help="Empty: it is left as it is. When the ONU dials, it does so with the PPPoE user of "
        "the contract.",
    )
    wifi_ssid = fields.Char("Wi-Fi Name", copy=False)
    wifi_key = Secret("Wi-Fi Key", groups="silver_base.group_silver_secrets", copy=False)
    wifi_ssid_5g = fields.Char(
        "5 GHz Wi-Fi Name", copy=False, help="Empty: the same name as at 2.4 GHz."
    )
    onu_can_wan = fields.Boolean(compute="_compute_onu_can")
    onu_can_wifi = fields.Boolean(compute="_compute_onu_can")
    onu_can_wifi_5g = fields.Boolean(compute="_compute_onu_can")

    _wifi_ssid_form = models.Constraint(
        f"CHECK(wifi_ssid ~ '{WORD}' AND length(wifi_ssid) <= 32)",
        "A Wi-Fi name has 1 to 32 letters, digits or . _ @ $ % & * + = : / ~ , - and no spaces.",
    )
    _wifi_ssid_5g_form = models.Constraint(
        f"CHECK(wifi_ssid_5g ~ '{WORD}' AND length(wifi_ssid_5g) <= 32)",
        "A Wi-Fi name has 1 to 32 letters, digits or . _ @ $ % & * + = : / ~ , - and no spaces.",
    )
    _wifi_key_form = models.Constraint(
        f"CHECK(wifi_key ~ '{WORD}' AND length(wifi_key) BETWEEN 8 AND 63)",
        "A Wi-Fi key has 8 to 63 letters, digits or . _ @ $ % & * + = : / ~ , - and no spaces.",
    )

    @api.depends("olt_port_id", "onu_id")
    def _compute_onu_can(self):
        for contract in self:
            abilities = contract.olt_port_id.olt_id._onu_abilities()
            contract.onu_can_wan = "wan" in abilities
            contract.onu_can_wifi = "wifi" in abilities
            two_bands = contract.onu_id.sudo().product_id.wifi_5g
            contract.onu_can_wifi_5g = contract.onu_can_wifi and two_bands

    @api.constrains("wifi_ssid", "wifi_key", "wifi_ssid_5g")
    def _check_wifi(self):
        for contract in self:
            secret = contract.sudo()
            named = secret.wifi_ssid or secret.wifi_ssid_5g
            if bool(secret.wifi_ssid) != bool(secret.wifi_key) or (named and not secret.wifi_ssid):
                raise ValidationError(
                    self.env._("%s: a Wi-Fi network needs a name and a key.", contract.display_name)
                )

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & ONU_FIELDS:
            running = self.sudo().filtered(lambda c: c.state in ("active", "suspended"))
            if running:
                self.env["isp.provisioning.target"].sudo()._mark(running)
        return result

    def action_configure_onu(self, wan_mode=None, wifi_ssid=None, wifi_key=None, wifi_ssid_5g=None):
        """Say how the ONU of the customer should be set; it is sent after commit. RPC-callable.

        What is left out stays as it is; an empty text means "leave it to the customer".

        :param str wan_mode: ``bridge`` or ``pppoe``
        :param str wifi_ssid: 1 to 32 characters
        :param str wifi_key: 8 to 63 characters, of both bands
        :param str wifi_ssid_5g: the 5 GHz network's own name; empty: the same as ``wifi_ssid``
        :return: True
        :raise UserError: when the OLT cannot do it, or would not take the text as one word
        """
        contracts = self._authorised_onu()
        vals = {}
        if wan_mode is not None:
            if wan_mode and wan_mode not in dict(WAN_MODES):
                raise UserError(self.env._("Say “bridge” or “pppoe”, not “%s”.", wan_mode))
            vals["wan_mode"] = wan_mode or False
        if wifi_ssid is not None:
            vals["wifi_ssid"] = wifi_ssid or False
            if not wifi_ssid:
                vals |= {"wifi_key": False, "wifi_ssid_5g": False}
        if wifi_key:
            vals["wifi_key"] = wifi_key
        if wifi_ssid_5g is not None:
            vals["wifi_ssid_5g"] = wifi_ssid_5g or False
        contracts._check_onu_words(vals)
        for contract in contracts:
            contract._check_onu_can(vals)
        if vals:
            contracts.write(vals)
            done = [
                self._fields[name]._description_string(self.env)
                for name in vals  # never the values: one of them is a secret
            ]
            body = self.env._("Settings of the ONU changed: %s", ", ".join(done))
            contracts._message_log_batch(bodies={contract.id: body for contract in contracts})
        return True

    def _authorised_onu(self):
        """:return: ``self`` as superuser
        :raise AccessError: for who has nothing to do with the customers' equipment"""
        self.check_access("read")
        groups = ("silver_base.group_silver_support", "silver_base.group_silver_operator")
        if not self.env.su and not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(
                self.env._("Only support and network operators set the ONU of a customer.")
            )
        return self.sudo()

    @api.model
    def _check_onu_words(self, vals):
        """The rule of the drivers, said before anything is stored."""
        limits = {"wifi_ssid": (1, 32), "wifi_key": (8, 63), "wifi_ssid_5g": (1, 32)}
        for name, (least, most) in limits.items():
            value = vals.get(name)
            if not value:
                continue
            label = self._fields[name]._description_string(self.env)
            try:
                text.word("", label, value, least, most)
            except Permanent:
                raise UserError(
                    self.env._(
                        "%(field)s: from %(least)s to %(most)s letters, digits or "
                        ". _ @ $ %% & * + = : / ~ , - and no spaces: the OLT would read anything "
                        "else as a command.",
                        field=label,
                        least=least,
                        most=most,
                    )
                ) from None

    def _check_onu_can(self, vals):
        """:raise UserError: when the OLT of the contract cannot set what is asked for"""
        olt = self.olt_port_id.olt_id
        if not olt:
            return  # not placed yet: the OLT decides when it is
        abilities = olt._onu_abilities()
        if vals.get("wifi_ssid_5g") and self.onu_id and not self.onu_id.product_id.wifi_5g:
            raise UserError(
                self.env._(
                    "%(contract)s: its ONU %(onu)s has no 5 GHz network. If it has, say so on its "
                    "product (Equipment).",
                    contract=self.display_name,
                    onu=self.onu_id.display_name,
                )
            )
        for name in ONU_FIELDS:
            ability = "wan" if name == "wan_mode" else "wifi"
            if vals.get(name) and ability not in abilities:
                raise UserError(
                    self.env._(
                        "%(contract)s: the OLT %(olt)s cannot set this on an ONU (%(field)s). Do "
                        "it on the ONU's own page, or through its TR-069 server.",
                        contract=self.display_name,
                        olt=olt.name,
                        field=self._fields[name]._description_string(self.env),
                    )
                )

    def action_open_onu_settings(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("ONU of %s", self.display_name),
            "res_model": "isp.onu.settings",
            "view_mode": "form",
            "target": "new",
            "context": {"default_contract_id": self.id},
        }
