"""The driver: bulk walks on one engine, decoded by :mod:`.vendors`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pysnmp.hlapi.v3arch.asyncio import (
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    UsmUserData,
    bulk_cmd,
    get_cmd,
    usmAesCfb128Protocol,
    usmHMACSHAAuthProtocol,
)
from pysnmp.proto import errind
from pysnmp.proto.rfc1905 import EndOfMibView, NoSuchInstance, NoSuchObject

from ..base import Driver, Endpoint, Outcome, Permanent, Retryable, SecretText, Step, Unreachable
from ..olt.values import OnuReading, OnuService
from . import wire
from .vendors import VENDORS, Oid, card_number, oid

SYSTEM = {
    "description": oid("1.3.6.1.2.1.1.1.0"),
    "uptime": oid("1.3.6.1.2.1.1.3.0"),
    "name": oid("1.3.6.1.2.1.1.5.0"),
}
#: attribute of :class:`Interface` -> column; what an agent does not have stays as it is by default
INTERFACES = {
    "name": oid("1.3.6.1.2.1.31.1.1.1.1"),
    "description": oid("1.3.6.1.2.1.2.2.1.2"),
    "alias": oid("1.3.6.1.2.1.31.1.1.1.18"),
    "type": oid("1.3.6.1.2.1.2.2.1.3"),
    "enabled": oid("1.3.6.1.2.1.2.2.1.7"),
    "up": oid("1.3.6.1.2.1.2.2.1.8"),
    "speed_mbps": oid("1.3.6.1.2.1.31.1.1.1.15"),
}
OCTETS = (oid("1.3.6.1.2.1.31.1.1.1.6"), oid("1.3.6.1.2.1.31.1.1.1.10"))
OCTETS_32 = (oid("1.3.6.1.2.1.2.2.1.10"), oid("1.3.6.1.2.1.2.2.1.16"))
READING = ("serial", "phase", "down_cause", "rx_dbm", "tx_dbm", "olt_rx_dbm", "distance_m")
NOTHING = (NoSuchObject, NoSuchInstance, EndOfMibView)
DENIED = (
    errind.WrongDigest,
    errind.UnknownUserName,
    errind.UnsupportedSecurityLevel,
    errind.DecryptionError,
    errind.AuthenticationError,
    errind.AuthenticationFailure,
)


@dataclass(frozen=True)
class Interface:
    """:param type: ifType of IANA (6 Ethernet, 161 aggregated, 250 GPON...); 0 when not told
    :param enabled: by the administrator; ``up`` is its operational state
    :param in_octets: counters of ``bits`` (64 or 32), None where there is none
    """

    index: int
    name: str
    alias: str = ""
    type: int = 0
    enabled: bool = True
    up: bool = False
    speed_mbps: int = 0
    in_octets: int | None = None
    out_octets: int | None = None
    bits: int = 64


@dataclass(frozen=True)
class Interfaces:
    """:param uptime_ticks: hundredths of a second since start, modulo 2**32, when the counters were
    read: time by the device's own clock"""

    uptime_ticks: int
    rows: tuple[Interface, ...]


@dataclass(frozen=True)
class Health:
    name: str
    description: str
    uptime_s: float
    cpu_pct: float | None = None
    temperature_c: float | None = None


class Snmp(Driver[OnuService, OnuReading]):
    """``Endpoint.secret`` is the community, or the authentication key of the v3 user ``username``
    (SHA, AES-128).

    ``Endpoint.options``: ``vendor`` (a key of :data:`.vendors.VENDORS`), ``priv_secret``
    (:class:`SecretText`: privacy key, makes it v3), ``repetitions`` (50 rows per answer),
    ``retries`` (1), ``phases`` ({number: word}, see :mod:`.vendors`).
    """

    kind = "snmp"

    def __init__(self, endpoint: Endpoint):
        super().__init__(endpoint)
        options = endpoint.options
        self.vendor = VENDORS.get(options.get("vendor", ""))
        if self.vendor is None:
            raise Permanent(
                f"SNMP readings know {', '.join(VENDORS)}; {options.get('vendor')!r} is not "
                f"one of them."
            )
        self.phases = {int(k): v for k, v in (options.get("phases") or self.vendor.phases).items()}
        self.repetitions = int(options.get("repetitions", 50))
        priv = options.get("priv_secret")
        if priv:
            self.redact.add(priv)
            self._auth = UsmUserData(
                endpoint.username,
                endpoint.secret.reveal(),
                priv.reveal() if isinstance(priv, SecretText) else priv,
                authProtocol=usmHMACSHAAuthProtocol,
                privProtocol=usmAesCfb128Protocol,
            )
        else:
            self._auth = None  # v2c: see .wire
        self._loop = self._engine = self._target = self._agent = None

    def capabilities(self) -> frozenset[str]:
        return frozenset({"readings", "health", "bulk", "inventory"})

    # ------------------------------------------------------------ life
    def open(self) -> None:
        """:raise Unreachable: nobody answers; a wrong community looks exactly like that."""
        self._loop = asyncio.new_event_loop()
        try:
            self._run(self._connect())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        loop, self._loop = self._loop, None
        if loop is None:
            return
        if self._engine is not None:
            self._engine.close_dispatcher()
        if self._agent is not None:
            self._agent.close()
        self._engine = self._target = self._agent = None
        pending = asyncio.all_tasks(loop)
        for task in pending:
            task.cancel()
        if pending:
            loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        loop.close()

    async def _connect(self):
        point = self.endpoint
        if self._auth is None:
            self._connect_v2c()
            await self._get(SYSTEM["uptime"])
            return
        self._engine = SnmpEngine()
        try:
            self._target = await UdpTransportTarget.create(
                (point.host, point.port or 161),
                timeout=point.timeout,
                retries=int(point.options.get("retries", 1)),
            )
        except (
            Exception
        ) as problem:  # pysnmp wraps name resolution in a class of its own per platform
            raise Unreachable(
                f"The address {point.host} cannot be used.", self.redact(problem)
            ) from None
        await self._get(SYSTEM["uptime"])

    def _connect_v2c(self):
        point = self.endpoint
        try:
            self._agent = wire.Agent(
                point.host,
                point.port or 161,
                point.secret.reveal().encode(),
                point.timeout,
                int(point.options.get("retries", 1)),
                self.repetitions,
            )
        except (OSError, socket.gaierror, UnicodeError) as problem:
            raise Unreachable(
                f"The address {point.host} cannot be used.", self.redact(problem)
            ) from None

    # ------------------------------------------------------------ reading
    def readings(self, fields: Iterable[str] = READING) -> list[OnuReading]:
        """All ONUs of the OLT. :param fields: names of :class:`OnuReading`; fewer are faster"""
        table = self._run(self._table([name for name in fields if name in self.vendor.columns]))
        return [self._reading(place, row) for place, row in sorted(table.items())]

    def observe(self, desired: Mapping[str, OnuService]) -> dict[str, OnuReading]:
        """The readings of these services, by serial number."""
        found = self.inventory()
        return {
            key: found[service.serial]
            for key, service in desired.items()
            if service.serial in found
        }

    def inventory(self) -> dict[str, OnuReading]:
        return {reading.serial: reading for reading in self.readings() if reading.serial}

    def health(self) -> Health:
        """Name, time since start, and the busiest and hottest card."""
        return self._run(self._health())

    def interfaces(self) -> Interfaces:
        """Name, state, speed and counters of every interface."""
        return self._run(self._interfaces())

    # ------------------------------------------------------------ nothing to write
    def plan(self, desired: OnuService, observed: OnuReading | None) -> tuple[Step, ...]:
        return ()

    def apply(self, plans: Mapping[str, Sequence[Step]]) -> dict[str, Outcome]:
        error = Permanent("SNMP is only read here.")
        return {key: Outcome(error if steps else None) for key, steps in plans.items()}

    # ------------------------------------------------------------ wire
    def _run(self, coroutine):
        if self._loop is None:
            coroutine.close()
            raise Unreachable(f"The SNMP session with {self.endpoint.host} is closed.")
        return self._loop.run_until_complete(coroutine)

    async def _table(self, fields):
        rows: dict[tuple, dict[str, object]] = {}
        for name in fields:
            column = self.vendor.columns[name]
            async for index, value in self._walk(column.oid):
                rows.setdefault(column.place(index), {})[name] = column.decode(value)
        return rows

    def _reading(self, place, row):
        phase = row.pop("phase", None)
        cause = row.pop("down_cause", None)
        slot, port, number = place
        word = self.phases.get(phase, "unknown")
        if word == "offline":
            word = self.vendor.causes.get(cause, word)
        return OnuReading(slot, port, number, phase=word, **row)

    async def _health(self):
        system = {name: await self._get(where) for name, where in SYSTEM.items()}
        return Health(
            _words(system["name"]),
            _words(system["description"]),
            int(system["uptime"]) / 100,
            await self._highest(self.vendor.cpu, 100),
            await self._highest(self.vendor.temperature, 150),
        )

    async def _interfaces(self):
        columns = {name: await self._column(where) for name, where in INTERFACES.items()}
        ticks = int(await self._get(SYSTEM["uptime"]))
        bits, octets = 64, [await self._column(where) for where in OCTETS]
        if not any(octets):
            bits, octets = 32, [await self._column(where) for where in OCTETS_32]

        def integer(name, index, default=0):
            return int(columns[name].get(index, default))

        names = columns["name"] or columns["description"]
        return Interfaces(
            ticks,
            tuple(
                Interface(
                    index,
                    _words(names.get(index, b"")) or str(index),
                    _words(columns["alias"].get(index, b"")),
                    integer("type", index),
                    integer("enabled", index, 1) == 1,
                    integer("up", index, 2) == 1,
                    integer("speed_mbps", index),
                    *(None if (n := column.get(index)) is None else int(n) for column in octets),
                    bits,
                )
                for index in sorted({*names, *columns["up"]})
            ),
        )

    async def _column(self, where):
        """:return: ``{index: value}``"""
        return {index[0]: value async for index, value in self._walk(where)}

    async def _highest(self, where, limit):
        """The highest believable value of a column: an empty slot reports -1 or 2147483647."""
        found = [card_number(value) async for _index, value in self._walk(where)] if where else []
        return max((n for n in found if n is not None and 0 <= n <= limit), default=None)

    async def _get(self, where: Oid):
        if self._agent:
            value = self._told(lambda: self._agent.get(where))
            if value is wire.ABSENT:
                raise Permanent(f"{self.endpoint.host} has no object {'.'.join(map(str, where))}.")
            return value
        answer = await get_cmd(
            self._engine,
            self._auth,
            self._target,
            ContextData(),
            ObjectType(ObjectIdentity(where)),
            lookupMib=False,
        )
        value = self._checked(answer)[0][1]
        if isinstance(value, NOTHING):
            raise Permanent(f"{self.endpoint.host} has no object {'.'.join(map(str, where))}.")
        return value

    async def _walk(self, base: Oid):
        """(index, value) of every row below ``base``, in as few packets as the agent allows."""
        if self._agent:
            rows = self._agent.walk(base)
            while (row := self._told(lambda: next(rows, None))) is not None:
                yield row
            return
        at, size = base, len(base)
        while True:
            answer = await bulk_cmd(
                self._engine,
                self._auth,
                self._target,
                ContextData(),
                0,
                self.repetitions,
                ObjectType(ObjectIdentity(at)),
                lookupMib=False,
            )
            bindings = self._checked(answer)
            if not bindings:
                return
            for name, value in bindings:
                here = tuple(name)
                # an agent that goes in circles would keep us for ever
                if here[:size] != base or here <= at or isinstance(value, NOTHING):
                    return
                at = here
                yield here[size:], value

    def _told(self, ask):
        """What v2c answers, its failures sorted as everywhere."""
        host = self.endpoint.host
        try:
            return ask()
        except wire.NoAnswer:
            raise Unreachable(
                f"{host} does not answer SNMP: it is away, or it does not know this community "
                f"or user."
            ) from None
        except wire.Refused as problem:
            raise Permanent(f"{host} refuses the SNMP request: {problem}.") from None
        except wire.Malformed as problem:
            raise Retryable(f"{host} answers what is not SNMP: {problem}.") from None

    def _checked(self, answer):
        problem, status, _index, bindings = answer
        host = self.endpoint.host
        if isinstance(problem, errind.RequestTimedOut):
            raise Unreachable(
                f"{host} does not answer SNMP: it is away, or it does not know this community "
                f"or user.",
                self.redact(problem),
            )
        if problem:
            kind = Permanent if isinstance(problem, DENIED) else Retryable
            raise kind(
                f"{host} and we do not understand each other over SNMP: {self.redact(problem)}.",
                self.redact(problem),
            )
        if status:
            raise Permanent(f"{host} refuses the SNMP request: {status.prettyPrint()}.")
        return bindings


def _words(value) -> str:
    """Text of a device; PostgreSQL keeps no NUL."""
    return bytes(value).decode("utf-8", "replace").replace("\0", "").strip()
