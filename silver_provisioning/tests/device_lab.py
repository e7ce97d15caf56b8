"""Routers and OLTs of ``lab/devices`` on loopback, in the test's own process."""

import sys

from .common import ProvisioningCommon
from .lab import ROOT

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from lab.devices import provider  # noqa: E402  pylint: disable=wrong-import-position
from lab.devices.olt import (  # noqa: E402  pylint: disable=wrong-import-position
    HuaweiOlt,
    VsolOlt,
    ZteOlt,
)
from lab.devices.routeros import Router  # noqa: E402  pylint: disable=wrong-import-position
from lab.devices.smartolt import (
    SmartOlt as SmartOltLab,  # noqa: E402  pylint: disable=wrong-import-position
)
from lab.devices.uisp import Uisp as UispLab  # noqa: E402  pylint: disable=wrong-import-position

OLTS = {
    "huawei": {
        "device": lambda plant: HuaweiOlt(plant, hostname="MA5800"),
        "plant": provider.huawei_plant,
        "place": (1, 3),
        "profile": {
            "line_profile": "10",
            "service_profile": "10",
            "upload_profile": "10",
            "download_profile": "11",
        },
        "faster": {"upload_profile": "12", "download_profile": "13"},
    },
    "zte": {
        "device": ZteOlt,
        "plant": provider.zte_plant,
        "place": (1, 1),
        "profile": {
            "onu_type": "ZTE-F660",
            "tcont_profile": "UP-50M",
            "upload_profile": "UP-50M",
            "download_profile": "DOWN-50M",
        },
        "faster": {"upload_profile": "UP-100M", "download_profile": "DOWN-100M"},
    },
    "vsol": {
        "device": VsolOlt,
        "plant": provider.vsol_plant,
        "place": (0, 1),
        "profile": {
            "onu_type": "V2802DAC",
            "tcont_profile": "Internet",
            "upload_profile": "50M-UP",
            "download_profile": "50M-DOWN",
        },
        "faster": {"upload_profile": "100M-UP", "download_profile": "100M-DOWN"},
    },
}


class OltCommon(ProvisioningCommon):
    """The small provider with an OLT of the lab behind its PON port."""

    vendor = "huawei"

    def setUp(self):
        super().setUp()
        case = OLTS[self.vendor]
        self.plant = case["plant"]()
        self.lab_olt = case["device"](self.plant)
        self.lab_olt.start()
        self.addCleanup(self.lab_olt.stop)
        slot, port = case["place"]
        self.olt = self.pon.olt_id
        self.pon.card_id.slot = slot
        self.pon.number = port
        self.olt.vendor = self.vendor
        self.olt.write(
            {
                "transport": self.lab_olt.transport,
                "management_address": "127.0.0.1",
                "management_port": self.lab_olt.port,
                "username": "silver",
                "password": "lab-olt",
                "enable_secret": "lab-enable",
                "service_vlan": 100,
                "provisioning_mode": "on",
            }
        )
        Profile = self.env["isp.olt.profile"]
        # the demo provider's are not ours; by SQL, because its customers are not to be marked
        self.env.cr.execute("DELETE FROM isp_olt_profile")
        Profile.create({"olt_driver": self.vendor, **case["profile"]})
        Profile.create(
            {
                "olt_driver": self.vendor,
                "product_id": self.plan_fiber_big.id,
                **case["faster"],
            }
        )
        self.lights = sorted(self.plant.lights)
        for onu, serial in zip(self.onus, self.lights, strict=False):
            onu.gpon_serial = serial
        self.device = self.olt._provisioning_device()[self.olt.id]

    def target(self, contract):
        return self.targets(contract, "olt")

    def ont(self, index=0):
        """What the OLT has under the n-th serial number, or None."""
        return self.plant.by_serial(self.lights[index])

    def vlans(self, index=0):
        """VLANs that carry the customer's traffic now."""
        ont = self.ont(index)
        if ont is None or self.plant.state(ont) != "working":
            return []
        if self.vendor == "huawei":
            rows = self.plant.service_ports.values()
            return [row["vlan"] for row in rows if row["place"] == ont.place]
        words = (line.split() for line in ont.config["lines"].values())
        return [int(line[-1]) for line in words if line[0] == "service-port"]

    def commands(self, pattern):
        return [line for what, line in self.lab_olt.log if pattern in str(line)]


class RouterCommon(ProvisioningCommon):
    """The small provider with a RouterOS router of the lab."""

    def setUp(self):
        super().setUp()
        self.ros = Router()
        self.ros.start()
        self.addCleanup(self.ros.stop)
        self.nas.write(
            {
                "management_port": self.ros.port,
                "username": self.ros.user,
                "password": self.ros.password,
                "use_tls": False,
                "customer_mode": "ppp",
                "provisioning_mode": "on",
            }
        )
        self.device = self.nas._provisioning_device()[self.nas.id]

    def target(self, contract):
        return self.targets(contract, "mikrotik")

    def rows(self, menu):
        return self.ros.store.select(menu)

    def comment(self, contract):
        return f"silver:{contract.name}"


__all__ = ["OltCommon", "RouterCommon", "SmartOltLab", "UispLab"]
