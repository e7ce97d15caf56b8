"""From contracts to the charges of a period, a chunk at a time."""

from datetime import date, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..rules import calendar, charging
from ..rules.proration import dec

ONE_DAY = timedelta(days=1)
#: Reason of a stopped service -> reason of the charge.
STOP_REASONS = {"voluntary_pause": "voluntary_pause"}


#: What of a contract decides its charge, read at once.
DECIDES = (
    "name",
    "display_label",
    "company_id",
    "partner_id",
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

    ``due_days``: days from the charge date to the due date.
    """

    contract_id: int
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
        contracts = self.sudo()
        contracts.fetch(DECIDES)
        policies = self._isp_policies(first)
        stops = self._isp_stops()
        begins = contracts._isp_begins(policies, first, last)
        prices = _Prices(contracts, begins)
        outcomes, alike = [], {}
        for contract in contracts:
            policy = policies[contract.id]
            if contract.id not in begins:
                outcomes.append(Outcome(contract.id, due_days=policy.due_days))
                continue
            terms, begin = begins[contract.id]
            of_contract = stops.get(contract.id, ())
            # contracts that are alike in everything that decides are worked out once
            key = (
                *(terms, begin, policy.id, contract.free_months, contract.date_end, *of_contract),
                *(contract.currency_id.id, *prices.facts(contract, begin)),
            )
            if key not in alike:
                steps = tuple(prices.steps(contract, begin, terms))
                situation = contract._isp_situation(policy, of_contract, terms, steps)
                alike[key] = self._isp_result(situation, first, last, up_to)
            outcomes.append(Outcome(contract.id, *alike[key], policy.due_days))
        return outcomes

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
            steps=steps,
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
                 WHERE contract_id = ANY(%s) AND transition IN ('suspend', 'resume', 'cancel')
                 ORDER BY contract_id, id
                """,
                self.ids,
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
        contracts = {contract.id: contract for contract in self.sudo()}
        taxes = _TaxCache(self.sudo())
        rows, alike = [], {}
        for outcome in outcomes:
            result = outcome.result
            if result is None:
                continue
            contract = contracts[outcome.contract_id]
            product_id = result.product_id or contract.product_id.id
            position = taxes.position(contract)
            # contracts that are alike share their result
            key = (id(result), product_id, position, contract.currency_id.id, outcome.due_days)
            if key not in alike:
                product = self.env["product.product"].sudo().browse(product_id)
                totals = taxes.totals(product, contract, float(result.amount))
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
                    "contract_id": contract.id,
                    "partner_id": contract.partner_id.id,
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

    def __init__(self, contracts, begins):
        self.changes = {}
        for change in (
            contracts.env["isp.contract.plan.change"]
            .sudo()
            .search(
                [("contract_id", "in", contracts.ids), ("state", "=", "done")], order="date, id"
            )
        ):
            self.changes.setdefault(change.contract_id.id, []).append(change)
        by_day = {}
        for contract_id, (_terms, begin) in begins.items():
            by_day.setdefault(begin, []).append(contract_id)
        self.details = {}
        for day, ids in by_day.items():
            self.details.update(contracts.browse(ids)._price_details_on(day))

    def facts(self, contract, begin):
        """:return: tuple of what :meth:`steps` depends on, equal for contracts with equal steps"""
        later = self._later(contract, begin)
        detail = self.details[contract.id]
        return (contract.product_id.id, *later, *(detail or ()))

    def _later(self, contract, begin):
        changes = self.changes.get(contract.id)
        return [item for item in changes if item.date > begin] if changes else ()

    def steps(self, contract, begin, terms):
        """:return: list of PriceStep of a contract from ``begin`` on"""
        later = self._later(contract, begin)
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

    def __init__(self, contracts):
        self.charges = contracts.env["isp.charge"].sudo()
        self.positions = {}
        for company, of_company in contracts.grouped("company_id").items():
            found = of_company.partner_id._isp_fiscal_positions(company)
            self.positions[company.id] = {key: item.id for key, item in found.items()}
        self.found = {}

    def position(self, contract):
        """:return: id of the fiscal position of the customer"""
        return self.positions[contract.company_id.id][contract.partner_id.id]

    def totals(self, product, contract, amount):
        """:return: dict, see ``isp.charge._tax_vals``"""
        key = (
            *(product.id, contract.company_id.id, self.position(contract)),
            *(contract.currency_id.id, amount),
        )
        if key not in self.found:
            self.found[key] = self.charges._tax_vals(product, contract, amount)
        return self.found[key]
