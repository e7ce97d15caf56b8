import time

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..drivers.base import DriverError
from .driver_texts import spoken

LOOK_MINUTES = 15
CRON_SECONDS = 90


class IspOlt(models.Model):
    """Asking an OLT which ONUs light up that nobody has authorised.

    The request only says "look"; a cron talks to the OLT, with no transaction open meanwhile.
    """

    _inherit = "isp.olt"

    discovery_requested = fields.Boolean(readonly=True, copy=False)
    discovery_at = fields.Datetime("ONUs Looked For", readonly=True, copy=False)
    discovery_error = fields.Char(readonly=True, copy=False, help="As the driver said it.")
    discovery_reason = fields.Char("Why It Could Not Look", compute="_compute_discovery_reason")
    discovered_ids = fields.One2many("isp.onu.discovered", "olt_id", string="Waiting ONUs")
    discovered_count = fields.Integer("ONUs Waiting", compute="_compute_discovered_count")

    @api.depends("discovery_error")
    @api.depends_context("lang")
    def _compute_discovery_reason(self):
        for olt in self:
            olt.discovery_reason = olt.discovery_error and spoken(self.env, olt.discovery_error)

    @api.depends("discovered_ids.active", "discovered_ids.ignored")
    def _compute_discovered_count(self):
        counts = dict(
            self.env["isp.onu.discovered"]._read_group(
                [("olt_id", "in", self.ids), ("ignored", "=", False)], ["olt_id"], ["__count"]
            )
        )
        for olt in self:
            olt.discovered_count = counts.get(olt, 0)

    def action_discover(self):
        """Look for ONUs now, in the background; the list shows what is found. RPC-callable.

        :return: a notification for the web client
        :raise UserError: when Silver configures none of these OLTs
        """
        self.env["isp.onu.discovered"].check_access("write")
        olts = self.filtered(lambda olt: olt.provisioning_mode != "off")
        if not olts:
            raise UserError(
                self.env._(
                    "No OLT to look at: on an OLT, say first that Silver configures its customers, "
                    "or that it only shows what would change."
                )
            )
        olts.sudo().discovery_requested = True
        self.env.ref("silver_provisioning.ir_cron_onu_discovery").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "Asking %(names)s; the list is renewed by itself.",
                    names=", ".join(olts[:5].mapped("name")) + (", ..." if len(olts) > 5 else ""),
                ),
            },
        }

    def action_view_discovered(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_provisioning.isp_onu_discovered_action"
        )
        return {**action, "domain": [("olt_id", "=", self.id)], "context": {}}

    @api.model
    def _cron_discover(self):
        """Look at the OLTs whose turn it is; one that does not answer costs itself only."""
        due = self._due_for_discovery()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        deadline = time.monotonic() + CRON_SECONDS
        for olt in due:
            self._discover_one(olt.id)
            if not cron._commit_progress(1) or time.monotonic() > deadline:
                break

    @api.model
    def _due_for_discovery(self):
        """:return: OLTs asked for first; one that is left alone by the engine only when asked"""
        now = fields.Datetime.now()
        before = fields.Datetime.subtract(now, minutes=LOOK_MINUTES)
        olts = self.sudo().search(
            [
                ("provisioning_mode", "!=", "off"),
                *("|", "|", ("discovery_requested", "=", True)),
                *(("discovery_at", "=", False), ("discovery_at", "<", before)),
            ],
            order="discovery_requested desc nulls last, discovery_at nulls first, id",
        )
        devices = olts._provisioning_device()

        def silent(olt):
            until = devices[olt.id].breaker_until if olt.id in devices else False
            return until and until > now

        return olts.filtered(lambda olt: olt.discovery_requested or not silent(olt))

    @api.model
    def _discover_one(self, olt_id):
        """Read the configuration, talk to the OLT, keep what it said: two short transactions."""
        run = self.env["isp.provisioning.executor"]._in_transaction
        found, error, driver = [], False, None
        try:
            driver = run(lambda env: env["isp.olt"].browse(olt_id)._discovery_driver())
            if driver:
                with driver:
                    found = driver.discover()
        except DriverError as problem:
            error = f"{problem}\n{problem.detail}".strip() if problem.detail else str(problem)
            error = driver.redact(error) if driver else error
        run(lambda env: env["isp.olt"].browse(olt_id)._keep_discovery(found, error))

    def _discovery_driver(self):
        """:return: a driver, not connected, or None for one that cannot tell"""
        driver = self.exists() and self._driver()
        return driver if driver and "discover" in driver.capabilities() else None

    def _keep_discovery(self, found, error):
        olt = self.exists()
        if not olt:
            return
        if not error:
            self.env["isp.onu.discovered"]._record_look(olt, found)
        olt.write(
            {
                "discovery_requested": False,
                "discovery_at": fields.Datetime.now(),
                "discovery_error": error and error[:500],
            }
        )
        self.env.ref("silver_base.group_silver_user")._bus_send(
            "silver_provisioning.discovered", {"olt_id": olt.id}
        )
