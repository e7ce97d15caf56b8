from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.silver_base.tools import sqlguard

from ..tools.messages import promise_message


class IspIpHistoryPurge(models.Model):
    """What was deleted from the history of addresses because the law no longer wants it kept.

    A row here is the only thing that lets PostgreSQL delete periods (see ``sql/retention.sql``):
    of its company, ended before its cutoff, in the transaction that wrote it. So nothing is deleted
    without saying who, when, why, how much and with which digest.
    """

    _name = "isp.ip.history.purge"
    _description = "Purge of the address history"
    _order = "id desc"
    _rec_name = "year"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    year = fields.Integer(
        required=True, readonly=True, help="Everything that ended in this year or before."
    )
    cutoff = fields.Datetime("Ended before", required=True, readonly=True)
    retention_months = fields.Integer(
        "Retention (months)", required=True, readonly=True, help="What the company kept then."
    )
    user_id = fields.Many2one("res.users", "Purged by", required=True, readonly=True)
    purged_at = fields.Datetime(required=True, readonly=True)
    reason = fields.Char("Legal basis", required=True, readonly=True)
    period_count = fields.Integer("Periods", readonly=True)
    block_count = fields.Integer("CGNAT port blocks", readonly=True)
    first_date = fields.Datetime("Oldest", readonly=True)
    digest = fields.Char(
        readonly=True,
        help="SHA-256 of the seals of the deleted periods, in order: whoever has a copy can prove "
        "it is the one that was here.",
    )

    _retained = models.Constraint(
        "CHECK (retention_months >= 12 AND year BETWEEN 1990 AND 9999"
        " AND cutoff = make_timestamp(year + 1, 1, 1, 0, 0, 0)"
        " AND purged_at >= cutoff + retention_months * interval '1 month')",
        "Only whole closed years whose retention is over can be purged.",
    )

    def init(self):
        # the transaction that may delete; no field, since only the trigger reads it
        self.env.cr.execute(
            "ALTER TABLE isp_ip_history_purge ADD COLUMN IF NOT EXISTS txid bigint NOT NULL"
            " DEFAULT (pg_current_xact_id()::text::bigint)"
        )
        sqlguard.append_only(
            self.env.cr,
            self._table,
            "The log of purges is only ever added to: it cannot be changed or deleted.",
        )

    @api.model
    def _sql_error_to_message(self, exc):
        return promise_message(self.env, exc) or super()._sql_error_to_message(exc)

    @api.model
    def _last_year(self, company):
        """:return: the last year whose retention is over today"""
        return (
            fields.Date.subtract(fields.Date.today(), months=company.ip_retention_months).year - 1
        )

    @api.model
    def _cutoff(self, year):
        """:return: the instant (UTC) at which ``year`` is over; a sane one for an insane year"""
        return fields.Datetime.to_datetime(f"{min(max(year, 1990), 9998) + 1:04}-01-01 00:00:00")

    @api.model
    def _found(self, company, cutoff):
        """:return: dict of what a purge would delete: ``periods, blocks, first_date, digest``"""
        self.env["isp.ip.assignment.history"].flush_model()
        self.env["isp.cgnat.block"].flush_model()
        [row] = self.env.execute_query_dict(
            SQL(
                """
                SELECT count(*) AS periods, min(date_from) AS first_date,
                    encode(sha256(convert_to(coalesce(string_agg(h.hash || coalesce(
                        h.close_hash, ''), '|' ORDER BY h.id), ''), 'UTF8')), 'hex') AS digest,
                    (SELECT count(*) FROM isp_cgnat_block b
                      WHERE b.company_id = %(company)s AND b.date_to < %(cutoff)s) AS blocks
                  FROM isp_ip_assignment_history h
                 WHERE h.id IN (
                    SELECT id FROM isp_ip_purgeable(%(company)s, %(cutoff)s) AS id)
                """,
                company=company.id,
                cutoff=cutoff,
            )
        )
        return row

    @api.model
    def action_purge(self, year, reason, company_id=None):
        """Delete what ended in ``year`` or before, and write down that it was done.

        :param int year: a closed year whose retention is over
        :param str reason: legal basis, kept for ever
        :param int company_id: default the user's company
        :return: id of the ``isp.ip.history.purge``
        :raise UserError: when the year is too recent or there is nothing to delete
        """
        if not self.env.su and not self.env.user.has_group("silver_base.group_silver_admin"):
            raise AccessError(self.env._("Only an administrator purges the history of addresses."))
        company = self.env["res.company"].browse(company_id) if company_id else self.env.company
        if company not in self.env.companies:
            raise AccessError(self.env._("%s is not one of your companies.", company.sudo().name))
        if not (reason or "").strip():
            raise UserError(self.env._("Say on which legal basis the history is purged."))
        last = self._last_year(company)
        if not 1990 <= year <= last:
            raise UserError(
                self.env._(
                    "%(company)s keeps %(months)s months: today it can purge up to %(last)s, not "
                    "%(year)s.",
                    company=company.display_name,
                    months=company.ip_retention_months,
                    last=last,
                    year=year,
                )
            )
        purges = self.sudo()
        cutoff = self._cutoff(year)
        found = purges._found(company, cutoff)
        if not found["periods"] and not found["blocks"]:
            raise UserError(
                self.env._("Nothing of %(year)s or before is left to purge.", year=year)
            )
        purge = purges.create(
            {
                "company_id": company.id,
                "year": year,
                "cutoff": cutoff,
                "retention_months": company.ip_retention_months,
                "user_id": self.env.uid,
                "purged_at": fields.Datetime.now(),
                "reason": reason.strip(),
                "period_count": found["periods"],
                "block_count": found["blocks"],
                "first_date": found["first_date"],
                "digest": found["digest"],
            }
        )
        purge.flush_recordset()
        [(periods, blocks)] = self.env.execute_query(
            SQL("SELECT * FROM isp_ip_purge(%s)", purge.id)
        )
        self.env.invalidate_all()
        if (periods, blocks) != (found["periods"], found["blocks"]):
            raise UserError(
                self.env._("The history changed while it was being purged. Nothing was deleted.")
            )
        return purge.id
