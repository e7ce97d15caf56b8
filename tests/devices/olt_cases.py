"""One description per OLT vendor, so that the same test runs against all of them."""

import dataclasses
import re
from pathlib import Path

from lab.devices import provider
from lab.devices.olt import HuaweiOlt, VsolOlt, ZteOlt
from silver_provisioning.drivers.base import Endpoint, SecretText
from silver_provisioning.drivers.huawei import Driver as Huawei
from silver_provisioning.drivers.olt import OnuService
from silver_provisioning.drivers.vsol import Driver as Vsol
from silver_provisioning.drivers.zte import Driver as Zte

ROOT = Path(__file__).resolve().parents[2]


class Case:
    """A running OLT. :meth:`driver` opens a session, :meth:`service` is what a customer should
    have.

    ``words`` are commands that tests match: add (authorise), flow (service port), save, delete.
    """

    options = {}
    words = {}
    other_speed = {}

    def __init__(self, **device_options):
        self.plant = self.make_plant()
        self.device = self.make_device(self.plant, **device_options)
        self.transport = self.device.transport

    def __enter__(self):
        self.device.start()
        return self

    def __exit__(self, *exc):
        self.device.stop()

    def endpoint(self, **changes):
        values = {
            "host": "127.0.0.1",
            "port": self.device.port,
            "username": "silver",
            "secret": SecretText("lab-olt"),
            "timeout": 5.0,
            "options": {**self.options, "transport": self.transport},
            **changes,
        }
        return Endpoint(**values)

    def driver(self, **changes):
        return self.make_driver(self.endpoint(**changes))

    def service(self, n=0, **changes):
        return dataclasses.replace(
            self.base, reference=f"C{n:04d}", serial=self.serial(n), **changes
        )

    def serial(self, n=0):
        return sorted(self.plant.lights)[n]

    def configure(self, **services):
        """Bring the OLT there; fails the test when a service does not get there."""
        with self.driver() as driver:
            outcomes = driver.apply(driver.plans(services))
            failed = {k: (o.error, o.error.detail) for k, o in outcomes.items() if not o.ok}
            assert failed == {}
            assert driver.verify(services) == {}

    def ont(self, n=0):
        """What the OLT has under the n-th serial, or None."""
        return self.plant.by_serial(self.serial(n))

    def matches(self, word, line):
        """Whether a line is the command of that name in :attr:`words`."""
        return bool(re.search(self.words[word], line))

    def carries(self, n=0):
        """VLANs the customer's traffic is in now; empty when there is none."""
        ont = self.ont(n)
        if ont is None or self.plant.state(ont) != "working":
            return []
        return self.vlans(ont)

    def vlans(self, ont):
        words = (line.split() for line in ont.config["lines"].values())
        return [int(line[-1]) for line in words if line[0] == "service-port"]


class HuaweiCase(Case):
    make_plant = staticmethod(provider.huawei_plant)
    make_device = staticmethod(lambda plant, **kw: HuaweiOlt(plant, hostname="MA5800", **kw))
    make_driver = Huawei
    base = OnuService(
        "",
        "",
        1,
        3,
        line_profile="10",
        service_profile="10",
        upload_profile="10",
        download_profile="11",
        vlan=100,
    )
    other_speed = {"upload_profile": "12", "download_profile": "13"}
    words = {"add": "ont add", "flow": "^service-port", "save": "^save$", "delete": "ont delete"}

    def vlans(self, ont):
        return [r["vlan"] for r in self.plant.service_ports.values() if r["place"] == ont.place]


class ZteCase(Case):
    make_plant = staticmethod(provider.zte_plant)
    make_device = ZteOlt
    make_driver = Zte
    options = {"ports": ["1/1", "1/2"]}
    base = OnuService(
        "",
        "",
        1,
        1,
        onu_type="ZTE-F660",
        tcont_profile="UP-50M",
        upload_profile="UP-50M",
        download_profile="DOWN-50M",
        vlan=100,
    )
    other_speed = {"upload_profile": "UP-100M", "download_profile": "DOWN-100M"}
    words = {
        "add": r"^onu \d+ type",
        "flow": "^service-port",
        "save": "^write$",
        "delete": "^no onu",
    }


class VsolCase(Case):
    make_plant = staticmethod(provider.vsol_plant)
    make_device = VsolOlt
    make_driver = Vsol
    options = {"enable_secret": SecretText("lab-enable")}
    base = OnuService(
        "",
        "",
        0,
        1,
        onu_type="V2802DAC",
        tcont_profile="Internet",
        upload_profile="50M-UP",
        download_profile="50M-DOWN",
        vlan=100,
    )
    other_speed = {"upload_profile": "100M-UP", "download_profile": "100M-DOWN"}
    words = {
        "add": "^onu add",
        "flow": r"^onu \d+ service-port",
        "save": "^write$",
        "delete": r"^no onu \d+$",
    }


OLTS = {"huawei": HuaweiCase, "zte": ZteCase, "vsol": VsolCase}


def attempt(case, want, **changes):
    """One attempt of the engine: observe, plan, apply. Returns the outcomes."""
    with case.driver(**changes) as driver:
        return driver.apply(driver.plans(want))


def error(outcomes, key="a"):
    """:return: class of what the attempt ended with"""
    return type(outcomes[key].error)
