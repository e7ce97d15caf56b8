"""The driver: observe in bulk, apply step by step on one connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
from . import planning, reading
from .client import Client, Denied, Trap
from .planning import ACTIVE, LEASE, LIST, PROFILE, QUEUE, SECRET
from .reading import Found, Seen
from .values import Held, PppProfile, RouterService

FIELDS = {
    SECRET: (
        ".id",
        "name",
        "password",
        "service",
        "profile",
        "disabled",
        "remote-address",
        "caller-id",
        "comment",
    ),
    ACTIVE: (".id", "name", "address", "caller-id", "uptime", "service"),
    QUEUE: (
        ".id",
        "name",
        "target",
        "max-limit",
        "burst-limit",
        "burst-threshold",
        "burst-time",
        "priority",
        "disabled",
        "dynamic",
        "packet-marks",
        "dst",
        "comment",
    ),
    LEASE: (".id", "address", "mac-address", "server", "disabled", "dynamic", "comment"),
    LIST: (".id", "list", "address", "disabled", "dynamic", "comment"),
    PROFILE: (".id", "name", "rate-limit", "local-address", "comment"),
}
BULK = 200  # from here on one print of the whole menu is cheaper than asking by name


class MikroTik(Driver[RouterService, Held]):
    """RouterOS. ``Endpoint.options``: ``tls``, ``ca_pem``, ``suspended_list``,
    ``suspended_profile``.
    """

    kind = "mikrotik"

    def __init__(self, endpoint: Endpoint):
        super().__init__(endpoint)
        self.client = Client(endpoint, self.redact)
        names = planning.Policy.__dataclass_fields__
        self.policy = planning.Policy(**{k: v for k, v in endpoint.options.items() if k in names})

    def capabilities(self) -> frozenset[str]:
        return frozenset(
            {
                *("suspend", "rate", "disconnect", "bulk", "inventory", "lease", "pppoe"),
                *("survey", "sightings"),
            }
        )

    def open(self) -> None:
        self.client.open()

    def close(self) -> None:
        self.client.close()

    # ------------------------------------------------------------ reading
    def observe(self, desired: Mapping[str, RouterService]) -> dict[str, Held]:
        profiles = {key: want for key, want in desired.items() if isinstance(want, PppProfile)}
        if profiles:
            rows = self._by(PROFILE, "name", {want.name for want in profiles.values()})
            return {
                key: Held(profile=rows[want.name][0])
                for key, want in profiles.items()
                if want.name in rows
            } | self._observe({k: v for k, v in desired.items() if k not in profiles})
        return self._observe(desired)

    def _observe(self, desired):
        services = list(desired.values())
        self._learn(services)
        users = {s.pppoe.username for s in services if s.pppoe}
        secrets = self._by(SECRET, "name", users)
        sessions = self._by(ACTIVE, "name", users)
        profiles = self._profiles_in_use(services, secrets)
        queues = self._by(QUEUE, "name", {s.queue_name for s in services})
        by_hand = self._queues_by_hand(services, queues)
        leases = self._by(LEASE, "address", {s.address for s in services if s.address and s.lease})
        blocked = self._blocked(services)
        found = {}
        for key, service in desired.items():
            name = service.pppoe.username if service.pppoe else None
            held = Held(
                secret=_first(secrets.get(name)),
                sessions=tuple(sessions.get(name, ())),
                queue=_first(queues.get(service.queue_name)) or by_hand.get(service.address),
                lease=_first(leases.get(service.address) if service.lease else None),
                blocked=_distinct(
                    blocked.get(service.comment, ()), blocked.get(service.address, ())
                ),
                profile=profiles.get(_profile_of(secrets.get(name))),
            )
            if held:
                found[key] = held
        return found

    def _profiles_in_use(self, services, secrets):
        """The profiles of secrets that are to have another one: their speed may be the same."""
        other = {
            _profile_of(secrets.get(service.pppoe.username))
            for service in services
            if service.pppoe
            and service.pppoe.rate_limit
            and _profile_of(secrets.get(service.pppoe.username)) != service.pppoe.profile
        } - {""}
        return {name: rows[0] for name, rows in self._by(PROFILE, "name", other).items()}

    def _queues_by_hand(self, services, queues):
        """Queues for the addresses of services that have none of ours: somebody wrote them, and
        they are taken over instead of getting a second one behind them, which would do nothing.

        :return: ``{address: row}``
        """
        addresses = {
            service.address
            for service in services
            if service.address
            and (service.queue or service.adopted)
            and service.queue_name not in queues
        }
        rows = self._by(QUEUE, "target", {f"{address}/32" for address in addresses})
        return {
            address: hand[0]
            for address in addresses
            if (hand := [r for r in rows.get(f"{address}/32", ()) if planning.by_hand(r)])
        }

    def inventory(self) -> dict[str, Held]:
        """Everything that looks like a customer's line, by PPP user, queue name or leased address
        (import).
        """
        secrets = self._by(SECRET, "name", None)
        sessions = self._by(ACTIVE, "name", None)
        queues = {
            row.get("target", "").partition("/")[0]: row
            for row in self.client.print(QUEUE, FIELDS[QUEUE])
            if row.get("dynamic") != "true"
        }
        leases = self._by(LEASE, "address", None)
        blocked = self._group(
            self.client.print(LIST, FIELDS[LIST], list=self.policy.suspended_list), "address"
        )
        found = {}
        for name, rows in secrets.items():
            address = rows[0].get("remote-address") or (sessions.get(name) or [{}])[0].get(
                "address", ""
            )
            found[name] = Held(
                rows[0],
                tuple(sessions.get(name, ())),
                queues.pop(address, None),
                None,
                tuple(blocked.get(address, ())),
            )
        for address, rows in leases.items():
            found[address] = Held(
                None, (), queues.pop(address, None), rows[0], tuple(blocked.get(address, ()))
            )
        for address, row in queues.items():
            found[row["name"]] = Held(None, (), row, None, tuple(blocked.get(address, ())))
        return found

    def survey(self) -> list[Found]:
        """Every service that somebody has put on the router, whoever it was: what a provider
        comes with. Seven commands, whatever the number of customers."""
        menus = {
            menu: [self._secretive(row) for row in self.client.print(menu, names)]
            for menu, names in reading.FIELDS.items()
        }
        return reading.services(menus, self.policy)

    def sightings(self) -> list[Seen]:
        """Who uses which address now, from the router's sessions, leases and ARP table."""
        menus = {menu: self.client.print(menu, reading.FIELDS[menu]) for menu in reading.LIVE}
        return reading.seen(menus)

    def _blocked(self, services):
        """Rows of the suspended list by owner's comment and by address: a customer may have moved
        to another one.
        """
        if not self.policy.suspended_list:
            return {}
        if len(services) < BULK:
            addresses = {s.address for s in services if s.address}
            rows = (
                self.client.print_any(LIST, "address", sorted(addresses), FIELDS[LIST])
                if addresses
                else []
            )
            rows += self.client.print_any(
                LIST, "comment", sorted({s.comment for s in services}), FIELDS[LIST]
            )
        else:
            rows = self.client.print(LIST, FIELDS[LIST], list=self.policy.suspended_list)
        rows = {
            row["id"]: row for row in rows if row.get("list") == self.policy.suspended_list
        }.values()
        grouped: dict[str, list] = {}
        for row in rows:
            for name in {row.get("comment", ""), row.get("address", "")}:
                grouped.setdefault(name, []).append(row)
        return grouped

    def _by(self, path, key, values):
        if values is not None and not values:
            return {}
        if values is None or len(values) >= BULK:
            rows = self.client.print(path, FIELDS[path])
        else:
            rows = self.client.print_any(path, key, sorted(values), FIELDS[path])
        return self._group([self._secretive(row) for row in rows], key)

    @staticmethod
    def _group(rows, key):
        grouped: dict[str, list] = {}
        for row in rows:
            grouped.setdefault(row.get(key, ""), []).append(row)
        return grouped

    def _secretive(self, row):
        if "password" in row:
            self.redact.add(row["password"])
            row = {**row, "password": SecretText(row["password"])}
        return row

    def _learn(self, services):
        self.redact.add(*(s.pppoe.password for s in services if s.pppoe and s.pppoe.password))

    # ------------------------------------------------------------ writing
    def plan(self, desired: RouterService | PppProfile, observed: Held | None) -> tuple[Step, ...]:
        try:
            desired.check()
        except Permanent as problem:
            return (Step("refuse", "input", str(problem)),)
        if isinstance(desired, PppProfile):
            return planning.plan_profile(desired, observed)
        return planning.plan(desired, observed, self.policy)

    def apply(self, plans: Mapping[str, Sequence[Step]]) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        for key, steps in plans.items():
            done: list[str] = []
            try:
                for step in steps:
                    self._do(step)
                    done.append(step.summary)
            except Unreachable as problem:
                # the last command may or may not have been carried out: the next
                # attempt looks before it writes
                outcomes[key] = Outcome(problem, self.redact("\n".join(done)))
                break
            except DriverError as problem:
                outcomes[key] = Outcome(problem, self.redact("\n".join(done)))
            else:
                outcomes[key] = Outcome(None, self.redact("\n".join(done)))
        return outcomes

    def _do(self, step: Step) -> None:
        if step.action == "conflict":
            raise NeedsHuman(step.summary)
        if step.action == "refuse":
            raise Permanent(step.summary)
        if step.action == "kick":
            for row in self.client.print(ACTIVE, (".id", "name"), name=step.after["name"]):
                self._unless_gone(ACTIVE, row["id"])
        elif step.action == "add":
            self._add(step)
        elif step.action == "set":
            self._set(step)
        elif step.action == "remove":
            self._unless_gone(step.target, step.before)

    def _add(self, step):
        try:
            self.client.add(step.target, {k: v for k, v in _words(step.after).items() if v})
        except Trap as trap:
            # texts differ between versions; whether the row is there does not
            keys = (
                ("list", "address")
                if step.target == LIST
                else ("address",)
                if step.target == LEASE
                else ("name",)
            )
            query = {key: str.__str__(step.after[key]) for key in keys}
            for row in self.client.print(step.target, FIELDS[step.target], **query):
                if not planning.differences(step.after, self._secretive(row)):
                    return
            raise Permanent(str(trap), trap.detail) from None

    def _unless_gone(self, path, row_id):
        try:
            self.client.remove(path, row_id)
        except Denied:
            raise
        except Trap as trap:
            if self.client.print(path, (".id",), **{"id": row_id}):
                raise Permanent(str(trap), trap.detail) from None

    def _set(self, step):
        values = _words(step.after)
        # an address is cleared with a command of its own: RouterOS takes no empty one
        unset = [key for key in planning.UNSET if values.get(key) == ""]
        try:
            for key in unset:
                self.client.unset(step.target, step.before, key)
            values = {key: value for key, value in values.items() if key not in unset}
            if values:
                self.client.set(step.target, step.before, values)
        except Denied:
            raise
        except Trap as trap:
            if self.client.print(step.target, (".id",), **{"id": step.before}):
                raise
            raise Retryable(
                f"{step.target} on {self.endpoint.host} changed while it was being written.",
                trap.detail,
            ) from None


def _words(values):
    return {
        key: value.reveal() if isinstance(value, SecretText) else value
        for key, value in values.items()
    }


def _distinct(*groups):
    return tuple({row["id"]: row for rows in groups for row in rows}.values())


def _profile_of(rows):
    """:return: name of the profile of a secret; empty when there is none"""
    return rows[0].get("profile", "") if rows else ""


def _first(rows):
    return rows[0] if rows else None
