from dataclasses import replace
from importlib import import_module

from odoo import api, fields, models

from odoo.addons.silver_base.fields import Secret

from ..drivers.base import Permanent, SecretText

#: A driver is a folder of ``drivers/`` with a class ``Driver``. A new vendor is one folder, and one
#: line here; docs/es/red.md tells how.
OLT_DRIVERS = [
    ("huawei", "Huawei (command line)"),
    ("zte", "ZTE (command line)"),
    ("vsol", "V-SOL (command line)"),
    ("smartolt", "SmartOLT (REST)"),
]
SERVICE_FIELDS = {
    "provisioning_mode",
    "olt_driver",
    "service_vlan",
    "suspend_here",
    "native_vlan",
}


class IspOlt(models.Model):
    _name = "isp.olt"
    _inherit = ["isp.olt", "isp.provisioned.mixin"]

    olt_driver = fields.Selection(
        OLT_DRIVERS,
        string="Configured Through",
        compute="_compute_olt_driver",
        store=True,
        readonly=False,
        precompute=True,
        help="The OLT's own command line, or the controller it is managed with.",
    )
    transport = fields.Selection(
        [("ssh", "SSH"), ("telnet", "Telnet")],
        compute="_compute_olt_driver",
        store=True,
        readonly=False,
        precompute=True,
    )
    host_key = fields.Char(
        "SSH Host Key",
        copy=False,
        help="Fingerprint of the key the OLT must show (SHA256:...). Empty: any key is taken.",
    )
    enable_secret = Secret(
        "Enable Password",
        groups="silver_base.group_silver_secrets",
        help="Where it differs from the password.",
    )
    api_zone = fields.Char("Zone", help="Zone of SmartOLT that new ONUs go to.")
    api_calls_per_hour = fields.Integer(
        "Calls per Hour",
        default=900,
        help="SmartOLT allows 1,000 an hour for the whole account. With several Odoo workers that "
        "run executors, divide it among them.",
    )
    frame = fields.Integer(
        "Frame / Shelf",
        compute="_compute_olt_driver",
        store=True,
        readonly=False,
        precompute=True,
        help="First number of a port (0/1/3 is frame 0, card 1, port 3).",
    )
    service_vlan = fields.Integer(
        "Customer VLAN", help="A PON port or a plan may have another one."
    )
    native_vlan = fields.Boolean(
        "Untagged to the Customer",
        help="Huawei: the VLAN is also the native one of the ONU's first Ethernet port.",
    )
    suspend_here = fields.Boolean(
        "Switch Off Suspended Customers",
        help="Off: the ONU of a suspended customer stays lit, and RADIUS or the router leads him "
        "to the payment page. Who has neither is switched off here anyway.",
    )
    plan_profile_ids = fields.One2many("isp.olt.profile", "olt_id", string="Plans on This OLT")

    _vlan_range = models.Constraint(
        "CHECK(service_vlan IS NULL OR service_vlan BETWEEN 0 AND 4094)",
        "A VLAN is a number from 1 to 4094.",
    )

    @api.depends("vendor")
    def _compute_olt_driver(self):
        known = dict(OLT_DRIVERS)
        for olt in self:
            olt.olt_driver = olt.vendor if olt.vendor in known else False
            olt.transport = "telnet" if olt.vendor in ("zte", "vsol") else "ssh"
            olt.frame = 1 if olt.vendor == "zte" else 0

    def _provisioning_kind(self):
        self.ensure_one()
        return "olt" if self.olt_driver else None

    @api.model
    def _provisioning_fields(self):
        return super()._provisioning_fields() | SERVICE_FIELDS

    def _served_contracts(self):
        return (
            self.env["isp.contract"]
            .sudo()
            .search(
                [
                    ("olt_port_id.olt_id", "in", self.ids),
                    ("state", "in", ["active", "suspended"]),
                    ("onu_id", "!=", False),
                ]
            )
        )

    def _driver(self):
        self.ensure_one()
        olt = self.sudo()
        if olt.olt_driver not in dict(OLT_DRIVERS):
            raise Permanent(f"The OLT {olt.name} has a vendor for which there is no driver.")
        module = import_module(f"..drivers.{olt.olt_driver}", __package__)
        return module.Driver(olt._olt_endpoint())

    def _olt_endpoint(self):
        """:return: the Endpoint with the options of all drivers; each takes its own"""
        if self.olt_driver == "smartolt":
            endpoint = self._endpoint(
                olt_id=self.external_id or "1",
                zone=self.api_zone or "1",
                calls_per_hour=self.api_calls_per_hour or None,
                ca_pem=self.ca_pem,
            )
            scheme = "" if self.use_tls else "http://"
            return replace(
                endpoint, host=scheme + endpoint.host, secret=SecretText(self.api_token or "")
            )
        ports = self.port_ids.filtered(lambda port: not port.out_of_service)
        return self._endpoint(
            transport=self.transport,
            host_key=self.host_key,
            enable_secret=SecretText(self.enable_secret) if self.enable_secret else None,
            frame=self.frame,
            shelf=self.frame,
            native_vlan=self.native_vlan,
            ports=[f"{port.card_id.slot}/{port.number}" for port in ports],
            pon_ports=max(ports.mapped("number"), default=8),
        )
