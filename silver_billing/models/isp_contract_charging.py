"""From contracts to the charges of a period, a chunk at a time."""

from datetime import date, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.silver_base.tools.sqlrows import array

from ..rules import calendar, charging
from ..rules.proration import dec

ONE_DAY = timedelta(days=1)
#: Reason of a stopped service -> reason of the charge.
STOP_REASONS = {"voluntary_pause": "voluntary_pause"}


#: What of a contract decides its charge, besides its policy, its stops and its changes of plan.
DECIDES = (
    "company_id",
    "product_id",
    "currency_id",
    "billing_start_date",
    "billing_day",
    "free_months",
    "date_activation",
    "date_end",
    "has_custom_price",
    "custom_price",
    "promotion_id",
    "promotion_date_end",
)


class Outcome(NamedTuple):
    """What a run found for one contract: a charge to make, nothing, or a day without price.

    ``like_id``: a contract that is charged the same, worked out for all that are alike.
    ``due_days``: days from the charge date to the due date.
    """

    contract_id: int
    partner_id: int
    like_id: int
    result: charging.Result | None = None
    missing_price: date | None = None
    due_days: int = 0


class IspContract(models.Model):
    _inherit = "isp.contract"

    def _isp_period_outcomes(self, first, last, up_to=None):
        """What each contract is charged in a period. Constant number of queries.

        :param date first: first day of the period
        :param date last: last day of the period
        :param date up_to: leave out charges of later days; None: none
        :return: list of Outcome, in the order of ``self``
        """
        policies = self._isp_policies(first)
        stops = self._isp_stops()
        changes = self._isp_plan_changes()
        alike, like = self._isp_alike(policies, {*stops, *changes})
        contracts = self.sudo().browse(alike)
        begins = contracts._isp_begins(policies, first, last)
        prices = _Prices(contracts, begins, changes)
        found = {}
        for contract in contracts:
            policy = policies[contract.id]
            result = missing = None
            if contract.id in begins:
                terms, begin = begins[contract.id]
                situation = contract._isp_situation(
                    policy, stops.get(contract.id, ()), terms, prices.steps(contract, begin, terms)
                )
                result, missing = self._isp_result(situation, first, last, up_to)
            found[contract.id] = (contract.id, result, missing, policy.due_days)
        return [
            Outcome(contract_id, partner_id, *found[like_id])
            for contract_id, partner_id, like_id in like
        ]

    def _isp_alike(self, policies, special):
        """Sort the contracts into those that are charged the same.

        :param policies: dict contract id -> isp.suspension.policy
        :param special: ids of contracts that are like no other
        :return: (list of ids, one contract of each kind; list of (contract id, customer id, id of
            the one of its kind), in the order of ``self``)
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT id, partner_id, %s FROM isp_contract WHERE id = ANY(%s::int[])",
                SQL(", ").join(map(SQL.identifier, DECIDES)),
                array(self.ids),
            )
        )
        kinds, like = {}, {}
        for contract_id, partner_id, *decides in rows:
            own = contract_id if contract_id in special else 0
            key = (own, policies[contract_id].id, *decides)
            like[contract_id] = (contract_id, partner_id, kinds.setdefault(key, contract_id))
        return list(kinds.values()), [like[contract_id] for contract_id in self.ids]

    def _isp_plan_changes(self):
        """:return: dict contract id -> list of isp.contract.plan.change that were done, in order"""
        found = {}
        for change in (
            self.env["isp.contract.plan.change"]
            .sudo()
            .search([("contract_id", "in", self.ids), ("state", "=", "done")], order="date, id")
        ):
            found.setdefault(change.contract_id.id, []).append(change)
        return found

    @api.model
    def _isp_result(self, situation, first, last, up_to):
        """:return: (rules.charging.Result or None, day without price or None)"""
        try:
            result = charging.charge_for(situation, first, last)
        except charging.MissingPrice as missing:
            return None, missing.args[0]
        if result and up_to and result.charge_date > up_to:
            result = None
        return result, None

    def _isp_begins(self, policies, first, last):
        """:return: dict contract id -> (rules.calendar.Terms, first day that is charged in the
        period); contracts without a cycle in it are absent"""
        begins = {}
        for contract in self:
            terms = contract._isp_terms()
            cycles = terms and calendar.cycles_in(terms, first, last)
            if not cycles:
                continue
            begin = min(cycle.start for cycle in cycles)
            if cycles[0].index == 0 and policies[contract.id].first_period == "with_next":
                begin = terms.start
            begins[contract.id] = (terms, begin)
        return begins

    def _isp_terms(self):
        """:return: rules.calendar.Terms of the contract, None before it is activated"""
        self.ensure_one()
        start = self.billing_start_date or self.date_activation
        if not start:
            return None
        plan = self.product_id
        return calendar.Terms(
            start,
            self.billing_day,
            plan.billing_interval_months or 1,
            plan.billing_mode or calendar.ADVANCE,
        )

    def _isp_situation(self, policy, stops, terms, steps):
        """:return: rules.charging.Situation"""
        return charging.Situation(
            terms=terms,
            steps=tuple(steps),
            stops=tuple(
                charging.Stop(
                    start,
                    end,
                    STOP_REASONS.get(reason, "suspended"),
                    dec(policy._factor(reason)),
                )
                for start, end, reason in stops
            ),
            free_cycles=self.free_months or 0,
            first_period=policy.first_period,
            ended=self.date_end or None,
            rounding=self.currency_id.rounding,
        )

    def _isp_stops(self):
        """Days without service of each contract, from its events.

        The day of the cut is without service, the day it comes back is with it.

        :return: dict contract id -> list of (first, last or None, reason)
        """
        self.env["isp.contract.event"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contract_id, transition, reason, date FROM isp_contract_event
                 WHERE contract_id = ANY(%s::int[])
                   AND transition IN ('suspend', 'resume', 'cancel')
                 ORDER BY contract_id, id
                """,
                array(self.ids),
            )
        )
        found, running = {}, {}
        for contract_id, transition, reason, moment in rows:
            day = self._local_day(moment)
            if transition == "suspend":
                running[contract_id] = (day, reason)
            elif contract_id in running:
                first, why = running.pop(contract_id)
                last = day - ONE_DAY
                if last >= first:
                    found.setdefault(contract_id, []).append((first, last, why))
        for contract_id, (first, why) in running.items():
            found.setdefault(contract_id, []).append((first, None, why))
        return found

    def _isp_charge_rows(self, outcomes, period):
        """:return: list of dicts, the rows of ``isp_charge`` for the outcomes that have a charge"""
        charged = [outcome for outcome in outcomes if outcome.result is not None]
        taxes = _TaxCache(self.env, charged)
        rows, alike = [], {}
        for outcome in charged:
            result = outcome.result
            key = (outcome.like_id, taxes.position(outcome))
            if key not in alike:
                contract = self.sudo().browse(outcome.contract_id)
                product_id = result.product_id or contract.product_id.id
                product = self.env["product.product"].sudo().browse(product_id)
                totals = taxes.totals(product, contract, key[1], float(result.amount))
                alike[key] = self._isp_charge_vals(result, outcome.due_days, totals)
                alike[key].update(
                    company_id=contract.company_id.id,
                    currency_id=contract.currency_id.id,
                    product_id=product_id,
                    period_id=period.id,
                    period_key=period.period_key,
                )
            rows.append(
                {
                    **alike[key],
                    "contract_id": outcome.contract_id,
                    "partner_id": outcome.partner_id,
                }
            )
        return rows

    @api.model
    def _isp_charge_vals(self, result, due_days, totals):
        """:return: dict, what of a charge follows from its result"""
        return {
            "kind": "recurring",
            "service_start": result.start,
            "service_end": result.end,
            "charge_date": result.charge_date,
            "due_date": fields.Date.add(result.charge_date, days=due_days),
            "amount": result.amount,
            "tax_amount": dec(totals["tax_amount"]),
            "amount_total": dec(totals["amount_total"]),
            "state": "pending" if result.amount else "void",
            "reason": result.reason,
            "computation": dict(
                result.computation,
                taxes=round(totals["tax_amount"], 6),
                total=round(totals["amount_total"], 6),
                due_days=due_days,
            ),
        }


class _Prices:
    """Prices of many contracts, each on the day its charge begins: one query for each such day and
    currency."""

    def __init__(self, contracts, begins, changes):
        self.changes = changes
        by_day = {}
        for contract_id, (_terms, begin) in begins.items():
            by_day.setdefault(begin, []).append(contract_id)
        self.details = {}
        for day, ids in by_day.items():
            self.details.update(contracts.browse(ids)._price_details_on(day))

    def steps(self, contract, begin, terms):
        """:return: list of PriceStep of a contract from ``begin`` on"""
        later = [item for item in self.changes.get(contract.id, []) if item.date > begin]
        if not later:
            detail = self.details[contract.id]
            plan = contract.product_id
            return [
                charging.PriceStep(
                    begin,
                    None if detail is None else dec(detail.amount),
                    plan.display_name,
                    plan.id,
                    self._source(detail),
                )
            ]
        # amounts per month, so that a change between plans of other intervals compares
        steps = [
            charging.PriceStep(
                begin,
                dec(later[0].old_monthly) * terms.months,
                later[0].old_product_id.display_name,
                later[0].old_product_id.id,
            )
        ]
        for change in later:
            steps.append(
                charging.PriceStep(
                    change.date,
                    dec(change.new_monthly) * terms.months,
                    change.new_product_id.display_name,
                    change.new_product_id.id,
                )
            )
        return steps

    @staticmethod
    def _source(detail):
        """:return: dict for the explanation: price version, list price, promotion, custom price"""
        if detail is None:
            return {}
        amount, listed, version, promotion, custom = detail
        source = {"list": str(dec(listed)), "custom": bool(custom)}
        if version:
            source["version"] = version.id
            source["since"] = version.effective_from.isoformat()
        if promotion:
            source["promotion"] = promotion.display_name
            source["discount"] = str(dec(listed) - dec(amount))
        return source


class _TaxCache:
    """Taxes of an amount, computed once for each plan, fiscal position and amount."""

    def __init__(self, env, outcomes):
        self.charges = env["isp.charge"].sudo()
        likes = env["isp.contract"].sudo().browse({outcome.like_id for outcome in outcomes})
        self.companies = {contract.id: contract.company_id for contract in likes}
        customers, self.positions = {}, {}
        for outcome in outcomes:
            customers.setdefault(self.companies[outcome.like_id], set()).add(outcome.partner_id)
        for company, partner_ids in customers.items():
            found = env["res.partner"].browse(partner_ids)._isp_fiscal_positions(company)
            self.positions[company] = {key: item.id for key, item in found.items()}
        self.found = {}

    def position(self, outcome):
        """:return: id of the fiscal position of the customer"""
        return self.positions[self.companies[outcome.like_id]][outcome.partner_id]

    def totals(self, product, contract, position, amount):
        """:return: dict, see ``isp.charge._tax_vals``"""
        key = (product.id, contract.company_id.id, position, contract.currency_id.id, amount)
        if key not in self.found:
            self.found[key] = self.charges._tax_vals(product, contract, amount)
        return self.found[key]
