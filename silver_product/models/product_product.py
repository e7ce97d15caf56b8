import math

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.silver_base.tools import local_time

from ..timeline import DAY, carve, overlaps


class ProductProduct(models.Model):
    _inherit = "product.product"

    # prices and promotions are for the staff of the provider, not for every user of Odoo
    isp_price_ids = fields.One2many(
        "isp.plan.price",
        "product_id",
        string="Price History",
        groups="silver_base.group_silver_user",
    )
    isp_price_id = fields.Many2one(
        "isp.plan.price",
        string="Price in Force",
        compute="_compute_isp_price",
        groups="silver_base.group_silver_user",
    )
    isp_price_amount = fields.Monetary(
        "Price Today",
        compute="_compute_isp_price",
        currency_field="isp_price_currency_id",
        groups="silver_base.group_silver_user",
    )
    isp_price_currency_id = fields.Many2one(
        "res.currency",
        string="Price Currency",
        compute="_compute_isp_price",
        groups="silver_base.group_silver_user",
    )
    isp_next_price_id = fields.Many2one(
        "isp.plan.price",
        string="Next Price",
        compute="_compute_isp_price",
        groups="silver_base.group_silver_user",
    )
    isp_next_price_amount = fields.Monetary(
        "Next Amount",
        compute="_compute_isp_price",
        currency_field="isp_price_currency_id",
        groups="silver_base.group_silver_user",
    )
    isp_next_price_date = fields.Date(
        "Next Price From",
        compute="_compute_isp_price",
        groups="silver_base.group_silver_user",
    )
    isp_promotion_ids = fields.Many2many(
        "isp.promotion",
        "isp_promotion_product_rel",
        "product_id",
        "promotion_id",
        string="Promotions",
        copy=False,
        groups="silver_base.group_silver_user",
    )

    @api.depends(
        "isp_price_ids.amount",
        "isp_price_ids.effective_from",
        "isp_price_ids.effective_to",
        "isp_price_ids.active",
    )
    @api.depends_context("company")
    def _compute_isp_price(self):
        today = local_time.today(self.env)
        company = self.env.company
        none = self.env["isp.plan.price"]
        prices = self._isp_prices_on(today, company)
        coming = self._isp_live_prices(company, domain=[("effective_from", ">", today)])
        following = {}
        for price in coming.sorted("effective_from"):
            now = prices.get(price.product_id.id, none)
            # a price that goes on under another record (one was cancelled) is no change
            if not now or price.amount != now.amount:
                following.setdefault(price.product_id.id, price)
        for plan in self:
            price = prices.get(plan._origin.id, none)
            plan.isp_price_id = price
            plan.isp_price_amount = price.amount
            plan.isp_price_currency_id = company.currency_id
            coming = following.get(plan._origin.id, none)
            plan.isp_next_price_id = coming
            plan.isp_next_price_amount = coming.amount
            plan.isp_next_price_date = coming.effective_from

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self.env["product.template"]._isp_complete_vals(vals)
        return super().create(vals_list)

    # === Prices === #

    def _isp_prices_on(self, date, company=None, currency=None):
        """The price of each plan on a date.

        :param date date: the day asked for
        :param company: res.company, by default the one of the environment
        :param currency: res.currency, by default the one of that company
        :return: ``{product_id: isp.plan.price}``; a plan without price on that day is absent
        """
        prices = self._isp_live_prices(
            company,
            currency,
            [
                ("effective_from", "<=", date),
                "|",
                ("effective_to", "=", False),
                ("effective_to", ">=", date),
            ],
        )
        return {price.product_id.id: price for price in prices}

    def _isp_live_prices(self, company=None, currency=None, domain=()):
        """:return: the prices that were not cancelled, of one company and currency"""
        company = company or self.env.company
        currency = currency or company.currency_id
        return self.env["isp.plan.price"].search_fetch(
            [
                ("product_id", "in", self.ids),
                ("company_id", "=", company.id),
                ("currency_id", "=", currency.id),
                *domain,
            ],
            ["product_id", "amount", "effective_from", "effective_to"],
        )

    def action_set_price(
        self,
        amount,
        date=None,
        date_to=None,
        reason=None,
        currency_id=None,
        company_id=None,
        future="refuse",
    ):
        """Set the price of the plans from a date on. RPC-callable.

        The price in force is closed the day before. With ``date_to`` the price is temporary: what
        held after that day still does. Asking for what is already so changes nothing.

        :param float amount: for each charge (a month, or the interval of the plan)
        :param date: first day, by default today
        :param date_to: last day, by default none
        :param str future: a price that was already set for later is a reason to ``refuse``, is
            kept (``keep``: the new one ends the day before it) or is replaced (``replace``)
        :return: isp.plan.price (their ids over RPC)
        :raise UserError: for a wrong amount or date, for a date that is over, for a future price
            that is in the way
        """
        company = self.env["res.company"].browse(company_id) if company_id else self.env.company
        currency = self.env["res.currency"].browse(currency_id) or company.currency_id
        changes = self._isp_set_prices(
            dict.fromkeys(self.ids, amount),
            self._isp_to_date(date) or local_time.today(self.env),
            date_to=self._isp_to_date(date_to),
            reason=reason,
            company=company,
            currency=currency,
            future=future,
        )
        return self.env["isp.plan.price"].union(*(price for price, _before in changes.values()))

    def _isp_set_prices(
        self, amounts, date, date_to=None, reason=None, company=None, currency=None, future="refuse"
    ):
        """Set a price for each plan of ``self``; see :meth:`action_set_price`.

        :param dict amounts: ``{product_id: amount}``
        :return: ``{product_id: (isp.plan.price, [Span])}``: the new price, and what held in its
            days before (the key of each span is the id of that price)
        """
        if future not in ("refuse", "keep", "replace"):
            raise UserError(
                self.env._("What to do with a future price is refuse, keep or replace.")
            )
        date_to = date_to or None
        if date_to and date_to < date:
            raise UserError(self.env._("A price cannot end before it starts."))
        company = company or self.env.company
        currency = currency or company.currency_id
        Price = self.env["isp.plan.price"]
        history = self._isp_live_prices(company, currency).grouped("product_id")
        result, closing, removed, values, cuts = {}, {}, Price, [], {}
        for plan in self:
            amount = plan._isp_check_amount(amounts[plan.id])
            prices = history.get(plan, Price)
            spans = [price._span() for price in prices]
            end = plan._isp_make_way(spans, date, date_to, future)
            cut = carve(spans, date, end)
            same = prices.browse(cut.before[0].key) if len(cut.before) == 1 else Price
            if (
                same
                and cut.before[0][1:] == (date, end)
                and currency.compare_amounts(same.amount, amount) == 0
            ):
                result[plan.id] = (same, [])
                continue
            plan._isp_check_past(cut, date)
            for price_id, last_day in cut.shortened.items():
                closing.setdefault(last_day, []).append(price_id)
            removed |= Price.browse(cut.removed)
            common = {
                "product_id": plan.id,
                "company_id": company.id,
                "currency_id": currency.id,
            }
            cuts[plan.id] = cut.before
            values.append(
                common
                | {
                    "amount": amount,
                    "effective_from": date,
                    "effective_to": end,
                    "reason": reason,
                }
            )
            values += [
                common
                | {
                    "amount": Price.browse(tail.key).amount,
                    "effective_from": tail.start,
                    "effective_to": tail.end,
                    "reason": Price.browse(tail.key).reason,
                }
                for tail in cut.tails
            ]
        for last_day, price_ids in closing.items():
            Price.browse(price_ids).write({"effective_to": last_day})
        if removed:
            removed._cancel_unused()
        Price.flush_model()  # the exclusion constraint must see the room before the new ones
        for price in Price.create(values):
            if price.effective_from == date:
                result[price.product_id.id] = (price, cuts[price.product_id.id])
        return result

    def _isp_check_amount(self, amount):
        if (
            isinstance(amount, bool)
            or not isinstance(amount, (int, float))
            or not math.isfinite(amount)
            or amount < 0
        ):
            raise UserError(
                self.env._(
                    "%(plan)s: %(amount)s is not a price. Give a number, zero or more.",
                    plan=self.display_name,
                    amount=amount,
                )
            )
        return amount

    def _isp_make_way(self, spans, date, date_to, future):
        """:return: the last day of the new price, given the prices already set for later"""
        later = [
            span.start for span in spans if span.start > date and overlaps(span, date, date_to)
        ]
        if not later or future == "replace":
            return date_to
        if future == "refuse":
            raise UserError(
                self.env._(
                    "%(plan)s already has a price set from %(date)s on. Choose whether to keep "
                    "it or to replace it.",
                    plan=self.display_name,
                    date=min(later),
                )
            )
        return min(later) - DAY

    def _isp_check_past(self, cut, date):
        """A day that is over keeps its price; a day without price may still get one."""
        today = local_time.today(self.env)
        if any(span.start < today for span in cut.before):
            raise UserError(
                self.env._(
                    "%(plan)s already had a price on %(date)s, and days that are over keep the "
                    "price they had. Set the new price from today on.",
                    plan=self.display_name,
                    date=date,
                )
            )

    @api.model
    def _isp_to_date(self, value):
        """:param value: a date, its ISO text or nothing; :raise UserError: for anything else"""
        try:
            return fields.Date.to_date(value or None)
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._("%(value)s is not a date. Write it as 2026-12-31.", value=value)
            ) from error

    # === List price === #

    def _isp_sync_list_price(self):
        """The list price of a plan is its price today; without one it stays as it was.

        The price of the plan's own company counts, for a shared plan that of the main company: it
        is the currency Odoo shows the list price in.
        """
        today = local_time.today(self.env)
        main = self.env["res.company"]._get_main_company()
        plans = self.sudo().filtered("is_isp_plan")
        for company, owned in plans.grouped(lambda plan: plan.company_id or main).items():
            for product_id, price in owned._isp_prices_on(today, company).items():
                plan = self.sudo().browse(product_id)
                if price.currency_id.compare_amounts(plan.list_price, price.amount):
                    plan.list_price = price.amount

    @api.model
    def _cron_isp_sync_list_price(self):
        """Every night: prices begin and end by date, without anyone writing."""
        self.with_context(active_test=False).search(
            [("is_isp_plan", "=", True)]
        )._isp_sync_list_price()

    # === Network === #

    def _isp_rates(self):
        """:return: ``{product_id: PlanRates}``, what the network enforces for each plan"""
        return {plan.id: plan.product_tmpl_id._isp_plan_rates() for plan in self}

    # === Promotions === #

    def _isp_promotions_on(self, date, company=None):
        """:return: ``{product_id: isp.promotion}`` that can be sold with each plan on a date"""
        promotions = self.env["isp.promotion"].search(
            [
                ("product_ids", "in", self.ids),
                ("company_id", "=", (company or self.env.company).id),
                ("date_start", "<=", date),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", date),
            ]
        )
        return {
            plan.id: promotions.filtered(lambda p, plan=plan: plan in p.product_ids)
            for plan in self
        }

    # === Actions === #

    def action_open_set_price(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_product.isp_plan_set_price_action"
        )
        return action | {"context": {"default_product_ids": self.ids}}

    def action_open_price_history(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_product.isp_plan_price_action"
        )
        return action | {
            "domain": [("product_id", "=", self.id)],
            "context": {"active_test": False},
        }
