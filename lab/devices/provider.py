"""A small provider to try things on: SilverNet, with bases Norte, Centro and Sur."""

from dataclasses import dataclass, field

from .olt import HuaweiOlt, Plant, VsolOlt, ZteOlt
from .routeros import Router
from .smartolt import SmartOlt
from .snmp import SnmpAgent
from .uisp import ACTIVE, SUSPENDED, Uisp

# fixed ports, so that demo data can point at them; all on loopback, none privileged
PORTS = {
    "mikrotik-centro": 18728,
    "mikrotik-sur-tls": 18729,
    "huawei-centro": 12201,
    "zte-norte": 12301,
    "vsol-sur": 12302,
    "snmp-centro": 11611,
    "snmp-norte": 11612,
    "snmp-sur": 11613,
    "snmp-bras": 11614,
    "smartolt": 18901,
    "uisp": 18902,
}


def huawei_plant():
    """An MA5800 with profiles 10, 20 (ONU) traffic tables 10..13; four ONUs wait on 0/1/3."""
    plant = Plant(
        frame=0,
        slots=(1, 2),
        ports=16,
        vlans={100, 200, 4000},
        profiles={"1", "10", "11", "12", "13", "20"},
    )
    for n in range(1, 5):
        plant.connect(f"HWTCAABBCC{n:02X}", 1, 3)
    return plant


def zte_plant():
    plant = Plant(
        frame=1,
        slots=(1, 2),
        ports=16,
        vlans={100, 200},
        profiles={
            *("ZTE-F660", "ZTE-F670L", "ZTE-F601", "wan100"),
            *("UP-50M", "UP-100M", "DOWN-50M", "DOWN-100M"),
        },
    )
    for n in range(1, 4):
        plant.connect(f"ZTEGC12345{n:02X}", 1, 1, model="ZTE-F660")
    return plant


def vsol_plant():
    plant = Plant(
        frame=0,
        slots=(0,),
        ports=8,
        vlans={100, 200, 1010},
        profiles={"default", "V2802DAC", "Internet", "50M-UP", "50M-DOWN", "100M-UP", "100M-DOWN"},
    )
    for n in range(1, 4):
        plant.connect(f"VSOL007E31{n:02X}", 0, 1, model="V2802DAC")
    return plant


@dataclass
class Provider:
    """All devices of the lab. Use it as a context manager.

    :param ports: name -> port as in :data:`PORTS`; a missing or 0 port takes a free one
    :param pace: what logging in to an OLT and saving take, see :data:`~.olt.cli.REAL_PACE`
    """

    ports: dict = field(default_factory=lambda: dict(PORTS))
    pace: dict = field(default_factory=dict)

    def __post_init__(self):
        port = self.ports.get
        centro, norte, sur = huawei_plant(), zte_plant(), vsol_plant()
        self.plants = {"norte": norte, "centro": centro, "sur": sur}
        self.devices = {
            "mikrotik-centro": Router(port("mikrotik-centro", 0), identity="bras-centro"),
            "mikrotik-sur-tls": Router(port("mikrotik-sur-tls", 0), identity="bras-sur", tls=True),
            "huawei-centro": HuaweiOlt(
                centro, port=port("huawei-centro", 0), hostname="MA5800-CENTRO", **self.pace
            ),
            "zte-norte": ZteOlt(norte, port=port("zte-norte", 0), **self.pace),
            "vsol-sur": VsolOlt(sur, port=port("vsol-sur", 0), **self.pace),
            "snmp-centro": SnmpAgent(
                centro, "huawei", port("snmp-centro", 0), sysname="MA5800-CENTRO"
            ),
            "snmp-norte": SnmpAgent(norte, "zte", port("snmp-norte", 0), sysname="ZXAN"),
            "snmp-sur": SnmpAgent(sur, "vsol", port("snmp-sur", 0), sysname="gpon-olt"),
            "snmp-bras": SnmpAgent(None, "router", port("snmp-bras", 0), sysname="bras-centro"),
            "smartolt": SmartOlt(port("smartolt", 0)),
            "uisp": Uisp(port("uisp", 0)),
        }
        self.devices["smartolt"].plug("HWTCAABBCC10")
        self.devices["uisp"].add_service(100, 1)
        for number in (101, 102, 103, 104):  # the radios of the demo data; the last not yet there
            status = SUSPENDED if number == 104 else ACTIVE
            self.devices["uisp"].add_service(number, number, plan=30, status=status)

    def __enter__(self):
        started = []
        try:
            for device in self.devices.values():
                started.append(device.start())
        except BaseException:
            for device in started:
                device.stop()
            raise
        return self

    def __exit__(self, *exc):
        for device in self.devices.values():
            device.stop()

    def describe(self):
        """Where each device listens and how to log in: [{name, address, port, login...}]."""
        rows = []
        for name, device in self.devices.items():
            row = {"name": name, "host": device.host, "port": device.port, "protocol": device.name}
            for attribute in (
                "username",
                "user",
                "password",
                "community",
                "token",
                "app_key",
                "enable_password",
                "certificate",
            ):
                value = getattr(device, attribute, None)
                if value and not callable(value):
                    row["username" if attribute == "user" else attribute] = value
            rows.append(row)
        return rows
