from odoo import api, fields, models
from odoo.exceptions import UserError

from .backoff import breaker_delay
from .driver_texts import spoken


class IspProvisioningDevice(models.Model):
    """The engine's view of a device or server: is it well, what is waiting for it.

    One row stands for one place of work: an executor locks it, so a device never has two writers.
    """

    _name = "isp.provisioning.device"
    _description = "Provisioned device"
    _order = "kind, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("radius", "RADIUS server"),
            ("coa", "Sessions on a router"),
            ("mikrotik", "Router"),
            ("olt", "OLT"),
            ("uisp", "UISP"),
        ],
        required=True,
        readonly=True,
    )
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record", model_field="res_model", required=True, readonly=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    enabled = fields.Boolean(
        default=True, help="Off: nothing is sent to this device; its changes wait."
    )
    failures = fields.Integer("Failures in a Row", readonly=True, required=True, default=0)
    breaker_until = fields.Datetime(
        "Left Alone Until",
        readonly=True,
        help="The device did not answer: it is tried again then, and the others go on meanwhile.",
    )
    last_ok = fields.Datetime("Last Success", readonly=True)
    last_error = fields.Char(
        "Technical Text", readonly=True, help="What the driver said, as it said it."
    )
    reason = fields.Text(compute="_compute_reason")
    last_error_at = fields.Datetime("Last Failure", readonly=True)
    last_drift_at = fields.Datetime("Last Comparison", readonly=True)
    repair_cap_pct = fields.Float(
        "Repair at Most (%)",
        default=5.0,
        help="A comparison repairs at most this share of the customers of the device, and reports "
        "the others: a wrong rule must not disconnect a town.",
    )
    shared_generation = fields.Integer(readonly=True, required=True, default=0)
    shared_applied = fields.Integer(
        readonly=True,
        required=True,
        default=0,
        help="Plans and routers are shared by all customers of a server; below the generation, "
        "they are still to be written.",
    )
    target_ids = fields.One2many("isp.provisioning.target", "device_id", string="Targets")
    target_count = fields.Integer("Customers", compute="_compute_counts")
    pending_count = fields.Integer("Pending", compute="_compute_counts")
    attention_count = fields.Integer("Needs Attention", compute="_compute_counts")
    health = fields.Selection(
        [("ok", "Answers"), ("unknown", "Not used yet"), ("silent", "No answer"), ("off", "Off")],
        compute="_compute_health",
    )

    _record_uniq = models.Constraint(
        "UNIQUE(res_model, res_id, kind)", "This device is already provisioned."
    )
    _cap_range = models.Constraint(
        "CHECK(repair_cap_pct BETWEEN 0 AND 100)", "A percentage is a number from 0 to 100."
    )

    @api.depends("target_ids.state")
    def _compute_counts(self):
        counts = {}
        for device, state, count in self.env["isp.provisioning.target"]._read_group(
            [("device_id", "in", self.ids)], ["device_id", "state"], ["__count"]
        ):
            counts[device.id, state] = count
        for device in self:
            of_device = {state: n for (key, state), n in counts.items() if key == device.id}
            device.target_count = sum(of_device.values())
            device.pending_count = of_device.get("pending", 0)
            device.attention_count = of_device.get("failed", 0) + of_device.get("drift", 0)

    @api.depends("last_error")
    @api.depends_context("lang")
    def _compute_reason(self):
        for device in self:
            device.reason = device.last_error and spoken(self.env, device.last_error)

    @api.depends("enabled", "failures", "last_ok")
    def _compute_health(self):
        for device in self:
            if not device.enabled:
                device.health = "off"
            elif device.failures:
                device.health = "silent"
            else:
                device.health = "ok" if device.last_ok else "unknown"

    @api.model
    def _of(self, kind, records):
        """The devices that stand for some records, made when there are none yet.

        :return: ``{record id: isp.provisioning.device}``
        """
        records = records.sudo()
        domain = [
            ("kind", "=", kind),
            ("res_model", "=", records._name),
            ("res_id", "in", records.ids),
        ]
        Device = self.sudo().with_context(active_test=False)
        found = {device.res_id: device for device in Device.search(domain)}
        missing = records.filtered(lambda record: record.id not in found)
        if missing:
            found |= {
                device.res_id: device
                for device in Device.create(
                    [
                        {
                            "name": record.display_name,
                            "kind": kind,
                            "res_model": record._name,
                            "res_id": record.id,
                            "company_id": record.company_id.id,
                            "shared_generation": 1 if kind in ("radius", "mikrotik") else 0,
                        }
                        for record in missing
                    ]
                )
            }
        return found

    def _record(self):
        """:return: the isp.radius.server, isp.nas... this device stands for (perhaps gone)"""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).exists()

    def _adapter(self):
        """:return: the model that knows this kind of device"""
        self.ensure_one()
        return self.env[f"isp.provisioning.adapter.{self.kind}"]

    def _shared_changed(self):
        """Plans or routers changed: bring them in line after commit."""
        for device in self.sudo():
            device.shared_generation += 1
        if self:
            self.env["isp.provisioning.target"]._wake()

    # what the executor tells ---------------------------------------------------
    def _note_success(self):
        self.write({"failures": 0, "breaker_until": False, "last_ok": fields.Datetime.now()})

    def _note_failure(self, message):
        """The device as a whole failed: leave it alone for a while."""
        now = fields.Datetime.now()
        for device in self:
            failures = device.failures + 1
            device.write(
                {
                    "failures": failures,
                    "breaker_until": now + breaker_delay(failures),
                    "last_error": message[:500],
                    "last_error_at": now,
                }
            )

    # buttons -------------------------------------------------------------------
    def action_try_now(self):
        """Forget that it was silent and work on what is waiting for it."""
        self.check_access("write")
        self.write({"breaker_until": False, "failures": 0, "enabled": True})
        self.env["isp.provisioning.target"]._wake()
        return True

    def action_compare(self):
        """Look for differences between the device and the contracts, after this request."""
        self.check_access("write")
        self.env.ref("silver_provisioning.ir_cron_drift")._trigger()
        self.write({"last_drift_at": False})
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The comparison starts now; its findings appear in a moment."
                ),
            },
        }

    def action_view_targets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_provisioning.isp_provisioning_target_action"
        )
        return {**action, "domain": [("device_id", "=", self.id)], "context": {}}

    def action_open_record(self):
        """Open the router or server this stands for."""
        record = self._record()
        if not record:
            raise UserError(
                self.env._("%(name)s: the device was deleted. Archive this row.", name=self.name)
            )
        return record.get_formview_action()
