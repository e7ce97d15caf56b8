"""An SNMP agent that answers for an OLT: the vendor's ONU tables, system group and interfaces. v2c
and v3.

The numbers follow the vendors' MIBs as public pollers use them; values are computed from the same
:class:`~lab.devices.olt.plant.Plant` the command line works on, so an ONU that is deactivated there
goes offline here.
"""

import asyncio
import bisect
import socket
import threading
import time

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.smi import error
from pysnmp.smi.instrum import AbstractMibInstrumController

from . import interfaces
from .base import Device

HUAWEI = (1, 3, 6, 1, 4, 1, 2011, 6, 128, 1, 1, 2)
ZTE_NEW = (1, 3, 6, 1, 4, 1, 3902, 1082, 500)
ZTE_OLD = (1, 3, 6, 1, 4, 1, 3902, 1012, 3)
VSOL = (1, 3, 6, 1, 4, 1, 37950, 1, 1, 6, 1, 1)
SYSTEM = (1, 3, 6, 1, 2, 1, 1)
INVALID = 2147483647

#: last down cause: LOS, dying gasp, deactivated by the operator
HUAWEI_CAUSES = {"los": 2, "dyinggasp": 13, "offline": 8}
#: where each vendor shows the load and the heat of a card; the last number is the card
CARDS = {
    "huawei": (
        (1, 3, 6, 1, 4, 1, 2011, 2, 6, 7, 1, 1, 2, 1, 5, 0),
        (1, 3, 6, 1, 4, 1, 2011, 2, 6, 7, 1, 1, 2, 1, 10, 0),
    ),
    "zte": (
        (1, 3, 6, 1, 4, 1, 3902, 1082, 10, 1, 2, 4, 1, 9, 1, 1),
        (1, 3, 6, 1, 4, 1, 3902, 1082, 10, 10, 2, 1, 6, 1, 2, 1, 1),
    ),
    "vsol": (
        (1, 3, 6, 1, 4, 1, 37950, 1, 1, 5, 10, 12, 3),
        (1, 3, 6, 1, 4, 1, 37950, 1, 1, 5, 10, 12, 5, 9),
    ),
}

DESCRIPTIONS = {
    "huawei": "Huawei Integrated Access Software MA5800-X7",
    "zte": "C320 Version V2.1.0",
    "vsol": "V1600G1-B",
    "router": "RouterOS CCR2116-12G-4S+",
}


def huawei_rows(plant):
    integer, octets = rfc1902.Integer32, rfc1902.OctetString
    for ont in plant.onts.values():
        index = (4194304000 + ont.slot * 8192 + ont.port * 256, ont.number)
        light = plant.lights.get(ont.serial)
        online = plant.state(ont) == "working"
        serial = ont.serial[:4].encode() + bytes.fromhex(ont.serial[4:])
        yield (43, 1, 3), index, octets(serial)
        yield (43, 1, 9), index, octets(ont.description.encode())
        yield (46, 1, 15), index, integer(1 if online else 2)
        yield (46, 1, 20), index, integer(light.distance_m if online else -1)
        yield (46, 1, 24), index, integer(HUAWEI_CAUSES.get(plant.state(ont), -1))
        yield (51, 1, 1), index, integer(light.temperature_c if online else INVALID)
        yield (51, 1, 3), index, integer(round(light.tx_dbm * 100) if online else INVALID)
        yield (51, 1, 4), index, integer(round(light.rx_dbm * 100) if online else INVALID)
        yield (
            (51, 1, 6),
            index,
            integer(round(light.olt_rx_dbm * 100) + 10000 if online else INVALID),
        )


def zte_rows(plant):
    integer, octets = rfc1902.Integer32, rfc1902.OctetString
    phases = {"working": 4, "los": 2, "dyinggasp": 5, "offline": 7}
    for ont in plant.onts.values():
        index = (0x11010000 + ont.slot * 256 + ont.port, ont.number)
        old = (0x10000000 + ont.slot * 65536 + ont.port * 256, ont.number)
        light = plant.lights.get(ont.serial)
        state = plant.state(ont)
        online = state == "working"
        yield ("new", 10, 2, 3, 3, 1, 2), index, octets(ont.config.get("name", "").encode())
        yield ("new", 10, 2, 3, 3, 1, 18), index, octets(f"1,{ont.serial}".encode())
        yield ("new", 10, 2, 3, 8, 1, 4), index, integer(phases[state])
        yield ("new", 10, 2, 3, 10, 1, 2), index, integer(light.distance_m if online else -1)
        raw = round((light.rx_dbm + 30) / 0.002) % 65536 if online else 65535
        yield ("new", 20, 2, 2, 2, 1, 10), (*index, 1), integer(raw)
        yield (
            ("old", 50, 12, 1, 1, 14),
            (*old, 1),
            integer(round((light.tx_dbm + 30) / 0.002) % 65536 if online else 65535),
        )


def vsol_rows(plant):
    integer, octets = rfc1902.Integer32, rfc1902.OctetString
    phases = {"working": 3, "los": 4, "dyinggasp": 6, "offline": 7}
    for ont in plant.onts.values():
        index = (ont.port, ont.number)
        light = plant.lights.get(ont.serial)
        state = plant.state(ont)
        yield (1, 1, 5), index, integer(phases[state])
        yield (2, 1, 5), index, octets(ont.serial.encode())
        yield (
            (3, 1, 3),
            index,
            octets(f"{light.temperature_c:.2f}" if state == "working" else "N/A"),
        )
        yield (3, 1, 7), index, octets(f"{light.rx_dbm:.3f}" if state == "working" else "N/A")


def _zte_oid(column):
    return (ZTE_NEW if column[0] == "new" else ZTE_OLD) + column[1:]


LAYOUTS = {
    "huawei": (huawei_rows, lambda column: HUAWEI + column),
    "zte": (zte_rows, _zte_oid),
    "vsol": (vsol_rows, lambda column: VSOL + column),
}
CPU_ROUTER = (1, 3, 6, 1, 2, 1, 25, 3, 3, 1, 2, 1)


class PlantMib(AbstractMibInstrumController):
    """The agent's database: a sorted snapshot of the plant, taken anew when a walk begins and for
    every GET.
    """

    def __init__(self, agent):
        self.agent = agent
        self.values, self.names = {}, []

    def refresh(self):
        agent = self.agent
        values = self._of_plant() if agent.plant else {CPU_ROUTER: rfc1902.Integer32(agent.cpu_pct)}
        now = agent.clock()
        values.update(
            {
                (*SYSTEM, 1, 0): rfc1902.OctetString(DESCRIPTIONS[agent.vendor]),
                (*SYSTEM, 3, 0): rfc1902.TimeTicks(int((now - agent.started) * 100) % 2**32),
                (*SYSTEM, 5, 0): rfc1902.OctetString(agent.sysname),
                **interfaces.values(agent.interfaces(), now),
            }
        )
        self.values, self.names = values, sorted(values)

    def _of_plant(self):
        agent, plant = self.agent, self.agent.plant
        rows, oid = LAYOUTS[agent.vendor]
        with plant.lock:
            values = {oid(column) + index: value for column, index, value in rows(plant)}
        cpu, temperature = CARDS[agent.vendor]
        cards = (0,) if agent.vendor == "vsol" else plant.slots
        for slot in cards:
            values[(*cpu, slot)] = rfc1902.Integer32(agent.cpu_pct)
            values[(*temperature, slot)] = rfc1902.Integer32(agent.temperature_c)
        if agent.vendor != "vsol":  # a slot without a card
            values[(*cpu, 19)] = rfc1902.Integer32(-1)
            values[(*temperature, 19)] = rfc1902.Integer32(INVALID)
        return values

    def read_variables(self, *bindings, **_context):
        self.refresh()
        return [
            (name, self.values.get(tuple(name), rfc1905.noSuchObject)) for name, _value in bindings
        ]

    def read_next_variables(self, *bindings, **_context):
        if any(tuple(name) not in self.values for name, _value in bindings):
            self.refresh()
        result = []
        for name, _value in bindings:
            at = bisect.bisect_right(self.names, tuple(name))
            if at == len(self.names):
                result.append((name, rfc1905.endOfMibView))
            else:
                found = self.names[at]
                result.append((rfc1902.ObjectName(found), self.values[found]))
        return result

    def write_variables(self, *bindings, **_context):
        raise error.NotWritableError(name=bindings[0][0], idx=0)


class SnmpAgent(Device):
    """An agent on UDP.

    :param plant: None for a router
    :param vendor: `huawei`, `zte` or `vsol`: which tables to show; `router`: only interfaces
    :param v3_user: (name, auth key, privacy key) for SNMPv3 with SHA and AES-128
    """

    name = "snmp"

    def __init__(
        self,
        plant,
        vendor,
        port=0,
        community="lab-public",
        v3_user=None,
        sysname="olt-lab",
        host="127.0.0.1",
    ):
        super().__init__(port, host)
        self.plant, self.vendor, self.community, self.v3_user, self.sysname = (
            plant,
            vendor,
            community,
            v3_user,
            sysname,
        )
        self.dark_ports = set()
        self.cpu_pct, self.temperature_c = 17, 41
        #: tests move it: what the agent takes for the seconds since 1970
        self.clock = time.time
        self.started = self.clock()
        self.ports = interfaces.uplinks(vendor) if plant else interfaces.router_ports()
        self._pons = {}
        for port in self.ports:
            port.restart(self.started)
        self._loop = None
        self._thread = None

    def reboot(self):
        """Uptime and counters begin anew."""
        self.started = self.clock()
        for port in [*self.ports, *self._pons.values()]:
            port.restart(self.started)

    def interfaces(self):
        """{ifIndex: Port}: the PON ports that have ONUs, then the others."""
        if self.plant:
            with self.plant.lock:
                places = sorted({(ont.slot, ont.port) for ont in self.plant.onts.values()})
            for slot, port in places:
                name = f"GPON {self.plant.frame}/{slot}/{port}"
                if name not in self._pons:
                    self._pons[name] = interfaces.Port(
                        name, "", interfaces.PON, 2488, 9.0 + port, 95.0 + 7 * port
                    )
                    self._pons[name].restart(self.started)
                if self._pons[name].up == (port in self.dark_ports):
                    self._pons[name].turn(port not in self.dark_ports, self.clock())
        found = dict(enumerate(self._pons.values(), 1))
        found.update(enumerate(self.ports, 1001))
        return found

    def start(self):
        if not self.port:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind((self.host, 0))
                self.port = probe.getsockname()[1]
        ready = threading.Event()
        failure = []
        self._thread = threading.Thread(
            target=self._run, args=(ready, failure), name="snmp", daemon=True
        )
        self._thread.start()
        ready.wait()
        if failure:
            raise failure[0]
        return self

    def stop(self):
        if self._loop:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop = None

    def _run(self, ready, failure):
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        snmp = None
        try:
            snmp = self._engine()
            loop.run_until_complete(asyncio.sleep(0))  # the transport binds in a task of its own
            self._loop = loop
            loop.call_soon(ready.set)
            loop.run_forever()
        except Exception as problem:  # shown to the caller of start(), in its own thread
            failure.append(problem)
        finally:
            ready.set()
            if snmp:
                snmp.close_dispatcher()
            pending = asyncio.all_tasks(loop)
            for task in pending:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
            loop.close()

    def _engine(self):
        snmp = engine.SnmpEngine()
        config.add_transport(
            snmp, udp.DOMAIN_NAME, udp.UdpTransport().open_server_mode((self.host, self.port))
        )
        config.add_v1_system(snmp, "area", self.community)
        config.add_vacm_user(snmp, 2, "area", "noAuthNoPriv", (1, 3, 6), (), ())
        if self.v3_user:
            user, auth, priv = self.v3_user
            config.add_v3_user(
                snmp, user, config.USM_AUTH_HMAC96_SHA, auth, config.USM_PRIV_CFB128_AES, priv
            )
            config.add_vacm_user(snmp, 3, user, "authPriv", (1, 3, 6), (), ())
        where = context.SnmpContext(snmp)
        where.unregister_context_name(b"")
        where.register_context_name(b"", PlantMib(self))
        cmdrsp.GetCommandResponder(snmp, where)
        cmdrsp.SetCommandResponder(snmp, where)
        cmdrsp.NextCommandResponder(snmp, where)
        cmdrsp.BulkCommandResponder(snmp, where)
        return snmp
