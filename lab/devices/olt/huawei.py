"""Huawei MA5600T / MA5800 (SmartAX) command line: moving about, and what changes something."""

import re

from .cli import CliDevice, Logout, Shell, command
from .huawei_display import CONFIG, FAILURE, NO_ONT, PRIVILEGED, RULE, Displays
from .plant import Ont, text_serial


class HuaweiShell(Displays, Shell):
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


class HuaweiOlt(CliDevice):
    """An MA5800; SSH by default, telnet when asked."""

    name = "huawei"
    shell = HuaweiShell
