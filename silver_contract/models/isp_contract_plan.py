"""Change of plan of a contract: now, or on a day to come."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..contract_math import change_difference


class IspContract(models.Model):
    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    scheduled_change_id = fields.Many2one(
        "isp.contract.plan.change",
        compute="_compute_scheduled_change_id",
        string="Scheduled Change",
    )

    plan_change_ids = fields.One2many(
        "isp.contract.plan.change", "contract_id", string="Plan Changes"
    )
    plan_change_count = fields.Integer(compute="_compute_plan_change_count")

    def _compute_plan_change_count(self):
        counts = dict(
            self.env["isp.contract.plan.change"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.plan_change_count = counts.get(contract._origin, 0)

    @api.depends("plan_change_ids.state")
    def _compute_scheduled_change_id(self):
        scheduled = self.env["isp.contract.plan.change"].search(
            [("contract_id", "in", self.ids), ("state", "=", "scheduled")]
        )
        by_contract = {change.contract_id: change for change in scheduled}
        for contract in self:
            contract.scheduled_change_id = by_contract.get(contract, False)

    def action_change_plan(self, product_id=None, date=None, keep_custom_price=False, note=None):
        """Give the contracts another plan, now or on a day to come.

        :param int product_id: product.product of the new plan
        :param date: day of the change (date or ISO text); empty or today: now; later: it is
            scheduled and a cron makes it
        :param bool keep_custom_price: keep the customer's own price with the new plan
        :param str note: free text for the history
        :return: True
        :raise UserError: same plan, no price, other kind or technology, a day in the past, another
            change already scheduled
        """
        contracts = self._authorised("plan_change")
        plan = contracts._plan_asked(product_id)
        contracts._lock()
        day = contracts._day(date) if date else contracts._today()
        contracts._check_can_change_plan(plan, day)
        drafts = contracts.filtered(lambda contract: contract.state in ("draft", "pending"))
        changes = contracts._prepare_plan_changes(plan, day, keep_custom_price, note)
        if day > contracts._today() and drafts:
            raise UserError(
                self.env._(
                    "%(names)s: not active yet, so the plan is changed now, not on a later day. "
                    "Leave the date empty.",
                    names=drafts._names(),
                )
            )
        rows = self.env["isp.contract.plan.change"].sudo().create(changes)
        if day <= contracts._today():
            rows._execute()
        return True

    def _plan_asked(self, product_id):
        plan = self.env["product.product"].sudo().browse(product_id or 0).exists()
        if not plan or not plan.is_isp_plan:
            raise UserError(
                self.env._(
                    "Choose the new plan: product %(product)s is not a plan.", product=product_id
                )
            )
        return plan

    def _check_can_change_plan(self, plan, day):
        """Extension: raise UserError when a contract of ``self`` cannot have ``plan`` from
        ``day`` on.

        :param plan: product.product
        :param date day: first day of the new plan
        """
        closed = self.filtered(lambda contract: contract.state == "cancelled")
        if closed:
            raise UserError(
                self.env._(
                    "%(names)s: cancelled, its plan does not change any more. Open a new contract.",
                    names=closed._names(),
                )
            )
        same = self.filtered(lambda contract: contract.product_id == plan)
        if same:
            raise UserError(
                self.env._(
                    "%(names)s: already on the plan %(plan)s. Choose another one.",
                    names=same._names(),
                    plan=plan.display_name,
                )
            )
        before = self.filtered(lambda c: c.date_activation and day < c.date_activation)
        if before:
            raise UserError(
                self.env._(
                    "%(names)s: %(date)s is before its activation (%(activation)s). Choose "
                    "today or "
                    "a later day.",
                    names=before._names(),
                    date=day,
                    activation=before[0].date_activation,
                )
            )
        if day < self._today():
            raise UserError(
                self.env._(
                    "%(date)s is in the past: a plan is not changed backwards. Choose today or a "
                    "later day.",
                    date=day,
                )
            )
        self._check_plan_fits(plan)
        scheduled = self.filtered("scheduled_change_id")
        if scheduled:
            change = scheduled[0].scheduled_change_id
            raise UserError(
                self.env._(
                    "%(contract)s: there is already a change to %(plan)s scheduled for %(date)s. "
                    "Cancel it before asking for another.",
                    contract=scheduled[0].display_name,
                    plan=change.new_product_id.display_name,
                    date=change.date,
                )
            )

    def _check_plan_fits(self, plan):
        """:raise UserError: when the service as it is installed cannot carry ``plan``"""
        gone = self.filtered(lambda contract: contract.state == "cancelled")
        if gone:
            raise UserError(self.env._("%(names)s: cancelled.", names=gone._names()))
        if not plan.active:
            raise UserError(self.env._("The plan %(plan)s is archived.", plan=plan.display_name))
        other_kind = self.filtered(lambda c: c.service_category != plan.service_category)
        if other_kind:
            raise UserError(
                self.env._(
                    "%(names)s: %(plan)s is another kind of service. Open a new contract for it.",
                    names=other_kind._names(),
                    plan=plan.display_name,
                )
            )
        delivered = self.filtered(lambda contract: contract.state != "draft")
        if plan.access_technology != "any":
            wrong = delivered.filtered(lambda c: c.access_technology != plan.access_technology)
            if wrong:
                raise UserError(
                    self.env._(
                        "%(names)s: the plan %(plan)s is for another technology. Change the "
                        "address "
                        "or open a new contract with a port of that technology.",
                        names=wrong._names(),
                        plan=plan.display_name,
                    )
                )

    def _new_prices(self, plan, day, keep_custom_price=False):
        """:return: ``{contract_id: price of a charge of ``plan`` on ``day``, or None}``"""
        prices = {}
        for (company, currency), contracts in self.grouped(
            lambda contract: (contract.company_id, contract.currency_id)
        ).items():
            found = plan.sudo()._isp_prices_on(day, company=company, currency=currency)
            amount = found[plan.id].amount if plan.id in found else None
            for contract in contracts:
                keeps = keep_custom_price and contract.has_custom_price
                prices[contract.id] = contract.custom_price if keeps else amount
        return prices

    def _prepare_plan_changes(self, plan, day, keep_custom_price, note):
        old_prices = self._prices_on(day)
        old_monthly = self._monthly_amounts(day, old_prices)
        new_prices = self._new_prices(plan, day, keep_custom_price)
        unpriced = self.filtered(lambda contract: new_prices[contract.id] is None)
        if unpriced:
            raise UserError(
                self.env._(
                    "The plan %(plan)s has no price on %(date)s in %(currency)s. Add it in the "
                    "price "
                    "history of the plan.",
                    plan=plan.display_name,
                    date=day,
                    currency=unpriced[0].currency_id.name,
                )
            )
        interval = plan.billing_interval_months or 1
        return [
            {
                "contract_id": contract.id,
                "old_product_id": contract.product_id.id,
                "new_product_id": plan.id,
                "old_price": old_prices[contract.id] or 0.0,
                "new_price": new_prices[contract.id],
                "old_monthly": old_monthly[contract.id] or 0.0,
                "new_monthly": contract.currency_id.round(new_prices[contract.id] / interval),
                "keep_custom_price": keep_custom_price and contract.has_custom_price,
                "date": day,
                "note": note,
                "user_id": self.env.uid,
            }
            for contract in self
        ]

    def _plan_change_preview(self, plan, day, keep_custom_price=False):
        """What a change would cost, before anybody confirms it.

        :return: dict ``old_price, new_price, old_monthly, new_monthly, difference``: the last one
            is what the period in course grows or shrinks by, by days
        """
        self.ensure_one()
        row = self._prepare_plan_changes(plan, day, keep_custom_price, None)[0]
        row["difference"] = self.currency_id.round(
            change_difference(row["old_monthly"], row["new_monthly"], day, self.billing_day)
        )
        return row

    def _on_plan_change(self, changes):
        """Extension: ``changes`` (isp.contract.plan.change) of the contracts of ``self`` are
        done.
        """

    def action_view_plan_changes(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "isp.contract.plan.change",
            "view_mode": "list,form",
            "domain": [("contract_id", "=", self.id)],
            "context": {"create": False},
            "name": self.env._("Plan changes"),
        }

    def _cancel_scheduled(self):
        """Nothing scheduled survives the contract."""
        self.env["isp.contract.plan.change"].search(
            [("contract_id", "in", self.ids), ("state", "=", "scheduled")]
        ).write({"state": "cancelled", "error": False})
        self.env["isp.contract.pause"].search(
            [("contract_id", "in", self.ids), ("state", "in", ("scheduled", "running"))]
        ).write({"state": "cancelled"})
        self.env["isp.contract.address.change"].search(
            [("contract_id", "in", self.ids), ("state", "=", "reserved")]
        )._withdraw()
