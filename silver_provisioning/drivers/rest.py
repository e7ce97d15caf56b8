"""What drivers of REST controllers share: one session with time-outs, a call budget, a cache, and
errors put in order.

Controllers count calls. So bulk answers are kept for a while, the while varies a little (executors
that start together must not come back together), and when the budget is used up we say so instead
of being shut out.
"""

from __future__ import annotations

import random
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from .base import DriverError, Endpoint, Permanent, Redactor, Retryable, Unreachable

CONNECT_TIMEOUT = 3.0
JITTER = 0.2


class Budget:
    """At most ``limit`` calls in any ``seconds``. Thread-safe."""

    def __init__(
        self, limit: int, seconds: float = 3600.0, clock: Callable[[], float] = time.monotonic
    ):
        self.limit, self.seconds, self.clock = limit, seconds, clock
        self._calls: deque[float] = deque()
        self._lock = threading.Lock()

    def take(self, reserve: int = 0) -> float:
        """Count a call. :param reserve: calls to leave for more urgent work

        :return: 0, or the seconds until there is room again (then nothing was counted)
        """
        with self._lock:
            now = self.clock()
            while self._calls and now - self._calls[0] >= self.seconds:
                self._calls.popleft()
            room = self.limit - reserve - len(self._calls)
            if room > 0:
                self._calls.append(now)
                return 0.0
            first = self._calls[min(-room, len(self._calls) - 1)] if self._calls else now
            return max(1.0, first + self.seconds - now)


class Cache:
    """Answers by key, for about ``ttl`` seconds. Thread-safe."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ):
        self.clock, self.chance = clock, chance
        self._values: dict[Any, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def get(self, key: Any, ttl: float, make: Callable[[], Any]) -> Any:
        with self._lock:
            until, value = self._values.get(key, (0.0, None))
            if self.clock() < until:
                return value
        return self.fresh(key, ttl, make)

    def fresh(self, key: Any, ttl: float, make: Callable[[], Any]) -> Any:
        """Ask now, and keep the answer for the others."""
        value = make()
        spread = 1 + JITTER * (2 * self.chance() - 1)
        with self._lock:
            self._values[key] = (self.clock() + ttl * spread, value)
        return value

    def clear(self) -> None:
        with self._lock:
            self._values.clear()


_shared: dict[tuple, Any] = {}
_shared_lock = threading.Lock()


def shared(kind: Callable[[], Any], *key: Any) -> Any:
    """One object per key in this process: every driver for the same account counts in the same
    budget.
    """
    with _shared_lock:
        if key not in _shared:
            _shared[key] = kind()
        return _shared[key]


class PinnedAdapter(HTTPAdapter):
    """Trusts one certificate (controllers come self-signed), and that one only."""

    def __init__(self, pem: str):
        self._context = ssl.create_default_context(cadata=pem)
        self._context.check_hostname = (
            False  # the certificate is the identity; it rarely names the address
        )
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, ssl_context=self._context, assert_hostname=False, **kwargs)

    def cert_verify(self, conn, url, verify, cert):
        conn.cert_reqs = "CERT_REQUIRED"  # no bundle of authorities beside the pinned certificate
        conn.ca_certs = None


class RestClient:
    """JSON over HTTP.

    ``Endpoint.host`` may carry a scheme; without one it is https. ``Endpoint.options``: ``ca_pem``.
    """

    def __init__(self, endpoint: Endpoint, redact: Redactor, budget: Budget, name: str):
        self.endpoint, self.redact, self.budget, self.name = endpoint, redact, budget, name
        scheme, _sep, host = endpoint.host.rpartition("://")
        self.base = f"{scheme or 'https'}://{host}" + (f":{endpoint.port}" if endpoint.port else "")
        self.headers: dict[str, str] = {}
        self._session: requests.Session | None = None

    def open(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = (
            False  # a proxy or a .netrc of the server is not meant for devices
        )
        if self.endpoint.options.get("ca_pem"):
            self._session.mount("https://", PinnedAdapter(self.endpoint.options["ca_pem"]))

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """One request; never repeated here: a POST whose answer was lost may have been carried out.

        :raise DriverError: sorted by what to do about it
        """
        if self._session is None:
            raise Unreachable(f"The session with {self.name} is closed.")
        wait = self.budget.take()
        if wait:
            raise Retryable(
                f"The {self.budget.limit} calls an hour that {self.name} allows are used up: "
                f"again in {int(wait // 60) + 1} minutes."
            )
        try:
            response = self._session.request(
                method,
                self.base + path,
                headers=self.headers,
                timeout=(min(CONNECT_TIMEOUT, self.endpoint.timeout), self.endpoint.timeout),
                allow_redirects=False,
                **kwargs,
            )
        except requests.exceptions.SSLError as problem:
            raise Permanent(
                f"{self.name} at {self.endpoint.host} shows a certificate that is not the "
                f"trusted one.",
                self.redact(problem),
            ) from None
        except (requests.exceptions.RequestException, OSError) as problem:
            raise Unreachable(
                f"{self.name} at {self.endpoint.host} does not answer.",
                self.redact(f"{type(problem).__name__}: {problem}"),
            ) from None
        error = self._error(response, method, path)
        if error:
            raise error
        return response

    def json(self, method: str, path: str, **kwargs: Any) -> Any:
        """:meth:`call`, decoded. :raise Retryable: not JSON (the page of a proxy)"""
        response = self.call(method, path, **kwargs)
        try:
            return response.json()
        except ValueError:
            raise Retryable(
                f"{self.name} answered {path} with something that is not JSON.",
                self.redact(response.text[:500]),
            ) from None

    def _error(self, response, method, path) -> DriverError | None:
        status = response.status_code
        if status < 300:
            return None
        detail = self.redact(f"{method} {path}: {status} {response.text[:500]}")
        if status == 429:
            later = response.headers.get("Retry-After", "")
            when = f" Again in {int(later) // 60 + 1} minutes." if later.isdigit() else ""
            return Retryable(f"{self.name} says that we call too often.{when}", detail)
        if status >= 500:
            return Retryable(f"{self.name} has a problem of its own ({status}).", detail)
        if status in (401, 403):
            return Denied(f"{self.name} refuses our key or user ({status}).", detail)
        if status == 404:
            return Missing(f"{self.name} does not know {path}.", detail)
        return Permanent(f"{self.name} refuses {path}: {self.redact(_message(response))}", detail)


class Denied(Permanent):
    """401 or 403."""


class Missing(Permanent):
    """404."""


def _message(response) -> str:
    try:
        body = response.json()
    except ValueError:
        return str(response.status_code)
    if isinstance(body, Mapping):
        return str(body.get("message") or body.get("error") or response.status_code)
    return str(response.status_code)
