from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.silver_base.tools import local_time

from ..pricing import add_months, changed_amount

# what a preview depends on: changing any of these makes it stale
TERMS = {
    "company_id",
    "currency_id",
    "date",
    "method",
    "value",
    "step",
    "future",
    "product_ids",
}
# only the verbs write these; a context that came over RPC cannot hold this object
KEPT = {
    "state",
    "previewed_on",
    "applied_on",
    "applied_by_id",
    "undone_on",
    "undone_by_id",
    "line_ids",
    "effect_ids",
}
BY_VERB = object()


class IspPlanPriceChange(models.Model):
    """A price change of many plans at once: preview, confirmation, result, undo. It is kept."""

    _name = "isp.plan.price.change"
    _description = "Mass Price Change"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Reason", required=True, help="Written on each new price.")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    state = fields.Selection(
        [("draft", "Draft"), ("done", "Applied"), ("undone", "Undone")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        tracking=True,
        index=True,
    )
    date = fields.Date(
        "New Price From",
        required=True,
        copy=False,
        default=lambda self: add_months(local_time.today(self.env).replace(day=1), 1),
        help="First day of the new prices.",
    )
    method = fields.Selection(
        [("percent", "Percentage"), ("add", "Amount More or Less"), ("set", "Same New Price")],
        required=True,
        default="percent",
    )
    value = fields.Float(required=True, help="10 is 10 % or 10 of the currency more; -10 is less.")
    step = fields.Float(
        "Round To", required=True, default=0.01, digits=(10, 2), help="0.50 rounds to halves."
    )
    future = fields.Selection(
        [
            ("keep", "Keep It: the New Price Ends the Day Before"),
            ("replace", "Replace It"),
        ],
        string="A Price Already Set for Later",
        required=True,
        default="replace",
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Plans",
        required=True,
        domain="[('is_isp_plan', '=', True), ('company_id', 'in', [company_id, False])]",
    )
    previewed_on = fields.Datetime(readonly=True, copy=False)
    applied_on = fields.Datetime(readonly=True, copy=False)
    applied_by_id = fields.Many2one("res.users", string="Applied By", readonly=True, copy=False)
    undone_on = fields.Datetime(readonly=True, copy=False)
    undone_by_id = fields.Many2one("res.users", string="Undone By", readonly=True, copy=False)
    line_ids = fields.One2many(
        "isp.plan.price.change.line", "change_id", string="Plans Changed", readonly=True, copy=False
    )
    effect_ids = fields.One2many(
        "isp.plan.price.change.effect", "change_id", string="Who", readonly=True, copy=False
    )
    affected_count = fields.Integer("Affected", compute="_compute_totals", store=True)
    hidden_count = fields.Integer(
        "Hidden by a Custom Price",
        compute="_compute_totals",
        store=True,
        help="They have a price of their own, so this change does not reach them.",
    )
    monthly_effect = fields.Monetary(
        "Total Effect per Month", compute="_compute_totals", store=True
    )

    _step_positive = models.Constraint("CHECK(step > 0)", "Prices are rounded to more than zero.")
    _done_has_author = models.Constraint(
        "CHECK(state = 'draft' OR (applied_on IS NOT NULL AND applied_by_id IS NOT NULL))",
        "An applied change says when and by whom.",
    )

    @api.depends("effect_ids.monthly_effect", "effect_ids.has_custom_price")
    def _compute_totals(self):
        totals = {
            (change.id, hidden): (count, effect)
            for change, hidden, count, effect in self.env[
                "isp.plan.price.change.effect"
            ]._read_group(
                [("change_id", "in", self.ids)],
                ["change_id", "has_custom_price"],
                ["__count", "monthly_effect:sum"],
            )
        }
        for change in self:
            reached, effect = totals.get((change._origin.id, False), (0, 0.0))
            change.affected_count = reached
            change.hidden_count = totals.get((change._origin.id, True), (0, 0.0))[0]
            change.monthly_effect = effect

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_kept(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_kept(vals)
        if TERMS & set(vals):
            self._check_draft()
            self._forget_preview()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        self._check_draft()

    def _check_kept(self, vals):
        kept = KEPT & set(vals)
        if kept and self.env.context.get("isp_price_change") is not BY_VERB:
            raise UserError(
                self.env._(
                    "%(fields)s: these are written by previewing, applying and undoing.",
                    fields=", ".join(sorted(kept)),
                )
            )

    def _record(self, **vals):
        self.with_context(isp_price_change=BY_VERB).write(vals)

    def _check_draft(self):
        for change in self:
            if change.state != "draft":
                raise UserError(
                    self.env._(
                        "%(change)s was already applied: it is kept as it was. Create another.",
                        change=change.name,
                    )
                )

    def _forget_preview(self):
        previewed = self.filtered("previewed_on")
        # the database drops their effects with them: thousands of rows the ORM need not visit
        previewed.sudo().line_ids.unlink()
        previewed.env["isp.plan.price.change.effect"].invalidate_model()
        previewed.invalidate_recordset(["effect_ids"])
        previewed._compute_totals()
        previewed._record(previewed_on=False)

    # === Verbs === #

    def action_preview(self):
        """Compute which plans change, from what to what, and for whom. RPC-callable."""
        self._check_draft()
        self._forget_preview()
        for change in self:
            # nobody edits what was previewed, so nobody has the right to write it but this
            self.env["isp.plan.price.change.line"].sudo().create(change._prepare_lines())
            self.env["isp.plan.price.change.effect"].sudo().create(change._affected_lines())
        self._record(previewed_on=fields.Datetime.now())
        return True

    def action_apply(self):
        """Set the previewed prices. RPC-callable; an applied change is left as it is.

        :raise UserError: without a preview, or when something changed since: preview again
        """
        for change in self.filtered(lambda change: change.state == "draft"):
            change.lock_for_update()
            change._check_preview()
            lines = change.line_ids.filtered(lambda line: not line.problem)
            if not lines:
                raise UserError(self.env._("%(change)s changes no price.", change=change.name))
            plans = lines.product_id
            done = plans._isp_set_prices(
                {line.product_id.id: line.new_amount for line in lines},
                change.date,
                reason=change.name,
                company=change.company_id,
                currency=change.currency_id,
                future=change.future,
            )
            for line in lines:
                price, before = done[line.product_id.id]
                line.sudo().write(
                    {
                        "price_id": price.id,
                        "price_date_to": price.effective_to,
                        "before_json": [
                            [
                                span.key,
                                fields.Date.to_string(span.start),
                                fields.Date.to_string(span.end) or None,
                            ]
                            for span in before
                        ],
                    }
                )
            change._record(
                state="done", applied_on=fields.Datetime.now(), applied_by_id=self.env.uid
            )
        return True

    def action_undo(self):
        """Put back what held before, while nothing was charged with the new prices. RPC-callable.

        The new prices are cancelled and stay in the history; the old amounts are set again for
        their days.

        :raise UserError: when something was charged, or a price was changed again since
        """
        for change in self.filtered(lambda change: change.state != "undone"):
            if change.state != "done":
                raise UserError(
                    self.env._(
                        "%(change)s was not applied, so there is nothing to undo.",
                        change=change.name,
                    )
                )
            change.lock_for_update()
            lines = change.line_ids.filtered("price_id")
            lines._check_untouched()
            lines.price_id._cancel_unused()
            lines.price_id.flush_recordset()  # makes room for the ones that come back
            reason = self.env._("Undone: %(change)s", change=change.name)
            Price = self.env["isp.plan.price"].with_context(isp_price_reason=reason)
            for line in lines:
                for span in line._before():
                    Price.browse(span.key)._extend(span.start, span.end)
            change._record(
                state="undone", undone_on=fields.Datetime.now(), undone_by_id=self.env.uid
            )
        return True

    def action_open_effects(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_product.isp_plan_price_change_effect_action"
        )
        return action | {"domain": [("change_id", "=", self.id)]}

    # === Business === #

    def _prepare_lines(self):
        """:return: list of values for ``isp.plan.price.change.line``, one for each plan"""
        self.ensure_one()
        prices = self.product_ids._isp_prices_on(self.date, self.company_id, self.currency_id)
        later = self.product_ids._isp_live_prices(
            self.company_id, self.currency_id, [("effective_from", ">", self.date)]
        ).grouped("product_id")
        today = local_time.today(self.env)
        values = []
        for plan in self.product_ids:
            price = prices.get(plan.id, self.env["isp.plan.price"])
            new = changed_amount(price.amount, self.method, self.value, self.step)
            coming = min(later[plan].mapped("effective_from")) if plan in later else False
            problem = False
            if self.date < today:
                problem = self.env._("Days that are over keep the price they had.")
            elif not price and self.method != "set":
                problem = self.env._("It has no price on that date to change.")
            elif new < 0:
                problem = self.env._("The new price would be negative.")
            elif (
                price
                and self.currency_id.compare_amounts(price.amount, new) == 0
                and not (coming and self.future == "replace")
            ):
                problem = self.env._("It already has this price.")
            values.append(
                {
                    "change_id": self.id,
                    "product_id": plan.id,
                    "old_price_id": price.id,
                    "old_amount": price.amount,
                    "new_amount": new,
                    "later_date": coming,
                    "problem": problem,
                }
            )
        return values

    def _check_preview(self):
        self.ensure_one()
        if not self.previewed_on:
            raise UserError(self.env._("Preview %(change)s before applying it.", change=self.name))
        names = ("product_id", "old_price_id", "old_amount", "new_amount", "later_date")
        seen = {
            (
                line.product_id.id,
                line.old_price_id.id,
                line.old_amount,
                line.new_amount,
                line.later_date,
                bool(line.problem),
            )
            for line in self.line_ids
        }
        now = {
            (*(values[name] for name in names), bool(values["problem"]))
            for values in self._prepare_lines()
        }
        if seen != now:
            raise UserError(
                self.env._(
                    "Prices changed since %(change)s was previewed. Preview it again.",
                    change=self.name,
                )
            )

    def _affected_lines(self):
        """Extension point: who is affected.

        Called once for each change, after its lines exist (``self.line_ids``: product, old and
        new amount, ``problem`` when the plan is left out). A module that knows customers extends it
        with ``super()`` and adds one dict for each service:

        * ``change_id``: ``self.id``
        * ``line_id``: the line of its plan; plan, old and new price come from there
        * ``partner_id`` and ``reference``: who, in words (a contract number)
        * ``has_custom_price`` and ``custom_amount``: a price of its own hides the change

        The effect per month is computed from these.

        :return: list of values for ``isp.plan.price.change.effect``; none here, since this module
            knows no customer
        """
        self.ensure_one()
        return []
