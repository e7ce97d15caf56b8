"""From contracts to the charges of a period, a chunk at a time."""

from datetime import date, timedelta
from typing import NamedTuple

from odoo import fields, models
from odoo.tools import SQL

from ..rules import calendar, charging
from ..rules.proration import dec

ONE_DAY = timedelta(days=1)
#: Reason of a stopped service -> reason of the charge.
STOP_REASONS = {"voluntary_pause": "voluntary_pause"}


class Outcome(NamedTuple):
    """What a run found for one contract: a charge to make, nothing, or what is wrong with it."""

    contract_id: int
    result: charging.Result | None = None
    error: str | None = None
    missing_price: date | None = None


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
        prices = _Prices(self)
        outcomes = []
        for contract in self.sudo():
            situation = contract._isp_situation(
                policies[contract.id], stops.get(contract.id, []), prices, first, last
            )
            if situation is None:
                outcomes.append(Outcome(contract.id))
                continue
            try:
                result = charging.charge_for(situation, first, last)
                if result and up_to and result.charge_date > up_to:
                    result = None
                outcomes.append(Outcome(contract.id, result))
            except charging.MissingPrice as missing:
                outcomes.append(Outcome(contract.id, missing_price=missing.args[0]))
        return outcomes

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

    def _isp_situation(self, policy, stops, prices, first, last):
        terms = self._isp_terms()
        if terms is None:
            return None
        cycles = calendar.cycles_in(terms, first, last)
        if not cycles:
            return None
        begin = min(cycle.start for cycle in cycles)
        if policy.first_period == "with_next" and cycles[0].index == 0:
            begin = terms.start
        return charging.Situation(
            terms=terms,
            steps=tuple(prices.steps(self, begin, terms)),
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
        due_days = {
            contract_id: policy.due_days
            for contract_id, policy in self._isp_policies(period.date_start).items()
        }
        rows = []
        for outcome in outcomes:
            result = outcome.result
            if result is None:
                continue
            contract = contracts[outcome.contract_id]
            amount = float(result.amount)
            product = (
                self.env["product.product"]
                .sudo()
                .browse(result.product_id or contract.product_id.id)
            )
            totals = taxes.totals(product, contract, amount)
            due = fields.Date.add(result.charge_date, days=due_days[contract.id])
            rows.append(
                {
                    "company_id": contract.company_id.id,
                    "contract_id": contract.id,
                    "partner_id": contract.partner_id.id,
                    "product_id": product.id,
                    "period_id": period.id,
                    "period_key": period.period_key,
                    "kind": "recurring",
                    "service_start": result.start,
                    "service_end": result.end,
                    "charge_date": result.charge_date,
                    "due_date": due,
                    "amount": result.amount,
                    "tax_amount": dec(totals["tax_amount"]),
                    "amount_total": dec(totals["amount_total"]),
                    "currency_id": contract.currency_id.id,
                    "state": "pending" if result.amount else "void",
                    "reason": result.reason,
                    "computation": dict(
                        result.computation,
                        taxes=round(totals["tax_amount"], 6),
                        total=round(totals["amount_total"], 6),
                        due_days=due_days[contract.id],
                    ),
                }
            )
        return rows


class _Prices:
    """Prices of many contracts on many days, one query for each day and currency."""

    def __init__(self, contracts):
        self.contracts = contracts.sudo()
        self.by_day = {}
        self.changes = {}
        for change in (
            contracts.env["isp.contract.plan.change"]
            .sudo()
            .search(
                [("contract_id", "in", contracts.ids), ("state", "=", "done")], order="date, id"
            )
        ):
            self.changes.setdefault(change.contract_id.id, []).append(change)

    def steps(self, contract, begin, terms):
        """:return: list of PriceStep of a contract from ``begin`` on"""
        later = [item for item in self.changes.get(contract.id, []) if item.date > begin]
        if not later:
            detail = self._on(begin).get(contract.id)
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

    def _on(self, day):
        if day not in self.by_day:
            self.by_day[day] = self.contracts._price_details_on(day)
        return self.by_day[day]


class _TaxCache:
    """Taxes of an amount, computed once for each plan, fiscal position and amount."""

    def __init__(self, contracts):
        self.charges = contracts.env["isp.charge"].sudo()
        self.positions = {}
        for company, of_company in contracts.grouped("company_id").items():
            found = of_company.partner_id._isp_fiscal_positions(company)
            self.positions[company.id] = {key: item.id for key, item in found.items()}
        self.found = {}

    def totals(self, product, contract, amount):
        company_id, currency = contract.company_id.id, contract.currency_id
        position = self.positions[company_id][contract.partner_id.id]
        key = (product.id, company_id, position, currency.id, amount)
        if key not in self.found:
            self.found[key] = self.charges._tax_vals(product, contract, amount)
        return self.found[key]
