import re

from odoo import api, models

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

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        if any(plan.is_isp_plan for plan in plans):
            self.env["isp.radius.server"]._plans_changed()
        return plans

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & RADIUS_FIELDS:
            self.env["isp.radius.server"]._plans_changed()
        return result


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _radius_group_name(self):
        """:return: the RADIUS group of a plan: its own, or one made from its code"""
        self.ensure_one()
        if self.radius_group:
            return self.radius_group
        code = re.sub(r"[^a-z0-9_-]+", "_", (self.plan_code or str(self.id)).lower())
        return f"plan_{code}"
