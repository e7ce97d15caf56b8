"""SmartAX: commands and texts. The conversation, the plan and the batch are in :mod:`..olt`."""

from __future__ import annotations

from collections.abc import Iterable

from ..base import NeedsHuman, Permanent, Retryable, Step
from ..olt.driver import SAVING, CliOlt, errors
from ..olt.planning import Traits
from ..olt.session import CliSession
from ..olt.text import hex_serial
from ..olt.values import Discovered, OnuHeld, OnuReading, OnuService
from . import parsers


class Huawei(CliOlt):
    """``Endpoint.options``: ``transport`` (``ssh`` or ``telnet``), ``frame`` (0), ``host_key``,
    ``native_vlan`` (True: also
    make the VLAN the native one of the ONT's first Ethernet port)."""

    kind = "huawei"
    traits = Traits(
        suspend="deactivate",
        flow_speed=True,
        wan=True,
        wifi=False,
        needs=("line_profile", "service_profile"),
    )
    exit_word = "quit"
    errors = errors(
        (r"System is busy[^\n]*", Retryable),
        (r"The number of (?:users|sessions)[^\n]*upper limit|Reenter times[^\n]*", Retryable),
        (r"Configuration is locked[^\n]*", Retryable),
        (r"SN already exists[^\n]*", NeedsHuman),
        (r"The ONT is already (?:de)?activated", None),
        (r"The ONT does not exist|The required ONT does not exist", Retryable),
        (r"Service virtual port does not exist", None),
        (r"Conflicted service virtual port[^\n]*", Retryable),
        (r"has some service virtual ports", Retryable),
        (r"Failure:[^\n]*", Permanent),
        (
            r"% ?(?:Unknown command|Incomplete command|Parameter error|Too many parameters)[^\n]*",
            Permanent,
        ),
    )

    # ------------------------------------------------------------ session
    def make_session(self) -> CliSession:
        telnet = self.endpoint.options.get("transport") == "telnet"
        return CliSession(
            self.endpoint, self.redact, self._log_in, goodbye=("return", "quit", "y"), telnet=telnet
        )

    def _log_in(self, session):
        session.log_in(user=r"User name:\s*$", password=r"User password:\s*$|assword:\s*$")
        # without `undo smart` it asks for optional parameters, without `scroll` it pages,
        # and alarms would be printed
        for line in ("enable", "undo smart", "scroll", "infoswitch cli OFF"):
            session.run(line)
        self.command("config")

    @property
    def frame(self) -> int:
        return int(self.endpoint.options.get("frame", 0))

    # ------------------------------------------------------------ reading
    def find(self, serials: Iterable[str]) -> dict[str, OnuHeld]:
        self.leave()
        found = {}
        for number in serials:
            answer = self.session.run(f"display ont info by-sn {hex_serial(number)}")
            ont = parsers.ont_info(answer)
            if ont is None:
                if "does not exist" not in answer:
                    self.checked("display ont info", answer)
                continue
            flows = self._flows(f"port {self.frame}/{ont.slot}/{ont.port} ont {ont.number}")
            found[number] = self._held(ont, flows.get((ont.slot, ont.port, ont.number), []))
        wanted = [held for held in found.values() if self._wants_wan(held.serial)]
        for held in sorted(wanted, key=lambda held: held.place):
            found[held.serial] = self._with_wan(held)
        self.leave()
        return found

    def inventory(self) -> dict[str, OnuHeld]:
        """All ONTs by serial number; their profiles are not in the tables and come as None."""
        self.leave()
        onts = parsers.ont_table(self.session.run(f"display ont info {self.frame} all"))
        flows = self._flows("all")
        return {
            ont.serial: self._held(ont, flows.get((ont.slot, ont.port, ont.number), []))
            for ont in onts
        }

    def discover(self) -> list[Discovered]:
        self.leave()
        return parsers.autofind(self.session.run("display ont autofind all"))

    def readings(self, slot: int, port: int) -> list[OnuReading]:
        """Optics of all ONTs of a PON port (SNMP is cheaper where it is open)."""
        self.enter(f"interface gpon {self.frame}/{slot}")
        table = parsers.optical(self.session.run(f"display ont optical-info {port} all"))
        self.leave()
        return [
            OnuReading(
                slot,
                port,
                number,
                phase="working" if row["rx_dbm"] is not None else "unknown",
                **row,
            )
            for number, row in table.items()
        ]

    def observe(self, desired):
        self._wan_serials = {service.serial for service in desired.values() if service.wan}
        return super().observe(desired)

    _wan_serials: frozenset[str] | set[str] = frozenset()

    def _wants_wan(self, number):
        return number in self._wan_serials

    def _with_wan(self, held):
        self.enter(f"interface gpon {self.frame}/{held.slot}")
        user = parsers.pppoe_user(
            self.session.run(f"display ont ipconfig {held.port} {held.number}")
        )
        values = {**held.__dict__, "wan_mode": "pppoe" if user else "bridge", "wan_username": user}
        return OnuHeld(**values)

    def _flows(self, what):
        return parsers.service_ports(self.session.run(f"display service-port {what}"))

    @staticmethod
    def _held(ont, flows):
        return OnuHeld(
            serial=ont.serial,
            slot=ont.slot,
            port=ont.port,
            number=ont.number,
            enabled=ont.enabled,
            phase=ont.phase,
            description=ont.description,
            line_profile=ont.line_profile,
            service_profile=ont.service_profile,
            flows=tuple(flows),
        )

    # ------------------------------------------------------------ writing
    def do_add(self, step: Step) -> None:
        want: OnuService = step.after
        self._interface(want)
        number = "" if want.number is None else f"{want.number} "
        answer = self.command(
            f"ont add {want.port} {number}sn-auth {hex_serial(want.serial)} omci "
            f"ont-lineprofile-id {want.line_profile} ont-srvprofile-id {want.service_profile} "
            f'desc "{want.label}"'
        )
        number = parsers.added(answer)
        if number is None:
            self._numbers.pop(want.serial, None)  # _place() asks
        else:
            self._numbers[want.serial] = (want.slot, want.port, number)

    def do_delete(self, step: Step) -> None:
        self._interface(step.after)
        self.command(f"ont delete {self._place(step)}")
        self._numbers.pop(step.after.serial, None)

    def do_activate(self, step: Step) -> None:
        self._interface(step.after)
        self.command(f"ont activate {self._place(step)}")

    def do_deactivate(self, step: Step) -> None:
        place = self._place(step)
        self._interface(step.after)
        self.command(f"ont deactivate {place}")

    def do_describe(self, step: Step) -> None:
        self._interface(step.after)
        self.command(f'ont modify {self._place(step)} desc "{step.after.label}"')

    def do_profile(self, step: Step) -> None:
        want, held = step.after, step.before
        self._interface(want)
        if held.line_profile != want.line_profile:
            self.command(f"ont modify {self._place(step)} ont-lineprofile-id {want.line_profile}")
        if held.service_profile != want.service_profile:
            self.command(f"ont modify {self._place(step)} ont-srvprofile-id {want.service_profile}")

    def do_wan(self, step: Step) -> None:
        want, place = step.after, self._place(step)
        self._interface(want)
        if want.wan.mode == "pppoe":
            self.command(
                f"ont ipconfig {place} ip-index 0 pppoe vlan {want.flow.user_vlan} priority 0 "
                f"user-account username {want.wan.username} password {want.wan.password.reveal()}",
                secret=True,
            )
        else:
            self.command(f"undo ont ipconfig {place} ip-index 0")

    def do_flow_add(self, step: Step) -> None:
        want, flow = step.after, step.after.flow
        place = self._place(step)
        if self.endpoint.options.get("native_vlan"):
            self._interface(want)
            self.command(f"ont port native-vlan {place} eth 1 vlan {flow.user_vlan} priority 0")
        number = place.split()[1]
        # last, because this is what is looked at: where the service port is, all the rest is too
        self.leave()
        speed = (
            f" inbound traffic-table index {flow.upload} outbound traffic-table index "
            f"{flow.download}"
            if flow.upload
            else ""
        )
        self.command(
            f"service-port vlan {flow.vlan} gpon {self.frame}/{want.slot}/{want.port} ont "
            f"{number} gemport {flow.gemport} "
            f"multi-service user-vlan {flow.user_vlan} tag-transform translate{speed}"
        )

    def do_flow_remove(self, step: Step) -> None:
        self.leave()
        self.command(f"undo service-port {step.before[1].index}")

    def save(self) -> None:
        self.leave()
        self.command("save", patience=SAVING)

    # ------------------------------------------------------------ inside
    def __init__(self, endpoint):
        super().__init__(endpoint)
        self._numbers: dict[str, tuple[int, int, int]] = {}

    def _interface(self, want):
        self.enter(f"interface gpon {self.frame}/{want.slot}")

    def _place(self, step: Step) -> str:
        """``PORT ONTID`` of an ONT: as observed, or, just added, as the OLT says now."""
        held = step.before[0] if isinstance(step.before, tuple) else step.before
        if isinstance(held, OnuHeld):
            return f"{held.port} {held.number}"
        number = step.after.serial
        if number not in self._numbers:
            self.leave()
            ont = parsers.ont_info(self.session.run(f"display ont info by-sn {hex_serial(number)}"))
            if ont is None:
                raise Retryable(
                    f"{number} was added to the OLT {self.endpoint.host}, but it does not show it."
                )
            if (ont.slot, ont.port) != (step.after.slot, step.after.port):
                raise NeedsHuman(
                    f"{number} is on port {ont.slot}/{ont.port} of the OLT {self.endpoint.host}."
                )
            self._numbers[number] = (ont.slot, ont.port, ont.number)
        _slot, port, ont_id = self._numbers[number]
        return f"{port} {ont_id}"
