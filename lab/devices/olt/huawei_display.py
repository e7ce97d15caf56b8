"""What SmartAX prints: the `display` commands.

Shapes of the answers follow the public recordings in networktocode/ntc-templates,
tests/huawei_smartax.
"""

from .cli import command
from .plant import hex_serial, text_serial

RULE = "  " + "-" * 77
FAILURE = "  Failure: "
NO_ONT = FAILURE + "The ONT does not exist"
CONFIG = ("config", "gpon")
PRIVILEGED = ("enable", *CONFIG)


class Displays:
    """Commands of a :class:`~.cli.Shell` that change nothing."""

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


def _flag(ont):
    return "active" if ont.enabled else "deactivated"


def _serial_pair(serial):
    return f"{hex_serial(serial)} ({serial[:4]}-{serial[4:]})"
