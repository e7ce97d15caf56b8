from odoo import api, fields, models

from ..drivers.radius_policy import rate_limit

#: What changes the answer of FreeRADIUS for everybody on the plan.
RADIUS_FIELDS = {
    "download_mbps",
    "upload_mbps",
    "provisioned_download_mbps",
    "provisioned_upload_mbps",
    "burst_download_mbps",
    "burst_upload_mbps",
    "burst_threshold_pct",
    "burst_time_s",
    "priority",
    "contention_ratio",
    "radius_group",
    "plan_code",
    "is_isp_plan",
    "active",
}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    speed_changed_at = fields.Datetime(
        "Speed Changed",
        readonly=True,
        copy=False,
        help="Who has been online since before it still has the earlier speed, until it is given "
        "to them or they log in again.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        if any(plan.is_isp_plan for plan in plans):
            self.env["isp.radius.server"]._plans_changed()
        return plans

    def write(self, vals):
        if not vals.keys() & RADIUS_FIELDS:
            return super().write(vals)
        before = self._rate_limits()
        result = super().write(vals)
        self.env["isp.radius.server"]._plans_changed()
        after = self._rate_limits()
        faster = self.filtered(lambda plan: before.get(plan.id) != after.get(plan.id))
        if faster:
            super(ProductTemplate, faster).write({"speed_changed_at": fields.Datetime.now()})
        return result

    def _rate_limits(self):
        """:return: ``{template id: text of Mikrotik-Rate-Limit}`` of the plans with a speed"""
        return {
            plan.id: rate_limit(plan._isp_plan_rates())
            for plan in self
            if plan.is_isp_plan and plan.download_mbps > 0 and plan.upload_mbps > 0
        }
