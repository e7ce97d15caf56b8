"""V1600G: commands and texts. The conversation, the plan and the batch are in :mod:`..olt`.

The commands of an ONU are those the OLT writes into its own running configuration. Verbs for
switching an ONU off differ
between firmwares, so suspension takes the service port away, as with ZTE.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..base import NeedsHuman, Permanent, Retryable, SecretText, Step
from ..olt.driver import SAVING, CliOlt, errors
from ..olt.planning import Traits
from ..olt.session import CliSession
from ..olt.values import Discovered, OnuHeld, OnuService
from . import parsers

WAN_PENDING = "wan_pending"


class Vsol(CliOlt):
    """``Endpoint.options``: ``transport`` (``telnet`` or ``ssh``), ``enable_secret``
    (:class:`SecretText`), ``pon_ports`` (8),
    ``host_key``, ``wan_binds`` (``lan1 ssid1``: what an ONU that dials gives the Internet to). The
    card of an ONU is 0."""

    kind = "vsol"
    traits = Traits(
        suspend="flow",
        flow_speed=False,
        wan=True,
        wifi=True,
        needs=("onu_type", "tcont_profile"),
    )
    errors = errors(
        (r"Error:[^\n]*busy[^\n]*", Retryable),
        (r"Error: The sn has been existed[^\n]*", NeedsHuman),
        (r"Error: The onu id is invalid or used[^\n]*", Retryable),
        (r"Error: The onu does not exist[^\n]*", Retryable),
        (r"Error: The service port does not exist", None),
        (r"Error:[^\n]*", Permanent),
        (r"% ?(?:Unknown command|Command incomplete|Ambiguous command)[^\n]*", Permanent),
        (r"Bad Password[^\n]*", Permanent),
    )

    # ------------------------------------------------------------ session
    def make_session(self) -> CliSession:
        telnet = self.endpoint.options.get("transport", "telnet") == "telnet"
        return CliSession(
            self.endpoint, self.redact, self._log_in, goodbye=("end", "exit"), telnet=telnet
        )

    def _log_in(self, session):
        session.log_in()
        secret = self.endpoint.options.get("enable_secret") or self.endpoint.secret
        self.command("enable", answers={"assword:": secret.reveal()}, secret=True)
        session.run("terminal length 0")
        self.command("configure terminal")

    @property
    def ports(self) -> range:
        return range(1, int(self.endpoint.options.get("pon_ports", 8)) + 1)

    def leave(self) -> None:
        if self._mode:
            self.session.run("exit")
        self._mode = ()

    def enter(self, *path: str) -> None:
        # one PON port's view leads straight into another's
        if path and self._mode != path:
            self.command(path[0])
            self._mode = path

    # ------------------------------------------------------------ reading
    def find(self, serials: Iterable[str]) -> dict[str, OnuHeld]:
        wanted = set(serials)
        return (
            {number: held for number, held in self.inventory().items() if number in wanted}
            if wanted
            else {}
        )

    def inventory(self) -> dict[str, OnuHeld]:
        """The whole running configuration, in one command, and the states of the ports that have
        ONUs.
        """
        self.leave()
        onus = parsers.running(
            self.checked("show running-config", self.session.run("show running-config"))
        )
        phases = {}
        for port in sorted({onu.port for onu in onus.values()}):
            self.enter(f"interface gpon 0/{port}")
            phases.update(parsers.states(self.session.run("show onu state")))
        self.leave()
        for onu in onus.values():
            self.redact.add(onu.wifi_key or "", onu.wifi_key_5g or "", onu.wan_password or "")
            self._wan[onu.serial] = (onu.wan_index, frozenset(onu.wan_indexes))
        return {
            onu.serial: OnuHeld(
                serial=onu.serial,
                slot=0,
                port=onu.port,
                number=onu.number,
                phase=phases.get((onu.port, onu.number), "unknown"),
                description=onu.description,
                onu_type=onu.profile,
                tcont_profile=onu.tcont if onu.gemport else "",
                upload_profile=onu.upload,
                download_profile=onu.download,
                flows=tuple(onu.flows),
                wan_mode="pppoe" if onu.wan_username else "bridge",
                wan_username=onu.wan_username,
                wan_password=SecretText(onu.wan_password) if onu.wan_password else None,
                ssid=onu.ssid,
                wifi_key=SecretText(onu.wifi_key) if onu.wifi_key else None,
                ssid_5g=onu.ssid_5g,
                wifi_key_5g=SecretText(onu.wifi_key_5g) if onu.wifi_key_5g else None,
            )
            for onu in onus.values()
        }

    def discover(self) -> list[Discovered]:
        found = {}
        for port in self.ports:
            self.enter(f"interface gpon 0/{port}")
            answer = self.session.run("show onu auto-find")
            # a port without news says `Error: No related information`
            for onu in parsers.waiting(answer):
                found[onu.serial] = onu
        self.leave()
        return list(found.values())

    # ------------------------------------------------------------ writing
    def do_add(self, step: Step) -> None:
        want: OnuService = step.after
        self._port(want)
        number = self.free_number(want, lambda: parsers.numbers(self.session.run("show onu info")))
        self.command(f"onu add {number} profile {want.onu_type} sn {want.serial}")
        self._numbers[want.serial] = number
        self._wan.pop(want.serial, None)
        self._bandwidth(step, f"desc {want.label}")

    def do_delete(self, step: Step) -> None:
        self._port(step.after)
        self.command(f"no onu {self._number(step)}")
        self._numbers.pop(step.after.serial, None)

    def do_describe(self, step: Step) -> None:
        if step.after.wan:
            self._onu(step, "pri wan_adv commit")  # perhaps a WAN that was cut before: see do_wan
        self._onu(step, f"desc {step.after.label}")

    def do_profile(self, step: Step) -> None:
        self._bandwidth(step)

    def do_speed(self, step: Step) -> None:
        want = step.after
        if want.upload_profile:
            self._onu(
                step,
                f"gemport 1 traffic-limit upstream {want.upload_profile} downstream "
                f"{want.download_profile}",
            )

    def do_flow_add(self, step: Step) -> None:
        flow = step.after.flow
        self._onus(
            step,
            f"service Internet gemport {flow.gemport} vlan {flow.vlan}",
            "portvlan veip 1 mode transparent",
        )
        # last, because this is the line that is looked at: where it is, all the rest is too
        self._onu(
            step,
            f"service-port 1 gemport {flow.gemport} uservlan {flow.user_vlan} vlan {flow.vlan}",
        )

    def do_flow_remove(self, step: Step) -> None:
        self._port(step.after)
        self.command(f"no onu {self._number(step)} service-port {step.before[1].index}")

    def do_wan(self, step: Step) -> None:
        want, (index, used) = step.after, self._wan.get(step.after.serial, (0, frozenset()))
        # nothing shows whether it was committed: until it is, the ONU has another name
        self._onu(step, f"desc {WAN_PENDING}")
        if index:
            self._onu(step, f"pri wan_adv delete index {index}")
        if want.wan.mode == "pppoe":
            index = index or next(n for n in range(1, len(used) + 2) if n not in used)
            line = f"pri wan_adv index {index}"
            binds = self.endpoint.options.get("wan_binds", "lan1 ssid1")
            self._onu(step, "pri wan_adv add route")
            self._onu(step, f"{line} route mode internet mtu 1492")
            self._onu(step, f"{line} vlan tag wan_vlan {want.flow.user_vlan} 0")
            self._onu(step, f"{line} bind {binds}")
            self._onu(
                step,
                f"{line} route ipv4 pppoe proxy disable user {want.wan.username} "
                f"pwd {want.wan.password.reveal()} mode auto nat enable",
                secret=True,
            )
            self._wan[want.serial] = (index, used | {index})
        else:
            self._wan[want.serial] = (0, used - {index})
        self.do_describe(step)

    def do_wifi(self, step: Step) -> None:
        wifi = step.after.wifi
        for band, name in ((parsers.BAND_24, wifi.ssid), (parsers.BAND_5, wifi.ssid_5g)):
            if name:
                self._onu(
                    step,
                    f"pri wifi_ssid {band} name {name} hide disable auth_mode wpa2psk "
                    f"encrypt_type aes shared_key {wifi.key.reveal()}",
                    secret=True,
                )

    def save(self) -> None:
        self.leave()
        answer = self.session.run("write", patience=SAVING)
        if "Unknown command" in answer:
            answer = self.session.run("copy running-config startup-config", patience=SAVING)
        self.checked("write", answer)

    # ------------------------------------------------------------ inside
    def __init__(self, endpoint):
        super().__init__(endpoint)
        self._numbers: dict[str, int] = {}
        #: serial number -> (index of the WAN that dials, or 0; all its WANs)
        self._wan: dict[str, tuple[int, frozenset[int]]] = {}

    def _bandwidth(self, step, *more):
        profile = step.after.tcont_profile
        self._onus(step, f"tcont 1 name {profile} dba {profile}", *more)
        self._onu(step, f"gemport 1 tcont 1 gemport_name {profile}")

    def _port(self, want):
        self.enter(f"interface gpon 0/{want.port}")

    def _onu(self, step, line, secret=False):
        self._port(step.after)
        self.command(f"onu {self._number(step)} {line}", secret=secret)

    def _onus(self, step, *lines):
        """Lines that do not depend on each other: see :meth:`CliOlt.commands`."""
        self._port(step.after)
        number = self._number(step)
        self.commands(*(f"onu {number} {line}" for line in lines))

    def _number(self, step):
        held = step.before[0] if isinstance(step.before, tuple) else step.before
        return held.number if isinstance(held, OnuHeld) else self._numbers[step.after.serial]
