from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..drivers.base import Permanent, SecretText
from ..drivers.mikrotik import Driver as MikroTik
from ..drivers.radius_policy import bits
from ..drivers.uisp import Driver as Uisp
from .isp_contract_router import DELIVERED

CUSTOMER_MODES = [
    ("plan", "As the plan's technology says"),
    ("ppp", "PPPoE users in the router"),
    ("dhcp", "DHCP leases and queues"),
    ("queue", "Queues by address"),
    ("list", "Only the list of suspended customers"),
]
SERVICE_FIELDS = {
    "provisioning_mode",
    "customer_mode",
    "suspended_list",
    "suspended_profile",
    "throttled_rate",
    "dhcp_server",
    "ppp_local_address",
}


class IspNas(models.Model):
    """What a router itself holds for its customers, besides asking RADIUS."""

    _name = "isp.nas"
    _inherit = ["isp.nas", "isp.provisioned.mixin"]

    customer_mode = fields.Selection(
        CUSTOMER_MODES,
        string="The Router Holds",
        required=True,
        default="list",
        help="With PPPoE users in the router, RADIUS is not used for its customers. By the plan: "
        "PPPoE plans get a user, DHCP plans a lease and a queue, the others only the list.",
    )
    suspended_list = fields.Char(
        "List of Suspended",
        default="morosos",
        help="Firewall address list of the router that leads to the payment page.",
    )
    suspended_profile = fields.Char(
        "Profile of Suspended",
        help="PPP profile while suspended. Empty: the PPPoE user is disabled, unless the contract "
        "is to be led to the payment page.",
    )
    throttled_rate = fields.Char(
        "Reduced Speed",
        default="512k/512k",
        help="Upload/download of customers whose suspension is a reduced speed, as MikroTik writes "
        "it. Empty: they are cut as all others.",
    )
    dhcp_server = fields.Char(
        "DHCP Server", default="all", help="Name of it on the router, or all."
    )
    ppp_local_address = fields.Char(
        "PPP Local Address", help="The router's end of PPPoE, for the profiles Silver creates."
    )

    @api.constrains("throttled_rate")
    def _check_throttled_rate(self):
        for nas in self.filtered("throttled_rate"):
            speeds = bits(nas.throttled_rate)
            if len(speeds) != 2 or min(speeds) < 1000:
                raise ValidationError(
                    self.env._(
                        "%(name)s: “%(rate)s” is no reduced speed. Write upload/download, as in "
                        "512k/1M.",
                        name=nas.display_name,
                        rate=nas.throttled_rate,
                    )
                )

    def _provisioning_kind(self):
        self.ensure_one()
        return self.vendor if self.vendor in ("mikrotik", "uisp") else None

    @api.model
    def _provisioning_fields(self):
        return super()._provisioning_fields() | SERVICE_FIELDS

    def write(self, vals):
        if vals.get("vendor"):
            busy = self.filtered(
                lambda nas: nas.provisioning_mode != "off" and nas.vendor != vals["vendor"]
            )
            if busy:
                raise UserError(
                    self.env._(
                        "%(names)s: Silver configures its customers as those of another vendor. "
                        "Set that to “Not by Silver” first.",
                        names=", ".join(busy.mapped("name")),
                    )
                )
        return super().write(vals)

    def _served_contracts(self):
        if controllers := self.filtered(lambda nas: nas.vendor == "uisp"):
            rest = self - controllers
            named = (
                self.env["isp.contract"]
                .sudo()
                .search(
                    [
                        ("company_id", "in", controllers.company_id.ids),
                        ("state", "in", ["active", "suspended"]),
                        ("uisp_service_id", "!=", 0),
                    ]
                )
            )
            return named | (rest._served_contracts() if rest else named)
        Contract = self.env["isp.contract"].sudo()
        return Contract.search(
            Domain("state", "in", DELIVERED) & Contract._router_domain(self.sudo())
        )

    def _driver(self):
        self.ensure_one()
        nas = self.sudo()
        if nas.vendor == "uisp":
            key = SecretText(nas.api_token or "")
            return Uisp(nas._endpoint(app_key=key, ca_pem=nas.ca_pem))
        if nas._provisioning_kind() != "mikrotik":
            raise Permanent(f"The router {nas.name} has a vendor for which there is no driver.")
        return MikroTik(
            nas._endpoint(
                tls=nas.use_tls,
                ca_pem=nas.ca_pem,
                suspended_list=nas.suspended_list or "",
                suspended_profile=nas.suspended_profile or "",
            )
        )

    def _customer_mode_of(self, contract):
        """:return: ``ppp``, ``dhcp``, ``queue`` or ``list``"""
        if self.customer_mode != "plan":
            return self.customer_mode
        technology = contract.product_id.access_technology
        return {"pppoe": "ppp", "dhcp": "dhcp"}.get(technology, "list")

    def _keeps_users(self, contract):
        """:return: whether this router keeps the customer's PPPoE user itself"""
        return (
            self.provisioning_mode != "off"
            and self._provisioning_kind() == "mikrotik"
            and self._customer_mode_of(contract) == "ppp"
        )
