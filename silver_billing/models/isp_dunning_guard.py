"""The safe-cut guard: when something is odd, a person looks before anybody is cut."""

from odoo import fields, models
from odoo.tools import SQL

from ..rules import dunning


class IspDunningRun(models.Model):
    _inherit = "isp.dunning.run"

    def _guard(self):
        """Extension: reasons to ask a person before cutting anybody.

        :return: list of texts, empty when nothing is odd
        """
        if not self.line_ids.filtered(
            lambda line: line.action in (dunning.SUSPEND, dunning.CANCEL)
        ):
            return []
        return self._guard_silence() + self._guard_zones() + self._guard_holidays()

    def _guard_silence(self):
        journals = self.env["account.journal"].search(
            [("company_id", "=", self.company_id.id), ("isp_expected_daily", "=", True)]
        )
        since = fields.Date.subtract(self.date, days=1)
        heard = {
            journal
            for (journal,) in self.env["account.payment"]._read_group(
                [
                    ("journal_id", "in", journals.ids),
                    ("date", ">=", since),
                    ("date", "<=", self.date),
                    ("state", "in", ("in_process", "paid")),
                ],
                ["journal_id"],
            )
        }
        return [
            self.env._(
                "No payment entered by %(journal)s since %(day)s, and they normally enter every "
                "day. "
                "Is a bank file or a gateway notice missing?",
                journal=journal.display_name,
                day=since,
            )
            for journal in journals
            if journal not in heard
        ]

    def _guard_zones(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT zone.id, COUNT(*) FILTER (WHERE line.id IS NOT NULL) AS cut, COUNT(*)
                  FROM isp_contract contract
                  JOIN isp_base_station base ON base.id = contract.base_station_id
                  JOIN isp_zone zone ON zone.id = base.zone_id
                  LEFT JOIN isp_dunning_run_line line ON line.contract_id = contract.id
                   AND line.run_id = %s AND line.action IN ('suspend', 'cancel')
                   AND line.state = 'todo'
                 WHERE contract.state = 'active' AND contract.company_id = %s
                 GROUP BY zone.id
                """,
                self.id,
                self.company_id.id,
            )
        )
        company = self.company_id
        return [
            self.env._(
                "%(cut)s of the %(total)s services of %(zone)s would be cut at once, more than "
                "%(limit)s %%. Is something wrong with the payments of that zone?",
                cut=cut,
                total=total,
                zone=self.env["isp.zone"].browse(zone_id).display_name,
                limit=round(company.isp_cut_guard_percent),
            )
            for zone_id, cut, total in rows
            if cut >= max(company.isp_cut_guard_minimum, 1)
            and cut * 100.0 / total > company.isp_cut_guard_percent
        ]

    def _guard_holidays(self):
        """A policy that makes no cuts on holidays cannot keep its word when nobody entered any."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT policy.id FROM isp_dunning_run_line line
                  JOIN isp_suspension_policy policy ON policy.id = line.policy_id
                 WHERE line.run_id = %s AND line.state = 'todo' AND policy.skip_holidays
                   AND line.action IN ('suspend', 'cancel')
                """,
                self.id,
            )
        )
        if not rows or self.env["resource.calendar.leaves"].search_count(
            [
                ("resource_id", "=", False),
                ("company_id", "=", self.company_id.id),
                ("date_to", ">=", fields.Date.subtract(self.date, years=1)),
                ("date_from", "<=", fields.Date.add(self.date, years=1)),
            ],
            limit=1,
        ):
            return []
        policies = self.env["isp.suspension.policy"].browse(row[0] for row in rows)
        return [
            self.env._(
                "The policy %(policies)s makes no cuts on holidays, and no holiday is entered in "
                "the working calendar of %(company)s. If today is none, go on; enter them in "
                "Settings > Technical > Resource > Resource Time Off.",
                policies=", ".join(policies.mapped("name")),
                company=self.company_id.name,
            )
        ]

    def _hold(self, reasons):
        self.write({"state": "held", "hold_reason": "\n".join(reasons)})
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("The collection of %(date)s is held", date=self.date),
            note="<br/>".join(reasons),
            user_id=self.user_id.id,
        )
