"""The facts of a collection decision, for a whole chunk of contracts at once."""

from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..rules import dunning
from ..rules.proration import dec
from .debt import Debt

CHUNK = 5000
CUTS = (dunning.SUSPEND, dunning.CANCEL)


class Row(NamedTuple):
    """What is read of a contract. From ``company_id`` on it says which rules hold for it."""

    id: int
    partner_id: int
    state: str
    base_station_id: int | None
    company_id: int
    currency_id: int
    contract_policy_id: int | None
    partner_policy_id: int | None
    plan_policy_id: int | None


RULED_BY = Row._fields.index("company_id")


class Judged(NamedTuple):
    """A decision about a contract and the facts it was made with."""

    contract_id: int
    partner_id: int
    policy_id: int
    facts: dunning.Facts
    decision: dunning.Decision
    outage_id: int | None = None
    price_effect: Decimal | int = 0


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
    def _decide(self, contract_ids, day, now=None, policy=None, prices=None):
        """Decide about some contracts. Constant number of queries, no record is read one by one.

        :param now: local datetime, to respect the hours of the policy; None: any hour
        :param policy: isp.suspension.policy to use for all of them instead of their own
        :param prices: isp.plan.price.change with which to value the open charges
        :return: list of Judged
        """
        contract_ids = list(contract_ids)
        self.env.flush_all()
        contracts = self.env["isp.contract"]
        rows = self._read_contracts(contract_ids)
        debts = contracts._isp_debts_by("contract_id", contract_ids, day=day)
        protected = self.env["isp.payment.promise"]._protected_until(contract_ids, day)
        notified = self._last_notices(contract_ids, day)
        cut_on = self._cut_days(contract_ids)
        effects = self._price_effects(contract_ids, day, prices) if prices else {}
        rules = self._rules(rows, day, policy)
        holidays = self._holidays({row.company_id for row in rows}, day)
        held = self._held_bases(day)
        outages = contracts.browse(contract_ids)._open_outages()
        nothing, no_holiday = Debt(), frozenset()
        judged = []
        for row in rows:
            debt = debts.get(row.id, nothing)
            effect = effects.get(row.id, 0)
            facts = dunning.Facts(
                row.state,
                dec(debt.overdue) + effect,
                debt.oldest_due,
                debt.next_due,
                protected.get(row.id),
                notified.get(row.partner_id),
                cut_on.get(row.id),
            )
            policy_id, rule = rules[row[RULED_BY:]]
            decision = dunning.decide(
                rule, facts, day, now, holidays.get(row.company_id, no_holiday)
            )
            outage_id = None
            if decision.action in CUTS and (row.id in outages or row.base_station_id in held):
                outage_id = outages[row.id].id if row.id in outages else None
                decision = dunning.Decision(dunning.HOLD, "outage")
            judged.append(
                Judged(row.id, row.partner_id, policy_id, facts, decision, outage_id, effect)
            )
        return judged

    @api.model
    def _read_contracts(self, contract_ids):
        """:return: list of Row"""
        return [
            Row(*row)
            for row in self.env.execute_query(
                SQL(
                    """
                    SELECT contract.id, contract.partner_id, contract.state,
                           contract.base_station_id, contract.company_id, contract.currency_id,
                           contract.isp_policy_id, partner.isp_policy_id, template.isp_policy_id
                      FROM isp_contract contract
                      JOIN res_partner partner ON partner.id = contract.partner_id
                      JOIN product_product plan ON plan.id = contract.product_id
                      JOIN product_template template ON template.id = plan.product_tmpl_id
                     WHERE contract.id = ANY(%s) ORDER BY contract.id
                    """,
                    contract_ids,
                )
            )
        ]

    @api.model
    def _rules(self, rows, day, policy=None):
        """:return: dict (company, currency, policy of the contract, of the customer, of the plan)
        -> (id of the version that holds on ``day``, rules.dunning.Policy in that currency)"""
        keys = {row[RULED_BY:] for row in rows}
        deciding = {}
        if not policy:
            deciding = self.env["isp.suspension.policy"]._deciding(
                {(key[0], *key[2:]) for key in keys}, day
            )
        found = {}
        for key in keys:
            currency = self.env["res.currency"].browse(key[1])
            chosen = policy or deciding[(key[0], *key[2:])]
            found[key] = (chosen.id, chosen._as_rules(currency, day))
        return found

    @api.model
    def _price_effects(self, contract_ids, day, change):
        """:return: dict contract id -> how much more would be overdue on ``day`` if its recurring
        charges had been made with the new prices"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT charge.contract_id,
                       ROUND(SUM(charge.amount_total * (line.new_amount / line.old_amount - 1))
                             ::numeric, 2)
                  FROM isp_charge charge
                  JOIN isp_contract contract ON contract.id = charge.contract_id
                   AND contract.partner_id = charge.partner_id
                   AND NOT COALESCE(contract.has_custom_price, FALSE)
                   AND contract.currency_id = %(currency)s
                  JOIN isp_plan_price_change_line line ON line.change_id = %(change)s
                   AND line.product_id = charge.product_id AND line.problem IS NULL
                   AND line.old_amount > 0
                 WHERE charge.contract_id = ANY(%(ids)s) AND charge.kind = 'recurring'
                   AND charge.state IN ('invoiced', 'partially_paid')
                   AND charge.due_date < %(day)s
                 GROUP BY charge.contract_id
                """,
                ids=contract_ids,
                change=change.id,
                currency=change.currency_id.id,
                day=day,
            )
        )
        return {contract_id: dec(effect) for contract_id, effect in rows}

    @api.model
    def _last_notices(self, contract_ids, day):
        """:return: dict partner id -> last day the customer was told about an overdue debt"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT notice.partner_id, MAX(notice.date) FROM isp_notice notice
                 WHERE notice.kind IN ('overdue', 'legal') AND notice.date <= %s
                   AND notice.state NOT IN ('failed', 'holdout') AND notice.partner_id IN (
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
    def _holidays(self, company_ids, day):
        """:return: dict company id -> set with ``day`` when it is a holiday there. A company
        without a working calendar has none."""
        start = fields.Datetime.to_datetime(day)
        leaves = (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search(
                [
                    ("resource_id", "=", False),
                    ("company_id", "in", list(company_ids)),
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
