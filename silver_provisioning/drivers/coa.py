"""Change of Authorization and Disconnect (RFC 5176): end the sessions that run on old terms.

An acknowledgement is not evidence: routers were seen to acknowledge for a dying session while the
live one stayed. So every open session is named by four identifiers, one packet each, and the
accounting is read again afterwards. And silence has several causes (router away, wrong secret,
clock skew) that a router does not tell apart; what can be told is told.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyrad.client import Client
from pyrad.dictionary import Dictionary
from pyrad.packet import (
    CoAACK,
    CoANAK,
    CoAPacket,
    CoARequest,
    DisconnectACK,
    DisconnectNAK,
    DisconnectRequest,
    PacketError,
)

from .base import Driver, DriverError, Endpoint, Outcome, Permanent, Retryable, Step, Unreachable
from .radius_sql import RadiusSql, Session

_logger = logging.getLogger(__name__)

DICTIONARY = Dictionary(str(Path(__file__).with_name("dictionary.radius")))
ATTEMPTS = 3  # sends of one packet; RFC 5080 wants retransmissions to be identical
NAMES = {
    CoAACK: "CoA-ACK",
    CoANAK: "CoA-NAK",
    DisconnectACK: "Disconnect-ACK",
    DisconnectNAK: "Disconnect-NAK",
}
SESSION_NOT_FOUND = 503
#: RFC 5176, 3.6: Error-Cause -> (is it worth another try, what it means for the reader)
CAUSES = {
    401: (False, "it does not support an attribute of the request"),
    402: (False, "it misses an attribute in the request"),
    403: (False, "it says that the request is for another router (NAS identifier or address)"),
    404: (False, "it calls the request invalid"),
    405: (False, "it does not offer this service"),
    406: (False, "it does not support this request"),
    407: (False, "it refuses the value of an attribute"),
    501: (False, "it is configured not to allow it"),
    503: (True, "it does not know the session"),
    504: (True, "it cannot end the session now"),
    506: (True, "it lacks resources now"),
    508: (False, "the request matches several sessions"),
}


@dataclass(frozen=True)
class Answer:
    """What a router said. ``cause`` is the Error-Cause of a refusal, 0 when it gave none."""

    name: str
    acknowledged: bool
    cause: int = 0


@dataclass(frozen=True)
class SessionPolicy:
    """Which sessions of a user may stay.

    Not those that were already there when the terms were written: number in radacct up to ``mark``.
    Not those that say so themselves: a session that logged in just before, and whose accounting
    arrived just after, carries the name (Class) of another policy.
    """

    username: str
    policy: str
    mark: int

    def allows(self, session: Session) -> bool:
        if session.policy.startswith("silver-") and session.policy != self.policy:
            return False
        return session.id > self.mark


class Coa(Driver):
    """Desired values are :class:`SessionPolicy`; what is observed are open sessions in radacct.

    :param endpoint: the router to ask when the accounting names one we do not know; ``secret`` is
        the RADIUS secret, ``timeout`` seconds of waiting for one answer
    :param accounting: a :class:`RadiusSql`, opened and closed with this driver
    :param routers: ``{address: Endpoint}`` of all known routers
    :param wait: seconds to wait for the accounting stop after an acknowledgement
    """

    kind = "coa"

    def __init__(
        self,
        endpoint: Endpoint,
        accounting: RadiusSql,
        routers: Mapping[str, Endpoint] | None = None,
        wait: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ):
        super().__init__(endpoint)
        self.accounting = accounting
        self.routers = routers or {}
        self.wait = wait
        self.clock = clock
        self._silent: dict[tuple, Unreachable] = {}
        for router in self.routers.values():
            self.redact.add(*router.secrets())

    def open(self) -> None:
        self.accounting.open()

    def close(self) -> None:
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
            Step("disconnect", session.unique_id, f"disconnect {label(session)}", session)
            for session in observed or ()
            if not desired.allows(session)
        )

    def apply(self, plans: Mapping[str, Sequence[Step]]) -> dict[str, Outcome]:
        outcomes = {}
        for key, steps in plans.items():
            lines, failure = [], None
            for step in steps:
                try:
                    lines.append(f"{step.summary}: {self.disconnect(step.before)}")
                except DriverError as error:
                    failure = failure or error
                    lines.append(f"{step.summary}: {error} {error.detail}".rstrip())
            outcomes[key] = Outcome(failure, self.redact("\n".join(lines)))
        return outcomes

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
        if answer.cause == SESSION_NOT_FOUND:
            # one of the four may have changed meanwhile (an address): ask by the two that cannot
            answer = self.send(router, DisconnectRequest, identifiers(session, short=True))
            if answer.cause == SESSION_NOT_FOUND:
                self.accounting.close_session(session.id, "Silver-Unknown-To-NAS")
                return "the router does not know it, closed in the accounting"
        if answer.acknowledged:
            return answer.name
        raise refusal(answer)

    def change(self, session: Session, attributes: Mapping[str, object]) -> str:
        """Change the terms of a running session without ending it.

        :param attributes: for example ``{"Mikrotik-Rate-Limit": "50M/100M"}``
        :raise DriverError: refused (then a Disconnect is the way) or no answer
        """
        router = self.routers.get(session.nas_address, self.endpoint)
        answer = self.send(router, CoARequest, {**identifiers(session), **attributes})
        if answer.acknowledged:
            return answer.name
        raise refusal(answer)

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


def exchange(router: Endpoint, code: int, attributes: Mapping[str, object]) -> Answer:
    """Send and wait for the answer.

    :raise Unreachable: silence, or the port is closed
    :raise Permanent: somebody answered with another secret
    """
    client = Client(server=router.host, secret=router.secret.reveal().encode(), dict=DICTIONARY)
    request: CoAPacket = client.CreateCoAPacket(code=code)
    for name, value in attributes.items():
        request.AddAttribute(name, value)
    request["Event-Timestamp"] = int(time.time())
    request.add_message_authenticator()
    packet = request.RequestPacket()
    forged = False
    address = f"{router.host}:{router.port}"
    with contextlib.closing(connect(router)) as peer:
        for _attempt in range(ATTEMPTS):
            deadline = time.monotonic() + router.timeout
            try:
                peer.send(packet)
                while (left := deadline - time.monotonic()) > 0:
                    peer.settimeout(left)
                    raw = peer.recv(4096)
                    try:
                        reply = request.CreateReply(packet=raw)
                        if request.VerifyReply(reply, raw) and reply.code in NAMES:
                            return read_answer(reply)
                    except PacketError as error:
                        # as little use as a packet with a wrong signature
                        _logger.debug("not a RADIUS packet: %s", error)
                    forged = True
            except TimeoutError:
                continue
            except ConnectionRefusedError:
                raise Unreachable(
                    f"The router {address} is on, but nothing listens there for CoA",
                    "ICMP port unreachable. On MikroTik: /radius incoming set accept=yes port=…",
                ) from None
            except OSError as error:
                raise Unreachable(f"The router {address} cannot be reached", str(error)) from None
    if forged:
        raise Permanent(
            f"The router {address} answers with another RADIUS secret",
            "The signature of the answer does not fit the secret of this router in Silver.",
        )
    raise Unreachable(
        f"The router {address} did not answer",
        f"{ATTEMPTS} packets. Off, unreachable, other RADIUS secret, or clock wrong by minutes: "
        "a router is silent in all four cases.",
    )


def connect(router: Endpoint) -> socket.socket:
    """A connected UDP socket: only such a one hears that a port is closed."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            router.host, router.port, type=socket.SOCK_DGRAM
        )[0]
    except OSError as error:
        raise Permanent(
            f"The address {router.host} of the router is no address", str(error)
        ) from None
    peer = socket.socket(family, kind, protocol)
    try:
        peer.connect(address)
    except OSError as error:
        peer.close()
        raise Unreachable(f"The router {router.host} cannot be reached", str(error)) from None
    return peer


def read_answer(reply) -> Answer:
    cause = reply["Error-Cause"][0] if "Error-Cause" in reply else 0
    return Answer(NAMES[reply.code], reply.code in (CoAACK, DisconnectACK), cause)


def refusal(answer: Answer) -> DriverError:
    again, meaning = CAUSES.get(answer.cause, (True, "it gives no reason"))
    text = f"The router refused ({answer.name} {answer.cause or ''}".rstrip() + f"): {meaning}"
    return (Retryable if again else Permanent)(text)


def identifiers(session: Session, short: bool = False) -> dict[str, object]:
    """What names a session to its router: with the user name alone some end the wrong one."""
    names: dict[str, object] = {
        "User-Name": session.username,
        "Acct-Session-Id": session.session_id,
    }
    if short:
        return names
    with contextlib.suppress(ValueError):
        names["Framed-IP-Address"] = str(ipaddress.IPv4Address(session.framed_ip))
    if session.nas_port.isdigit() and int(session.nas_port) < 2**32:
        names["NAS-Port"] = int(session.nas_port)
    elif session.nas_port:
        names["NAS-Port-Id"] = session.nas_port
    return names


def label(session: Session) -> str:
    parts = [f"session {session.session_id}", f"on {session.nas_address}"]
    if session.framed_ip:
        parts.append(f"({session.framed_ip})")
    return " ".join(parts)
