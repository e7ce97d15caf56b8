"""UISP. The CRM suspends (it keeps the routers' suspension list itself); the NMS is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..base import (
    Driver,
    DriverError,
    Endpoint,
    Outcome,
    Permanent,
    Retryable,
    SecretText,
    Step,
    Unreachable,
    digest,
)
from ..rest import Budget, Cache, Denied, Missing, RestClient, shared

NMS, CRM = "/nms/api/v2.1", "/crm/api/v1.0"
PREPARED, ACTIVE, ENDED, SUSPENDED = 0, 1, 2, 3
STATUSES = ("active", "suspended", "absent")
CALLS_PER_HOUR = 3600
DEVICES_TTL, SERVICES_TTL = 60.0, 60.0
BULK, PAGE = 5, 1000


@dataclass(frozen=True)
class UispService:
    """A service of the CRM. :param status: ``active``, ``suspended`` or ``absent`` (kept suspended:
    only UISP's own
    billing ends a service) :param plan_id: service plan there; None leaves it"""

    reference: str
    service_id: int
    status: str = "active"
    plan_id: int | None = None


@dataclass(frozen=True)
class UispHeld:
    service_id: int
    status: int
    plan_id: int | None
    name: str = ""


@dataclass(frozen=True)
class UispDevice:
    """A device of the NMS. ``signal_dbm`` of radios; ``cpu`` and ``ram`` in percent."""

    device_id: str
    name: str
    kind: str
    model: str
    online: bool
    address: str = ""
    cpu: int | None = None
    ram: int | None = None
    signal_dbm: int | None = None
    uptime_s: int | None = None
    last_seen: str = ""


class Uisp(Driver[UispService, UispHeld]):
    """``Endpoint.username`` and ``secret`` log in to the NMS. ``Endpoint.options``: ``app_key``
    (:class:`SecretText`, CRM),
    ``ca_pem`` (its own certificate), ``calls_per_hour``, ``suspension_reason_id``."""

    kind = "uisp"

    def __init__(
        self, endpoint: Endpoint, budget: Budget | None = None, cache: Cache | None = None
    ):
        super().__init__(endpoint)
        limit = int(endpoint.options.get("calls_per_hour", CALLS_PER_HOUR))
        account = (endpoint.host, endpoint.port, endpoint.username)
        key = endpoint.options.get("app_key", SecretText(""))
        self.redact.add(key)
        self.budget = budget or shared(lambda: Budget(limit), "budget", *account, limit)
        self.cache = cache or shared(Cache, "cache", *account, digest(key))
        self.client = RestClient(endpoint, self.redact, self.budget, "UISP")
        self._app_key = key.reveal() if isinstance(key, SecretText) else key
        self._token = ""

    def capabilities(self) -> frozenset[str]:
        return frozenset({"suspend", "rate", "bulk", "inventory", "devices"})

    def open(self) -> None:
        self.client.open()

    def close(self) -> None:
        self._token = ""
        self.client.close()

    # ------------------------------------------------------------ network
    def devices(self) -> list[UispDevice]:
        """All devices, at most a minute old."""
        rows = self.cache.get("devices", DEVICES_TTL, lambda: self._nms("GET", "/devices"))
        return [self._device(row) for row in rows]

    def device(self, device_id: str) -> UispDevice | None:
        """One device, now; None when UISP does not know it."""
        if not device_id or not all(char.isalnum() or char in "-_" for char in device_id):
            raise Permanent(f"{device_id!r} is not an identifier of UISP.")
        try:
            return self._device(self._nms("GET", f"/devices/{device_id}"))
        except Missing:
            return None

    @staticmethod
    def _device(row) -> UispDevice:
        who, what = row["identification"], row.get("overview") or {}
        return UispDevice(
            device_id=who["id"],
            name=who.get("name") or "",
            kind=who.get("type") or "",
            model=who.get("model") or "",
            online=what.get("status") == "active",
            address=(row.get("ipAddress") or "").partition("/")[0],
            cpu=what.get("cpu"),
            ram=what.get("ram"),
            signal_dbm=what.get("signal"),
            uptime_s=what.get("uptime"),
            last_seen=what.get("lastSeen") or "",
        )

    # ------------------------------------------------------------ services
    def observe(self, desired: Mapping[str, UispService]) -> dict[str, UispHeld]:
        if len(desired) >= BULK:
            # decided on what is so now, not on what it was a minute ago
            rows = self.cache.fresh("services", SERVICES_TTL, self._all_services)
            known = {held.service_id: held for held in map(_held, rows)}
        else:
            known = {}
            for service in desired.values():
                held = self._service(service.service_id)
                if held:
                    known[held.service_id] = held
        return {key: known[s.service_id] for key, s in desired.items() if s.service_id in known}

    def inventory(self) -> dict[str, UispHeld]:
        rows = self.cache.get("services", SERVICES_TTL, self._all_services)
        return {str(row["id"]): _held(row) for row in rows}

    def plan(self, desired: UispService, observed: UispHeld | None) -> tuple[Step, ...]:
        target = f"service {desired.service_id}"
        if desired.status not in STATUSES:
            return (
                Step("refuse", target, f"{desired.reference}: unknown status {desired.status!r}."),
            )
        if observed is None:
            if desired.status == "absent":
                return ()
            return (
                Step("refuse", target, f"UISP has no {target} (contract {desired.reference})."),
            )
        steps = []
        if desired.status == "active":
            if observed.status == ENDED:
                return (
                    Step(
                        "refuse",
                        target,
                        f"UISP has ended {target}: it cannot be made active again.",
                    ),
                )
            if desired.plan_id is not None and observed.plan_id != desired.plan_id:
                steps.append(
                    Step(
                        "plan",
                        target,
                        f"change service {desired.service_id} to plan {desired.plan_id}",
                        observed,
                        desired,
                    )
                )
            if observed.status == SUSPENDED:
                steps.append(
                    Step(
                        "resume", target, f"resume service {desired.service_id}", observed, desired
                    )
                )
        elif observed.status == ACTIVE:
            steps.append(
                Step("suspend", target, f"suspend service {desired.service_id}", observed, desired)
            )
        return tuple(steps)

    def apply(self, plans: Mapping[str, Sequence[Step]]) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
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
            if isinstance(error, Unreachable):
                break
        self.cache.clear()
        return outcomes

    def _do(self, step: Step) -> None:
        if step.action == "refuse":
            raise Permanent(step.summary)
        want = step.after
        path = f"/clients/services/{int(want.service_id)}"
        try:
            if step.action == "plan":
                self._crm("PATCH", path, json={"servicePlanId": want.plan_id})
            elif step.action == "suspend":
                reason = self.endpoint.options.get("suspension_reason_id")
                self._crm(
                    "PATCH",
                    f"{path}/suspend",
                    json={"suspensionReasonId": reason} if reason else {},
                )
            elif step.action == "resume":
                self._crm("PATCH", f"{path}/cancel-suspend")
        except (Denied, Missing):
            raise
        except Permanent:
            # refused because it is so already? the state decides, not the text
            held = self._service(want.service_id)
            if step.action in {missing.action for missing in self.plan(want, held)}:
                raise

    def _service(self, service_id) -> UispHeld | None:
        try:
            return _held(self._crm("GET", f"/clients/services/{int(service_id)}"))
        except Missing:
            return None

    def _all_services(self):
        rows: list[dict] = []
        while True:
            page = self._crm(
                "GET", "/clients/services", params={"limit": PAGE, "offset": len(rows)}
            )
            rows += page
            if len(page) < PAGE:
                return rows

    # ------------------------------------------------------------ wire
    def _crm(self, method, path, **kwargs):
        self.client.headers = {"X-Auth-App-Key": self._app_key}
        return self._sound(path, self.client.json(method, CRM + path, **kwargs))

    def _sound(self, path, body):
        """What was answered, unless it is an error that came with a 200."""
        code = body.get("code") or body.get("statusCode") if isinstance(body, Mapping) else None
        if not code or "id" in body:
            return body
        words = self.redact(body.get("message") or body.get("error") or code)
        detail = f"{path}: {code} {words}"
        if int(code) >= 500 or int(code) == 429:
            raise Retryable(f"UISP has a problem of its own ({code}).", detail)
        if int(code) in (401, 403):
            raise Denied(f"UISP refuses our key or user ({code}).", detail)
        if int(code) == 404:
            raise Missing(f"UISP does not know {path}.", detail)
        raise Permanent(f"UISP refuses {path}: {words}", detail)

    def _nms(self, method, path, **kwargs):
        if not self._token:
            self._log_in()
        self.client.headers = {"x-auth-token": self._token}
        try:
            return self._sound(path, self.client.json(method, NMS + path, **kwargs))
        except Denied:
            # tokens expire: once more with a new one
            self._log_in()
            self.client.headers = {"x-auth-token": self._token}
            return self._sound(path, self.client.json(method, NMS + path, **kwargs))

    def _log_in(self):
        self._token, self.client.headers = "", {}
        point = self.endpoint
        answer = self.client.call(
            "POST",
            f"{NMS}/user/login",
            json={
                "username": point.username,
                "password": point.secret.reveal(),
                "sessionTimeout": 3600000,
            },
        )
        self._token = answer.headers.get("x-auth-token", "")
        if not self._token:
            raise Permanent(f"UISP at {point.host} gave no token at login (two-factor login?).")
        self.redact.add(self._token)


def _held(row) -> UispHeld:
    return UispHeld(
        int(row["id"]), int(row["status"]), row.get("servicePlanId"), row.get("name") or ""
    )
