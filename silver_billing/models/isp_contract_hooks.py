"""What the life of a contract does to its charges, in the transaction of each transition."""

from datetime import date, timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..rules import proration
from ..rules.proration import dec
from .debt import Debt

ONE_DAY = timedelta(days=1)


class IspContract(models.Model):
    _inherit = "isp.contract"

    # === activation === #

    def _on_activate(self, events):
        result = super()._on_activate(events)
        self.env["isp.charge"].sudo().create(
            [
                {
                    "contract_id": contract.id,
                    "kind": "installation",
                    "charge_date": contract.date_activation,
                    "amount": contract.installation_fee,
                }
                for contract in self.filtered(lambda item: item.installation_fee > 0)
            ]
        )
        return result

    # === the cut === #

    def _check_can_suspend(self, reason, date=None):
        """Nobody who owes nothing overdue is cut for non-payment, whoever asks."""
        result = super()._check_can_suspend(reason, date)
        if reason != "non_payment":
            return result
        days = self._isp_cut_days(self._day(date) if date else self._today())
        clean = self.browse()
        for day, contracts in self.grouped(lambda contract: days[contract.id]).items():
            debts = contracts._isp_debts_by("contract_id", contracts.ids, day=day)
            clean |= contracts.filtered(
                lambda item, debts=debts: not debts.get(item.id, Debt()).overdue
            )
        if clean:
            raise UserError(
                self.env._(
                    "%(names)s owes nothing overdue: it is not cut for non-payment. If its debt is "
                    "not in Silver yet, enter its charges and invoice them first; for anything "
                    "else choose another reason.",
                    names=clean._names(),
                )
            )
        return result

    # === coming back === #

    def _on_resume(self, events):
        result = super()._on_resume(events)
        stops = self._isp_stops()
        days = [self._local_day(event.date) for event in events]
        charges = self._isp_recurring_from(min(days))
        for contract, event, day in zip(self, events, days, strict=True):
            contract._isp_charge_days_back(day, charges.get(contract, charges[None]))
            spans = stops.get(contract.id, [])
            if spans and spans[-1][1] == day - ONE_DAY:
                contract._isp_credit_stop(*spans[-1])
            contract._isp_charge_reconnection(event, day)
        return result

    def _isp_recurring_from(self, day):
        """:return: ``{contract: its recurring charges that serve ``day`` or later}``; ``None`` is
        the empty one"""
        charges = self.env["isp.charge"].sudo()
        found = charges.search(
            [
                ("contract_id", "in", self.ids),
                ("kind", "=", "recurring"),
                ("service_end", ">=", day),
            ]
        )
        return {None: charges, **found.grouped("contract_id")}

    def _isp_charge_days_back(self, day, charges):
        """Charge the days that a period left out because the service was stopped, from ``day``
        on.

        :param charges: recurring isp.charge of the contract
        """
        charges = charges.filtered(lambda item: item.service_end >= day)
        for charge in charges.filtered(lambda item: (item.computation or {}).get("open_stop")):
            computation = charge.computation
            stop = computation.pop("open_stop")
            charge._write_engine({"computation": dict(computation, closed_stop=stop)})
            last = computation["segments"][-1]
            first = max(day, date.fromisoformat(stop["from"]))
            part = proration.segment(
                last["label"],
                first,
                charge.service_end,
                last["price"],
                last["of_days"],
                factor=1 - dec(stop["factor"]),
            )
            self._isp_adjustment(charge, part, day)

    def _isp_adjustment(self, charge, part, day, reason_note=None):
        """Charge the difference that ``part`` explains, as an adjustment of a recurring charge."""
        amount = proration.total([part], charge.currency_id.rounding)
        if not amount:
            return self.env["isp.charge"]
        return (
            self.env["isp.charge"]
            .sudo()
            .create(
                {
                    "contract_id": self.id,
                    "kind": "adjustment",
                    "product_id": self.product_id.id,
                    "charge_date": day,
                    "service_start": part.start,
                    "service_end": part.end,
                    "amount": float(amount),
                    "note": reason_note,
                    "computation": {
                        "segments": [part.as_json()],
                        "exact": str(part.amount),
                        "rounding": str(amount - part.amount),
                        "amount": str(amount),
                        "adjusts": charge.display_name,
                    },
                }
            )
        )

    def _isp_credit_stop(self, first, last, reason):
        """Give back the days of a pause, or a technical stop, that were already charged.

        Days without service for non-payment are not given back: the policy decides what is charged
        from the next period on.
        """
        if reason not in ("voluntary_pause", "technical"):
            return
        for charge in self._isp_invoiced_from(first, ("service_start", "<=", last)):
            computation = (charge.taken_from_id or charge).computation or {}
            if computation.get("closed_stop") or computation.get("open_stop"):
                continue  # those days were left out when it was computed
            factor = self._isp_policies(first)[self.id]._factor(reason)
            days = proration.days_within([(first, last)], charge.service_start, charge.service_end)
            whole = (charge.service_end - charge.service_start).days + 1
            share = dec(charge._worth()) * (1 - dec(factor)) * days / whole
            amount = float(proration.round_to(share, charge.currency_id.rounding))
            charge._credit(min(amount, charge._not_credited()), "voluntary_pause")

    def _isp_invoiced_from(self, day, *terms):
        """:return: invoiced isp.charge of days of service from ``day`` on: the recurring ones, and
        what a later holder took over of them"""
        return (
            self.env["isp.charge"]
            .sudo()
            .search(
                [
                    ("contract_id", "=", self.id),
                    "|",
                    ("kind", "=", "recurring"),
                    ("taken_from_id.kind", "=", "recurring"),
                    ("state", "in", ("invoiced", "partially_paid", "paid")),
                    ("service_end", ">=", day),
                    *terms,
                ]
            )
        )

    def _isp_charge_reconnection(self, event, day):
        if event.reason != "payment":
            return
        policy = self._isp_policies(day)[self.id]
        fee = policy._in(policy.reconnection_fee, self.currency_id, day)
        if fee > 0:
            self.env["isp.charge"].sudo().create(
                {
                    "contract_id": self.id,
                    "kind": "reconnection",
                    "charge_date": day,
                    "amount": fee,
                }
            )

    # === plan change === #

    def _on_plan_change(self, changes):
        result = super()._on_plan_change(changes)
        for change in changes:
            change.contract_id._isp_charge_plan_change(change)
        return result

    def _isp_charge_plan_change(self, change):
        """Charge or give back the difference for what is left of a period already charged."""
        covering = (
            self.env["isp.charge"]
            .sudo()
            .search(
                [
                    ("contract_id", "=", self.id),
                    ("kind", "=", "recurring"),
                    ("service_start", "<=", change.date),
                    ("service_end", ">=", change.date),
                ],
                limit=1,
            )
        )
        old, new = change.old_product_id, change.new_product_id
        if covering and (
            old.billing_interval_months != new.billing_interval_months
            or old.billing_mode != new.billing_mode
        ):
            # periods of another length begin where the charged one ends
            self.billing_start_date = covering.service_end + ONE_DAY
        carriers = covering and covering._carriers()
        if not carriers:
            return
        computation = covering.computation or {}
        segments = computation.get("segments")
        if not segments:
            return
        of_days, cycle_months = segments[-1]["of_days"], computation.get("months", 1)
        months = 1 if of_days <= 31 else cycle_months
        remaining = (covering.service_end - change.date).days + 1
        difference = proration.change_difference(
            dec(change.old_monthly) * months,
            dec(change.new_monthly) * months,
            of_days,
            remaining,
            covering.currency_id.rounding,
        )
        if difference > 0:
            part = proration.segment(
                self.env._("%(old)s → %(new)s", old=old.display_name, new=new.display_name),
                change.date,
                covering.service_end,
                (dec(change.new_monthly) - dec(change.old_monthly)) * months,
                of_days,
            )
            self._isp_adjustment(covering, part, change.date)
        elif difference < 0:
            left = float(-difference)
            for charge in carriers:
                if left > 0:
                    left = covering.currency_id.round(left - charge._reduce(left))

    # === the end === #

    def _on_cancel(self, events):
        result = super()._on_cancel(events)
        for contract, event in zip(self, events, strict=True):
            day = self._local_day(event.date)
            contract.isp_promise_ids.filtered(lambda item: item.state == "open").sudo().write(
                {"state": "cancelled"}
            )
            if contract.early_termination_amount > 0:
                self.env["isp.charge"].sudo().create(
                    {
                        "contract_id": contract.id,
                        "kind": "one_off",
                        "charge_date": day,
                        "amount": contract.early_termination_amount,
                        "note": self.env._("Early termination"),
                    }
                )
            if contract._isp_policies(day)[contract.id].credit_last_period:
                contract._isp_credit_after(day)
        return result

    def _isp_credit_after(self, day):
        """Give back the charged days after ``day``."""
        for charge in self._isp_invoiced_from(day + ONE_DAY):
            whole = (charge.service_end - charge.service_start).days + 1
            left = (charge.service_end - max(day, charge.service_start - ONE_DAY)).days
            amount = charge.currency_id.round(charge._worth() * left / whole)
            charge._credit(min(amount, charge._not_credited()), "cancelled")

    # === the calendar === #

    def write(self, vals):
        moved = self.browse()
        if "billing_day" in vals and "billing_start_date" not in vals:
            moved = self.filtered(
                lambda item: item.date_activation and item.billing_day != vals["billing_day"]
            )
        result = super().write(vals)
        for contract in moved:
            last = (
                self.env["isp.charge"]
                .sudo()
                .search(
                    [("contract_id", "=", contract.id), ("kind", "=", "recurring")],
                    order="service_end desc",
                    limit=1,
                )
            )
            if last:
                # the days until the new billing day are charged as a first, shorter stretch
                contract.billing_start_date = fields.Date.add(last.service_end, days=1)
        return result
