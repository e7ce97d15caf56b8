import ipaddress
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.silver_base.fields import Secret

from ..const import VENDORS

HOST_LABEL = re.compile(r"^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$")


def is_host(value):
    """:return: whether ``value`` is an IPv4 or IPv6 address or a host name (RFC 1123)."""
    try:
        ipaddress.ip_address(value)
        return True
    except ValueError:
        labels = value.rstrip(".").split(".")
        # all digits in the last label is a mistyped address, not a name
        return (
            len(value) <= 253
            and all(HOST_LABEL.match(label) for label in labels)
            and not labels[-1].isdigit()
        )


class IspNetdevMixin(models.AbstractModel):
    """A device somebody logs in to: a router, an OLT, an access point."""

    _name = "isp.netdev.mixin"
    _description = "Network device"
    _inherit = ["mail.thread"]

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    vendor = fields.Selection(VENDORS, required=True, default="other", tracking=True)
    model_name = fields.Char(string="Model")
    management_address = fields.Char(
        tracking=True, help="IP address or host name where the device is managed."
    )
    management_port = fields.Integer(
        help="Port of the management service; 0 is the usual port of the vendor."
    )
    username = fields.Char(groups="silver_base.group_silver_secrets", copy=False)
    password = Secret(groups="silver_base.group_silver_secrets")
    snmp_version = fields.Selection(
        [("2c", "v2c (community)"), ("3", "v3 (user, SHA and AES-128)")],
        string="SNMP",
        help="How the device is read by SNMP. Empty: it is not.",
    )
    snmp_port = fields.Integer(string="SNMP port", help="0 is the usual one, 161.")
    snmp_community = Secret(string="Community", groups="silver_base.group_silver_secrets")
    snmp_user = fields.Char(
        string="SNMP user", groups="silver_base.group_silver_secrets", copy=False
    )
    snmp_auth_key = Secret(string="Authentication key", groups="silver_base.group_silver_secrets")
    snmp_priv_key = Secret(string="Privacy key", groups="silver_base.group_silver_secrets")
    external_id = fields.Char(
        string="External ID",
        copy=False,
        index="btree_not_null",
        help="Identifier of the device in the vendor's controller (UISP, U2000, SmartOLT...).",
    )
    state = fields.Selection(
        [
            ("unknown", "Unknown"),
            ("online", "Online"),
            ("degraded", "Degraded"),
            ("offline", "Offline"),
            ("maintenance", "Maintenance"),
        ],
        required=True,
        default="unknown",
        tracking=True,
    )
    metrics_json = fields.Json(string="Metrics", copy=False)
    last_sync_at = fields.Datetime(string="Last sync", copy=False, readonly=True)
    note = fields.Text(string="Notes")

    _external_id_uniq = models.UniqueIndex(
        "(company_id, vendor, external_id) WHERE external_id IS NOT NULL",
        "Another device of this vendor has this external ID.",
    )
    _management_port_range = models.Constraint(
        "CHECK(management_port IS NULL OR management_port BETWEEN 0 AND 65535)",
        "A port is a number from 1 to 65535.",
    )

    _snmp_port_range = models.Constraint(
        "CHECK(snmp_port IS NULL OR snmp_port BETWEEN 0 AND 65535)",
        "A port is a number from 1 to 65535.",
    )

    @api.constrains("management_address")
    def _check_management_address(self):
        for device in self.filtered("management_address"):
            if not is_host(device.management_address):
                raise ValidationError(
                    self.env._(
                        "%(name)s: “%(address)s” is neither an IP address nor a host name.",
                        name=device.display_name,
                        address=device.management_address,
                    )
                )
