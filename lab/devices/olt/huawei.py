"""Huawei MA5600T / MA5800 (SmartAX) command line.

Shapes of the answers follow the public recordings in networktocode/ntc-templates,
tests/huawei_smartax.
"""

import re

from .cli import CliDevice, Logout, Shell, command
from .plant import Ont, hex_serial, text_serial

RULE = "  " + "-" * 77
FAILURE = "  Failure: "
NO_ONT = FAILURE + "The ONT does not exist"
CONFIG = ("config", "gpon")
PRIVILEGED = ("enable", *CONFIG)


class HuaweiShell(Shell):
    banner = (
        "\n  Huawei Integrated Access Software (MA5800).\n  Copyright(C) Huawei Technologies"
        " Co., Ltd.\n"
    )
    more = "---- More ( Press 'Q' to break ) ----"
    erase_more = "\x1b[37D" + " " * 37 + "\x1b[37D"
    busy = FAILURE + "System is busy, please retry after a while"
    crowded = "  Reenter times have reached the upper limit."
    login_prompt, password_prompt = ">>User name:", ">>User password:"
    login_error = "  Username or password invalid."

    def __init__(self, device, terminal):
        super().__init__(device, terminal)
        self.smart = True  # asks for optional parameters until `undo smart`
        self.slot = None

    def prompt(self):
        name = self.device.hostname
        ending = {"user": ">", "enable": "#", "config": "(config)#"}.get(self.mode)
        return f"\r\n{name}" + (ending or f"(config-if-gpon-{self.plant.frame}/{self.slot})#")

    def unknown_at(self, line):
        return f"{' ' * 23}^\n  % Unknown command, the error locates at '^'"

    def execute(self, line):
        if self.smart and line.startswith("display "):
            self.terminal.write("{ <cr>||<K> }:")
            self.read_line()
            self.terminal.write(f"\r\n  Command:\r\n          {line}\r\n")
        return super().execute(line)

    # ------------------------------------------------------------ moving about
    @command("enable", "user")
    def enable(self):
        self.mode = "enable"

    @command("disable", "enable")
    def disable(self):
        self.mode = "user"

    @command("config", "enable")
    def configure(self):
        self.mode = "config"

    @command(r"interface gpon (\d+)/(\d+)", *CONFIG)
    def interface(self, frame, slot):
        if int(frame) != self.plant.frame or int(slot) not in self.plant.slots:
            return FAILURE + "The board does not exist"
        self.mode, self.slot = "gpon", int(slot)
        return None

    @command("return", *PRIVILEGED)
    def back(self):
        self.mode = "enable"

    @command("quit")
    def leave(self):
        if self.mode in CONFIG:
            self.mode = "enable" if self.mode == "config" else "config"
            return
        if self.plant.dirty:
            self.print(
                "  Check whether system data has been changed. Please save data before logout."
            )
        self.terminal.write("Are you sure to log out? (y/n)[n]:")
        if self.read_line().strip() == "y":
            self.print("\n  Configuration console exit, please retry to log on")
            raise Logout

    @command("undo smart")
    def no_smart(self):
        self.smart = False

    @command("scroll")
    def scroll(self):
        self.paging = False

    @command(
        "(?:infoswitch cli (?:OFF|off)|mmi-mode (?:en|dis)able|idle-timeout \\d+)", *PRIVILEGED
    )
    def quiet(self):
        return None

    @command("save", *PRIVILEGED)
    def save(self):
        self.plant.save()
        return (
            "\n  It will take several minutes to save configuration file, please wait...\n"
            "\n  Configuration file had been saved successfully"
            "\n  Note: The configuration file will take effect"
            " after being activated"
        )

    # ------------------------------------------------------------ reading
    @command("display ont autofind all", *PRIVILEGED)
    def autofind(self):
        rows = self.plant.unconfigured()
        if not rows:
            return FAILURE + "The automatically found ONTs do not exist"
        rule = "   " + "-" * 76
        out = []
        for number, light in enumerate(rows, 1):
            out.append(rule)
            for label, value in (
                ("Number", number),
                ("F/S/P", f"{self.plant.frame}/{light.slot}/{light.port}"),
                ("Ont SN", _serial_pair(light.serial)),
                ("Password", "0x00000000000000000000"),
                ("Loid", ""),
                ("Checkcode", ""),
                ("VendorID", light.serial[:4]),
                ("Ont Version", "15D7.A"),
                ("Ont SoftwareVersion", "V5R020C10S115"),
                ("Ont EquipmentID", light.model),
                ("Ont Customized Info", "COMMON"),
                ("Ont MAC", "-"),
                ("Ont Equipment SN", "-"),
                ("Ont autofind time", "2026-11-21 01:00:00+00:00"),
                ("Multi channel", "-"),
            ):
                out.append(f"   {label:<20}: {value}")
        return "\n".join([*out, rule, f"   The number of GPON autofind ONT is {len(rows)}"])

    @command(r"display ont info by-sn (\S+)", *PRIVILEGED)
    def info_by_serial(self, serial):
        ont = self.plant.by_serial(text_serial(serial))
        return self._info(ont) if ont else "  The required ONT does not exist"

    @command(r"display ont info (\d+) (\d+)", "gpon")
    def info_by_place(self, port, number):
        ont = self.plant.onts.get((self.slot, int(port), int(number)))
        return self._info(ont) if ont else "  The required ONT does not exist"

    @command(r"display ont info (\d+)(?: (\d+))?(?: (\d+))? all", *PRIVILEGED)
    def info_table(self, frame, slot, port):
        places = sorted({(o.slot, o.port) for o in self.plant.onts.values()})
        places = [p for p in places if slot in (None, str(p[0])) and port in (None, str(p[1]))]
        if int(frame) != self.plant.frame or not places:
            return FAILURE + "There is no ONT available"
        out = [RULE]
        for s, p in places:
            place = f"{frame}/{s:>2}/{p}"
            onts = self.plant.on_port(s, p)
            out.append(
                "  F/S/P   ONT         SN         Control     Run      Config   Match    Protect"
            )
            out.append(
                "          ID                     flag        state    state    state    side"
            )
            out.append(RULE)
            for o in onts:
                run = "online" if self.plant.state(o) == "working" else "offline"
                config, match = ("normal", "match") if run == "online" else ("initial", "initial")
                out.append(
                    f"  {place:<6}{o.number:>5}  {hex_serial(o.serial):<16}  {_flag(o):<11} "
                    f"{run:<8} {config:<8} "
                    f"{match:<8} no"
                )
            out += [RULE, "  F/S/P   ONT-ID   Description", RULE]
            out += [f"  {place:<6}{o.number:>8}   {o.description}" for o in onts]
            online = sum(self.plant.state(o) == "working" for o in onts)
            out += [
                RULE,
                f"  In port {place}, the total of ONTs are: {len(onts)}, online: {online}",
                RULE,
            ]
        return "\n".join(out)

    @command(r"display ont optical-info (\d+) (\d+|all)", "gpon")
    def optical(self, port, number):
        onts = self.plant.on_port(self.slot, int(port))
        if number != "all":
            ont = next((o for o in onts if o.number == int(number)), None)
            if not ont:
                return NO_ONT
            if self.plant.state(ont) != "working":
                return FAILURE + "The ONT is not online"
            light = self.plant.lights[ont.serial]
            return "\n".join(
                [RULE, "  ONU NNI port ID                        : 0"]
                + [
                    f"  {label:<39}: {value}"
                    for label, value in (
                        ("Rx optical power(dBm)", f"{light.rx_dbm:.2f}"),
                        ("Tx optical power(dBm)", f"{light.tx_dbm:.2f}"),
                        ("Temperature(C)", light.temperature_c),
                        ("OLT Rx ONT optical power(dBm)", f"{light.olt_rx_dbm:.2f}"),
                    )
                ]
                + [RULE]
            )
        out = [
            RULE,
            "  ONT  Rx power  Tx power  OLT Rx ONT  Temperature  Voltage  Current  Distance",
            "  ID   (dBm)     (dBm)     power(dBm)  (C)          (V)      (mA)     (m)",
            RULE,
        ]
        for ont in onts:
            light = self.plant.lights.get(ont.serial)
            if self.plant.state(ont) == "working":
                out.append(
                    f"  {ont.number:>3}  {light.rx_dbm:<8.2f}  {light.tx_dbm:<8.2f}  "
                    f"{light.olt_rx_dbm:<10.2f}  "
                    f"{light.temperature_c:<11}  3.220    8        {light.distance_m}"
                )
            else:
                out.append(
                    f"  {ont.number:>3}  -         -         -           -            -       "
                    f" -        -"
                )
        return "\n".join([*out, RULE])

    @command(r"display service-port port (\d+)/(\d+)/(\d+) ont (\d+)", *PRIVILEGED)
    def service_ports_of(self, frame, slot, port, number):
        place = (int(slot), int(port), int(number))
        return self._flows(
            {i: r for i, r in self.plant.service_ports.items() if r["place"] == place}
        )

    @command("display service-port all", *PRIVILEGED)
    def service_ports(self):
        return self._flows(self.plant.service_ports)

    @command(r"display ont-(line|srv)profile gpon all", *PRIVILEGED)
    def profiles(self, kind):
        rows = [f"  {p:<12}{kind}-{p:<40}0" for p in sorted(self.plant.profiles, key=int)]
        return "\n".join(
            [
                RULE,
                "  Profile-ID  Profile-name                                Binding times",
                RULE,
                *rows,
                RULE,
            ]
        )

    # ------------------------------------------------------------ ONTs
    @command(
        r"ont (?:add|confirm) (\d+)(?: (?:ontid )?(\d+))? sn-auth (\S+) omci ont-lineprofile-id"
        r" (\d+)"
        r' ont-srvprofile-id (\d+)(?: desc (?:"([^"]{0,64})"|(\S+)))?',
        "gpon",
    )
    def ont_add(self, port, number, serial, line, service, quoted, bare):
        serial, port = text_serial(serial.upper()), int(port)
        if port >= self.plant.ports:
            return "                      ^\n  % Parameter error, the error locates at '^'"
        if not re.fullmatch(r"[A-Z0-9]{4}[0-9A-F]{8}", serial):
            return FAILURE + "The SN is invalid"
        if self.plant.by_serial(serial):
            return FAILURE + "SN already exists"
        for kind, profile in (("line", line), ("service", service)):
            if profile not in self.plant.profiles:
                return FAILURE + f"The {kind} profile does not exist"
        number = self.plant.first_free(self.slot, port) if number is None else int(number)
        if number is None:
            return FAILURE + "The number of ONTs in the port has reached the upper limit"
        if (self.slot, port, number) in self.plant.onts:
            return FAILURE + "The ONT ID has already existed"
        self.plant.add(
            Ont(
                serial,
                self.slot,
                port,
                number,
                description=quoted or bare or "ONT_NO_DESCRIPTION",
                config={"line": line, "service": service},
            )
        )
        return (
            f"  Number of ONTs that can be added: 1, success: 1\n  PortID :{port}, ONTID :{number}"
        )

    @command(
        r"ont modify (\d+) (\d+) (ont-lineprofile-id|ont-srvprofile-id|desc)"
        r" (?:\"([^\"]{0,64})\"|(\S+))",
        "gpon",
    )
    def ont_modify(self, port, number, what, quoted, bare):
        ont = self.plant.onts.get((self.slot, int(port), int(number)))
        if not ont:
            return NO_ONT
        value = quoted if quoted is not None else bare
        if what == "desc":
            ont.description = value
        elif value not in self.plant.profiles:
            return FAILURE + "The profile does not exist"
        else:
            ont.config["line" if what.startswith("ont-line") else "service"] = value
        self.plant.dirty = True
        return None

    @command(r"ont (activate|deactivate) (\d+) (\d+)", "gpon")
    def ont_switch(self, verb, port, number):
        ont = self.plant.onts.get((self.slot, int(port), int(number)))
        if not ont:
            return NO_ONT
        if ont.enabled == (verb == "activate"):
            return FAILURE + f"The ONT is already {verb}d"
        ont.enabled = verb == "activate"
        self.plant.dirty = True
        return None

    @command(r"ont delete (\d+) (\d+)", "gpon")
    def ont_delete(self, port, number):
        place = (self.slot, int(port), int(number))
        if place not in self.plant.onts:
            return NO_ONT
        if any(row["place"] == place for row in self.plant.service_ports.values()):
            return FAILURE + "This configured object has some service virtual ports"
        self.plant.remove(place)
        return "  Number of ONTs that can be deleted: 1, success: 1"

    @command(r"ont port native-vlan (\d+) (\d+) eth (\d+) vlan (\d+) priority (\d)", "gpon")
    def native_vlan(self, port, number, eth, vlan, priority):
        return self._configure(port, number, native_vlan=int(vlan))

    @command(
        r"ont ipconfig (\d+) (\d+) ip-index (\d) pppoe vlan (\d+) priority (\d) user-account"
        r" username (\S+) password (\S+)",
        "gpon",
    )
    def pppoe(self, port, number, index, vlan, priority, username, password):
        return self._configure(port, number, wan="pppoe", wan_user=username, wan_password=password)

    @command(r"undo ont ipconfig (\d+) (\d+) ip-index (\d)", "gpon")
    def no_pppoe(self, port, number, index):
        return self._configure(port, number, wan=None, wan_user=None, wan_password=None)

    @command(r"display ont ipconfig (\d+) (\d+)", "gpon")
    def show_pppoe(self, port, number):
        ont = self.plant.onts.get((self.slot, int(port), int(number)))
        if not ont:
            return NO_ONT
        if not ont.config.get("wan"):
            return FAILURE + "The ONT IP configuration does not exist"
        return "\n".join(
            [
                RULE,
                "  ONT IP host index      : 0",
                "  ONT config type        : PPPoE",
                f"  PPPoE username         : {ont.config['wan_user']}",
                "  PPPoE password         : ******",
                RULE,
            ]
        )

    # ------------------------------------------------------------ service ports
    @command(
        r"service-port(?: (\d+))? vlan (\d+) gpon (\d+)/(\d+)/(\d+) ont (\d+) gemport (\d+) multi-"
        r"service user-vlan"
        r" (\d+)(?: tag-transform (\S+))?(?: inbound traffic-table index (\d+) outbound traffic-"
        r"table index (\d+))?",
        "config",
    )
    def service_port_add(
        self, index, vlan, frame, slot, port, number, gem, user_vlan, transform, inbound, outbound
    ):
        place = (int(slot), int(port), int(number))
        if int(vlan) not in self.plant.vlans:
            return FAILURE + "The VLAN does not exist"
        if place not in self.plant.onts:
            return NO_ONT
        flows = self.plant.service_ports.values()
        if any(row["place"] == place and row["user_vlan"] == int(user_vlan) for row in flows):
            return FAILURE + "Conflicted service virtual port index(es) exist"
        if index and int(index) in self.plant.service_ports:
            return FAILURE + "The service virtual port has existed already"
        for table in (inbound, outbound):
            if table and table not in self.plant.profiles:
                return FAILURE + "The traffic table does not exist"
        row = {
            "place": place,
            "vlan": int(vlan),
            "user_vlan": int(user_vlan),
            "gem": int(gem),
            "in": inbound,
            "out": outbound,
        }
        self.plant.add_service_port(row, int(index) if index else None)
        return None

    @command(r"undo service-port (\d+)", "config")
    def service_port_delete(self, index):
        if not self.plant.service_ports.pop(int(index), None):
            return FAILURE + "Service virtual port does not exist"
        self.plant.dirty = True
        return None

    # ------------------------------------------------------------ shapes
    def _configure(self, port, number, **values):
        ont = self.plant.onts.get((self.slot, int(port), int(number)))
        if not ont:
            return NO_ONT
        ont.config.update(values)
        self.plant.dirty = True
        return None

    def _info(self, ont):
        online = self.plant.state(ont) == "working"
        light = self.plant.lights.get(ont.serial)
        causes = {"los": "LOS", "dyinggasp": "dying-gasp", "offline": "deactive"}
        rows = [
            ("F/S/P", f"{self.plant.frame}/{ont.slot}/{ont.port}"),
            ("ONT-ID", ont.number),
            ("Control flag", _flag(ont)),
            ("Run state", "online" if online else "offline"),
            ("Config state", "normal" if online else "initial"),
            ("Match state", "match" if online else "initial"),
            ("DBA type", "SR"),
            ("ONT distance(m)", light.distance_m if online else "-"),
            ("Authentic type", "SN-auth"),
            ("SN", _serial_pair(ont.serial)),
            ("Management mode", "OMCI"),
            ("Description", ont.description),
            ("Last down cause", causes.get(self.plant.state(ont), "-")),
        ]
        out = [RULE, *(f"  {label:<24}: {value}" for label, value in rows), RULE]
        out += [
            f"  Line profile ID      : {ont.config['line']}",
            f"  Line profile name    : line-{ont.config['line']}",
            RULE,
        ]
        out += [
            f"  Service profile ID   : {ont.config['service']}",
            f"  Service profile name : srv-{ont.config['service']}",
        ]
        return "\n".join([*out, RULE])

    def _flows(self, rows):
        if not rows:
            return FAILURE + "No service virtual port can be operated"
        out = [
            "Switch-Oriented Flow List",
            RULE,
            "   INDEX VLAN VLAN     PORT F/ S/ P VPI  VCI   FLOW  FLOW       RX   TX   STATE",
            "         ID   ATTR     TYPE                    TYPE  PARA",
            RULE,
        ]
        up = 0
        for index, row in sorted(rows.items()):
            slot, port, number = row["place"]
            ont = self.plant.onts.get(row["place"])
            state = "up" if ont and self.plant.state(ont) == "working" else "down"
            up += state == "up"
            out.append(
                f"   {index:>5} {row['vlan']:<4} common   gpon {self.plant.frame}/{slot} "
                f"/{port:<2} {number:<4} "
                f"{row['gem']:<5} vlan  {row['user_vlan']:<10} {row['in'] or '-':<4} "
                f"{row['out'] or '-':<4} {state}"
            )
        return "\n".join(
            [*out, RULE, f"   Total : {len(rows)}  (Up/Down :    {up}/{len(rows) - up})"]
        )


class HuaweiOlt(CliDevice):
    """An MA5800; SSH by default, telnet when asked."""

    name = "huawei"
    shell = HuaweiShell


def _flag(ont):
    return "active" if ont.enabled else "deactivated"


def _serial_pair(serial):
    return f"{hex_serial(serial)} ({serial[:4]}-{serial[4:]})"
