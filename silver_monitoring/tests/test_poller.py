"""OLTs are read over real UDP, each by one poller, and a dead one delays nobody."""

import socket
import time
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.silver_provisioning.drivers.base import Permanent, Unreachable
from odoo.addons.silver_provisioning.drivers.olt import OnuHeld, OnuReading

from .. import readers
from ..models import isp_interfaces_mixin
from ..models.isp_olt_poller import LOCK_SPACE
from .common import COMMUNITY, MonitoringCommon


class FakeDriver:
    """:param plan: what each call does: a value, or an error to raise"""

    def __init__(self, **plan):
        self.plan = plan

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    def redact(self, text):
        return str(text).replace("hunter2", "••••")

    def _give(self, name):
        value = self.plan[name]
        if isinstance(value, Exception):
            raise value
        return value

    def readings(self, *place):
        value = self._give("readings")
        return value[place] if place else value

    def inventory(self):
        return self._give("inventory")

    def health(self):
        return self._give("health")


@tagged("post_install", "-at_install")
class TestPoller(MonitoringCommon):
    def poll(self, now=None):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            counts = self.env["isp.olt.poller"]._poll(now=now)
        self.env.invalidate_all()
        return counts

    def silent_port(self):
        """A port that is open and never answers."""
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        probe.bind(("127.0.0.1", 0))
        self.addCleanup(probe.close)
        return probe.getsockname()[1]

    def test_by_snmp(self):
        with self.agent() as agent:
            self.point_at(self.olt, agent)
            self.assertEqual(self.poll(), {"read": 1, "failed": 0, "busy": 0, "unset": 0})
            found = self.signals()
            self.assertEqual(found.mapped("rx_dbm"), [-20.0 - index for index in range(6)])
            self.assertEqual(found.contract_id, self.contracts)
            self.assertEqual((self.watch.state, self.watch.source), ("ok", "snmp"))
            self.assertEqual((self.watch.cpu_pct, self.watch.temperature_c), (17, 41))
            self.assertEqual(self.olt.state, "online")
            self.assertEqual((self.watch.onu_count, self.watch.online_count), (6, 6))
            # not its turn yet
            self.assertEqual(sum(self.poll().values()), 0)
            for index in range(3):
                agent.plant.disconnect(self.onus[index].gpon_serial)
            self.poll(fields.Datetime.now() + timedelta(minutes=6))
        outage = self.outages()
        self.assertEqual((outage.splitter_id, outage.cause), (self.left, "fibre"))

    def test_by_snmp_v3(self):
        with self.agent(v3_user=("silver", "auth-key-1", "priv-key-1")) as agent:
            self.point_at(self.olt, agent)
            self.olt.write(
                {
                    "snmp_version": "3",
                    "snmp_community": False,
                    "snmp_user": "silver",
                    "snmp_auth_key": "auth-key-1",
                    "snmp_priv_key": "priv-key-1",
                }
            )
            self.assertEqual(self.poll()["read"], 1)

    def test_a_dead_olt_delays_nobody_and_is_tried_less_and_less(self):
        dead = self.env["isp.olt"].create({"name": "DEAD", "base_station_id": self.base.id})
        self.patch(isp_interfaces_mixin, "SNMP_TIMEOUT", 0.5)
        with self.agent() as agent:
            self.point_at(self.olt, agent)
            self.point_at(dead, agent)
            dead.snmp_port = self.silent_port()
            dead.watch_id.next_at = fields.Datetime.now() - timedelta(hours=1)  # its turn first
            started = time.monotonic()
            counts = self.poll()
        self.assertEqual((counts["read"], counts["failed"]), (1, 1))
        self.assertLess(time.monotonic() - started, 8)
        self.assertIn("does not answer SNMP", dead.watch_id.last_error)
        self.assertNotIn(COMMUNITY, dead.watch_id.last_error)
        self.assertEqual((dead.watch_id.state, dead.state), ("failing", "unknown"))
        pauses = []
        for _turn in range(6):
            dead.watch_id._note_failure(readers.Snapshot(errors=["x"]), fields.Datetime.now())
            pauses.append((dead.watch_id.next_at - fields.Datetime.now()).total_seconds() / 60)
        self.assertEqual((dead.watch_id.state, dead.state), ("silent", "offline"))
        self.assertGreater(pauses[1], pauses[0])
        self.assertTrue(all(pause <= 33 for pause in pauses))

    def test_another_poller_has_it(self):
        with self.agent() as agent, self.registry.cursor() as other:
            self.point_at(self.olt, agent)
            other.execute(SQL("SELECT pg_advisory_lock(%s, %s)", LOCK_SPACE, self.olt.id))
            with self.assertLogsNothing():
                jobs = self.env["isp.olt.poller"]._jobs(fields.Datetime.now())[1]
                with self._real_locks(jobs) as mine:
                    self.assertEqual(mine, [])
            other.execute(SQL("SELECT pg_advisory_unlock(%s, %s)", LOCK_SPACE, self.olt.id))
            with self._real_locks(jobs) as mine:
                self.assertEqual(mine, jobs)

    def _real_locks(self, jobs):
        return self.env["isp.olt.poller"]._locks(jobs)

    def assertLogsNothing(self):
        return self.assertNoLogs("odoo.addons.silver_monitoring")

    def test_two_pollers_share_the_work(self):
        with self.agent() as agent:
            self.point_at(self.olt, agent)
            now = fields.Datetime.now()
            self.assertEqual(len(self.env["isp.olt.watch"]._claim(now, 10)), 1)
            self.assertEqual(len(self.env["isp.olt.watch"]._claim(now, 10)), 0)

    def test_without_access_nothing_is_tried(self):
        self.assertEqual(self.watch.state, "unset")
        self.assertEqual(self.poll(), {"read": 0, "failed": 0, "busy": 0, "unset": 1})
        self.watch.enabled = False
        self.assertEqual(sum(self.poll(fields.Datetime.now() + timedelta(hours=1)).values()), 0)

    def test_the_best_way_first_and_the_one_that_was_chosen(self):
        self.olt.write(
            {
                "management_address": "192.0.2.1",
                "username": "silver",
                "password": "p4ssword",
                "snmp_version": "2c",
                "snmp_community": COMMUNITY,
            }
        )

        def ways():
            return [source.name for source in self.olt._reading_sources()]

        self.assertEqual(ways(), ["snmp", "huawei"])
        self.watch.method = "driver"
        self.assertEqual(ways(), ["huawei"])
        self.watch.method = "auto"
        self.olt.snmp_version = False
        self.assertEqual(ways(), ["huawei"])
        self.olt.write({"vendor": "nokia", "olt_driver": "smartolt", "external_id": "7"})
        self.assertEqual(ways(), [])  # no token
        self.olt.api_token = "t0ken"
        self.assertEqual(ways(), ["smartolt"])

    def test_a_fallback_that_works(self):
        good = [self.reading(index) for index in range(2)]
        sources = [
            readers.Source(
                "snmp", lambda: FakeDriver(readings=Unreachable("away")), readers.by_snmp
            ),
            readers.Source("cli", lambda: FakeDriver(readings=good), readers.by_account),
        ]
        snapshot = readers.take(sources)
        self.assertEqual((snapshot.source, snapshot.readings), ("cli", good))
        self.assertEqual(snapshot.errors, ["snmp: away"])

    def test_a_driver_with_a_bug_is_a_failure_like_any_other(self):
        driver = FakeDriver(readings=ZeroDivisionError("secret hunter2"))
        snapshot = readers.take([readers.Source("snmp", lambda: driver, readers.by_snmp)])
        self.assertFalse(snapshot.ok)
        self.assertNotIn("hunter2", snapshot.errors[0])

    def test_health_is_not_what_is_asked_for(self):
        driver = FakeDriver(readings=[self.reading(0)], health=Permanent("no such object"))
        snapshot = readers.take(
            [readers.Source("snmp", lambda: driver, readers.by_snmp, with_health=True)]
        )
        self.assertTrue(snapshot.ok)
        self.assertEqual(snapshot.errors, ["health: no such object"])

    def test_the_command_line_port_by_port(self):
        driver = FakeDriver(
            inventory={
                "AAAA00000001": OnuHeld("AAAA00000001", 1, 1, 0, phase="dyinggasp"),
                "AAAA00000002": OnuHeld("AAAA00000002", 1, 1, 1, phase="working"),
            },
            readings={
                (1, 1): [
                    OnuReading(1, 1, 1, phase="working", rx_dbm=-19.0),
                    OnuReading(1, 1, 0, phase="unknown"),
                    OnuReading(1, 1, 9, phase="working"),
                ]
            },
        )
        found = {reading.serial: reading for reading in readers.by_command_line(driver)}
        self.assertEqual(set(found), {"AAAA00000001", "AAAA00000002"})
        self.assertEqual(found["AAAA00000001"].phase, "dyinggasp")
        self.assertEqual(found["AAAA00000002"].rx_dbm, -19.0)

    def test_a_table_that_is_suddenly_empty_is_not_believed(self):
        self.read()
        poller = self.env["isp.olt.poller"]
        now = fields.Datetime.now()
        job = poller._jobs(now)[1][0]
        self.assertFalse(poller._record(job, readers.Snapshot("smartolt"), now))
        self.assertEqual(self.watch.failures, 1)
        self.assertTrue(all(self.signals().mapped("present")))

    @mute_logger("odoo.addons.silver_monitoring.models.isp_poller_mixin")
    def test_one_that_cannot_be_recorded_does_not_stop_the_others(self):
        other = self.env["isp.olt"].create({"name": "OTHER", "base_station_id": self.base.id})
        with self.agent() as agent:
            self.point_at(self.olt, agent)
            self.point_at(other, agent)
            Poller = self.env.registry["isp.olt.poller"]
            record = Poller._record

            def breaks(poller, job, snapshot, now=None):
                if job.device_id == other.id:
                    raise ValueError("no")
                return record(poller, job, snapshot, now)

            self.patch(Poller, "_record", breaks)
            counts = self.poll()
        self.assertEqual((counts["read"], counts["failed"]), (1, 1))
        self.assertEqual(len(self.signals()), 6)
