from odoo import api, fields, models
from odoo.exceptions import ValidationError

# without a speed these cannot be provisioned
ACCESS_CATEGORIES = ("internet", "hotspot")


class ProductTemplate(models.Model):
    _inherit = "product.template"

    is_isp_plan = fields.Boolean("Internet Provider Plan", index="btree_not_null")
    plan_code = fields.Char(copy=False, help="Short code of the plan, unique in the company.")
    service_category = fields.Selection(
        [
            ("internet", "Internet"),
            ("streaming", "Streaming"),
            ("hotspot", "Hotspot Tokens"),
            ("pos", "Point of Sale"),
            ("tv", "Television"),
            ("voip", "Telephony"),
            ("other", "Other"),
        ],
        compute="_compute_plan_defaults",
        store=True,
        precompute=True,
        readonly=False,
        index="btree_not_null",
    )
    access_technology = fields.Selection(
        [
            ("pppoe", "PPPoE"),
            ("dhcp", "DHCP"),
            ("fiber", "Fiber"),
            ("wireless", "Wireless"),
            ("any", "Any"),
        ],
        compute="_compute_plan_defaults",
        store=True,
        precompute=True,
        readonly=False,
        help="What the customer needs to have for this plan. Any: the plan does not care.",
    )
    download_mbps = fields.Float("Download (Mbps)", digits=(10, 3), help="Advertised speed.")
    upload_mbps = fields.Float("Upload (Mbps)", digits=(10, 3), help="Advertised speed.")
    provisioned_download_mbps = fields.Float(
        "Provisioned Download (Mbps)",
        digits=(10, 3),
        help="What the network really enforces. 0: the advertised speed.",
    )
    provisioned_upload_mbps = fields.Float(
        "Provisioned Upload (Mbps)",
        digits=(10, 3),
        help="What the network really enforces. 0: the advertised speed.",
    )
    burst_download_mbps = fields.Float(
        "Burst Download (Mbps)", digits=(10, 3), help="Speed reached for a short time. 0: no burst."
    )
    burst_upload_mbps = fields.Float(
        "Burst Upload (Mbps)", digits=(10, 3), help="Speed reached for a short time. 0: no burst."
    )
    burst_threshold_pct = fields.Integer(
        "Burst Threshold (%)",
        default=75,
        help="Percentage of the speed below which the average use must be for the burst to last.",
    )
    burst_time_s = fields.Integer(
        "Burst Time (s)", default=10, help="Seconds over which the average use is taken."
    )
    priority = fields.Integer(
        default=8, help="Queue priority in the router, 1 (first) to 8 (last)."
    )
    contention_ratio = fields.Integer(
        default=1, help="Customers who share the speed. 8 means 1:8, so an eighth is guaranteed."
    )
    billing_policy = fields.Selection(
        [("monthly", "Monthly"), ("annual", "Annual"), ("variable", "Every N Months")],
        compute="_compute_plan_defaults",
        store=True,
        precompute=True,
        readonly=False,
    )
    billing_interval_months = fields.Integer(
        "Months per Charge",
        compute="_compute_billing_interval_months",
        store=True,
        precompute=True,
        readonly=False,
        help="Months of service that one charge covers. The price of the plan is for all of them.",
    )
    billing_mode = fields.Selection(
        [("advance", "In Advance"), ("arrears", "In Arrears")],
        compute="_compute_plan_defaults",
        store=True,
        precompute=True,
        readonly=False,
    )
    radius_group = fields.Char("RADIUS Group", help="Empty: named after the plan code.")
    olt_line_profile = fields.Char("OLT Line Profile")
    olt_service_profile = fields.Char("OLT Service Profile")

    _plan_code_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0), plan_code) WHERE plan_code IS NOT NULL",
        "The code of a plan must be unique in its company.",
    )
    _plan_is_service = models.Constraint(
        "CHECK(is_isp_plan IS NOT TRUE OR type = 'service')",
        "A plan is a service: it cannot be goods or a combo.",
    )
    _plan_complete = models.Constraint(
        "CHECK(is_isp_plan IS NOT TRUE OR (plan_code IS NOT NULL AND service_category IS NOT NULL"
        " AND access_technology IS NOT NULL AND billing_policy IS NOT NULL"
        " AND billing_mode IS NOT NULL))",
        "A plan needs a code, a service category, an access technology and how it is billed.",
    )
    _plan_speeds = models.Constraint(
        "CHECK(is_isp_plan IS NOT TRUE OR service_category NOT IN ('internet', 'hotspot')"
        " OR (COALESCE(download_mbps, 0) > 0 AND COALESCE(upload_mbps, 0) > 0))",
        "An access plan needs a download and an upload speed greater than zero.",
    )
    _plan_speeds_not_negative = models.Constraint(
        "CHECK(LEAST(download_mbps, upload_mbps, provisioned_download_mbps,"
        " provisioned_upload_mbps, burst_download_mbps, burst_upload_mbps) >= 0)",
        "Speeds cannot be negative.",
    )
    _plan_burst = models.Constraint(
        "CHECK(burst_threshold_pct BETWEEN 0 AND 100 AND burst_time_s BETWEEN 0 AND 3600)",
        "The burst threshold goes from 0 to 100 % and its time from 0 to 3600 seconds.",
    )
    _plan_priority = models.Constraint(
        "CHECK(is_isp_plan IS NOT TRUE OR priority BETWEEN 1 AND 8)",
        "The priority goes from 1 (first) to 8 (last).",
    )
    _plan_contention = models.Constraint(
        "CHECK(is_isp_plan IS NOT TRUE OR contention_ratio >= 1)",
        "The contention ratio is 1 or more.",
    )
    _plan_interval = models.Constraint(
        "CHECK(is_isp_plan IS NOT TRUE OR (billing_interval_months BETWEEN 1 AND 120"
        " AND (billing_policy <> 'monthly' OR billing_interval_months = 1)"
        " AND (billing_policy <> 'annual' OR billing_interval_months = 12)))",
        "A charge covers 1 month in a monthly plan, 12 in an annual one, 1 to 120 otherwise.",
    )

    @api.depends("is_isp_plan")
    def _compute_plan_defaults(self):
        """A plan that says nothing is monthly internet in advance over any technology."""
        for template in self:
            if template.is_isp_plan:
                template.service_category = template.service_category or "internet"
                template.access_technology = template.access_technology or "any"
                template.billing_policy = template.billing_policy or "monthly"
                template.billing_mode = template.billing_mode or "advance"

    @api.depends("billing_policy")
    def _compute_billing_interval_months(self):
        fixed = {"monthly": 1, "annual": 12}
        for template in self:
            template.billing_interval_months = fixed.get(
                template.billing_policy, template.billing_interval_months or 1
            )

    @api.constrains("is_isp_plan", "plan_code", "company_id")
    def _check_plan_code(self):
        """A shared plan (without company) meets the plans of every company.

        The unique index compares within one company; this adds the shared ones.
        """
        plans = self.filtered("plan_code")
        others = self.sudo().with_context(active_test=False)
        for plan in plans:
            clash = others.search(
                [("plan_code", "=", plan.plan_code), ("id", "!=", plan.id)]
                + ([("company_id", "in", [plan.company_id.id, False])] if plan.company_id else []),
                limit=1,
            )
            if clash:
                raise ValidationError(
                    self.env._(
                        "%(plan)s: the code %(code)s is already used by the plan %(other)s. "
                        "Choose another code.",
                        plan=plan.name,
                        code=plan.plan_code,
                        other=clash.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("is_isp_plan"):
                vals.setdefault("type", "service")
        return super().create(vals_list)
