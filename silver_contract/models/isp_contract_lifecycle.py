"""The verbs of a contract. Every door (button, RPC, import, cron) comes in here.

A verb: who may (``_authorised``), lock the rows, sort out who is already there (``_begin``), ask
the
``_check_can_*`` hooks, take or keep or give back resources, write the state and the events
(``_apply``), call the ``_on_*`` hook. All over recordsets, all in the caller's transaction.
"""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, LockError, UserError

from .transitions import SOURCES, SUSPENSION_MODES, TRANSITIONS

SUPPORT = "silver_base.group_silver_support"
COLLECTION = "silver_base.group_silver_collection"

#: Who may call each verb, besides code that runs as superuser.
VERB_GROUPS = {
    "suspend": (SUPPORT, COLLECTION),
    "resume": (SUPPORT, COLLECTION),
}
DEFAULT_VERB_GROUPS = (SUPPORT,)


class IspContract(models.Model):
    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    suspension_mode = fields.Selection(
        SUSPENSION_MODES,
        string="While Suspended",
        copy=False,
        readonly=True,
        help="What the network does with the suspended service. Empty: what its server says.",
    )

    # === verbs === #

    def action_reserve(self, hours=None, date=None):
        """Take the access resource for a draft and keep it for a while: draft -> pending.

        Fiber: the port in ``splitter_port_id``, else the best free port of ``splitter_id``, else
        what feasibility answers for the coordinates. Wireless: ``sector_slot_id`` or what
        feasibility answers. Services that need no access resource (TV, POS, tokens) just go on.
        On a pending contract it renews a reservation that ran out, and is a no-op otherwise.

        :param float hours: how long to hold it; by default the system parameter
            ``silver_contract.reservation_hours`` (72)
        :param date: when it took effect, by default now (date, datetime or ISO text)
        :return: True
        :raise UserError: when there is nothing to reserve, or somebody else has it
        """
        contracts = self._authorised("reserve")
        contracts._lock()
        lapsed = contracts.filtered(lambda contract: contract.reservation_state == "expired")
        if lapsed:
            lapsed._renew_reservation(hours)
        todo = (contracts - lapsed)._begin("reserve")
        if not todo:
            return True
        todo._check_can_reserve()
        todo._check_no_twin()
        until = todo._reservation_end(hours)
        todo._places_on(date)._reserve_access(until)
        holding = todo.filtered(lambda c: c.splitter_port_id or c.sector_slot_id)
        holding._write_gated({"reserved_until": until})
        events = todo._apply("reserve", date=date)
        todo._on_reserve(events)
        return True

    def action_activate(self, date=None):
        """Deliver the service: pending -> active. A draft is reserved first.

        :param date: first day of service (date or ISO text), not in the future; today by default
        :return: True
        :raise UserError: naming each contract and what it lacks
        """
        contracts = self._authorised("activate")
        contracts._lock()
        day = contracts._past_or_today(date)
        todo = contracts.filtered(lambda contract: contract.state != "draft")._begin("activate")
        drafts = contracts.filtered(lambda contract: contract.state == "draft")
        todo |= drafts
        if not todo:
            return True
        # before taking anything, so that one complaint names all that is missing
        todo._check_ready_to_activate(day)
        if drafts:
            drafts.action_reserve(date=day if date else None)
        lapsed = todo.filtered(lambda contract: contract.reservation_state == "expired")
        if lapsed:
            lapsed._renew_reservation()
        todo._check_can_activate()
        todo._places_on(day if date else None)._confirm_access()
        todo._install_equipment(day)
        for signed_later in todo.filtered(lambda c: c.date_start > day):
            signed_later.date_start = day
        events = todo._apply(
            "activate",
            {"date_activation": day, "reserved_until": False},
            date=day if date else None,
        )
        todo._on_activate(events)
        return True

    def action_suspend(self, reason="other", note=None, date=None, mode=None):
        """Stop delivering, keep every resource: active -> suspended.

        :param str reason: non_payment, voluntary_pause, technical, abuse, customer_request, other
        :param str note: free text for the history
        :param date: when it took effect, by default now (date, datetime or ISO text)
        :param str mode: what the network does meanwhile: walled_garden, throttle or reject; None:
            what its server is set to do
        :return: True
        """
        self._check_suspension_mode(mode)
        todo = self._authorised("suspend")._locked_begin("suspend", reason)
        if not todo:
            return True
        todo._check_can_suspend(reason, date)
        events = todo._apply(
            "suspend", {"suspension_mode": mode or False}, reason=reason, note=note, date=date
        )
        todo._on_suspend(events)
        return True

    def action_resume(self, reason="payment", note=None, date=None):
        """Deliver again: suspended -> active.

        :param str reason: payment, promise, customer_request, voluntary_pause, technical, abuse,
            other
        :param str note: free text for the history
        :param date: when it took effect, by default now
        :return: True
        """
        todo = self._authorised("resume")._locked_begin("resume", reason)
        if not todo:
            return True
        todo._check_can_resume()
        events = todo._apply(
            "resume", {"suspension_mode": False}, reason=reason, note=note, date=date
        )
        todo._close_pauses(events)
        todo._on_resume(events)
        return True

    def action_cancel(self, reason="customer_request", note=None, date=None):
        """End the service and give everything back: any state -> cancelled.

        Ports go back to the plant (after their cooling time), scheduled changes are cancelled, and
        equipment in the customer's hands goes on the list of what is to be recovered.

        :param str reason: customer_request, non_payment, technical, abuse, migration, other
        :param str note: free text for the history
        :param date: last day of service, by default today
        :return: True
        """
        todo = self._authorised("cancel")._locked_begin("cancel", reason)
        if not todo:
            return True
        todo._check_can_cancel()
        moment = todo._moment(date)
        day = todo._local_day(moment)
        for contract, amount in todo._early_termination_amounts(day).items():
            contract._write_gated({"early_termination_amount": amount})
        todo._cancel_scheduled()
        events = todo._apply(
            "cancel",
            {"date_end": day, "reserved_until": False, "suspension_mode": False},
            reason=reason,
            note=note,
            date=date,
        )
        # the hooks still see port and ONU, then they go back
        todo._on_cancel(events)
        todo._request_recovery(reason)
        todo._places_on(date)._release_access()
        return True

    # === extension points === #

    def _check_can_reserve(self):
        """Extension: raise UserError when a contract of ``self`` must not be reserved."""

    def _check_can_activate(self):
        """Extension: raise UserError when a contract of ``self`` must not be activated.

        The access resource is already reserved when it is called.
        """

    def _check_can_suspend(self, reason, date=None):
        """Extension: raise UserError when a contract of ``self`` must not be suspended.

        :param str reason: why it is going to be suspended
        :param date: when it takes effect, None for now
        """

    def _check_can_resume(self):
        """Extension: raise UserError when a contract of ``self`` must not be resumed."""

    def _check_can_cancel(self):
        """Extension: raise UserError when a contract of ``self`` must not be cancelled."""

    def _on_reserve(self, events):
        """Extension: contracts of ``self`` are now pending. ``events``: one row for each."""

    def _on_activate(self, events):
        """Extension: contracts of ``self`` are now active for the first time."""

    def _on_suspend(self, events):
        """Extension: contracts of ``self`` are now suspended."""

    def _on_resume(self, events):
        """Extension: contracts of ``self`` are active again."""

    def _on_cancel(self, events):
        """Extension: contracts of ``self`` are now cancelled; their resources go back after
        this.
        """

    # === the machine === #

    def _check_suspension_mode(self, mode):
        known = dict(SUSPENSION_MODES)
        if mode and mode not in known:
            raise UserError(
                self.env._(
                    "“%(mode)s” is not something the network does with a suspended service. Use "
                    "one of: %(codes)s.",
                    mode=mode,
                    codes=", ".join(known),
                )
            )

    def _authorised(self, verb):
        """:return: ``self`` as superuser, once the user is known to be allowed the verb

        :raise AccessError: when the user may not see a contract, or not use the verb
        """
        self.check_access("read")
        groups = VERB_GROUPS.get(verb, DEFAULT_VERB_GROUPS)
        if not self.env.su and not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(
                self.env._(
                    "Your role does not allow this action on contracts (%(verb)s). Ask a colleague "
                    "of support.",
                    verb=self._verb_label(verb),
                )
            )
        return self.sudo()

    def _lock(self):
        """Lock the rows of ``self`` until the end of the transaction.

        :raise UserError: when somebody else is working on one of them
        """
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is changing one of these contracts at this moment: %(names)s. "
                    "Wait a few seconds, look at its state, and try again.",
                    names=self._names(),
                )
            ) from error

    def _locked_begin(self, verb, reason):
        self._lock()
        return self._begin(verb, reason)

    def _begin(self, verb, reason=None):
        """Sort out the contracts before a transition.

        Those that already are where the verb leads get a note and nothing else.

        :return: the contracts that have to make the transition
        :raise UserError: when the reason is unknown, or a contract is in a state it cannot leave so
        """
        transition = TRANSITIONS[verb]
        if reason is not None and reason not in transition.reasons:
            raise UserError(
                self.env._(
                    "“%(reason)s” is not a reason for this action (%(verb)s). Use one of: "
                    "%(reasons)s.",
                    reason=reason,
                    verb=self._verb_label(transition.name),
                    reasons=", ".join(transition.reasons),
                )
            )
        there = self.filtered(lambda contract: contract.state == transition.target)
        todo = self - there
        wrong = todo.filtered(lambda contract: contract.state not in transition.sources)
        if wrong:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(verb)s is not possible: %(names)s. It needs a contract in state: "
                    "%(states)s.",
                    verb=self._verb_label(transition.name),
                    names="; ".join(
                        f"{contract.display_name} ({labels[contract.state]})"
                        for contract in wrong[:10]
                    ),
                    states=", ".join(labels[state] for state in transition.sources),
                )
            )
        if there:
            there._note_no_op(transition)
        return todo

    def _note_no_op(self, transition):
        body = self.env._(
            "%(verb)s asked again: the contract was already in that state, nothing was done.",
            verb=self._verb_label(transition.name),
        )
        self._message_log_batch(bodies={contract.id: body for contract in self})

    def _apply(self, verb, vals=None, reason=None, note=None, date=None):
        """Write the new state and one event for each contract. Constant number of queries.

        :return: isp.contract.event, in the order of ``self``
        """
        transition = TRANSITIONS[verb]
        reason = reason or transition.default_reason
        before = {contract.id: contract.state for contract in self}
        moment = self._moment(date)
        self._check_after_last_change(verb, moment)
        self._write_gated(
            {
                **(vals or {}),
                "state": transition.target,
                "state_reason": reason,
                "state_date": moment,
            }
        )
        # each step reaches the database by itself: its trigger and indexes judge this step
        self.flush_recordset()
        return self._log_events(verb, before, reason, note, moment)

    def _log_events(self, name, before=None, reason=None, note=None, moment=None):
        """Append one event for each contract.

        :param dict before: ``{contract_id: state}`` before the change; None: the state did not
            change
        :return: isp.contract.event in the order of ``self``
        """
        moment = moment or fields.Datetime.now()
        amounts = self._monthly_amounts(self._local_day(moment))
        source = self._event_source(reason)
        return (
            self.env["isp.contract.event"]
            .sudo()
            ._append(
                [
                    {
                        "contract_id": contract.id,
                        "company_id": contract.company_id.id,
                        "transition": name,
                        "state_from": before[contract.id] if before else contract.state,
                        "state_to": contract.state,
                        "reason": reason,
                        "note": note,
                        "source": source,
                        "date": moment,
                        "user_id": self.env.uid,
                        "partner_id": contract.partner_id.id,
                        "product_id": contract.product_id.id,
                        "base_station_id": contract.base_station_id.id,
                        "currency_id": contract.currency_id.id,
                        "monthly_amount": amounts[contract.id] or 0.0,
                    }
                    for contract in self
                ]
            )
        )

    @api.model
    def _verb_label(self, verb):
        """:return: name of a verb in the language of the user"""
        events = self.env["isp.contract.event"]._fields["transition"]
        return dict(events._description_selection(self.env)).get(verb, verb)

    def _event_source(self, reason):
        source = self.env.context.get("isp_event_source")
        if source in dict(SOURCES):
            return source
        if reason in ("payment", "promise"):
            return "payment"
        return "rule" if self.env.uid == SUPERUSER_ID else "user"
