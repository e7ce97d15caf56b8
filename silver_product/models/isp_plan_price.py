from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from odoo.addons.silver_base.tools import local_time
from odoo.addons.silver_base.tools.sqlguard import append_only

from ..timeline import DAY, Span

# only this module can put it in a context: a context that came over RPC holds no such object
UNDOING = object()


class IspPlanPrice(models.Model):
    """One line of the price history of a plan.

    A price holds from ``effective_from`` to ``effective_to``, both days included. It is never
    edited: it is closed (an earlier last day) and a new one follows, or it is cancelled
    (``active`` off) before anything was charged with it.
    """

    _name = "isp.plan.price"
    _description = "Plan Price"
    _order = "effective_from desc, id desc"
    _check_company_auto = True
    _rec_name = "product_id"

    product_id = fields.Many2one(
        "product.product",
        string="Plan",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('is_isp_plan', '=', True)]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.company.currency_id,
    )
    amount = fields.Monetary(required=True, aggregator="avg")
    effective_from = fields.Date(
        "From",
        required=True,
        default=lambda self: local_time.today(self.env),
        help="First day, included.",
    )
    effective_to = fields.Date("To", help="Last day, included. Empty: until further notice.")
    reason = fields.Char()
    active = fields.Boolean(default=True, help="Off: cancelled before it was used.")
    status = fields.Selection(
        [
            ("past", "Past"),
            ("current", "Current"),
            ("future", "Future"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_status",
        help="Where the price stands today.",
    )

    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (product_id WITH =, company_id WITH =, currency_id WITH =,"
        " daterange(effective_from, effective_to, '[]') WITH &&) WHERE (active IS NOT FALSE)",
        "The plan already has a price in these dates, for this company and currency. Close the "
        "other price first, or choose other dates.",
    )
    _amount_not_negative = models.Constraint(
        "CHECK(amount >= 0 AND amount < 'NaN')", "The price of a plan cannot be negative."
    )
    _dates_in_order = models.Constraint(
        "CHECK(effective_to >= effective_from)", "A price cannot end before it starts."
    )

    def init(self):
        super().init()
        append_only(
            self.env.cr,
            self._table,
            "A price of the history cannot be edited or deleted: close it and set a new one.",
            allow_update_of=("effective_to", "active"),
        )
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION isp_plan_price_no_reopen() RETURNS trigger
                LANGUAGE plpgsql AS $body$
                BEGIN
                    IF (OLD.effective_to IS NOT NULL
                            AND COALESCE(NEW.effective_to, 'infinity') > OLD.effective_to)
                       OR (OLD.active IS FALSE AND NEW.active IS NOT FALSE)
                       OR (OLD.active IS FALSE
                            AND NEW.effective_to IS DISTINCT FROM OLD.effective_to) THEN
                        RAISE EXCEPTION 'A closed or cancelled price cannot be opened again.'
                            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
                                  CONSTRAINT = TG_NAME;
                    END IF;
                    RETURN NEW;
                END $body$;
                CREATE OR REPLACE TRIGGER isp_plan_price_no_reopen BEFORE UPDATE ON isp_plan_price
                    FOR EACH ROW EXECUTE FUNCTION isp_plan_price_no_reopen();
                """
            )
        )

    @api.depends("active", "effective_from", "effective_to")
    def _compute_status(self):
        today = local_time.today(self.env)
        for price in self:
            if not price.active:
                price.status = "cancelled"
            elif price.effective_from and price.effective_from > today:
                price.status = "future"
            elif price.effective_to and price.effective_to < today:
                price.status = "past"
            else:
                price.status = "current"

    @api.depends("product_id", "amount", "currency_id", "effective_from")
    def _compute_display_name(self):
        for price in self:
            price.display_name = self.env._(
                "%(plan)s: %(amount)s from %(date)s",
                plan=price.product_id.display_name,
                amount=price.currency_id.format(price.amount) if price.currency_id else "",
                date=format_date(self.env, price.effective_from),
            )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        prices = super().create(vals_list)
        for price in prices:
            if not price.product_id.is_isp_plan:
                raise UserError(
                    self.env._(
                        "%(product)s is not a plan, so it has no price history.",
                        product=price.product_id.display_name,
                    )
                )
        prices.product_id._isp_sync_list_price()
        return prices

    def write(self, vals):
        """Only closing and cancelling: all else is a new price."""
        fixed = set(vals) - {"effective_to", "active"}
        if fixed:
            raise UserError(
                self.env._(
                    "A price of the history is not edited (%(fields)s). Set a new price from "
                    "the date of the change.",
                    fields=", ".join(sorted(fixed)),
                )
            )
        if "effective_to" in vals:
            self._check_closing(fields.Date.to_date(vals["effective_to"]))
        if "active" in vals:
            self._check_cancelling(vals["active"])
        result = super().write(vals)
        self.product_id._isp_sync_list_price()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("The price history is kept: close the price, or cancel it if it is to come.")
        )

    def _check_closing(self, last_day):
        """Closing may not change what a day that is over did cost."""
        yesterday = local_time.today(self.env) - DAY
        for price in self:
            if price.effective_to == (last_day or False):
                continue
            if (
                not price.active
                or not last_day
                or (price.effective_to and last_day > price.effective_to)
            ):
                raise UserError(
                    self.env._(
                        "%(price)s is closed and cannot be opened again. Set a new price.",
                        price=price.display_name,
                    )
                )
            if last_day < price.effective_from:
                raise UserError(
                    self.env._(
                        "%(price)s cannot end on %(date)s, before it starts.",
                        price=price.display_name,
                        date=last_day,
                    )
                )
            if last_day < yesterday:
                raise UserError(
                    self.env._(
                        "%(price)s cannot be closed on %(date)s: days that are over keep the "
                        "price they had.",
                        price=price.display_name,
                        date=last_day,
                    )
                )

    def _check_cancelling(self, active):
        undoing = self.env.context.get("isp_price_undoing") is UNDOING
        today = local_time.today(self.env)
        for price in self:
            if active and not price.active:
                raise UserError(
                    self.env._(
                        "%(price)s was cancelled and cannot be opened again. Set a new price.",
                        price=price.display_name,
                    )
                )
            if not active and price.active and not undoing and price.effective_from <= today:
                raise UserError(
                    self.env._(
                        "%(price)s is in force or over, so it cannot be cancelled. Set another "
                        "price from today on.",
                        price=price.display_name,
                    )
                )
        if not active:
            charged = self._charged()
            if charged:
                raise UserError(
                    self.env._(
                        "Something was already charged with these prices, so they stay: %(prices)s",
                        prices=", ".join(charged.mapped("display_name")),
                    )
                )

    # === Verbs === #

    def action_close(self, date=None):
        """End the prices. RPC-callable; closing again on the same day does nothing.

        :param date: last day of the price, by default today
        :raise UserError: for a day that is over, before the price starts or after its end
        """
        last_day = self.env["product.product"]._isp_to_date(date) or local_time.today(self.env)
        open_ones = self.filtered(lambda price: price.effective_to != last_day)
        open_ones.write({"effective_to": last_day})
        return True

    def action_cancel(self):
        """Cancel prices that are to come; the price before each goes on in their place.

        RPC-callable; a cancelled price is left as it is.

        :raise UserError: for a price in force or over, or that something was charged with
        """
        for price in self.filtered("active").sorted("effective_from"):
            previous = self.search(
                [
                    ("product_id", "=", price.product_id.id),
                    ("company_id", "=", price.company_id.id),
                    ("currency_id", "=", price.currency_id.id),
                    ("effective_to", "=", price.effective_from - DAY),
                ]
            )
            price.write({"active": False})
            price.flush_recordset()
            previous.with_context(isp_price_reason=self.env._("Cancelled price"))._extend(
                price.effective_from, price.effective_to
            )
        return True

    def action_open_close_wizard(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_product.isp_plan_price_close_action"
        )
        return action | {"context": {"default_price_id": self.id}}

    # === Business === #

    def _span(self):
        """:return: the dates of one price as a :class:`~..timeline.Span`"""
        self.ensure_one()
        return Span(self.id, self.effective_from, self.effective_to or None)

    def _extend(self, start, end):
        """The same amounts again from ``start`` to ``end``, as new prices."""
        reason = self.env.context.get("isp_price_reason")
        return self.create(
            [
                {
                    "product_id": price.product_id.id,
                    "company_id": price.company_id.id,
                    "currency_id": price.currency_id.id,
                    "amount": price.amount,
                    "effective_from": start,
                    "effective_to": end,
                    "reason": reason or price.reason,
                }
                for price in self
            ]
        )

    def _cancel_unused(self):
        """Cancel prices even when in force, as long as nothing was charged with them."""
        self.with_context(isp_price_undoing=UNDOING).write({"active": False})

    def _charged(self):
        """Extension point.

        :return: the prices of ``self`` that something was already charged with; this module
            charges nothing, so none
        """
        return self.browse()
