"""Change of Authorization and Disconnect (RFC 5176): bring the sessions to the terms of today.

An acknowledgement is not evidence: routers were seen to acknowledge for a dying session while the
live one stayed. So every open session is named by four identifiers, one packet each, and the
accounting is read again afterwards. And silence has several causes (router away, wrong secret,
clock skew) that a router does not tell apart; what can be told is told.

A session whose speed alone is out of date is changed while it runs, where its router does that
(MikroTik; it cannot change the address, the pool or the routes of a session). What was changed is
kept in radacct.class, which the router keeps repeating as it was at the login.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pyrad.packet import CoARequest, DisconnectRequest

from .base import Driver, DriverError, Endpoint, Outcome, Permanent, Retryable, Step, Unreachable
from .coa_wire import (
    SESSION_NOT_FOUND,
    UNSUPPORTED_ATTRIBUTE,
    Answer,
    exchange,
    identifiers,
    label,
    refusal,
)
from .radius_policy import login_part, same_rate
from .radius_sql import RadiusSql, Session

_logger = logging.getLogger(__name__)

RATE = "Mikrotik-Rate-Limit"


@dataclass(frozen=True)
class SessionPolicy:
    """Which sessions of a user may stay.

    Not those that were already there when the terms were written: number in radacct up to ``mark``.
    Not those that say so themselves: a session that logged in just before, and whose accounting
    arrived just after, carries the name (Class) of another policy.

    When only the speed differs, or the session is as old as ``rate_mark``, it is given ``rate``
    while it runs, where its router can do that; ``serial`` counts such changes.

    :param rate: value of Mikrotik-Rate-Limit; empty: a session cannot be brought to these terms
    """

    username: str
    policy: str
    mark: int
    rate: str = ""
    rate_mark: int = 0
    serial: int = 0

    def verdict(self, session: Session) -> str:
        """:return: ``stay``, ``change`` (its speed) or ``end``"""
        if session.id <= self.mark:
            return "end"
        if session.policy.startswith("silver-") and session.policy != self.policy:
            same = login_part(session.policy) == login_part(self.policy)
            return "change" if same and self.rate else "end"
        if session.id <= self.rate_mark and session.changed < self.serial:
            return "change" if self.rate else "end"
        return "stay"


class Coa(Driver):
    """Desired values are :class:`SessionPolicy`; what is observed are open sessions in radacct.

    :param endpoint: the router to ask when the accounting names one we do not know; ``secret`` is
        the RADIUS secret, ``timeout`` seconds of waiting for one answer
    :param accounting: a :class:`RadiusSql`, opened and closed with this driver
    :param routers: ``{address: Endpoint}`` of all known routers
    :param wait: seconds to wait for the accounting stop after an acknowledgement
    :param changeable: addresses of the routers that change the speed of a running session
    :param meters: ``{address: meter}``; ``meter.rate(username)`` reads back the speed a router
        gives a session, as text of Mikrotik-Rate-Limit, or None when it cannot tell
    """

    kind = "coa"

    def __init__(
        self,
        endpoint: Endpoint,
        accounting: RadiusSql,
        routers: Mapping[str, Endpoint] | None = None,
        wait: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        changeable: Iterable[str] = (),
        meters: Mapping[str, Meter] | None = None,
    ):
        super().__init__(endpoint)
        self.accounting = accounting
        self.routers = routers or {}
        self.wait = wait
        self.clock = clock
        self.changeable = frozenset(changeable)
        self.meters = meters or {}
        self._silent: dict[tuple, Unreachable] = {}
        for router in self.routers.values():
            self.redact.add(*router.secrets())
        for meter in self.meters.values():
            self.redact.add(*meter.endpoint.secrets())

    def open(self) -> None:
        self.accounting.open()

    def close(self) -> None:
        for meter in self.meters.values():
            meter.close()
        self.accounting.close()

    def capabilities(self) -> frozenset[str]:
        return frozenset({"disconnect", "coa", "bulk"})

    def observe(self, desired: Mapping[str, SessionPolicy]) -> dict[str, tuple[Session, ...]]:
        keys = {}
        for key, value in desired.items():
            keys.setdefault(value.username, []).append(key)
        found: dict[str, list] = {}
        for session in self.accounting.open_sessions(list(keys)) if keys else ():
            for key in keys.get(session.username, ()):
                found.setdefault(key, []).append(session)
        return {key: tuple(sessions) for key, sessions in found.items()}

    def plan(self, desired: SessionPolicy, observed: Sequence[Session] | None) -> tuple[Step, ...]:
        return tuple(
            step
            for session in observed or ()
            for step in self._step(desired, session, desired.verdict(session))
        )

    def _step(self, desired: SessionPolicy, session: Session, verdict: str) -> Iterable[Step]:
        if verdict == "change" and session.nas_address in self.changeable:
            words = f"change the speed of {label(session)} to {desired.rate}"
            yield Step("change", session.unique_id, words, session, desired)
        elif verdict != "stay":
            yield Step("disconnect", session.unique_id, f"disconnect {label(session)}", session)

    def apply(self, plans: Mapping[str, Sequence[Step]]) -> dict[str, Outcome]:
        outcomes = {}
        for key, steps in plans.items():
            lines, failure = [], None
            for step in steps:
                try:
                    lines.append(f"{step.summary}: {self._do(step)}")
                except DriverError as error:
                    failure = failure or error
                    lines.append(f"{step.summary}: {error} {error.detail}".rstrip())
            outcomes[key] = Outcome(failure, self.redact("\n".join(lines)))
        return outcomes

    def _do(self, step: Step) -> str:
        if step.action == "disconnect":
            return self.disconnect(step.before)
        return self.change_speed(step.before, step.after)

    def verify(self, desired: Mapping[str, SessionPolicy]) -> dict[str, tuple[Step, ...]]:
        """Look until the sessions have ended in the accounting, at most ``wait`` seconds."""
        end = self.clock() + self.wait
        while (left := super().verify(desired)) and self.clock() < end:
            time.sleep(0.05)
        return left

    # packets ------------------------------------------------------------------
    def disconnect(self, session: Session) -> str:
        """End one session.

        :return: what happened, in words
        :raise DriverError: the router refused or did not answer
        """
        router = self.routers.get(session.nas_address, self.endpoint)
        answer = self.send(router, DisconnectRequest, identifiers(session))
        if answer.cause in (UNSUPPORTED_ATTRIBUTE, SESSION_NOT_FOUND):
            # one of the four may have changed meanwhile (an address), or the router knows fewer
            # names of a session: ask by the two that every router knows
            answer = self.send(router, DisconnectRequest, identifiers(session, short=True))
            if answer.cause == SESSION_NOT_FOUND:
                self.accounting.close_session(session.id, "Silver-Unknown-To-NAS")
                return "the router does not know it, closed in the accounting"
        if answer.acknowledged:
            return answer.name
        raise refusal(answer)

    def change_speed(self, session: Session, terms: SessionPolicy) -> str:
        """Give a running session another speed; end it where its router does not do that.

        :return: what happened, in words
        :raise DriverError: no answer, or it cannot be done now
        """
        try:
            said = self.change(session, {RATE: terms.rate})
        except Retryable:
            raise
        except DriverError as error:
            return f"{error}; so {self.disconnect(session)}"
        if (seen := self._measure(session, terms.rate)) and not seen[0]:
            return f"{said}, but {seen[1]}; so {self.disconnect(session)}"
        self.accounting.note_change(session.id, terms.policy, terms.serial)
        return f"{said}, {seen[1]}" if seen else said

    def change(self, session: Session, attributes: Mapping[str, object]) -> str:
        """Change the terms of a running session without ending it.

        :param attributes: for example ``{"Mikrotik-Rate-Limit": "50M/100M"}``
        :raise Permanent: refused: then a Disconnect is the way
        :raise Retryable: no answer, or not now
        """
        router = self.routers.get(session.nas_address, self.endpoint)
        answer = self.send(router, CoARequest, {**identifiers(session), **attributes})
        if answer.cause == SESSION_NOT_FOUND:
            raise Permanent("The router does not know the session")
        if answer.acknowledged:
            return answer.name
        raise refusal(answer)

    def _measure(self, session: Session, rate: str) -> tuple[bool, str] | None:
        """Routers were seen to acknowledge what they ignore: read it back where that can be done.

        :return: whether the session has the speed, and that in words; None: it cannot be told
        """
        meter = self.meters.get(session.nas_address)
        try:
            seen = meter and meter.rate(session.username)
        except DriverError as error:
            _logger.info("the speed of a session cannot be read back: %s", error)
            return None
        if not seen:
            return None
        return same_rate(seen, rate), f"the router shows {seen}"

    def send(self, router: Endpoint, code: int, attributes: Mapping[str, object]) -> Answer:
        """One request to a router, repeated while it is silent.

        A router that was silent once is not asked again during the life of this object: two
        thousand customers must not each wait for a router that is off.
        """
        where = (router.host, router.port)
        if where in self._silent:
            raise self._silent[where]
        try:
            return exchange(router, code, attributes)
        except Unreachable as error:
            self._silent[where] = error
            raise


class Meter(Protocol):
    """Reads back what a router gives a session."""

    endpoint: Endpoint

    def rate(self, username: str) -> str | None: ...

    def close(self) -> None: ...
