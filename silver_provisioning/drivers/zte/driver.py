"""ZXAN: commands and texts. The conversation, the plan and the batch are in :mod:`..olt`.

How to switch one ONU off differs between firmwares; taking its service port away works in all of
them, and keeps the ONU
reachable for measurements. So that is what suspension is here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..base import NeedsHuman, Permanent, Retryable, SecretText, Step
from ..olt.driver import SAVING, CliOlt, errors
from ..olt.planning import Traits
from ..olt.session import CliSession
from ..olt.values import Discovered, OnuHeld, OnuReading, OnuService
from . import parsers

FEW = 3  # so many ONUs are looked for one by one


class Zte(CliOlt):
    """``Endpoint.options``: ``transport`` (``telnet`` or ``ssh``), ``shelf`` (1), ``ports``
    (["1/1", "1/2"]: slot/port, what
    :meth:`inventory` looks at), ``eth_port`` (``eth_0/1``), ``host_key``."""

    kind = "zte"
    traits = Traits(
        suspend="flow",
        flow_speed=False,
        wan=True,
        wifi=True,
        needs=("onu_type", "tcont_profile"),
    )
    errors = errors(
        (r"%Error \d+:[^\n]*(?:busy|try again)[^\n]*", Retryable),
        (r"%Error \d+:[^\n]*Too many users[^\n]*", Retryable),
        (r"This SN already exists[^\n]*", NeedsHuman),
        (r"The ONU already exists[^\n]*", Retryable),
        (r"Onu is not exist[^\n]*", Retryable),
        (r"The service port does not exist", None),
        (r"The service port already exists[^\n]*", Retryable),
        (r"The configuration does not exist", None),
        (r"%(?:Error|Code) \d+[^\n]*", Permanent),
    )

    # ------------------------------------------------------------ session
    def make_session(self) -> CliSession:
        telnet = self.endpoint.options.get("transport", "telnet") == "telnet"
        return CliSession(
            self.endpoint, self.redact, self._log_in, goodbye=("end", "exit"), telnet=telnet
        )

    def _log_in(self, session):
        session.log_in()
        session.run("terminal length 0")

    @property
    def shelf(self) -> int:
        return int(self.endpoint.options.get("shelf", 1))

    def enter(self, *path: str) -> None:
        # one interface's view leads straight into another's
        if self._mode[:1] == path[:1] and len(self._mode) == len(path) and self._mode != path:
            self.command(path[1])
            self._mode = path
        else:
            super().enter(*path)

    def leave(self) -> None:
        if self._mode:
            self.session.run("end")
        self._mode = ()

    # ------------------------------------------------------------ reading
    def observe(self, desired):
        self._ports = {(want.slot, want.port) for want in desired.values()}
        self._managed = {want.serial for want in desired.values() if want.wan or want.wifi}
        return super().observe(desired)

    def find(self, serials: Iterable[str]) -> dict[str, OnuHeld]:
        """Where they are by one look at each port and at what waits there; only who is in neither
        is asked for one by one."""
        self.leave()
        serials = list(serials)
        found, ports, phases = {}, {}, {}
        known, waiting = {}, set()
        if len(serials) > FEW:
            for port in sorted(self._ports):
                ports[port] = self._registered(*port)
                known |= {sn: (*port, number) for number, (_model, sn) in ports[port].items()}
            # who is configured on his port and lights up on another is in both
            waiting = {onu.serial for onu in self.discover()}
        for number in serials:
            where = known.get(number)
            if not where:
                where = None if number in waiting else self._place_of(number)
            if not where:
                continue
            port = where[:2]
            if port not in ports:
                ports[port] = self._registered(*port)
            if port not in phases:
                phases[port] = parsers.states(
                    self.session.run(f"show gpon onu state {self._olt(*port)}")
                )
            model = ports[port].get(where[2], (None, number))[0]
            phase = phases[port].get(where[2], "unknown")
            found[number] = self._read(number, where, model, phase, number in self._managed)
        return found

    def _place_of(self, number):
        answer = self.session.run(f"show gpon onu by sn {number}")
        if "No related information" not in answer:
            self.checked("show gpon onu by sn", answer)
        return parsers.place(answer)

    def inventory(self) -> dict[str, OnuHeld]:
        self.leave()
        found = {}
        for text in self.endpoint.options.get("ports", ()):
            slot, port = (int(part) for part in text.split("/"))
            phases = parsers.states(
                self.session.run(f"show gpon onu state {self._olt(slot, port)}")
            )
            for number, (model, sn) in self._registered(slot, port).items():
                phase = phases.get(number, "unknown")
                found[sn] = self._read(sn, (slot, port, number), model, phase)
        return found

    def capabilities(self) -> frozenset[str]:
        return super().capabilities() - (
            set() if self.endpoint.options.get("ports") else {"inventory"}
        )

    def discover(self) -> list[Discovered]:
        self.leave()
        answer = self.session.run("show gpon onu uncfg")
        if "No related information" not in answer:
            self.checked("show gpon onu uncfg", answer)
        return parsers.unconfigured(answer)

    def readings(self, slot: int, port: int) -> list[OnuReading]:
        """Optics of all ONUs of a PON port: one command each (SNMP is cheaper where it is open)."""
        self.leave()
        phases = parsers.states(self.session.run(f"show gpon onu state {self._olt(slot, port)}"))
        rows = []
        for number, state in phases.items():
            rx, tx, olt_rx = parsers.attenuation(
                self.session.run(f"show pon power attenuation {self._onu(slot, port, number)}")
            )
            rows.append(
                OnuReading(slot, port, number, phase=state, rx_dbm=rx, tx_dbm=tx, olt_rx_dbm=olt_rx)
            )
        return rows

    def _registered(self, slot, port):
        line = f"show running-config interface {self._olt(slot, port)}"
        return parsers.registered(self.checked(line, self.session.run(line)))

    def _in_use(self, want):
        self.leave()
        return self._registered(want.slot, want.port)

    def _read(self, number, where, model, phase, managed=False):
        """What the OLT holds of an ONU; ``managed``: with what is set inside it (one question
        more)."""
        name = self._onu(*where)
        line = f"show running-config interface {name}"
        main = parsers.interface(self.checked(line, self.session.run(line)))
        return OnuHeld(
            serial=number,
            slot=where[0],
            port=where[1],
            number=where[2],
            phase=phase,
            description=main.name,
            onu_type=model,
            tcont_profile=main.tcont,
            upload_profile=main.upload,
            download_profile=main.download,
            flows=main.flows,
            **(self._inside(name) if managed else {}),
        )

    def _inside(self, name):
        """What is set in the ONU itself, as fields of :class:`OnuHeld`."""
        answer = self.session.run(f"show onu running config {name}")
        inner = (
            parsers.Management()
            if answer.lstrip().startswith(("%", "^"))
            else parsers.management(answer)
        )
        for value in (inner.wan_password, inner.wifi_key, inner.wifi_key_5g):
            self.redact.add(value or "")
        return {
            "wan_mode": "pppoe" if inner.wan_username else "bridge",
            "wan_username": inner.wan_username,
            "wan_password": _secret(inner.wan_password),
            "ssid": inner.ssid,
            "wifi_key": _secret(inner.wifi_key),
            "ssid_5g": inner.ssid_5g,
            "wifi_key_5g": _secret(inner.wifi_key_5g),
        }

    # ------------------------------------------------------------ writing
    def do_add(self, step: Step) -> None:
        want: OnuService = step.after
        number = self.free_number(want, lambda: self._in_use(want))
        self.enter("configure terminal", f"interface {self._olt(want.slot, want.port)}")
        self.command(f"onu {number} type {want.onu_type} sn {want.serial}")
        self._numbers[want.serial] = (want.slot, want.port, number)
        self._bandwidth(step, f"name {want.label}")

    def do_delete(self, step: Step) -> None:
        held = self._held(step)
        self.enter("configure terminal", f"interface {self._olt(*held[:2])}")
        self.command(f"no onu {held[2]}")
        self._numbers.pop(step.after.serial, None)

    def do_describe(self, step: Step) -> None:
        self._on_interface(step)
        self.command(f"name {step.after.label}")

    def do_profile(self, step: Step) -> None:
        self._bandwidth(step)

    def _bandwidth(self, step, *more):
        self._on_interface(step)
        profile = step.after.tcont_profile
        self.commands("sn-bind enable sn", f"tcont 1 profile {profile}", *more)
        # last: without a GEM port the parser takes all of this as not done
        self.command("gemport 1 tcont 1")

    def do_speed(self, step: Step) -> None:
        want = step.after
        if not want.upload_profile:
            return
        self._on_interface(step)
        self.command(
            f"gemport 1 traffic-limit upstream {want.upload_profile} downstream "
            f"{want.download_profile}"
        )

    def do_flow_add(self, step: Step) -> None:
        want, flow = step.after, step.after.flow
        eth = self.endpoint.options.get("eth_port", "eth_0/1")
        self._on_onu(step)
        lines = [f"service 1 gemport 1 vlan {flow.user_vlan}"]
        if not want.wan or want.wan.mode == "bridge":
            lines.append(f"vlan port {eth} mode tag vlan {flow.user_vlan}")
        self.commands(*lines)
        # last, because this is the line that is looked at: where it is, all the rest is too
        self._on_interface(step)
        self.command(
            f"service-port 1 vport {flow.gemport} user-vlan {flow.user_vlan} vlan {flow.vlan}"
        )

    def do_flow_remove(self, step: Step) -> None:
        self._on_interface(step)
        self.command(f"no service-port {step.before[1].index}")

    def do_wan(self, step: Step) -> None:
        wan = step.after.wan
        self._on_onu(step)
        if wan.mode == "pppoe":
            self.command(
                f"wan-ip 1 mode pppoe username {wan.username} password {wan.password.reveal()} "
                f"vlan-profile {wan.vlan_profile} host 1",
                secret=True,
            )
        else:
            self.command("no wan-ip 1")

    def do_wifi(self, step: Step) -> None:
        wifi = step.after.wifi
        self._on_onu(step)
        for band, name in ((parsers.BAND_24, wifi.ssid), (parsers.BAND_5, wifi.ssid_5g)):
            if name:
                line = f"ssid auth wpa {band} wpa2-psk encrypt aes key {wifi.key.reveal()}"
                self.command(line, secret=True)
                self.command(f"ssid ctrl {band} name {name}")

    def save(self) -> None:
        self.leave()
        answer = self.command("write", patience=SAVING)
        if not re.search(r"\[OK\]", answer):
            raise Retryable(
                f"The OLT {self.endpoint.host} did not confirm that it saved.", self.redact(answer)
            )

    # ------------------------------------------------------------ inside
    def __init__(self, endpoint):
        super().__init__(endpoint)
        self._numbers: dict[str, tuple[int, int, int]] = {}
        self._ports: set[tuple[int, int]] = set()  # where the ONUs of this batch should be
        self._managed: set[str] = set()  # serials whose WAN or Wi-Fi is to be compared

    def _olt(self, slot, port):
        return f"gpon-olt_{self.shelf}/{slot}/{port}"

    def _onu(self, slot, port, number):
        return f"gpon-onu_{self.shelf}/{slot}/{port}:{number}"

    def _held(self, step):
        held = step.before[0] if isinstance(step.before, tuple) else step.before
        return held.place if isinstance(held, OnuHeld) else self._numbers[step.after.serial]

    def _on_interface(self, step):
        self.enter("configure terminal", f"interface {self._onu(*self._held(step))}")

    def _on_onu(self, step):
        self.enter("configure terminal", f"pon-onu-mng {self._onu(*self._held(step))}")


def _secret(value):
    return SecretText(value) if value is not None else None
