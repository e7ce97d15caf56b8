from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.silver_base.tools import local_time
from odoo.addons.silver_contract.models.transitions import SUSPENSION_MODES

from ..rules import dunning
from ..rules.proration import dec

WHILE_STOPPED = [("nothing", "Nothing"), ("reduced", "A part"), ("full", "Everything")]
WEEKDAYS = (
    "cut_monday",
    "cut_tuesday",
    "cut_wednesday",
    "cut_thursday",
    "cut_friday",
    "cut_saturday",
    "cut_sunday",
)


class IspSuspensionPolicy(models.Model):
    """What happens with a customer who does not pay, and when.

    A policy is a ``code``; its versions follow one another without overlapping and each decision
    uses, and keeps, the one of its day. To change the rules from a day on, make a new version
    (:meth:`action_new_version`); what is edited in a version is kept in its history of changes.
    """

    _name = "isp.suspension.policy"
    _description = "Collection Policy"
    _inherit = ["mail.thread"]
    _order = "company_id, code, effective_from desc"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="The same in all the versions of the policy.")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    effective_from = fields.Date(required=True, default="2000-01-01", tracking=True)
    effective_to = fields.Date(
        tracking=True, help="Last day, included. Empty: until further notice."
    )
    is_default = fields.Boolean(
        "Company Default", tracking=True, help="For contracts whose customer and plan say nothing."
    )
    active = fields.Boolean(default=True)

    due_days = fields.Integer(
        "Days to Pay", default=10, tracking=True, help="From the charge date to the due date."
    )
    grace_days = fields.Integer(
        default=3, tracking=True, help="Days after the due date in which nothing is cut."
    )
    legal_notice_days = fields.Integer(
        tracking=True,
        help="Days between the notice of the debt and the cut. 0: no notice is needed.",
    )
    minimum_debt = fields.Monetary(
        tracking=True, help="Less than this is not cut for, and does not keep a service cut."
    )
    notice_days = fields.Char(
        "Notices",
        default="-3, 1",
        tracking=True,
        help="Days from the due date on which the customer is told, separated by commas. Negative: "
        "before it.",
    )
    suspends = fields.Boolean("Cuts the Service", default=True, tracking=True)
    action = fields.Selection(
        SUSPENSION_MODES,
        default="walled_garden",
        required=True,
        tracking=True,
        help="What the network does with a suspended service.",
    )
    cut_monday = fields.Boolean("Monday", default=True)
    cut_tuesday = fields.Boolean("Tuesday", default=True)
    cut_wednesday = fields.Boolean("Wednesday", default=True)
    cut_thursday = fields.Boolean("Thursday", default=True)
    cut_friday = fields.Boolean("Friday", default=True)
    cut_saturday = fields.Boolean("Saturday", default=True)
    cut_sunday = fields.Boolean("Sunday", default=True)
    skip_holidays = fields.Boolean(
        "Not on Holidays", help="Holidays: the public time off of the company's working calendar."
    )
    hour_from = fields.Float("Cuts From (Hour)", default=0.0)
    hour_to = fields.Float("Cuts Until (Hour)", default=24.0)
    cancel_after_days = fields.Integer(
        tracking=True, help="Days suspended for non-payment after which it is cancelled. 0: never."
    )
    reconnection_fee = fields.Monetary(tracking=True)
    suspended_billing = fields.Selection(
        WHILE_STOPPED,
        "Charged While Suspended",
        default="nothing",
        required=True,
        tracking=True,
        help="A period in which nothing is charged is recorded as a void charge with its reason, "
        "so "
        "that nobody charges it later.",
    )
    paused_billing = fields.Selection(
        WHILE_STOPPED, "Charged While Paused", default="nothing", required=True, tracking=True
    )
    reduced_percent = fields.Float(
        "Part That Is Charged (%)", default=50.0, help="When only a part is charged."
    )
    first_period = fields.Selection(
        [
            ("separate", "Charge the days at once"),
            ("with_next", "Charge the days with the next period"),
            ("free", "Do not charge the days"),
        ],
        "Days Before the First Period",
        default="separate",
        required=True,
        tracking=True,
    )
    credit_last_period = fields.Boolean("Give Back the Days After a Cancellation", tracking=True)
    promise_max_days = fields.Integer(
        "Longest Promise (Days)", default=7, help="0: no promises are accepted."
    )
    promise_max_open_months = fields.Integer(
        "Promises per Quarter", default=3, help="Most promises of a contract in 90 days."
    )
    promise_min_percent = fields.Float(
        "Least Promised (%)", help="Part of the overdue debt that a promise has to cover."
    )
    promise_resumes = fields.Boolean(
        "A Promise Reconnects", default=True, help="A suspended service comes back with a promise."
    )
    version_ids = fields.One2many(
        "isp.suspension.policy", string="Versions", compute="_compute_version_ids"
    )

    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (company_id WITH =, code WITH =,"
        " daterange(effective_from, effective_to, '[]') WITH &&) WHERE (active IS NOT FALSE)",
        "Two versions of the policy hold on the same day. Close the older one first.",
    )
    _dates_in_order = models.Constraint(
        "CHECK(effective_to >= effective_from)", "The policy ends before it begins."
    )
    _one_default = models.Constraint(
        "EXCLUDE USING gist (company_id WITH =,"
        " daterange(effective_from, effective_to, '[]') WITH &&)"
        " WHERE (is_default AND active IS NOT FALSE)",
        "The company already has a default policy in those days.",
    )
    _days_not_negative = models.Constraint(
        "CHECK(LEAST(due_days, grace_days, legal_notice_days, cancel_after_days,"
        " promise_max_days, promise_max_open_months) >= 0"
        " AND GREATEST(due_days, grace_days) <= 365)",
        "The days of a policy go from 0 to 365.",
    )
    _amounts_not_negative = models.Constraint(
        "CHECK(COALESCE(minimum_debt, 0) >= 0 AND COALESCE(reconnection_fee, 0) >= 0"
        " AND reduced_percent BETWEEN 0 AND 100 AND COALESCE(promise_min_percent, 0) BETWEEN 0 "
        "AND 100)",
        "Amounts are not negative and percentages go from 0 to 100.",
    )
    _hours_in_order = models.Constraint(
        "CHECK(hour_from >= 0 AND hour_to <= 24 AND hour_from < hour_to)",
        "The hours of the cut go from 0 to 24, the first before the last.",
    )

    @api.depends("code", "company_id")
    def _compute_version_ids(self):
        for policy in self:
            policy.version_ids = self.search(
                [("code", "=", policy.code), ("company_id", "=", policy.company_id.id)]
            )

    @api.depends("name", "effective_from", "effective_to")
    def _compute_display_name(self):
        for policy in self:
            policy.display_name = (
                f"{policy.name} (→ {policy.effective_to})" if policy.effective_to else policy.name
            )

    @api.constrains("notice_days")
    def _check_notice_days(self):
        for policy in self:
            policy._notices()

    def _notices(self):
        """:return: tuple of day offsets
        :raise ValidationError: when the text is not a list of whole numbers
        """
        try:
            return tuple(int(part) for part in (self.notice_days or "").split(",") if part.strip())
        except ValueError:
            raise ValidationError(
                self.env._(
                    "%(policy)s: the notices are whole numbers of days separated by commas, for "
                    "example -3, 1, 5. It says “%(text)s”.",
                    policy=self.name,
                    text=self.notice_days,
                )
            ) from None

    def _in(self, amount, currency, day):
        """:return: an amount of the policy, which is in the company's currency, in another"""
        if not amount or not currency or currency == self.currency_id:
            return amount or 0.0
        return self.currency_id._convert(amount, currency, self.company_id, day)

    def _as_rules(self, currency=None, day=None):
        """:param currency: that of the contract, the company's by default
        :param day: day of the rate
        :return: rules.dunning.Policy, the plain value the decision is made with
        """
        self.ensure_one()
        whole_day = self.hour_from <= 0 and self.hour_to >= 24
        return dunning.Policy(
            grace_days=self.grace_days,
            legal_notice_days=self.legal_notice_days,
            minimum_debt=dec(self._in(self.minimum_debt, currency, day)),
            notices=self._notices(),
            weekdays=frozenset(day for day, name in enumerate(WEEKDAYS) if self[name]),
            skip_holidays=self.skip_holidays,
            hours=None if whole_day else (self.hour_from, self.hour_to),
            cancel_after_days=self.cancel_after_days,
            suspends=self.suspends,
        )

    def _factor(self, reason):
        """:param str reason: why the service was stopped
        :return: share of the price that is charged meanwhile, 0 to 1
        """
        if reason == "technical":
            return 0.0
        kind = self.paused_billing if reason == "voluntary_pause" else self.suspended_billing
        return {"nothing": 0.0, "full": 1.0}.get(kind, self.reduced_percent / 100)

    @api.model
    def _on(self, policies, day):
        """The versions that hold on ``day``.

        :return: dict policy -> its version of that day (itself when there is none)
        """
        versions = self.sudo().search(
            [
                ("code", "in", list(set(policies.mapped("code")))),
                ("company_id", "in", policies.company_id.ids),
                ("effective_from", "<=", day),
                "|",
                ("effective_to", "=", False),
                ("effective_to", ">=", day),
            ]
        )
        by_code = {(version.company_id, version.code): version for version in versions}
        return {
            policy: by_code.get((policy.company_id, policy.code), policy) for policy in policies
        }

    @api.model
    def _deciding(self, keys, day):
        """Which policy decides: the contract's, else the customer's, else the plan's, else the
        company's default. One of another company decides nothing.

        :param keys: set of (company id, policy id of the contract, of the customer, of the plan)
        :param date day: whose version
        :return: dict key -> isp.suspension.policy
        """
        model = self.sudo()
        named = model.browse({policy_id for key in keys for policy_id in key[1:] if policy_id})
        versions = model._on(named, day) if named else {}
        found, defaults = {}, {}
        for key in keys:
            company = self.env["res.company"].browse(key[0])
            own = map(model.browse, filter(None, key[1:]))
            chosen = next((versions[item] for item in own if item.company_id == company), None)
            if chosen is None and company not in defaults:
                defaults[company] = model._default_of(company, day)
            found[key] = chosen or defaults[company]
        return found

    @api.model
    def _default_of(self, company, day):
        """:return: the company's default policy on ``day``, created when the company has none"""
        found = self.sudo().search(
            [("company_id", "=", company.id), ("is_default", "=", True)],
            order="effective_from desc",
        )
        on_day = found.filtered(
            lambda policy: policy.effective_from <= day
            and (not policy.effective_to or policy.effective_to >= day)
        )
        return (on_day or found)[:1] or self.sudo().create(
            {
                "name": self.env._("Standard"),
                "code": "standard",
                "company_id": company.id,
                "is_default": True,
            }
        )

    def action_new_version(self, date=None):
        """Close this version the day before ``date`` and open an equal one from that day.

        :param date: first day of the new version, today by default
        :return: action that opens the new version
        """
        self.ensure_one()
        day = fields.Date.to_date(date) or local_time.today(self.env)
        if day <= self.effective_from:
            raise UserError(
                self.env._("The new version begins after %(day)s.", day=self.effective_from)
            )
        self.effective_to = fields.Date.subtract(day, days=1)
        self.flush_recordset()
        new = self.copy({"effective_from": day, "effective_to": False, "name": self.name})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": new.id,
            "view_mode": "form",
        }
