from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..rates import plan_rates

# what the network enforces depends on these; the names are those of plan_rates()
RATE_FIELDS = (
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
)


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

    speed_label = fields.Char("Speed", compute="_compute_speed_label")
    rates_label = fields.Text("Enforced Rates", compute="_compute_rates_label")

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

    @api.depends("download_mbps", "upload_mbps")
    def _compute_speed_label(self):
        for template in self:
            down, up = template.download_mbps, template.upload_mbps
            template.speed_label = f"{down:g} / {up:g} Mbps" if down or up else False

    @api.depends(*RATE_FIELDS)
    @api.depends_context("lang")
    def _compute_rates_label(self):
        for template in self:
            rates = template._isp_plan_rates()
            if not rates.download_kbps and not rates.upload_kbps:
                template.rates_label = False
                continue
            lines = [
                self.env._(
                    "Speed: %(down)s down, %(up)s up (kbps), priority %(priority)s",
                    down=rates.download_kbps,
                    up=rates.upload_kbps,
                    priority=rates.priority,
                ),
                self.env._(
                    "Guaranteed: %(down)s down, %(up)s up (kbps)",
                    down=rates.guaranteed_download_kbps,
                    up=rates.guaranteed_upload_kbps,
                ),
            ]
            if rates.has_burst:
                lines.append(
                    self.env._(
                        "Burst: %(down)s down, %(up)s up (kbps) while the average of "
                        "%(seconds)s seconds is below %(threshold_down)s and %(threshold_up)s",
                        down=rates.burst_download_kbps,
                        up=rates.burst_upload_kbps,
                        seconds=rates.burst_time_s,
                        threshold_down=rates.burst_threshold_download_kbps,
                        threshold_up=rates.burst_threshold_upload_kbps,
                    )
                )
            template.rates_label = "\n".join(lines)

    def _isp_plan_rates(self):
        """:return: :class:`PlanRates` of one plan"""
        self.ensure_one()
        return plan_rates(**{name: self[name] for name in RATE_FIELDS})

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

    @api.constrains("is_isp_plan", "company_id")
    def _check_price_history(self):
        """A price belongs to a plan, and to the company of the plan."""
        prices = (
            self.env["isp.plan.price"]
            .sudo()
            .with_context(active_test=False)
            .search([("product_id.product_tmpl_id", "in", self.ids)])
        )
        for price in prices:
            plan = price.product_id.product_tmpl_id
            if not plan.is_isp_plan or plan.company_id not in (
                price.company_id,
                self.env["res.company"],
            ):
                raise ValidationError(
                    self.env._(
                        "%(plan)s has a price history in %(company)s, so it stays a plan of that "
                        "company. Archive it and create another.",
                        plan=plan.name,
                        company=price.company_id.name,
                    )
                )

    @api.constrains("is_isp_plan", "attribute_line_ids")
    def _check_plan_without_variants(self):
        """A plan has one speed and one price, so one product."""
        for plan in self:
            if plan.is_isp_plan and plan.attribute_line_ids:
                raise ValidationError(
                    self.env._(
                        "%(plan)s: a plan has no variants. Create one plan for each speed.",
                        plan=plan.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._isp_complete_vals(vals)
        return super().create(vals_list)

    def write(self, vals):
        result = super().write(vals)
        if "list_price" in vals:  # the price history decides, whatever was typed
            self.filtered("is_isp_plan").product_variant_ids._isp_sync_list_price()
        return result

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for plan, vals in zip(self, vals_list, strict=True):
            if plan.is_isp_plan and "plan_code" not in (default or {}):
                vals["plan_code"] = plan._isp_next_code()
                vals.pop("default_code", None)
        return vals_list

    def _isp_next_code(self):
        """:return: a free code for a copy: FIBRA-100 gives FIBRA-100-2, then FIBRA-100-3..."""
        self.ensure_one()
        taken = set(
            self.sudo()
            .with_context(active_test=False)
            .search([("plan_code", "=like", f"{self.plan_code}-%")])
            .mapped("plan_code")
        )
        number = 2
        while f"{self.plan_code}-{number}" in taken:
            number += 1
        return f"{self.plan_code}-{number}"

    @api.model
    def _isp_complete_vals(self, vals):
        """What follows from being a plan: a service, found by its code, without a price yet."""
        if vals.get("is_isp_plan"):
            vals.setdefault("type", "service")
            vals.setdefault("list_price", 0.0)
            if vals.get("plan_code"):
                vals.setdefault("default_code", vals["plan_code"])
