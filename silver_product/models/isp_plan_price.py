from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.silver_base.tools.sqlguard import append_only


class IspPlanPrice(models.Model):
    """One line of the price history of a plan.

    A price holds from ``effective_from`` to ``effective_to``, both days included. It is never
    edited: it is closed (an earlier last day) and a new one follows, or it is cancelled
    (``active`` off) before anything was charged with it.
    """

    _name = "isp.plan.price"
    _description = "Plan Price"
    _order = "product_id, company_id, currency_id, effective_from desc, id desc"
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
        "From", required=True, default=fields.Date.context_today, help="First day, included."
    )
    effective_to = fields.Date("To", help="Last day, included. Empty: until further notice.")
    reason = fields.Char()
    active = fields.Boolean(default=True, help="Off: cancelled before it was used.")

    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (product_id WITH =, company_id WITH =, currency_id WITH =,"
        " daterange(effective_from, effective_to, '[]') WITH &&) WHERE (active IS NOT FALSE)",
        "The plan already has a price in these dates, for this company and currency. Close the "
        "other price first, or choose other dates.",
    )
    _amount_not_negative = models.Constraint(
        "CHECK(amount >= 0)", "The price of a plan cannot be negative."
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

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("The price history is kept: close the price, or cancel it if it is to come.")
        )
