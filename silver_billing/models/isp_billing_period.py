from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..rules import calendar


class IspBillingPeriod(models.Model):
    """A month of billing. Closed, it takes no more charges."""

    _name = "isp.billing.period"
    _description = "Billing Period"
    _order = "period_key desc, company_id"
    _rec_name = "period_key"
    _check_company_auto = True

    period_key = fields.Char("Period", required=True, size=7, help="Year and month: YYYY-MM.")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    date_start = fields.Date(
        "First Day", compute="_compute_dates", store=True, precompute=True, required=True
    )
    date_end = fields.Date(
        "Last Day", compute="_compute_dates", store=True, precompute=True, required=True
    )
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")], default="open", required=True, readonly=True
    )
    charge_ids = fields.One2many("isp.charge", "period_id", string="Charges")
    run_ids = fields.One2many("isp.billing.run", "period_id", string="Runs")

    _key_uniq = models.UniqueIndex(
        "(company_id, period_key)", "The billing period already exists in this company."
    )
    _key_format = models.Constraint(
        r"CHECK(period_key ~ '^\d{4}-(0[1-9]|1[0-2])$')",
        "A billing period is written as year and month, for example 2026-11.",
    )
    _is_a_month = models.Constraint(
        "CHECK(to_char(date_start, 'YYYY-MM-DD') = period_key || '-01'"
        " AND date_end = (date_start + interval '1 month' - interval '1 day')::date)",
        "A billing period goes from the first to the last day of its month.",
    )

    @api.depends("period_key")
    def _compute_dates(self):
        for period in self:
            period.date_start, period.date_end = self._month_of(period.period_key or "")

    @api.model
    def _month_of(self, key):
        """:raise ValidationError: when ``key`` is not a month"""
        try:
            return calendar.month_of(key)
        except ValueError:
            raise ValidationError(
                self.env._(
                    "“%(key)s” is not a billing period. Write year and month, for example 2026-11.",
                    key=key,
                )
            ) from None

    @api.model
    def _for_keys(self, keys, company):
        """The periods of some months, created when missing.

        :param keys: iterable of ``YYYY-MM``
        :return: dict key -> isp.billing.period
        """
        keys = sorted(set(keys))
        found = self.search([("company_id", "=", company.id), ("period_key", "in", keys)])
        missing = set(keys) - set(found.mapped("period_key"))
        if missing:
            # against a transaction that creates the same month this waits, and starts again
            values = [
                SQL(
                    "(%s, %s, %s, %s, 'open', %s, now() AT TIME ZONE 'UTC')",
                    key,
                    company.id,
                    *self._month_of(key),
                    self.env.uid,
                )
                for key in sorted(missing)
            ]
            rows = self.env.execute_query(
                SQL(
                    """
                    INSERT INTO isp_billing_period
                           (period_key, company_id, date_start, date_end, state, create_uid,
                            create_date)
                    VALUES %s ON CONFLICT DO NOTHING RETURNING id
                    """,
                    SQL(", ").join(values),
                )
            )
            found |= self.browse(row[0] for row in rows)
        return {period.period_key: period for period in found}

    @api.model
    def _open_for(self, day, company):
        """:return: the open period a charge of ``day`` goes to: its month, or the next one open"""
        for _attempt in range(24):
            period = self._for_keys([calendar.key_of(day)], company)[calendar.key_of(day)]
            if period.state == "open":
                return period
            day = calendar.clamp(day.year, day.month + 1, 1)
        raise UserError(self.env._("All the billing periods from %(day)s are closed.", day=day))

    def _check_open(self):
        closed = self.filtered(lambda period: period.state == "closed")
        if closed:
            raise UserError(
                self.env._(
                    "The billing period %(keys)s is closed: it takes no more charges. Open it "
                    "again, or charge in the current period.",
                    keys=", ".join(closed.mapped("period_key")),
                )
            )

    def action_close(self):
        """Close the period.

        :raise UserError: while it has charges that were not invoiced
        """
        pending = self.env["isp.charge"].search(
            [("period_id", "in", self.ids), ("state", "=", "pending")], limit=1
        )
        if pending:
            raise UserError(
                self.env._(
                    "%(period)s still has charges without invoice (for example %(charge)s). "
                    "Invoice or void them, then close.",
                    period=pending.period_key,
                    charge=pending.display_name,
                )
            )
        self.write({"state": "closed"})
        return True

    def action_open(self):
        """Open the period again."""
        self.write({"state": "open"})
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_only_empty(self):
        if self.env["isp.charge"].search_count([("period_id", "in", self.ids)], limit=1):
            raise UserError(self.env._("A billing period with charges is not deleted."))

    def init(self):
        super().init()
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION isp_billing_period_key_fixed() RETURNS trigger
                LANGUAGE plpgsql AS $body$
                BEGIN
                    RAISE EXCEPTION 'The month of a billing period does not change.'
                        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
                END $body$;
                CREATE OR REPLACE TRIGGER isp_billing_period_key_fixed
                    BEFORE UPDATE OF period_key, company_id ON isp_billing_period FOR EACH ROW
                    WHEN (OLD.period_key <> NEW.period_key OR OLD.company_id <> NEW.company_id)
                    EXECUTE FUNCTION isp_billing_period_key_fixed();
                """
            )
        )
