from odoo import api, fields, models


class IspTrafficWatch(models.Model):
    """How the interfaces of a device are read, and how that goes. One row for each OLT and NAS."""

    _name = "isp.traffic.watch"
    _description = "Watched interfaces"
    _inherit = ["isp.watch.mixin"]
    _order = "name, id"

    olt_id = fields.Many2one("isp.olt", string="OLT", readonly=True, ondelete="cascade")
    nas_id = fields.Many2one("isp.nas", string="NAS", readonly=True, ondelete="cascade")
    name = fields.Char(string="Device", compute="_compute_device", store=True)
    active = fields.Boolean(compute="_compute_device", store=True)
    company_id = fields.Many2one("res.company", compute="_compute_device", store=True, index=True)
    base_station_id = fields.Many2one(
        "isp.base.station", string="Base", compute="_compute_device", store=True
    )
    uptime_ticks = fields.Float(
        string="Clock of the device",
        digits=(12, 0),
        readonly=True,
        help="Hundredths of a second by the device's own clock.",
    )
    interface_ids = fields.One2many("isp.interface", "watch_id", string="Interfaces")

    _one_device = models.Constraint(
        "CHECK(num_nonnulls(olt_id, nas_id) = 1)", "Interfaces are those of one device."
    )
    _olt_uniq = models.UniqueIndex("(olt_id)", "The interfaces of this OLT are already watched.")
    _nas_uniq = models.UniqueIndex("(nas_id)", "The interfaces of this NAS are already watched.")

    @api.depends(
        *(
            f"{device}.{name}"
            for device in ("olt_id", "nas_id")
            for name in ("name", "active", "company_id", "base_station_id")
        )
    )
    def _compute_device(self):
        for watch in self:
            device = watch._device()
            watch.name = device.name
            watch.active = device.active
            watch.company_id = device.company_id
            watch.base_station_id = device.base_station_id

    def _device(self):
        """:return: the isp.olt or isp.nas"""
        self.ensure_one()
        return self.olt_id or self.nas_id

    @api.model
    def _ensure(self, olts=None, nases=None):
        """The interfaces of every device are watched. Idempotent.

        :param olts: and ``nases``: of these; of all when not given
        """
        values = []
        for name, model, devices in (("olt_id", "isp.olt", olts), ("nas_id", "isp.nas", nases)):
            if devices is None:
                devices = self.env[model].sudo().with_context(active_test=False)
                devices = devices.search([])  # pylint: disable=no-search-all
            watched = self.sudo().with_context(active_test=False)
            watched = watched.search([(name, "in", devices.ids)])[name]
            values += [{name: device.id} for device in devices - watched]
        self.sudo().create(values)

    def _has_access(self):
        return bool(self._device()._interface_sources())

    def _cron(self):
        return self.env.ref("silver_monitoring.ir_cron_poll_interfaces")

    def action_view_interfaces(self):
        """The interfaces of these devices."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_monitoring.isp_interface_action"
        )
        return {**action, "domain": [("watch_id", "in", self.ids)], "context": {}}
