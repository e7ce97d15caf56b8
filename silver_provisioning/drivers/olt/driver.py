"""The part of an OLT driver that is the same for every command line."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar

from ..base import (
    Driver,
    DriverError,
    Endpoint,
    NeedsHuman,
    Outcome,
    Permanent,
    Retryable,
    SecretText,
    Step,
    Unreachable,
)
from . import planning
from .planning import Traits
from .session import CliSession
from .values import Discovered, OnuHeld, OnuService

PIPELINE = 8  # lines under way at once: some 400 characters, what a terminal's buffer takes
SAVING = 6  # time-outs of silence while the device writes its flash: a minute for ten seconds
FIRST, LAST = 1, 128  # ONU numbers of vendors that let us choose


class CliOlt(Driver[OnuService, OnuHeld]):
    """An OLT that is configured through its command line.

    A vendor declares :attr:`traits` and :attr:`errors`, and writes :meth:`make_session`,
    :meth:`find`, :meth:`discover`,
    :meth:`save` and one ``do_<action>`` method per action of :mod:`.planning`: ``add``, ``delete``,
    ``flow_add``, ``flow_remove``, ``describe``, ``profile``, ``speed``, ``wan``, ``wifi``,
    ``activate``, ``deactivate``.
    """

    traits: ClassVar[Traits]
    #: (pattern in the answer, exception class or None for "that was so already"), first match
    #: decides
    errors: ClassVar[Sequence[tuple[re.Pattern, type[DriverError] | None]]]

    def __init__(self, endpoint: Endpoint):
        super().__init__(endpoint)
        for value in endpoint.options.values():
            if isinstance(value, SecretText):
                self.redact.add(value)
        self.session = self.make_session()
        self._mode: tuple = ()
        #: ONU numbers in use by (slot, port), read once per batch: a device has one writer
        self.taken: dict[tuple[int, int], set[int]] = {}

    # ------------------------------------------------------------ what vendors write
    @abstractmethod
    def make_session(self) -> CliSession:
        """A session that is not open yet."""

    @abstractmethod
    def find(self, serials: Iterable[str]) -> dict[str, OnuHeld]:
        """What the OLT holds for these serial numbers, on whatever port."""

    @abstractmethod
    def discover(self) -> list[Discovered]:
        """ONUs that light up and are not configured."""

    @abstractmethod
    def save(self) -> None:
        """Make the running configuration survive a reboot."""

    # ------------------------------------------------------------ the interface
    def capabilities(self) -> frozenset[str]:
        words = {"suspend", "rate", "discover", "save", "inventory"}
        words |= {"wan"} if self.traits.wan else set()
        return frozenset(words | ({"wifi"} if self.traits.wifi else set()))

    def open(self) -> None:
        self._mode = ()
        self.session.open()

    def close(self) -> None:
        self.session.close()

    def observe(self, desired: Mapping[str, OnuService]) -> dict[str, OnuHeld]:
        serials = {}
        for key, service in desired.items():
            try:
                service.check()
            except Permanent:
                continue  # plan() says what is wrong with it
            serials[key] = service.serial
        self._learn(desired.values())
        found = self.find(dict.fromkeys(serials.values()))
        return {key: found[serial] for key, serial in serials.items() if serial in found}

    def plan(self, desired: OnuService, observed: OnuHeld | None) -> tuple[Step, ...]:
        return planning.plan(desired, observed, self.traits)

    def apply(self, plans: Mapping[str, Sequence[Step]]) -> dict[str, Outcome]:
        """Service by service; saved once at the end.

        When the connection is lost, services already done come back as retryable too: they were not
        saved, and an OLT
        that rebooted has forgotten them.
        """
        self.taken.clear()
        self._learn(
            step.after
            for steps in plans.values()
            for step in steps
            if isinstance(step.after, OnuService)
        )
        outcomes: dict[str, Outcome] = {}
        unsaved: list[str] = []
        lost: DriverError | None = None
        for key, steps in plans.items():
            done: list[str] = []
            error: DriverError | None = None
            try:
                for step in steps:
                    self._do(step)
                    done.append(step.summary)
            except DriverError as problem:
                error = problem
            outcomes[key] = Outcome(error, self.redact("\n".join(done)))
            if done:
                unsaved.append(key)
            if not self.session.connected:
                lost = error
                break
        if unsaved:
            try:
                if lost:
                    raise lost
                self.save()
            except DriverError as problem:
                for key in unsaved:
                    if outcomes[key].ok:
                        outcomes[key] = Outcome(
                            _not_saved(problem, self.endpoint), outcomes[key].transcript
                        )
        return outcomes

    def _do(self, step: Step) -> None:
        if step.action == "conflict":
            raise NeedsHuman(step.summary)
        if step.action == "refuse":
            raise Permanent(step.summary)
        getattr(self, f"do_{step.action}")(step)

    # ------------------------------------------------------------ for vendors
    def command(self, line: str, secret: bool = False, **kwargs) -> str:
        """Run a line that changes something. :raise DriverError: the device did not accept it"""
        return self.checked(line, self.session.run(line, secret=secret, **kwargs), secret)

    def commands(self, *lines: str) -> None:
        """Run lines of the view the session is in, ``options["pipeline"]`` (8) of them in one go.

        They must not depend on each other: when one is refused, those after it are carried out all
        the same. So the line that :meth:`find` looks at is never among them, but sent
        when these were accepted.

        :raise DriverError: the device did not accept one of them; the first is named
        """
        size = max(1, int(self.endpoint.options.get("pipeline", PIPELINE)))
        for start in range(0, len(lines), size):
            block = lines[start : start + size]
            for line, answer in zip(block, self.session.run_all(block), strict=True):
                self.checked(line, answer)

    def checked(self, line: str, answer: str, secret: bool = False) -> str:
        """The answer, unless it is an error by :attr:`errors`."""
        for pattern, kind in self.errors:
            match = pattern.search(answer)
            if match:
                if kind is None:
                    return answer
                text = self.redact(" ".join(match.group(0).split()))
                shown = self.redact(line.split(" password ")[0] if secret else line)
                raise kind(
                    f"The OLT {self.endpoint.host} answered: {text}",
                    f"{shown}\n{self.redact(answer)}",
                )
        return answer

    def enter(self, *path: str) -> None:
        """Go into a configuration context; nothing is sent when the session is there already."""
        if self._mode == path:
            return
        self.leave()
        for depth, line in enumerate(path):
            self.command(line)
            self._mode = path[: depth + 1]

    def leave(self) -> None:
        """Back to the context in which the session began."""
        for _line in self._mode:
            self.session.run(self.exit_word)
        self._mode = ()

    exit_word = "exit"

    def free_number(self, want: OnuService, read: Callable[[], Iterable[int]]) -> int:
        """The number a new ONU gets: the wanted one, or the first free one of its port.

        :param read: asks the device for the numbers in use
        :raise NeedsHuman: the port is full
        """
        if want.number is not None:
            return want.number
        place = (want.slot, want.port)
        if place not in self.taken:
            self.taken[place] = set(read())
        used = self.taken[place]
        number = next((n for n in range(FIRST, LAST + 1) if n not in used), None)
        if number is None:
            raise NeedsHuman(f"All {LAST} ONU numbers of port {want.slot}/{want.port} are in use.")
        used.add(number)  # also when the device then refuses it: the next one is tried
        return number

    def _learn(self, services):
        for service in services:
            if service.wan and service.wan.password:
                self.redact.add(service.wan.password)
            if service.wifi:
                self.redact.add(service.wifi.key)


def _not_saved(problem: DriverError, endpoint: Endpoint) -> DriverError:
    kind = Unreachable if isinstance(problem, Unreachable) else Retryable
    return kind(
        f"Done on the OLT {endpoint.host}, but it went away before the configuration was "
        f"saved: it will be looked at again.",
        problem.detail or str(problem),
    )


def errors(
    *rows: tuple[str, type[DriverError] | None],
) -> tuple[tuple[re.Pattern, type[DriverError] | None], ...]:
    """Compile a vendor's table of error texts."""
    return tuple((re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in rows)
