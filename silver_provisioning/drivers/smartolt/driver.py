"""SmartOLT. Two things are unlike other REST services: an error comes with HTTP 200 and ``"status":
false``, and there are 1,000 calls an hour for the whole account, whoever makes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ..base import (
    Driver,
    DriverError,
    Endpoint,
    NeedsHuman,
    Outcome,
    Permanent,
    Retryable,
    Step,
    Unreachable,
    digest,
)
from ..olt import planning, text
from ..olt.planning import Traits
from ..olt.values import Discovered, Flow, OnuHeld, OnuReading, OnuService
from ..rest import Budget, Cache, RestClient, shared

CALLS_PER_HOUR = 900  # of the account's 1,000: people use its web page too
BULK = 5  # from here on one bulk call (cached) is cheaper than one per ONU
DETAILS_TTL, STATUS_TTL, SIGNAL_TTL = 300.0, 360.0, 1200.0
BAND_24, BAND_5 = "wifi_0/1", "wifi_0/5"  # the first network of each band
_ROUTING = {"PPPoE": "pppoe"}


@dataclass(frozen=True)
class SmartOnu(OnuHeld):
    """An authorised ONU. ``external_id`` is the name SmartOLT's calls want: our reference, when we
    authorised it.
    """

    external_id: str = ""


class SmartOlt(Driver[OnuService, SmartOnu]):
    """``Endpoint.secret`` is the X-Token. ``Endpoint.options``: ``olt_id``, ``zone``,
    ``calls_per_hour``, ``ca_pem``.

    The budget and the cache are shared by all drivers of the account in this process; where several
    Odoo workers run executors, divide ``calls_per_hour`` among them.
    """

    kind = "smartolt"
    traits = Traits(
        suspend="deactivate",
        flow_speed=True,
        wan=True,
        wifi=True,
        needs=("onu_type", "upload_profile", "download_profile"),
    )

    def __init__(
        self, endpoint: Endpoint, budget: Budget | None = None, cache: Cache | None = None
    ):
        super().__init__(endpoint)
        limit = int(endpoint.options.get("calls_per_hour", CALLS_PER_HOUR))
        account = (endpoint.host, endpoint.port, digest(endpoint.secret))
        self.budget = budget or shared(lambda: Budget(limit), "budget", *account, limit)
        self.cache = cache or shared(Cache, "cache", *account)
        self.client = RestClient(endpoint, self.redact, self.budget, "SmartOLT")
        self.client.headers["X-Token"] = endpoint.secret.reveal()
        self.olt_id = str(endpoint.options.get("olt_id", "1"))

    def capabilities(self) -> frozenset[str]:
        return frozenset(
            {"suspend", "rate", "discover", "inventory", "bulk", "wan", "wifi", "readings"}
        )

    def open(self) -> None:
        self.client.open()

    def close(self) -> None:
        self.client.close()

    # ------------------------------------------------------------ reading
    def observe(self, desired: Mapping[str, OnuService]) -> dict[str, SmartOnu]:
        self._learn(desired.values())
        if len(desired) >= BULK:
            # what is written is decided on what is so now: another worker may have changed it a
            # minute ago
            known = self._inventory(self.cache.fresh)
        else:
            known = {}
            for service in desired.values():
                try:
                    number = text.serial(service.serial)
                except Permanent:
                    continue  # plan() says what is wrong with it
                known.update(self._by_serial(number))
        return {
            key: known[service.serial]
            for key, service in desired.items()
            if service.serial in known
        }

    def inventory(self) -> dict[str, SmartOnu]:
        """All ONUs of the OLT, at most some minutes old."""
        return self._inventory(self.cache.get)

    def _inventory(self, ask):
        body = ask("details", DETAILS_TTL, lambda: self._get("/api/onu/get_all_onus_details"))
        rows = (
            self._held(row)
            for row in body.get("onus", ())
            if str(row.get("olt_id", self.olt_id)) == self.olt_id
        )
        return {held.serial: held for held in rows}

    def discover(self) -> list[Discovered]:
        body = self._get(f"/api/onu/unconfigured_onus_for_olt/{quote(self.olt_id, safe='')}")
        return [
            Discovered(row["sn"], int(row["board"]), int(row["port"]), row.get("onu_type_name", ""))
            for row in body.get("response", ())
        ]

    def readings(self) -> list[OnuReading]:
        """State and power of all ONUs: two bulk calls, cached."""
        status = self.cache.get(
            "status", STATUS_TTL, lambda: self._get("/api/onu/get_onus_statuses")
        )
        signal = self.cache.get(
            "signal", SIGNAL_TTL, lambda: self._get("/api/onu/get_onus_signals")
        )
        phases = {row["sn"]: row["status"] for row in status.get("response", ())}
        powers = {row["sn"]: row for row in signal.get("response", ())}
        words = {"Online": "working", "LOS": "los", "Power fail": "dyinggasp", "Offline": "offline"}
        return [
            OnuReading(
                held.slot,
                held.port,
                held.number,
                serial,
                words.get(phases.get(serial, ""), "unknown"),
                rx_dbm=_float(powers.get(serial, {}).get("signal_1490")),
                olt_rx_dbm=_float(powers.get(serial, {}).get("signal_1310")),
                description=held.description or "",
            )
            for serial, held in self.inventory().items()
        ]

    def _by_serial(self, number):
        try:
            body = self._get(f"/api/onu/get_onus_details_by_sn/{number}")
        except Refused as problem:
            if re.search(r"no onus|not found", problem.detail, re.IGNORECASE):
                return {}
            raise
        rows = (self._held(row) for row in body.get("onus", ()))
        return {held.serial: held for held in rows}

    @staticmethod
    def _held(row) -> SmartOnu:
        ports = row.get("service_ports") or ()
        flows = tuple(
            Flow(
                int(port["vlan"]),
                int(port["vlan"]),
                1,
                port.get("upload_speed") or "",
                port.get("download_speed") or "",
                int(port.get("service_port") or 0),
            )
            for port in ports
        )
        ports_of_wifi = row.get("wifi_ports") or ()
        names = {port.get("port") or BAND_24: port.get("ssid") for port in ports_of_wifi}
        return SmartOnu(
            serial=row["sn"],
            slot=int(row["board"]),
            port=int(row["port"]),
            number=int(row.get("onu") or 0),
            enabled=row.get("administrative_status") != "Disabled",
            phase="working" if row.get("status") == "Online" else "unknown",
            flows=flows,
            wan_mode=_ROUTING.get(row.get("wan_mode", ""), "bridge"),
            wan_username=row.get("username") or None,
            ssid=names.get(BAND_24) or None,
            ssid_5g=names.get(BAND_5) or None,
            external_id=row["unique_external_id"],
        )

    # ------------------------------------------------------------ writing
    def plan(self, desired: OnuService, observed: SmartOnu | None) -> tuple[Step, ...]:
        """As for any OLT; but a service port is changed in place and comes with `add`."""
        steps = planning.plan(desired, observed, self.traits)
        unwanted = {"flow_remove"} if observed else {"flow_remove", "flow_add"}
        return tuple(step for step in steps if step.action not in unwanted)

    def apply(self, plans: Mapping[str, Sequence[Step]]) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {}
        self._learn(
            s.after for steps in plans.values() for s in steps if isinstance(s.after, OnuService)
        )
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
        if step.action == "conflict":
            raise NeedsHuman(step.summary)
        if step.action == "refuse":
            raise Permanent(step.summary)
        try:
            getattr(self, f"_do_{step.action}")(step)
        except Refused:
            # what we knew may be minutes old: the state decides, not the text of the refusal
            held = self._by_serial(step.after.serial).get(step.after.serial)
            if step.action in {missing.action for missing in self.plan(step.after, held)}:
                raise

    def _do_add(self, step):
        want: OnuService = step.after
        routing = want.wan is not None and want.wan.mode == "pppoe"
        self._post(
            "/api/onu/authorize_onu",
            olt_id=self.olt_id,
            pon_type="gpon",
            board=str(want.slot),
            port=str(want.port),
            sn=want.serial,
            onu_type=want.onu_type,
            onu_mode="Routing" if routing else "Bridging",
            vlan=str(want.vlan),
            zone=str(self.endpoint.options.get("zone", "1")),
            name=want.label,
            onu_external_id=self._external_id(step),
            upload_speed_profile_name=want.upload_profile,
            download_speed_profile_name=want.download_profile,
        )

    def _do_delete(self, step):
        self._post(f"/api/onu/delete/{self._external_id(step)}")

    def _do_activate(self, step):
        self._post(f"/api/onu/enable/{self._external_id(step)}")

    def _do_deactivate(self, step):
        self._post(f"/api/onu/disable/{self._external_id(step)}")

    def _do_flow_add(self, step):
        want, held = step.after, step.before
        if not held.flows or held.flows[0].vlan != want.vlan:
            self._post(
                f"/api/onu/update_onu_vlan_id/{self._external_id(step)}", vlan=str(want.vlan)
            )
        if not held.flows or (held.flows[0].upload, held.flows[0].download) != (
            want.upload_profile,
            want.download_profile,
        ):
            self._post(
                f"/api/onu/update_onu_speed_profiles/{self._external_id(step)}",
                upload_speed_profile_name=want.upload_profile,
                download_speed_profile_name=want.download_profile,
            )

    def _do_wan(self, step):
        wan = step.after.wan
        if wan.mode != "pppoe":
            raise Permanent(
                f"{step.after.reference}: SmartOLT changes an ONU to bridge only when it is "
                f"authorised anew."
            )
        self._post(
            f"/api/onu/set_onu_wan_mode_pppoe/{self._external_id(step)}",
            username=wan.username,
            password=wan.password.reveal(),
        )

    def _do_wifi(self, step):
        wifi = step.after.wifi
        for band, name in ((BAND_24, wifi.ssid), (BAND_5, wifi.ssid_5g)):
            if name:
                self._post(
                    f"/api/onu/set_wifi_port_lan/{self._external_id(step)}",
                    wifi_port=band,
                    ssid=name,
                    authentication_mode="WPA2",
                    password=wifi.key.reveal(),
                )

    @staticmethod
    def _external_id(step):
        held = step.before
        known = held.external_id if isinstance(held, SmartOnu) else ""
        return quote(known or re.sub(r"[^A-Za-z0-9_-]", "-", step.after.reference), safe="")

    # ------------------------------------------------------------ wire
    def _get(self, path):
        return self._accepted(path, self.client.json("GET", path))

    def _post(self, path, **form):
        return self._accepted(path, self.client.json("POST", path, data=form))

    def _accepted(self, path, body):
        if isinstance(body, Mapping) and body.get("status") in (True, "true", 1):
            return body
        reason = self.redact(
            str(body.get("error") or body.get("response") or body)
            if isinstance(body, Mapping)
            else body
        )
        if re.search(
            r"limit|try again|timeout|busy|offline olt|not reachable", reason, re.IGNORECASE
        ):
            raise Retryable(f"SmartOLT: {reason}", f"{path}: {reason}")
        if re.search(r"already authorized|external id is already", reason, re.IGNORECASE):
            raise RefusedDuplicate(f"SmartOLT: {reason}", f"{path}: {reason}")
        raise Refused(f"SmartOLT refuses: {reason}", f"{path}: {reason}")

    def _learn(self, services):
        for service in services:
            if service.wan and service.wan.password:
                self.redact.add(service.wan.password)
            if service.wifi:
                self.redact.add(service.wifi.key)


class Refused(Permanent):
    """HTTP 200 with ``status: false``."""


class RefusedDuplicate(Refused, NeedsHuman):
    """The serial number or our reference is in use there by another ONU."""

    kind = NeedsHuman.kind


def _float(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
