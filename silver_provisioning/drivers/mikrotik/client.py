"""One connection to the API: routeros-api with the settings it needs, and its errors put in order.

What the library does not do by itself: it writes each word with its own ``send`` (with Nagle's
algorithm that is 22
commands a second, without it 3,000); it connects and reads with one timeout; it repeats the whole
command, password
included, in its exceptions; and it stays open after an error that leaves the stream in an unknown
place.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Mapping

from routeros_api import api_communicator, base_api
from routeros_api.api import RouterOsApi
from routeros_api.api_socket import SocketWrapper
from routeros_api.exceptions import (
    RouterOsApiCommunicationError,
    RouterOsApiError,
)
from routeros_api.query import IsEqualQuery, OrQuery

from ..base import DriverError, Endpoint, Permanent, Redactor, Retryable, Unreachable

CONNECT_TIMEOUT = 3.0
OR_LIMIT = 32  # values in one `?a=1 ?a=2 ?#|` query


class Trap(DriverError):
    """The router refused one command. The connection goes on."""


class Denied(Trap, Permanent):
    """The API user lacks a policy."""


class Client:
    """Commands by path. Every method raises :class:`Trap`, or :class:`~..base.Unreachable` and is
    closed then.
    """

    def __init__(self, endpoint: Endpoint, redact: Redactor):
        self.endpoint = endpoint
        self.redact = redact
        self._api = None
        self._socket = None

    # ------------------------------------------------------------ connection
    def open(self) -> None:
        """:raise Unreachable: no answer, or no TLS. :raise Permanent: user, password or
        certificate refused.
        """
        point = self.endpoint
        tls = bool(point.options.get("tls"))
        port = point.port or (8729 if tls else 8728)
        try:
            sock = socket.create_connection((point.host, port), min(CONNECT_TIMEOUT, point.timeout))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(point.timeout)
            self._socket = sock
            if tls:
                self._socket = _tls_context(point).wrap_socket(sock, server_hostname=point.host)
        except ssl.SSLCertVerificationError as problem:
            self.close()
            raise Permanent(
                f"The router {point.host} shows a certificate that is not the trusted one.",
                self.redact(problem),
            ) from None
        except OSError as problem:
            self.close()
            raise self._gone("does not answer", problem) from None
        try:
            communicator = api_communicator.ApiCommunicator(
                base_api.Connection(_Buffered(self._socket))
            )
            self._api = RouterOsApi(communicator)
            self._api.login(point.username, point.secret.reveal(), plaintext_login=True)
        except RouterOsApiCommunicationError as problem:
            self.close()
            raise Permanent(
                f"The router {point.host} refuses the user {point.username}.",
                self.redact(_text(problem)),
            ) from None
        except (RouterOsApiError, OSError, ValueError, AssertionError) as problem:
            self.close()
            raise self._gone(
                "accepted the connection but did not complete the login", problem
            ) from None

    def close(self) -> None:
        sock, self._socket, self._api = self._socket, None, None
        if sock is not None:
            sock.close()

    @property
    def connected(self) -> bool:
        return self._api is not None

    # ------------------------------------------------------------ commands
    def print(self, path: str, fields: Iterable[str] = (), **query: str) -> list[dict[str, str]]:
        """Rows of a menu that equal the query, only those fields."""
        return self._call(path, "print", _proplist(fields), query)

    def print_any(
        self, path: str, key: str, values: Iterable[str], fields: Iterable[str] = ()
    ) -> list[dict]:
        """Rows where ``key`` is one of the values; several commands when there are many."""
        values, rows = list(values), []
        for start in range(0, len(values), OR_LIMIT):
            chunk = [
                IsEqualQuery(key.encode(), value.encode())
                for value in values[start : start + OR_LIMIT]
            ]
            query = chunk if len(chunk) == 1 else [OrQuery(*chunk)]
            rows += self._call(path, "print", _proplist(fields), {}, query)
        return rows

    def add(self, path: str, values: Mapping[str, str]) -> str:
        """The new row's id (the library says ``id`` for RouterOS' ``.id``)."""
        return self._call(path, "add", values).done_message.get("ret", "")

    def set(self, path: str, row_id: str, values: Mapping[str, str]) -> None:
        self._call(path, "set", {"id": row_id, **values})

    def unset(self, path: str, row_id: str, name: str) -> None:
        """Clear one attribute."""
        self._call(path, "unset", {"id": row_id, "value-name": name})

    def remove(self, path: str, row_id: str) -> None:
        self._call(path, "remove", {"id": row_id})

    def _call(self, path, command, arguments, query=None, additional=()):
        if self._api is None:
            raise Unreachable(f"The connection to the router {self.endpoint.host} is closed.")
        try:
            resource = self._api.get_resource(path)
            return resource.call(command, dict(arguments), dict(query or {}), additional)
        except RouterOsApiCommunicationError as problem:
            text = self.redact(_text(problem))
            kind = Denied if "not enough permissions" in text else Trap
            raise kind(
                f"The router {self.endpoint.host} refused {path} {command}: {text}", text
            ) from None
        except (RouterOsApiError, OSError, ValueError, AssertionError) as problem:
            # the answer may still arrive: this connection cannot be trusted any more
            self.close()
            raise self._gone(f"did not answer {path} {command}", problem) from None

    def _gone(self, what, problem):
        return Unreachable(
            f"The router {self.endpoint.host} {what}.",
            self.redact(f"{type(problem).__name__}: {_text(problem)}"),
        )


class _Buffered(SocketWrapper):
    """Sends a sentence at once and reads ahead: the library asks for single bytes."""

    def __init__(self, sock):
        super().__init__(sock)
        self._out = bytearray()
        self._stream = sock.makefile("rb", buffering=65536)

    def send(self, data):
        self._out += data
        if data == b"\0":  # the empty word that ends a sentence
            self.socket.sendall(self._out)
            self._out.clear()

    def receive(self, length):
        data = self._stream.read(length)
        if len(data) < length:
            raise ConnectionResetError("the router closed the connection")
        return data


def _proplist(fields):
    fields = list(fields)
    return {".proplist": ",".join(fields)} if fields else {}


def _text(problem):
    """The router's own words, without the command the library adds to them."""
    original = getattr(problem, "original_message", None)
    if isinstance(original, bytes):
        return original.decode("utf-8", "replace")
    return str(original or problem)


def _tls_context(endpoint: Endpoint) -> ssl.SSLContext:
    """Verified always: against ``options['ca_pem']`` when the router has its own certificate."""
    pinned = endpoint.options.get("ca_pem")
    context = ssl.create_default_context(cadata=pinned) if pinned else ssl.create_default_context()
    if pinned:
        # the pinned certificate is the identity; routers rarely carry their address in it
        context.check_hostname = False
    return context


__all__ = ["Client", "Denied", "Retryable", "Trap"]
