import time

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..drivers.base import DriverError
from .driver_texts import spoken

CRON_SECONDS = 90


class IspNas(models.Model):
    """Asking a router what customers it has, whoever wrote them there.

    The request only says "look"; a cron talks to the router, with no transaction open meanwhile.
    """

    _inherit = "isp.nas"

    look_requested = fields.Boolean(readonly=True, copy=False)
    look_at = fields.Datetime("Customers Read", readonly=True, copy=False)
    look_error = fields.Char(readonly=True, copy=False, help="As the driver said it.")
    look_reason = fields.Char("Why It Could Not Be Read", compute="_compute_look_reason")
    entry_ids = fields.One2many("isp.router.entry", "nas_id", string="What Is There")
    entry_count = fields.Integer("On the Router", compute="_compute_entry_count")
    entry_todo_count = fields.Integer("To Take Over", compute="_compute_entry_count")

    @api.depends("look_error")
    @api.depends_context("lang")
    def _compute_look_reason(self):
        for nas in self:
            nas.look_reason = nas.look_error and spoken(self.env, nas.look_error)

    @api.depends("entry_ids.verdict", "entry_ids.active", "entry_ids.ignored")
    def _compute_entry_count(self):
        counts = {}
        for nas, verdict, count in self.env["isp.router.entry"]._read_group(
            [("nas_id", "in", self.ids), ("ignored", "=", False)],
            ["nas_id", "verdict"],
            ["__count"],
        ):
            counts.setdefault(nas.id, {})[verdict] = count
        for nas in self:
            here = counts.get(nas.id, {})
            nas.entry_count = sum(here.values())
            nas.entry_todo_count = nas.entry_count - here.get("equal", 0) - here.get("adopted", 0)

    def action_take_over(self):
        """Read what customers these routers have now, in the background. RPC-callable.

        :return: the list of what is there; it is renewed when the router has answered
        :raise UserError: when Silver cannot read one of them
        """
        self.env["isp.router.entry"].check_access("write")
        for nas in self:
            if nas.vendor != "mikrotik" or not nas.management_address:
                raise UserError(
                    self.env._(
                        "%(name)s: only MikroTik routers can be read, and they need their "
                        "management address, user and password.",
                        name=nas.display_name,
                    )
                )
        self.sudo().look_requested = True
        self.env.ref("silver_provisioning.ir_cron_router_entries").sudo()._trigger()
        return self.action_view_entries()

    def action_view_entries(self):
        """What stands on these routers."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_provisioning.isp_router_entry_action"
        )
        return {
            **action,
            "domain": [("nas_id", "in", self.ids)],
            "context": {"search_default_todo": 1},
        }

    @api.model
    def _cron_look(self, deadline=None):
        """Read the routers that somebody asked for; one that does not answer costs itself only.

        :return: whether all were read
        """
        deadline = deadline or time.monotonic() + CRON_SECONDS
        due = self.sudo().search([("look_requested", "=", True)], order="look_at, id")
        for index, nas_id in enumerate(due.ids):
            self._look_one(nas_id)
            left = self.env["ir.cron"]._commit_progress(1, remaining=len(due) - index - 1)
            if not left or time.monotonic() > deadline:
                break
        return not self.sudo().search_count([("look_requested", "=", True)])

    @api.model
    def _look_one(self, nas_id):
        """Read the configuration, talk to the router, keep what it said: two short transactions."""
        run = self.env["isp.provisioning.executor"]._in_transaction
        found, error, driver = [], False, None
        try:
            driver = run(lambda env: env["isp.nas"].browse(nas_id)._driver())
            with driver:
                found = driver.survey()
        except DriverError as problem:
            error = f"{problem}\n{problem.detail}".strip() if problem.detail else str(problem)
            error = driver.redact(error) if driver else error
        run(lambda env: env["isp.nas"].browse(nas_id)._keep_look(found, error))

    def _keep_look(self, found, error):
        nas = self.exists()
        if not nas:
            return
        if not error:
            self.env["isp.router.entry"]._record_look(nas, found)
        nas.write(
            {
                "look_requested": False,
                "look_at": fields.Datetime.now(),
                "look_error": error and error[:500],
            }
        )
        self.env.ref("silver_base.group_silver_user")._bus_send(
            "silver_provisioning.discovered", {"nas_id": nas.id}
        )
