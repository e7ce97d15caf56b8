"""Talks to a device and comes back with what it showed. No Odoo, no transaction: in a thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from odoo.addons.silver_provisioning.drivers.base import Driver, DriverError, Permanent, Redactor
from odoo.addons.silver_provisioning.drivers.olt import OnuReading


@dataclass
class Source:
    """One way to read a device. :param make: builds the driver; :param read: what to do with it"""

    name: str
    make: Callable[[], Driver]
    read: Callable[[Driver], object]
    with_health: bool = False


@dataclass
class Snapshot:
    """:param readings: what the source's ``read`` gave
    :param errors: of the ways that were tried before, or of all of them"""

    source: str = ""
    readings: object = field(default_factory=list)
    health: object = None
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return bool(self.source)


def take(sources: Sequence[Source]) -> Snapshot:
    """Read by the first way that works. Never raises for what a device or a driver does."""
    snapshot = Snapshot()
    started = time.monotonic()
    for source in sources:
        redact = Redactor()
        try:
            driver = source.make()
            redact = driver.redact
            with driver:
                readings = source.read(driver)
                if source.with_health:
                    snapshot.health = _health(driver, snapshot)
        except DriverError as error:
            snapshot.errors.append(redact(f"{source.name}: {error}"))
        except Exception as error:  # pylint: disable=broad-except
            # a device that answers what no driver understands must not stop the others
            snapshot.errors.append(
                redact(f"{source.name}: internal error ({type(error).__name__}: {error})")
            )
        else:
            snapshot.source, snapshot.readings = source.name, readings
            break
    snapshot.seconds = time.monotonic() - started
    return snapshot


def _health(driver, snapshot):
    try:
        return driver.health()
    except DriverError as error:
        snapshot.errors.append(driver.redact(f"health: {error}"))
        return None


def by_snmp(driver) -> list[OnuReading]:
    """The ONU tables, in bulk."""
    readings = driver.readings()
    if not readings:
        raise Permanent("The OLT shows no ONU by SNMP: is the vendor right?")
    return readings


def interfaces(driver):
    """Names, states and counters. :return: ``Interfaces``"""
    found = driver.interfaces()
    if not found.rows:
        raise Permanent(
            "The device shows no interface by SNMP: may this community or user see them?"
        )
    return found


def by_account(driver) -> list[OnuReading]:
    """SmartOLT: cached bulk calls of the account."""
    return driver.readings()


def by_command_line(driver) -> list[OnuReading]:
    """What the configuration lists, with the optics of each PON port where the vendor has them."""
    held = driver.inventory()
    rows = {
        item.place: OnuReading(*item.place, serial=serial, phase=item.phase)
        for serial, item in held.items()
    }
    if hasattr(driver, "readings"):
        for slot, port in sorted({place[:2] for place in rows}):
            for found in driver.readings(slot, port):
                known = rows.get((slot, port, found.number))
                if known:
                    phase = found.phase if found.phase != "unknown" else known.phase
                    rows[known.slot, known.port, known.number] = replace(
                        found, serial=known.serial, phase=phase
                    )
    return list(rows.values())
