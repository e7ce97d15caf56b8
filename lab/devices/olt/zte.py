"""ZTE ZXA10 C300 / C320 command line, firmware V2."""

import re

from .cli import CliDevice, Logout, Shell, command
from .plant import Ont

OLT_IF = r"gpon-olt_(\d+)/(\d+)/(\d+)"
ONU_IF = r"gpon-onu_(\d+)/(\d+)/(\d+):(\d+)"
NOT_THERE = "%Error 20203: Onu is not exist"
NOTHING = "%Code 32310-GPONSRV : No related information to show."
CONFIGURING = ("config", "olt", "onu", "mng")
PHASES = {"working": "working", "los": "LOS", "dyinggasp": "DyingGasp", "offline": "OffLine"}
NAME = r"[A-Za-z0-9_.:+-]{1,64}"


class ZteShell(Shell):
    banner = (
        "\n*****************\nWelcome to ZXAN product C320 of ZTE Corporation\n*****************\n"
    )
    more = " --More--"
    erase_more = "\x08" * 9 + " " * 9 + "\x08" * 9
    login_error = "%Error 20209: No username or bad password."
    busy = "%Error 20215: System is busy, please try again later."
    crowded = "%Error 20206: Too many users."

    def __init__(self, device, terminal):
        super().__init__(device, terminal)
        self.mode = "enable"
        self.current = None

    def prompt(self):
        names = {
            "enable": "",
            "config": "(config)",
            "olt": "(config-if)",
            "onu": "(config-if)",
            "mng": "(gpon-onu-mng)",
        }
        return f"\r\n{self.device.hostname}{names[self.mode]}#"

    def unknown_at(self, line):
        return (
            f"{' ' * (len(self.device.hostname) + 8)}^\n%Error 20200: Invalid input detected at "
            f"'^' marker."
        )

    # ------------------------------------------------------------ moving about
    @command(r"terminal length (\d+)")
    def terminal_length(self, rows):
        self.paging = rows != "0"

    @command("(?:configure terminal|conf t)", "enable")
    def configure(self):
        self.mode = "config"
        return "%Info 20272: Enter configuration commands, one per line. End with CTRL/Z."

    @command("end")
    def end(self):
        self.mode = "enable"

    @command("exit")
    def leave(self):
        if self.mode == "enable":
            raise Logout
        self.mode = "enable" if self.mode == "config" else "config"

    @command("write", "enable", *CONFIGURING)
    def write(self):
        self.plant.save()
        return "Building configuration...\n....[OK]"

    @command(f"interface {OLT_IF}", *CONFIGURING)
    def olt_interface(self, shelf, slot, port):
        if (int(shelf), int(slot)) not in [(self.plant.frame, s) for s in self.plant.slots]:
            return "%Error 20205: Interface does not exist."
        self.mode, self.current = "olt", (int(slot), int(port))
        return None

    @command(f"interface {ONU_IF}", *CONFIGURING)
    def onu_interface(self, shelf, slot, port, number):
        return self._enter("onu", slot, port, number)

    @command(f"pon-onu-mng {ONU_IF}", *CONFIGURING)
    def onu_management(self, shelf, slot, port, number):
        return self._enter("mng", slot, port, number)

    def _enter(self, mode, slot, port, number):
        place = (int(slot), int(port), int(number))
        if place not in self.plant.onts:
            return NOT_THERE
        self.mode, self.current = mode, place
        return None

    # ------------------------------------------------------------ reading
    @command("show gpon onu uncfg")
    def unconfigured(self):
        rows = self.plant.unconfigured()
        if not rows:
            return NOTHING
        out = ["OnuIndex                 Sn                  State", "-" * 69]
        for light in rows:
            out.append(f"{self._name(light.slot, light.port, 1):<25}{light.serial:<20}unknown")
        return "\n".join(out)

    @command(r"show gpon onu by sn (\S+)")
    def by_serial(self, serial):
        ont = self.plant.by_serial(serial)
        return f"Search result\n-------------\n{self._name(*ont.place)}" if ont else NOTHING

    @command(f"show gpon onu state {OLT_IF}")
    def states(self, shelf, slot, port):
        onts = self.plant.on_port(int(slot), int(port))
        if not onts:
            return NOTHING
        out = ["OnuIndex   Admin State  OMCC State  Phase State  Channel", "-" * 64]
        working = 0
        for ont in onts:
            phase = PHASES[self.plant.state(ont)]
            working += phase == "working"
            omcc = "enable" if phase == "working" else "disable"
            name = self._name(*ont.place).split("_")[1]
            out.append(f"{name:<11}{'enable':<13}{omcc:<12}{phase:<13}1(GPON)")
        return "\n".join([*out, f"ONU Number: {working}/{len(onts)}"])

    @command(f"show gpon onu detail-info {ONU_IF}")
    def detail(self, shelf, slot, port, number):
        ont = self.plant.onts.get((int(slot), int(port), int(number)))
        if not ont:
            return NOT_THERE
        state = self.plant.state(ont)
        light = self.plant.lights.get(ont.serial)
        rows = (
            ("ONU interface", self._name(*ont.place)),
            ("Name", ont.config.get("name", "")),
            ("Type", ont.config["type"]),
            ("State", "ready" if state == "working" else "not ready"),
            ("Admin state", "enable"),
            ("Phase state", PHASES[state]),
            ("Config state", "success"),
            ("Authentication mode", "sn"),
            ("Serial number", ont.serial),
            ("Description", ont.description),
            ("ONU Distance", f"{light.distance_m}m" if state == "working" else "-1m"),
        )
        return "\n".join(f"{label + ':':<22} {value}" for label, value in rows)

    @command(f"show pon power attenuation {ONU_IF}")
    def attenuation(self, shelf, slot, port, number):
        ont = self.plant.onts.get((int(slot), int(port), int(number)))
        if not ont:
            return NOT_THERE
        head = "           OLT                  ONU              Attenuation\n" + "-" * 74
        light = self.plant.lights.get(ont.serial)
        if self.plant.state(ont) != "working":
            return (
                f"{head}\n up      Rx :no signal          Tx:N/A               N/A\n\n down    Tx "
                f":4.876(dbm)        Rx:N/A               N/A"
            )
        loss = light.tx_dbm - light.olt_rx_dbm
        up = (
            f" up      Rx :{light.olt_rx_dbm:.3f}(dbm)      Tx:{light.tx_dbm:.3f}(dbm)        "
            f"{loss:.3f}(dB)"
        )
        down = (
            f" down    Tx :4.876(dbm)        Rx:{light.rx_dbm:.3f}(dbm)      "
            f"{4.876 - light.rx_dbm:.3f}(dB)"
        )
        return f"{head}\n{up}\n\n{down}"

    @command(f"show running-config interface {OLT_IF}")
    def running_olt(self, shelf, slot, port):
        onts = self.plant.on_port(int(slot), int(port))
        rows = [f"  onu {o.number} type {o.config['type']} sn {o.serial}" for o in onts]
        return "\n".join(
            [
                "Building configuration...",
                f"interface gpon-olt_{shelf}/{slot}/{port}",
                "  no shutdown",
                *rows,
                "!",
                "end",
            ]
        )

    @command(f"show running-config interface {ONU_IF}")
    def running_onu(self, shelf, slot, port, number):
        ont = self.plant.onts.get((int(slot), int(port), int(number)))
        if not ont:
            return NOT_THERE
        return "\n".join(["Building configuration...", *self._interface_lines(ont), "!", "end"])

    @command(f"show onu running config {ONU_IF}")
    def running_mng(self, shelf, slot, port, number):
        ont = self.plant.onts.get((int(slot), int(port), int(number)))
        if not ont:
            return NOT_THERE
        return "\n".join(
            [
                f"pon-onu-mng {self._name(*ont.place)}",
                *(f"  {line}" for line in ont.config["mng"].values()),
                "!",
            ]
        )

    # ------------------------------------------------------------ writing, on the PON port
    @command(r"onu (\d+) type (\S+) sn (\S+)", "olt")
    def onu_add(self, number, model, serial):
        number = int(number)
        if not re.fullmatch(r"[A-Z0-9]{4}[0-9A-F]{8}", serial):
            return "%Error 20201: The SN is illegal."
        if model not in self.plant.profiles:
            return "%Code 32329-GPONSRV : ONU type does not exist."
        if self.plant.by_serial(serial):
            return "%Code 32318-GPONSRV : This SN already exists."
        if not 1 <= number <= 128:
            return "%Error 20202: The parameter is out of range."
        if (*self.current, number) in self.plant.onts:
            return "%Code 32317-GPONSRV : The ONU already exists."
        self.plant.add(
            Ont(serial, *self.current, number, config={"type": model, "lines": {}, "mng": {}})
        )
        return ".[Successful]"

    @command(r"no onu (\d+)", "olt")
    def onu_delete(self, number):
        place = (*self.current, int(number))
        if place not in self.plant.onts:
            return NOT_THERE
        self.plant.remove(place)
        return ".[Successful]"

    # ------------------------------------------------------------ writing, on the ONU
    @command(rf"name ({NAME})", "onu")
    def set_name(self, value):
        return self._line("name", f"name {value}", name=value)

    @command(r"description (\S{1,64})", "onu")
    def set_description(self, value):
        self.plant.onts[self.current].description = value
        return self._line("description", f"description {value}")

    @command("sn-bind enable sn", "onu")
    def sn_bind(self):
        return self._line("sn-bind", "sn-bind enable sn")

    @command(rf"tcont (\d+) (?:name \S+ )?profile ({NAME})", "onu")
    def tcont(self, index, profile):
        if profile not in self.plant.profiles:
            return "%Code 32402-GPONSRV : The T-CONT profile does not exist."
        return self._line(f"tcont {index}", f"tcont {index} profile {profile}")

    @command(r"gemport (\d+) tcont (\d+)", "onu")
    def gemport(self, index, tcont):
        if f"tcont {tcont}" not in self.plant.onts[self.current].config["lines"]:
            return "%Code 32411-GPONSRV : The T-CONT does not exist."
        return self._line(f"gemport {index}", f"gemport {index} tcont {tcont}")

    @command(rf"gemport (\d+) traffic-limit upstream ({NAME}) downstream ({NAME})", "onu")
    def traffic_limit(self, index, up, down):
        if f"gemport {index}" not in self.plant.onts[self.current].config["lines"]:
            return "%Code 32415-GPONSRV : The gemport does not exist."
        if not {up, down} <= self.plant.profiles:
            return "%Code 32416-GPONSRV : The traffic profile does not exist."
        return self._line(
            f"gemport {index} traffic-limit",
            f"gemport {index} traffic-limit upstream {up} downstream {down}",
        )

    @command(r"service-port (\d+) vport (\d+) user-vlan (\d+) vlan (\d+)", "onu")
    def service_port(self, index, vport, user_vlan, vlan):
        if int(vlan) not in self.plant.vlans:
            return "%Code 34013-SERVICEPORT : The VLAN does not exist."
        lines = self.plant.onts[self.current].config["lines"]
        if f"service-port {index}" in lines:
            return "%Code 34011-SERVICEPORT : The service port already exists."
        return self._line(
            f"service-port {index}",
            f"service-port {index} vport {vport} user-vlan {user_vlan} vlan {vlan}",
        )

    @command(r"no service-port (\d+)", "onu")
    def no_service_port(self, index):
        if not self.plant.onts[self.current].config["lines"].pop(f"service-port {index}", None):
            return "%Code 34012-SERVICEPORT : The service port does not exist."
        self.plant.dirty = True
        return None

    # ------------------------------------------------------------ writing, inside the ONU (OMCI)
    @command(r"(service (\d+) gemport (\d+) vlan (\d+))", "mng")
    def service(self, line, index, gemport, vlan):
        return self._mng(f"service {index}", line)

    @command(
        r"(vlan port (\S+) mode (?:tag|hybrid|trunk|transparent)(?: (?:vlan|def-vlan) \d+)?)", "mng"
    )
    def vlan_port(self, line, port):
        return self._mng(f"vlan port {port}", line)

    @command(
        r"(wan-ip (\d+) mode pppoe username (\S+) password (\S+) vlan-profile (\S+) host (\d+))",
        "mng",
    )
    def wan_ip(self, line, index, user, password, profile, host):
        if profile not in self.plant.profiles:
            return "%Code 33011-OMCI : The VLAN profile does not exist."
        return self._mng(f"wan-ip {index}", line)

    @command(r"no wan-ip (\d+)", "mng")
    def no_wan_ip(self, index):
        return self._no_mng(f"wan-ip {index}")

    @command(r"(ssid ctrl (wifi_0/\d) name (\S{1,32}))", "mng")
    def ssid(self, line, radio, name):
        return self._mng(f"ssid ctrl {radio}", line)

    @command(r"(ssid auth wpa (wifi_0/\d) wpa2-psk encrypt aes key (\S{8,63}))", "mng")
    def ssid_key(self, line, radio, key):
        return self._mng(f"ssid auth {radio}", line)

    def _line(self, key, text, **config):
        ont = self.plant.onts[self.current]
        ont.config["lines"][key] = text
        ont.config.update(config)
        self.plant.dirty = True

    def _mng(self, key, text):
        self.plant.onts[self.current].config["mng"][key] = text
        self.plant.dirty = True

    def _no_mng(self, key):
        self.plant.dirty = True
        if not self.plant.onts[self.current].config["mng"].pop(key, None):
            return "%Error 20203: The configuration does not exist"
        return None

    def _interface_lines(self, ont):
        return [
            f"interface {self._name(*ont.place)}",
            *(f"  {line}" for line in ont.config["lines"].values()),
        ]

    def _name(self, slot, port, number):
        return f"gpon-onu_{self.plant.frame}/{slot}/{port}:{number}"


class ZteOlt(CliDevice):
    """A C320; telnet by default, SSH when asked."""

    name = "zte"
    shell = ZteShell
    default_transport = "telnet"

    def __init__(self, plant, **kwargs):
        kwargs.setdefault("hostname", "ZXAN")
        super().__init__(plant, **kwargs)
