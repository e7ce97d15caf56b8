"""The packets of RFC 5176: one request to a router, and what its answer means."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pyrad.client import Client
from pyrad.dictionary import Dictionary
from pyrad.packet import (
    CoAACK,
    CoANAK,
    CoAPacket,
    DisconnectACK,
    DisconnectNAK,
    PacketError,
)

from .base import DriverError, Endpoint, Permanent, Retryable, Unreachable
from .radius_sql import Session

_logger = logging.getLogger(__name__)

DICTIONARY = Dictionary(str(Path(__file__).with_name("dictionary.radius")))
ATTEMPTS = 3  # sends of one packet; RFC 5080 wants retransmissions to be identical
NAMES = {
    CoAACK: "CoA-ACK",
    CoANAK: "CoA-NAK",
    DisconnectACK: "Disconnect-ACK",
    DisconnectNAK: "Disconnect-NAK",
}
UNSUPPORTED_ATTRIBUTE = 401
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
