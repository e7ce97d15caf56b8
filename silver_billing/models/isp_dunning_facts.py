"""The facts of a collection decision, for a whole chunk of contracts at once."""

from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..rules import dunning
from ..rules.proration import dec
from .debt import Debt

CHUNK = 5000


class Judged(NamedTuple):
    """A decision about a contract and the facts it was made with."""

    contract_id: int
    partner_id: int
    policy_id: int
    facts: dunning.Facts
    decision: dunning.Decision


class IspDunningFacts(models.AbstractModel):
    _name = "isp.dunning.facts"
    _description = "Facts of Collection Decisions"

    @api.model
    def _candidates(self, company, day):
        """:return: ids of the contracts a policy may have something to say about on ``day``: those
        with an open invoiced charge, and those cut for non-payment"""
        self.env.flush_all()
        return [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """
                    SELECT id FROM (
                        SELECT contract_id AS id FROM isp_charge
                         WHERE state IN ('invoiced', 'partially_paid') AND company_id = %(company)s
                         UNION
                        SELECT id FROM isp_contract
                         WHERE state = 'suspended' AND state_reason = 'non_payment'
                           AND company_id = %(company)s
                    ) found ORDER BY id
                    """,
                    company=company.id,
                )
            )
        ]

    @api.model
    def _decide(self, contract_ids, day, now=None, policy=None):
        """Decide about some contracts. Constant number of queries.

        :param now: local datetime, to respect the hours of the policy; None: any hour
        :param policy: isp.suspension.policy to use for all of them instead of their own
        :return: list of Judged
        """
        contracts = self.env["isp.contract"].browse(contract_ids)
        debts = contracts._isp_debts_by("contract_id", contract_ids, day=day)
        protected = self.env["isp.payment.promise"]._protected_until(contract_ids, day)
        notified = self._last_notices(contract_ids, day)
        cut_on = self._cut_days(contract_ids)
        policies = self._policies(contracts, day, policy)
        rules = {item: item._as_rules() for item in set(policies.values())}
        holidays = self._holidays(contracts.company_id, day)
        held = self._held_bases(day)
        judged = []
        for contract in contracts:
            debt = debts.get(contract.id, Debt())
            facts = dunning.Facts(
                state=contract.state,
                overdue=dec(debt.overdue),
                oldest_due=debt.oldest_due,
                next_due=debt.next_due,
                protected_until=protected.get(contract.id),
                last_notice=notified.get(contract.partner_id.id),
                suspended_on=cut_on.get(contract.id),
            )
            of_contract = policies[contract.id]
            decision = dunning.decide(
                rules[of_contract],
                facts,
                day,
                now,
                holidays.get(contract.company_id.id, frozenset()),
            )
            if decision.action in (dunning.SUSPEND, dunning.CANCEL) and (
                contract.base_station_id.id in held
            ):
                decision = dunning.Decision(dunning.HOLD, "outage")
            judged.append(
                Judged(contract.id, contract.partner_id.id, of_contract.id, facts, decision)
            )
        return judged

    @api.model
    def _policies(self, contracts, day, policy):
        if policy:
            return dict.fromkeys(contracts.ids, policy)
        return contracts._isp_policies(day)

    @api.model
    def _last_notices(self, contract_ids, day):
        """:return: dict partner id -> last day the customer was told about an overdue debt"""
        self.env["isp.notice"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT notice.partner_id, MAX(notice.date) FROM isp_notice notice
                 WHERE notice.kind IN ('overdue', 'legal') AND notice.date <= %s
                   AND notice.state <> 'failed' AND notice.partner_id IN (
                       SELECT partner_id FROM isp_contract WHERE id = ANY(%s))
                 GROUP BY notice.partner_id
                """,
                day,
                list(contract_ids),
            )
        )
        return dict(rows)

    @api.model
    def _cut_days(self, contract_ids):
        """:return: dict contract id -> day it was cut for non-payment, of those that are cut now.

        The day is that of the run when there was one: it may be of another date than the clock.
        """
        contracts = self.env["isp.contract"]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contract.id, contract.state_date,
                       (SELECT MAX(run.date) FROM isp_dunning_run_line line
                          JOIN isp_dunning_run run ON run.id = line.run_id
                         WHERE line.contract_id = contract.id AND line.action = 'suspend'
                           AND line.state = 'done')
                  FROM isp_contract contract
                 WHERE contract.id = ANY(%s) AND contract.state = 'suspended'
                   AND contract.state_reason = 'non_payment'
                """,
                list(contract_ids),
            )
        )
        return {
            contract_id: run_day or contracts._local_day(moment)
            for contract_id, moment, run_day in rows
        }

    @api.model
    def _holidays(self, companies, day):
        """:return: dict company id -> set with ``day`` when it is a holiday there. A company
        without
        a working calendar has none."""
        start = fields.Datetime.to_datetime(day)
        leaves = (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search(
                [
                    ("resource_id", "=", False),
                    ("company_id", "in", companies.ids),
                    ("date_from", "<", fields.Datetime.add(start, days=2)),
                    ("date_to", ">", fields.Datetime.subtract(start, days=1)),
                ]
            )
        )
        contracts = self.env["isp.contract"]
        found = {}
        for leave in leaves:
            of_company = contracts.with_company(leave.company_id)
            first = of_company._local_day(leave.date_from)
            last = of_company._local_day(leave.date_to)
            if first <= day <= last:
                found[leave.company_id.id] = frozenset([day])
        return found

    @api.model
    def _held_bases(self, day):
        bases = self.env["isp.base.station"].search([("collection_hold_until", ">=", day)])
        return set(bases.ids)
