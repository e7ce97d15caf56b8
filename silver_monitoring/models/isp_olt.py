from functools import partial

from odoo import api, fields, models

from odoo.addons.silver_provisioning.drivers.base import DriverError
from odoo.addons.silver_provisioning.drivers.snmp import Driver as Snmp

from .. import readers

SNMP_VENDORS = ("huawei", "zte", "vsol")


class IspOlt(models.Model):
    _name = "isp.olt"
    _inherit = ["isp.olt", "isp.interfaces.mixin"]

    traffic_watch_ids = fields.One2many("isp.traffic.watch", "olt_id")
    interface_ids = fields.One2many("isp.interface", "olt_id", string="Interfaces")
    watch_ids = fields.One2many("isp.olt.watch", "olt_id")
    watch_id = fields.Many2one("isp.olt.watch", compute="_compute_watch_id", string="Reading")

    @api.depends("watch_ids")
    def _compute_watch_id(self):
        for olt in self:
            olt.watch_id = olt.watch_ids[:1]

    @api.model_create_multi
    def create(self, vals_list):
        olts = super().create(vals_list)
        olts._ensure_watch()
        return olts

    def _ensure_watch(self):
        """Every OLT is watched. Idempotent."""
        watched = self.env["isp.olt.watch"].sudo().search([("olt_id", "in", self.ids)]).olt_id
        self.env["isp.olt.watch"].sudo().create([{"olt_id": olt.id} for olt in self - watched])

    def _reading_sources(self, with_health=False):
        """The ways to read this OLT, the best first: SNMP, then what it is configured through.

        :return: list of ``readers.Source``; empty when nobody wrote how to get in
        """
        self.ensure_one()
        olt = self.sudo()
        wanted = olt.watch_ids[:1].method or "auto"
        found = {}
        if olt.snmp_version and olt.management_address and olt.vendor in SNMP_VENDORS:
            found["snmp"] = readers.Source(
                "snmp", partial(Snmp, olt._snmp_endpoint(olt.vendor)), readers.by_snmp, with_health
            )
        if olt._has_login():
            try:
                driver = olt._driver()
            except DriverError:
                return list(found.values())  # the executor tells what is wrong with it
            account = olt.olt_driver == "smartolt"
            found["driver"] = readers.Source(
                olt.olt_driver,
                lambda: driver,
                readers.by_account if account else readers.by_command_line,
            )
        return [source for name, source in found.items() if wanted in ("auto", name)]

    def _has_login(self):
        self.ensure_one()
        if self.olt_driver == "smartolt":
            return bool(self.management_address and self.api_token)
        return bool(self.olt_driver and self.management_address and self.username and self.password)

    def _ensure_traffic_watch(self):
        self.env["isp.traffic.watch"]._ensure(self, self.env["isp.nas"])

    @api.model
    def panel_data(self, olt_id=None):
        """Adds to each port what its ONUs receive, and when the OLT was read."""
        data = super().panel_data(olt_id)
        ports = self.env["isp.olt.card.port"].browse(
            port["id"] for card in data["cards"] for port in card["ports"]
        )
        signals = ports._signal_counts()
        settings = self.env["isp.monitoring.settings"]
        for card in data["cards"]:
            for port in card["ports"]:
                port.update(signals.get(port["id"], {"onus": 0}))
        watch = self.browse(data["olt"]["id"]).watch_id
        data["olt"]["read_at"] = watch.last_ok_at and fields.Datetime.to_string(watch.last_ok_at)
        data["olt"]["cpu"] = watch.cpu_pct if watch.health_at else None
        data["olt"]["temperature"] = watch.temperature_c if watch.health_at else None
        data["olt"]["weak"] = settings._get("weak_dbm")
        data["olt"]["critical"] = settings._get("critical_dbm")
        return data
