"""V-SOL V1600G command line: Cisco-like, GPON commands live inside `interface gpon 0/N`, columns
made with ANSI jumps.
"""

import re

from .cli import CliDevice, Logout, Shell, command
from .plant import Ont

NAME = r"[A-Za-z0-9_.:/+-]{1,64}"
PHASES = {"working": "working", "los": "LOS", "dyinggasp": "DyingGasp", "offline": "OffLine"}
NO_ONU = "Error: The onu does not exist."


def _columns(*cells):
    """Cells placed with cursor-forward sequences, as this firmware does instead of printing
    spaces.
    """
    return (
        "".join(f"{text}\x1b[{max(1, width - len(text))}C" for text, width in cells[:-1])
        + cells[-1][0]
    )


class VsolShell(Shell):
    banner = ""
    more = "--More-- "
    login_prompt, password_prompt = "Login: ", "Password: "
    login_error = "Bad Password..."
    busy = "Error: System is busy, please retry."
    unknown = "% Unknown command."

    def __init__(self, device, terminal):
        super().__init__(device, terminal)
        self.current = None

    def prompt(self):
        ending = {"user": ">", "enable": "#", "config": "(config)#"}.get(self.mode)
        return self.device.hostname + (ending or f"(config-pon-0/{self.current})#")

    # ------------------------------------------------------------ moving about
    @command("enable", "user")
    def enable(self):
        self.terminal.write("Password: ")
        if self.read_line(echo=False) != self.device.enable_password:
            return "Bad Password..."
        self.mode = "enable"
        return None

    @command("terminal length (\\d+)", "enable", "config", "gpon")
    def terminal_length(self, rows):
        self.paging = rows != "0"

    @command("configure terminal", "enable")
    def configure(self):
        self.mode = "config"

    @command(r"interface gpon 0/(\d+)", "config", "gpon")
    def interface(self, port):
        if not 1 <= int(port) <= self.plant.ports:
            return "Error: The interface does not exist."
        self.mode, self.current = "gpon", int(port)
        return None

    @command("exit")
    def leave(self):
        if self.mode in ("user", "enable"):
            raise Logout
        self.mode = "enable" if self.mode == "config" else "config"

    @command("end", "config", "gpon")
    def end(self):
        self.mode = "enable"

    @command("(?:write|copy running-config startup-config)", "enable", "config", "gpon")
    def write(self):
        self.plant.save()
        return "Configuration saved to file startup-config successfully."

    # ------------------------------------------------------------ reading
    @command("show onu auto-find", "gpon")
    def auto_find(self):
        rows = [x for x in self.plant.unconfigured() if x.port == self.current]
        if not rows:
            return "Error: No related information to show."
        head = [_columns(("OnuIndex", 25), ("Sn", 25), ("State", 0)), "-" * 57]
        return "\n".join(
            head
            + [
                _columns((f"GPON0/{x.port}:{n}", 25), (x.serial, 25), ("unknow", 0))
                for n, x in enumerate(rows, 1)
            ]
        )

    @command("show onu info(?: all)?", "gpon")
    def info(self):
        rows = self.plant.on_port(0, self.current)
        head = _columns(
            ("Onuindex", 11), ("Model", 21), ("Profile", 23), ("Mode", 8), ("AuthInfo", 0)
        )
        return "\n".join(
            [head, "-" * 80]
            + [
                _columns(
                    (f"GPON0/{o.port}:{o.number}", 11),
                    ("unknown", 21),
                    (o.config["profile"], 23),
                    ("sn", 8),
                    (o.serial, 0),
                )
                for o in rows
            ]
        )

    @command("show onu state", "gpon")
    def state(self):
        rows = self.plant.on_port(0, self.current)
        head = _columns(
            ("OnuIndex", 12),
            ("Admin State", 14),
            ("OMCC State", 14),
            ("Phase State", 15),
            ("Channel", 0),
        )
        out, working = [head, "-" * 63], 0
        for o in rows:
            phase = PHASES[self.plant.state(o)]
            working += phase == "working"
            omcc = "enable" if phase == "working" else "disable"
            out.append(
                _columns(
                    (f"1/1/{o.port}:{o.number}", 12),
                    ("enable", 14),
                    (omcc, 14),
                    (phase, 15),
                    ("1(GPON)", 0),
                )
            )
        return "\n".join([*out, f"ONU Number: {working}/{len(rows)}"])

    @command(r"show running-config interface gpon 0/(\d+)", "enable", "config", "gpon")
    def running_port(self, port):
        return "\n".join(self._running([int(port)]))

    @command("show running-config", "enable", "config", "gpon")
    def running(self):
        ports = sorted({o.port for o in self.plant.onts.values()})
        return "\n".join(
            ["!", f"hostname {self.device.hostname}", "!", *self._running(ports), "end"]
        )

    def _running(self, ports):
        out = []
        for port in ports:
            out.append(f"interface gpon 0/{port}")
            for o in self.plant.on_port(0, port):
                out.append(f" onu add {o.number} profile {o.config['profile']} sn {o.serial}")
                out += [f" onu {o.number} {line}" for line in o.config["lines"].values()]
            out.append("!")
        return out

    # ------------------------------------------------------------ writing
    @command(rf"onu add (\d+) profile ({NAME}) sn (\S+)", "gpon")
    def onu_add(self, number, profile, serial):
        place = (0, self.current, int(number))
        if profile not in self.plant.profiles:
            return "Error: The onu profile does not exist."
        if not re.fullmatch(r"[A-Z0-9]{4}[0-9A-F]{8}", serial):
            return "Error: Invalid sn."
        if self.plant.by_serial(serial):
            return "Error: The sn has been existed."
        if place in self.plant.onts or not 1 <= int(number) <= 128:
            return "Error: The onu id is invalid or used."
        self.plant.add(Ont(serial, *place, config={"profile": profile, "lines": {}}))
        return None

    @command(r"no onu (\d+)", "gpon")
    def onu_delete(self, number):
        place = (0, self.current, int(number))
        if place not in self.plant.onts:
            return NO_ONU
        self.plant.remove(place)
        return None

    @command(r"onu (\d+) desc (\S{1,64})", "gpon")
    def description(self, number, text):
        return self._line(number, "desc", f"desc {text}", description=text)

    @command(rf"onu (\d+) tcont (\d+) name ({NAME}) dba ({NAME})", "gpon")
    def tcont(self, number, index, name, dba):
        if dba not in self.plant.profiles:
            return "Error: The dba profile does not exist."
        return self._line(number, f"tcont {index}", f"tcont {index} name {name} dba {dba}")

    @command(rf"onu (\d+) gemport (\d+) tcont (\d+) gemport_name ({NAME})", "gpon")
    def gemport(self, number, index, tcont, name):
        return self._line(
            number,
            f"gemport {index}",
            f"gemport {index} tcont {tcont} gemport_name {name}",
            f"tcont {tcont}",
        )

    @command(
        rf"onu (\d+) gemport (\d+) traffic-limit upstream ({NAME}) downstream ({NAME})", "gpon"
    )
    def traffic_limit(self, number, index, up, down):
        if not {up, down} <= self.plant.profiles:
            return "Error: The traffic profile does not exist."
        line = f"gemport {index} traffic-limit upstream {up} downstream {down}"
        return self._line(number, f"gemport {index} traffic-limit", line, f"gemport {index}")

    @command(rf"onu (\d+) service ({NAME}) gemport (\d+) vlan (\d+)", "gpon")
    def service(self, number, name, gemport, vlan):
        return self._line(
            number,
            f"service {name}",
            f"service {name} gemport {gemport} vlan {vlan}",
            f"gemport {gemport}",
        )

    @command(r"onu (\d+) service-port (\d+) gemport (\d+) uservlan (\d+) vlan (\d+)", "gpon")
    def service_port(self, number, index, gemport, user_vlan, vlan):
        if int(vlan) not in self.plant.vlans:
            return "Error: The vlan does not exist."
        line = f"service-port {index} gemport {gemport} uservlan {user_vlan} vlan {vlan}"
        return self._line(number, f"service-port {index}", line, f"gemport {gemport}")

    @command(r"no onu (\d+) service-port (\d+)", "gpon")
    def no_service_port(self, number, index):
        ont = self.plant.onts.get((0, self.current, int(number)))
        if not ont:
            return NO_ONU
        if not ont.config["lines"].pop(f"service-port {index}", None):
            return "Error: The service port does not exist."
        self.plant.dirty = True
        return None

    @command(r"onu (\d+) (portvlan \S+ \d+ mode (?:transparent|tag vlan \d+))", "gpon")
    def portvlan(self, number, line):
        return self._line(number, line.rsplit(" mode", 1)[0], line)

    @command(
        r"onu (\d+) (pri wifi_ssid (\d) name (\S{1,32}) hide disable auth_mode wpa2psk encrypt_type"
        r" aes shared_key (\S{8,63}))",
        "gpon",
    )
    def wifi(self, number, line, index, name, key):
        return self._line(number, f"wifi {index}", line)

    @command(r"onu (\d+) pri wan_adv add route", "gpon")
    def wan_add(self, number):
        return self._line(number, "wan add", "pri wan_adv add route")

    @command(
        r"onu (\d+) (pri wan_adv index (\d+) (route mode|route ipv4 pppoe|vlan tag|bind) (.+))",
        "gpon",
    )
    def wan_line(self, number, line, index, what, rest):
        forms = {
            "route mode": r"internet mtu \d+",
            "route ipv4 pppoe": r"proxy disable user \S{1,64} pwd \S{1,64} mode auto nat enable",
            "vlan tag": r"wan_vlan \d+ \d",
            "bind": r"(?:(?:lan|ssid)\d ?)+",
        }
        if not re.fullmatch(forms[what], rest):
            return self.unknown
        needs = "wan add" if what == "route mode" else f"wan {index} route mode"
        return self._line(number, f"wan {index} {what}", line, needs)

    @command(r"onu (\d+) pri wan_adv delete index (\d+)", "gpon")
    def wan_delete(self, number, index):
        ont = self.plant.onts.get((0, self.current, int(number)))
        if not ont:
            return NO_ONU
        lines = ont.config["lines"]
        for key in [key for key in lines if key.startswith(f"wan {index} ")]:
            del lines[key]
        if not any(re.match(r"wan \d", key) for key in lines):
            lines.pop("wan add", None)
        self.plant.dirty = True
        return None

    @command(r"onu (\d+) pri wan_adv commit", "gpon")
    def wan_commit(self, number):
        ont = self.plant.onts.get((0, self.current, int(number)))
        if not ont:
            return NO_ONU
        # what the ONU itself has: the lines are only what the OLT remembers
        ont.config["wan_sent"] = [v for k, v in ont.config["lines"].items() if k.startswith("wan")]
        return None

    def _line(self, number, key, text, needs=None, description=None):
        ont = self.plant.onts.get((0, self.current, int(number)))
        if not ont:
            return NO_ONU
        if needs and needs not in ont.config["lines"]:
            return f"Error: The {needs.split()[0]} does not exist."
        ont.config["lines"][key] = text
        if description:
            ont.description = description
        self.plant.dirty = True
        return None


class VsolOlt(CliDevice):
    """A V1600G; telnet by default, SSH when asked."""

    name = "vsol"
    shell = VsolShell
    default_transport = "telnet"

    def __init__(self, plant, enable_password="lab-enable", **kwargs):
        kwargs.setdefault("hostname", "gpon-olt")
        super().__init__(plant, **kwargs)
        self.enable_password = enable_password
