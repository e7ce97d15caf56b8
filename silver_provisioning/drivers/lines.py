"""Several entries of one device as one service.

A customer may leave things behind on a device: the ONU that was replaced, the port left by a move,
the name the PPP user had. The engine knows one value per contract and device; here it is what the
contract should have now, and what has to go first. The driver of the device below knows nothing of
this: it is given the entries one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .base import Driver, Outcome, Step


@dataclass(frozen=True)
class Lines:
    """What a contract should have on a device.

    :param leaving: desired values of the driver below that say "this must not be there"
    :param current: the one that must be there, or None
    :param places: what tells each entry apart on the device (plain data), of ``leaving`` and
        ``current``
    :param kept: those of ``current`` only: what is still there when all went well
    """

    current: Any = None
    leaving: tuple = ()
    places: tuple = ()
    kept: tuple = ()

    @property
    def entries(self) -> tuple:
        return (*self.leaving, self.current) if self.current is not None else self.leaving


class LineDriver(Driver[Lines, dict]):
    """Serves :class:`Lines` on the driver of a device.

    :param identity: what names an entry on the device when it must not be in two places; an entry
        that goes makes room for the one that comes under the same name
    """

    def __init__(self, inner: Driver, identity: Callable[[Any], Any] | None = None):
        self.inner, self.identity = inner, identity
        self.endpoint, self.redact, self.kind = inner.endpoint, inner.redact, inner.kind

    def open(self) -> None:
        self.inner.open()

    def close(self) -> None:
        self.inner.close()

    def capabilities(self) -> frozenset[str]:
        return self.inner.capabilities()

    def inventory(self) -> dict:
        return self.inner.inventory()

    def observe(self, desired: Mapping[str, Any]) -> dict[str, dict]:
        flat = {
            (key, number): entry
            for key, value in desired.items()
            for number, entry in enumerate(_entries(value))
        }
        found: dict[str, dict] = {}
        for (key, number), held in self.inner.observe(flat).items():
            found.setdefault(key, {})[number] = held
        return found

    def plan(self, desired: Any, observed: dict | None) -> tuple[Step, ...]:
        steps: list[Step] = []
        gone = set()
        for number, entry in enumerate(_entries(desired)):
            held = (observed or {}).get(number)
            name = self.identity(entry) if self.identity else None
            planned = self.inner.plan(entry, None if name in gone else held)
            if planned and name is not None:
                gone.add(name)
            steps += planned
        return tuple(steps)

    def apply(self, plans: Mapping[str, Sequence[Step]]) -> dict[str, Outcome]:
        return self.inner.apply(plans)


def _entries(value: Any) -> tuple:
    """What the devices share between customers is no :class:`Lines`: it is one entry."""
    return value.entries if isinstance(value, Lines) else (value,)
