from functools import partial

from odoo import api, fields, models

from odoo.addons.silver_provisioning.drivers.base import Endpoint, SecretText
from odoo.addons.silver_provisioning.drivers.snmp import Driver as Snmp

from .. import readers
from .isp_watch_mixin import STATES

SNMP_TIMEOUT = 3.0


class IspInterfacesMixin(models.AbstractModel):
    """A device whose interfaces are read by SNMP. The heir has ``traffic_watch_ids`` and
    ``interface_ids``.
    """

    _name = "isp.interfaces.mixin"
    _description = "Has interfaces"

    traffic_state = fields.Selection(
        STATES,
        string="Reading of interfaces",
        compute="_compute_traffic",
    )
    traffic_last_ok_at = fields.Datetime(string="Interfaces read at", compute="_compute_traffic")
    traffic_last_error = fields.Char(string="Error of interfaces", compute="_compute_traffic")

    def _compute_traffic(self):
        for device in self:
            watch = device.traffic_watch_ids[:1]
            device.traffic_state = watch.state
            device.traffic_last_ok_at = watch.last_ok_at
            device.traffic_last_error = watch.last_error

    @api.model_create_multi
    def create(self, vals_list):
        devices = super().create(vals_list)
        devices._ensure_traffic_watch()
        return devices

    def _ensure_traffic_watch(self):
        raise NotImplementedError

    def _interface_sources(self):
        """:return: list of ``readers.Source``; empty when nobody wrote how to get in"""
        self.ensure_one()
        device = self.sudo()
        if not device.snmp_version or not device.management_address:
            return []
        return [
            readers.Source(
                "snmp", partial(Snmp, device._snmp_endpoint("router")), readers.interfaces
            )
        ]

    def _snmp_endpoint(self, vendor):
        """:param str vendor: whose tables are read; ``router``: those all devices have"""
        self.ensure_one()
        options = {"vendor": vendor}
        secret, user = self.snmp_community, ""
        if self.snmp_version == "3":
            options["priv_secret"] = SecretText(self.snmp_priv_key or "")
            secret, user = self.snmp_auth_key, self.snmp_user or ""
        return Endpoint(
            self.management_address,
            self.snmp_port or 161,
            user,
            SecretText(secret or ""),
            SNMP_TIMEOUT,
            options,
        )

    def traffic_interfaces(self):
        """The interfaces for the graph of the form, the fullest first. RPC.

        :return: list of dicts ``id``, ``name``, ``kind``, ``status``
        """
        self.check_access("read")
        kinds = ("ethernet", "lag", "pon", "vlan")
        return [
            {
                "id": interface.id,
                "name": " · ".join(filter(None, [interface.name, interface.alias])),
                "kind": interface.kind,
                "status": interface.status,
            }
            for interface in self.interface_ids.filtered(
                lambda interface: interface.status != "gone"
            ).sorted(
                key=lambda i: (not i.watched or i.status == "off", -i.use_pct, kinds.index(i.kind))
            )
        ]

    def action_view_interfaces(self):
        """The interfaces of these devices."""
        return self.traffic_watch_ids.action_view_interfaces()
