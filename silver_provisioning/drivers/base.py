"""What a device driver is.

A driver is told how things *should be* and makes them so. It never receives a command such as
"suspend": the engine hands it value objects (the desired state of each service), and the same five
verbs serve activation, suspension, repair, dry run and the search for drift:

``capabilities``  what this device can do
``observe``       what the device holds now for these services
``plan``          the smallest list of steps from observed to desired; pure, no I/O
``apply``         carries the steps out
``verify``        observes again and plans again: a step that is still there did not take effect

So a retry is always safe: it starts by looking. Drivers work on batches, because a device that
takes ten seconds to log in should do so once for two thousand customers.

Errors are sorted by what to do about them, not by where they come from: :class:`Retryable` (the
same attempt may work later), :class:`Permanent` (it will fail again until someone changes the
contract or the configuration), :class:`NeedsHuman` (the device contradicts what we know; acting
could harm another customer). A failure of one service is an entry of the result of ``apply``; a
failure of the device itself is raised.
"""

from __future__ import annotations

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, ClassVar, Generic, TypeVar

MASK = "••••"


class SecretText(str):
    """A string that does not show itself: not in ``repr``, in a format, in a log or in a traceback.

    Concatenation and ``str.__str__`` stay those of a plain string for the protocol libraries; use
    :meth:`reveal` where the value is meant.
    """

    __slots__ = ()

    def reveal(self) -> str:
        return str.__str__(self)

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK


@dataclass(frozen=True)
class Endpoint:
    """Where a device answers. ``timeout`` in seconds; ``options`` are the driver's own."""

    host: str
    port: int = 0
    username: str = ""
    secret: SecretText = SecretText("")
    timeout: float = 10.0
    options: Mapping[str, Any] = field(default_factory=dict)

    def secrets(self) -> list[str]:
        return [self.secret.reveal()] if self.secret else []


@dataclass(frozen=True)
class Step:
    """One change. ``before`` and ``after`` are for the driver; people read ``summary``.

    ``summary`` never holds a secret. Steps of one service are applied in order.
    """

    action: str
    target: str
    summary: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True)
class Outcome:
    """What became of one service: ``error`` is None when it went well."""

    error: DriverError | None = None
    transcript: str = ""

    @property
    def ok(self) -> bool:
        return self.error is None


class DriverError(Exception):
    """``str()`` is for people and holds no secret; ``detail`` is the redacted technical text."""

    kind: ClassVar[str] = "permanent"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, detail: str = ""):
        super().__init__(message)
        self.detail = detail


class Retryable(DriverError):
    """Device away, busy, no answer: the same attempt may work later."""

    kind = "retryable"
    retryable = True


class Unreachable(Retryable):
    """The device as a whole does not answer: the engine opens its circuit breaker."""

    kind = "unreachable"


class Permanent(DriverError):
    """Wrong credentials, unknown profile, refused value: the same attempt would fail again."""


class NeedsHuman(DriverError):
    """The device contradicts what we know (a serial number on another port): nothing changed."""

    kind = "needs_human"


Desired = TypeVar("Desired")
Observed = TypeVar("Observed")


class Driver(ABC, Generic[Desired, Observed]):
    """Base of all drivers. Use it as a context manager: the connection lives inside ``with``.

    Keys are the engine's names of services (any string); a driver gives the same keys back.
    """

    kind: ClassVar[str] = ""

    def __init__(self, endpoint: Endpoint):
        self.endpoint = endpoint
        self.redact = Redactor(endpoint.secrets())

    def __enter__(self):
        self.open()
        return self

    def __exit__(self, *exc_info):
        self.close()

    def open(self) -> None:
        """Connect. :raise Unreachable: no answer. :raise Permanent: the device refused us."""

    def close(self) -> None:
        """Disconnect; never raises."""

    def capabilities(self) -> frozenset[str]:
        """:return: words such as ``suspend``, ``rate``, ``disconnect``, ``bulk``"""
        return frozenset()

    @abstractmethod
    def observe(self, desired: Mapping[str, Desired]) -> dict[str, Observed]:
        """Read what the device holds for these services; a key that is absent there is left out.

        :raise Unreachable: the device does not answer
        """

    @abstractmethod
    def plan(self, desired: Desired, observed: Observed | None) -> tuple[Step, ...]:
        """Pure: the steps from ``observed`` to ``desired``, empty when they agree."""

    @abstractmethod
    def apply(self, plans: Mapping[str, Sequence[Step]]) -> dict[str, Outcome]:
        """Carry out the steps of each service.

        :return: an outcome for every key; what is not in it counts as not tried
        :raise DriverError: the device as a whole failed; nothing is known about any key
        """

    def verify(self, desired: Mapping[str, Desired]) -> dict[str, tuple[Step, ...]]:
        """:return: the steps that are still missing, only for the services where there are any"""
        return {key: steps for key, steps in self.plans(desired).items() if steps}

    def plans(self, desired: Mapping[str, Desired]) -> dict[str, tuple[Step, ...]]:
        """Observe and plan: the dry run, and the search for drift."""
        observed = self.observe(desired)
        return {key: self.plan(value, observed.get(key)) for key, value in desired.items()}

    def inventory(self) -> dict[str, Observed]:
        """All services the device holds, also those nobody asked for (to find strangers).

        Keys are the device's own names. Drivers that cannot list return an empty dict and lack the
        capability ``inventory``.
        """
        return {}


class Redactor:
    """Takes secrets out of text: the values it was told, and what looks like one."""

    PATTERNS = (
        re.compile(
            r"(?i)((?:^|[\s=_.-])(?:password|passwd|pass|secret|token|community|key)[\"']?\s*[=:]\s*[\"']?)([^\s\"',;&]+)"
        ),
        re.compile(
            r"(?i)(\b(?:password|secret|community|passphrase)\s+(?:cipher\s+|simple\s+|\d\s+)?)([^\s\"',;:=]+)"
        ),
        re.compile(
            r"(?i)(\b(?:password-auth|cleartext-password|nt-password)[^\w\n]+)([^\s\"',;]+)"
        ),
        re.compile(r"(?i)(\bx-(?:auth-)?(?:token|app-key)\W+)([^\s\"',;]+)"),
        re.compile(r"(://[^/\s:@]+:)([^@\s/]+)(?=@)"),
    )

    def __init__(self, values: Iterable[str] = ()):
        self._values: set[str] = set()
        self._longest_first: tuple[str, ...] | None = None  # a batch has thousands of secrets
        self.add(*values)

    def add(self, *values: str) -> None:
        # a one or two letter secret would blacken the whole text, and hides nothing
        self._values.update(
            value.reveal() if isinstance(value, SecretText) else value
            for value in values
            if value and len(value) > 2
        )
        self._longest_first = None

    def __call__(self, text: object) -> str:
        result = str(text)
        if not result:
            return result
        if self._longest_first is None:
            self._longest_first = tuple(sorted(self._values, key=len, reverse=True))
        for value in self._longest_first:
            if value in result:
                result = result.replace(value, MASK)
        for pattern in self.PATTERNS:
            result = pattern.sub(lambda match: match.group(1) + MASK, result)
        return result


def digest(value: Any) -> str:
    """A short fingerprint of a desired or observed state; equal states have equal fingerprints."""
    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def plain(value: Any) -> Any:
    """A value object as JSON-able data. Secrets are replaced by their own fingerprint."""
    if isinstance(value, SecretText):
        return hashlib.sha256(b"silver" + value.reveal().encode()).hexdigest()
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=repr)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)
