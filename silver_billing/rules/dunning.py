"""What to do with a customer who owes, decided from plain facts.

Nothing is read here: the run gathers the facts of a whole chunk with a constant number of queries.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

NONE, WARN, SUSPEND, RESUME, CANCEL, HOLD = "none", "warn", "suspend", "resume", "cancel", "hold"


class Policy(NamedTuple):
    """:param notices: days from the due date on which a notice is sent (negative: before it)
    :param weekdays: set of days a cut is allowed, Monday is 0
    :param hours: (first, last) hour of the day a cut is allowed, as floats; None for any
    """

    grace_days: int = 3
    legal_notice_days: int = 0
    minimum_debt: Decimal = Decimal(0)
    notices: tuple = ()
    weekdays: frozenset = frozenset(range(7))
    skip_holidays: bool = False
    hours: tuple | None = None
    cancel_after_days: int = 0
    suspends: bool = True


class Facts(NamedTuple):
    """What is known of one contract on the day of the run.

    :param overdue: owed on invoiced charges whose due date is past
    :param oldest_due: due date of the oldest of them
    :param next_due: due date of the first invoiced charge that is not overdue yet
    :param protected_until: last day of an open promise, or of grace that staff granted
    :param last_notice: when the customer was last told about this debt
    :param suspended_on: day of the cut, when the state is suspended for non-payment
    """

    state: str
    overdue: Decimal = Decimal(0)
    oldest_due: date | None = None
    next_due: date | None = None
    protected_until: date | None = None
    last_notice: date | None = None
    suspended_on: date | None = None


class Decision(NamedTuple):
    """``why`` is a code; ``values`` feed its text. ``notice`` is the offset of the notice to
    send."""

    action: str
    why: str
    notice: int | None = None


def enough_to_resume(overdue, minimum_debt):
    """Nothing overdue is left, or less than what the policy cuts for."""
    return overdue <= 0 or overdue < minimum_debt


def due_notice(policy, facts, day):
    """:return: the offset of the notice to send on ``day``, None when there is none"""
    for due in (facts.oldest_due, facts.next_due):
        if due is not None and (day - due).days in policy.notices:
            return (day - due).days
    return None


def may_cut(policy, day, now=None, holidays=frozenset()):
    """:return: None when a cut is allowed then, else the code of what forbids it"""
    if day.weekday() not in policy.weekdays:
        return "weekday"
    if policy.skip_holidays and day in holidays:
        return "holiday"
    if now is not None and policy.hours:
        hour = now.hour + now.minute / 60
        if not policy.hours[0] <= hour < policy.hours[1]:
            return "hours"
    return None


def decide(policy, facts, day, now: datetime | None = None, holidays=frozenset()):
    """:return: :class:`Decision` for one contract on ``day``"""
    if facts.state == "suspended":
        return _decide_suspended(policy, facts, day)
    if facts.state != "active":
        return Decision(NONE, "not_in_service")
    notice = due_notice(policy, facts, day)
    quiet = Decision(WARN, "notice", notice) if notice is not None else None
    if facts.overdue <= 0:
        return quiet or Decision(NONE, "nothing_overdue")
    if facts.overdue < policy.minimum_debt:
        return quiet or Decision(NONE, "below_minimum")
    if not policy.suspends:
        return quiet or Decision(NONE, "policy_never_cuts")
    if day <= facts.oldest_due + timedelta(days=policy.grace_days):
        return quiet or Decision(NONE, "in_grace")
    if facts.protected_until is not None and day <= facts.protected_until:
        return Decision(NONE, "protected")
    if policy.legal_notice_days:
        if facts.last_notice is None or facts.last_notice < facts.oldest_due:
            return Decision(WARN, "legal_notice", (day - facts.oldest_due).days)
        if day < facts.last_notice + timedelta(days=policy.legal_notice_days):
            return Decision(NONE, "legal_notice_running")
    obstacle = may_cut(policy, day, now, holidays)
    if obstacle:
        return quiet or Decision(NONE, f"no_cut_{obstacle}")
    return Decision(SUSPEND, "overdue")


def _decide_suspended(policy, facts, day):
    if facts.suspended_on is None:
        return Decision(NONE, "suspended_for_another_reason")
    if enough_to_resume(facts.overdue, policy.minimum_debt):
        return Decision(RESUME, "settled")
    if facts.protected_until is not None and day <= facts.protected_until:
        return Decision(RESUME, "protected")
    if policy.cancel_after_days and day >= facts.suspended_on + timedelta(
        days=policy.cancel_after_days
    ):
        return Decision(CANCEL, "suspended_too_long")
    return Decision(NONE, "still_owes")
