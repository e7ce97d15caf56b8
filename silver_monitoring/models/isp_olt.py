from functools import partial

from odoo import api, fields, models

from odoo.addons.silver_provisioning.drivers.base import Endpoint, SecretText
from odoo.addons.silver_provisioning.drivers.huawei import Driver as Huawei
from odoo.addons.silver_provisioning.drivers.smartolt import Driver as SmartOlt
from odoo.addons.silver_provisioning.drivers.snmp import Driver as Snmp
from odoo.addons.silver_provisioning.drivers.vsol import Driver as Vsol
from odoo.addons.silver_provisioning.drivers.zte import Driver as Zte

from .. import readers

COMMAND_LINES = {"huawei": Huawei, "zte": Zte, "vsol": Vsol}
SNMP_VENDORS = ("huawei", "zte", "vsol")
SNMP_TIMEOUT = 3.0


class IspOlt(models.Model):
    _inherit = "isp.olt"

    watch_ids = fields.One2many("isp.olt.watch", "olt_id")
    watch_id = fields.Many2one("isp.olt.watch", compute="_compute_watch_id", string="Reading")
    smartolt_url = fields.Char(
        string="SmartOLT",
        help="Address of the account (name.smartolt.com), when this OLT is read through it. Its "
        "number there is the external ID of the OLT.",
    )

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
        """The ways to read this OLT: SNMP, its account at SmartOLT, its command line.

        The best first.

        :return: list of ``readers.Source``; empty when nobody wrote how to get in
        """
        self.ensure_one()
        olt = self.sudo()
        wanted = olt.watch_ids[:1].method or "auto"
        found = {}
        if olt.snmp_version and olt.management_address and olt.vendor in SNMP_VENDORS:
            found["snmp"] = readers.Source(
                "snmp", partial(Snmp, olt._snmp_endpoint()), readers.by_snmp, with_health
            )
        smartolt = olt._smartolt_driver()
        if smartolt:
            found["smartolt"] = readers.Source("smartolt", smartolt, readers.by_account)
        command_line = COMMAND_LINES.get(olt.vendor)
        if command_line and olt.management_address and olt.username and olt.password:
            found["cli"] = readers.Source(
                "cli", partial(command_line, olt._cli_endpoint()), readers.by_command_line
            )
        return [source for name, source in found.items() if wanted in ("auto", name)]

    def _snmp_endpoint(self):
        self.ensure_one()
        options = {"vendor": self.vendor}
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

    def _cli_endpoint(self):
        self.ensure_one()
        return Endpoint(
            self.management_address,
            self.management_port or 0,
            self.username,
            SecretText(self.password or ""),
            20.0,
            {"ports": [(port.card_id.slot, port.number) for port in self.port_ids]},
        )

    def _smartolt_driver(self):
        """:return: what builds the driver, None when the OLT is not in an account"""
        self.ensure_one()
        if not (self.smartolt_url and self.password and self.external_id):
            return None
        host, _colon, port = self.smartolt_url.partition(":")
        endpoint = Endpoint(
            host,
            int(port) if port.isdigit() else 0,
            "",
            SecretText(self.password),
            20.0,
            {"olt_id": self.external_id},
        )
        return partial(SmartOlt, endpoint)

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
