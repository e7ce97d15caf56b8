"""The fibre plant behind an OLT: which ONUs are plugged in, which are configured, and what follows
from both.
"""

import copy
import threading
import zlib
from dataclasses import dataclass, field


@dataclass
class Light:
    """An ONU that is physically there, whether or not the OLT knows it."""

    serial: str
    slot: int
    port: int
    model: str = "EG8145V5"
    power: bool = True
    rx_dbm: float = -20.0
    tx_dbm: float = 2.3
    olt_rx_dbm: float = -22.0
    distance_m: int = 1000
    temperature_c: int = 45


@dataclass
class Ont:
    """An ONU as the OLT is configured for it."""

    serial: str
    slot: int
    port: int
    number: int
    enabled: bool = True
    description: str = ""
    config: dict = field(default_factory=dict)

    @property
    def place(self):
        return self.slot, self.port, self.number


class Plant:
    """Thread-safe: command lines and the SNMP agent read the same plant.

    :param frame: Huawei counts from 0, ZTE from 1
    """

    def __init__(self, frame=0, slots=(1, 2), ports=16, vlans=(), profiles=()):
        self.lock = threading.RLock()
        self.frame, self.slots, self.ports = frame, tuple(slots), ports
        self.vlans, self.profiles = set(vlans), set(profiles)
        self.lights = {}
        self.onts = {}
        self.service_ports = {}
        self.last_service_port = 0
        self.dirty = False
        self._saved = copy.deepcopy((self.onts, self.service_ports))

    # ------------------------------------------------------------ the physical world
    def connect(self, serial, slot, port, model="EG8145V5", rx_dbm=None, **optics):
        """A technician plugs an ONU into a PON port. Optics that are not given are believable and
        stable.
        """
        seed = zlib.crc32(serial.encode())
        rx = -17.0 - (seed % 900) / 100 if rx_dbm is None else rx_dbm
        values = {
            "rx_dbm": rx,
            "tx_dbm": 1.8 + (seed % 97) / 100,
            "olt_rx_dbm": rx - 1.7,
            "distance_m": 200 + seed % 9000,
            "temperature_c": 38 + seed % 17,
            **optics,
        }
        with self.lock:
            self.lights[serial] = Light(serial, slot, port, model, **values)
        return self.lights[serial]

    def disconnect(self, serial):
        """The fibre is cut, or the ONU is taken away."""
        with self.lock:
            self.lights.pop(serial, None)

    def unconfigured(self):
        """Lights no configuration matches, in order of place and serial."""
        with self.lock:
            known = {ont.serial for ont in self.onts.values()}
            rows = [x for x in self.lights.values() if x.power and x.serial not in known]
        return sorted(rows, key=lambda x: (x.slot, x.port, x.serial))

    def state(self, ont):
        """working, los (nothing on this port), dyinggasp (no power at the customer) or offline
        (switched off here).
        """
        light = self.lights.get(ont.serial)
        if not ont.enabled:
            return "offline"
        if not light or (light.slot, light.port) != (ont.slot, ont.port):
            return "los"
        return "working" if light.power else "dyinggasp"

    # ------------------------------------------------------------ the configuration
    def by_serial(self, serial):
        return next((ont for ont in self.onts.values() if ont.serial == serial), None)

    def on_port(self, slot, port):
        return sorted(
            (o for o in self.onts.values() if (o.slot, o.port) == (slot, port)),
            key=lambda o: o.number,
        )

    def first_free(self, slot, port, start=0, limit=128):
        used = {ont.number for ont in self.on_port(slot, port)}
        return next((n for n in range(start, start + limit) if n not in used), None)

    def add(self, ont):
        self.onts[ont.place] = ont
        self.dirty = True
        return ont

    def remove(self, place):
        self.dirty = True
        return self.onts.pop(place)

    def add_service_port(self, row, index=None):
        if index is None:
            self.last_service_port += 1
            while self.last_service_port in self.service_ports:
                self.last_service_port += 1
            index = self.last_service_port
        self.service_ports[index] = row
        self.dirty = True
        return index

    def save(self):
        """`save` / `write`: what a reboot will come back to."""
        with self.lock:
            self._saved = copy.deepcopy((self.onts, self.service_ports))
            self.dirty = False

    def reboot(self):
        """A power cut: what was not saved is gone."""
        with self.lock:
            self.onts, self.service_ports = copy.deepcopy(self._saved)
            self.dirty = False


def hex_serial(serial):
    """`HWTCAABBCC01` as Huawei writes it: `48575443AABBCC01`."""
    return serial[:4].encode().hex().upper() + serial[4:]


def text_serial(digits):
    """The inverse of :func:`hex_serial`; a text that is not 16 hexadecimal digits comes back
    unchanged.
    """
    try:
        return (
            bytes.fromhex(digits[:8]).decode("ascii") + digits[8:] if len(digits) == 16 else digits
        )
    except ValueError:
        return digits
