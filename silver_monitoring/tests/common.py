import sys
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from odoo.addons.silver_contract.tests.common import ContractCommon
from odoo.addons.silver_provisioning.drivers.olt import OnuReading

ROOT = Path(__file__).resolve().parents[2]
T0 = datetime(2026, 5, 4, 12)
COMMUNITY = "lab-public"


def minutes(count):
    return T0 + timedelta(minutes=count)


class MonitoringCommon(ContractCommon):
    """The small provider of ``silver_contract``: six customers on two splitters of one PON port."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.partner_id.tz = "UTC"  # days are those of the company
        cls.env["isp.olt.watch"].search([]).enabled = False  # the demo's
        cls.olt = cls.pon.olt_id
        cls.watch = cls.olt.watch_id
        cls.watch.enabled = True
        cls.Signal = cls.env["isp.onu.signal"]
        cls.Outage = cls.env["isp.outage"]
        cls.history = cls.env["isp.signal.history"]
        cls.trunk = cls.splitter
        cls.left, cls.right = cls.env["isp.splitter"].create(
            [
                {"code": "TLEFT", "parent_port_id": cls.ports[14].id, "ratio": "8"},
                {"code": "TRIGHT", "parent_port_id": cls.ports[15].id, "ratio": "8"},
            ]
        )
        cls.contracts = cls.Contract
        for index in range(6):
            leaf = cls.left if index < 3 else cls.right
            contract = cls.Contract.create(
                {
                    "partner_id": cls._customer(f"Customer {index}").id,
                    "product_id": cls.plan_fiber.id,
                    "splitter_port_id": leaf.port_ids[index % 3].id,
                    "onu_id": cls.onus[index].id,
                }
            )
            contract.action_activate()
            cls.contracts |= contract
        cls.env.flush_all()

    def reading(self, index, phase="working", rx=-20.0, **values):
        values.setdefault("serial", self.onus[index].gpon_serial)
        if phase != "working":
            rx = None
        tx = None if rx is None else 2.0
        return OnuReading(1, 1, index, phase=phase, rx_dbm=rx, tx_dbm=tx, **values)

    def read(self, at=T0, down=(), phase="los", rx=-20.0, before=None):
        """A reading of the OLT in which some are down, with all that follows from it."""
        rows = [
            self.reading(index, phase if index in down else "working", rx) for index in range(6)
        ]
        self.record(rows, at)
        return rows

    def record(self, rows, at=T0):
        self.Signal._record(self.olt, at, rows, self.watch.last_ok_at)
        self.watch.last_ok_at = at
        self.Outage._follow(self.olt, at)

    def signals(self):
        return self.Signal.search([("olt_id", "=", self.olt.id)], order="position")

    def outages(self):
        return self.Outage.search([("source", "=", "readings"), ("site_id", "=", self.base.id)])

    @contextmanager
    def agent(self, **kwargs):
        """The lab's SNMP agent on a loopback socket, with the ONUs of the six customers."""
        if str(ROOT) not in sys.path:
            sys.path.append(str(ROOT))
        from lab.devices.olt.plant import Ont, Plant
        from lab.devices.snmp import SnmpAgent

        plant = Plant(slots=(1,))
        for index in range(6):
            serial = self.onus[index].gpon_serial
            plant.connect(serial, 1, 1, rx_dbm=-20.0 - index)
            plant.add(Ont(serial, 1, 1, index))
        with SnmpAgent(plant, "huawei", community=COMMUNITY, **kwargs) as agent:
            yield agent

    def point_at(self, olt, agent):
        olt.write(
            {
                "management_address": "127.0.0.1",
                "snmp_version": "2c",
                "snmp_port": agent.port,
                "snmp_community": COMMUNITY,
            }
        )
