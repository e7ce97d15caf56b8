"""Interfaces: what went through them, when they fall, when they get close to full, who may see."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from odoo.addons.silver_provisioning.drivers.snmp import Interface, Interfaces

from ..models import isp_interfaces_mixin
from .common import COMMUNITY, T0, MonitoringCommon, minutes


@tagged("post_install", "-at_install")
class TestTraffic(MonitoringCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["isp.traffic.watch"].search([]).enabled = False  # the demo's
        cls.nas = cls.env["isp.nas"].create({"name": "BRAS T", "base_station_id": cls.base.id})
        cls.traffic = cls.nas.traffic_watch_ids
        cls.Interface = cls.env["isp.interface"]
        cls.Finding = cls.env["isp.traffic.finding"]
        cls.traffic_history = cls.env["isp.traffic.history"]

    def setUp(self):
        super().setUp()
        self.octets = {}
        self.ticks = 5_000_000
        self.at = None

    def shown(self, mbps=(), at=T0, **values):
        """The answer of the router with ports that carried so much since the last one.

        :param mbps: of each port: (in, out); ``values``: of the Interface of the first port
        """
        seconds = (at - self.at).total_seconds() if self.at else 0
        self.ticks += int(seconds * 100)
        self.at = at
        rows = []
        for number, rates in enumerate(mbps, 1):
            before = self.octets.get(number, (2**64 - 10**6, 7))
            self.octets[number] = tuple(
                (old + int(rate * 125_000 * seconds)) % 2**64
                for old, rate in zip(before, rates, strict=True)
            )
            row = {"index": number, "name": f"ether{number}", "type": 6, "up": True}
            row |= {"speed_mbps": 1000, **(values if number == 1 else {})}
            row.setdefault("in_octets", self.octets[number][0])
            row.setdefault("out_octets", self.octets[number][1])
            rows.append(Interface(**row))
        return Interfaces(self.ticks, tuple(rows))

    def record(self, shown, at=None):
        at = at or self.at
        self.Interface._record(self.traffic, at, shown)
        self.traffic.last_ok_at = at
        self.Finding._evaluate(at, only={"watch_id": self.traffic.id})
        return self.links()

    def links(self):
        return self.Interface.search([("watch_id", "=", self.traffic.id)], order="position")

    def samples(self):
        return self.env.execute_query(
            SQL(
                "SELECT at, in_kbps, out_kbps FROM isp_traffic_sample WHERE watch_id = %s"
                " ORDER BY at",
                self.traffic.id,
            )
        )

    def found(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.Finding.search([("watch_id", "=", self.traffic.id), *domain])

    # === rates === #

    def test_a_reading_is_one_row_and_rates_begin_with_the_second(self):
        ports = self.record(self.shown([(0, 0), (0, 0)]))
        self.assertEqual(ports.mapped("name"), ["ether1", "ether2"])
        self.assertEqual(self.samples(), [(T0, [None, None], [None, None])])
        self.assertFalse(ports[0].rate_at)
        # the counter of what comes in goes round its 64 bits in between
        ports = self.record(self.shown([(90, 10), (0, 700)], minutes(5)))
        self.assertEqual(self.samples()[1], (minutes(5), [90000, 0], [10000, 700000]))
        self.assertEqual((ports[0].in_mbps, ports[0].out_mbps), (90, 10))
        self.assertEqual((ports[0].use_pct, ports[1].use_pct), (9, 70))
        self.assertEqual(ports[0].rate_at, minutes(5))
        self.assertEqual(ports[0].capacity_mbps, 1000)

    def test_a_restart_and_a_pause_are_no_peaks(self):
        self.record(self.shown([(50, 50)]))
        self.record(self.shown([(50, 50)], minutes(5)))
        self.ticks, self.octets = 1000, {1: (5000, 6000)}  # it started ten seconds ago
        self.record(self.shown([(0, 0)], minutes(10)))
        self.record(self.shown([(60, 60)], minutes(15)))
        self.record(self.shown([(60, 60)], minutes(120)))
        self.record(self.shown([(70, 70)], minutes(125)))
        kbps = [row[1][0] for row in self.samples()]
        self.assertEqual(kbps, [None, 50000, None, 60000, None, 70000])

    def test_a_cleared_counter_without_a_restart(self):
        self.record(self.shown([(50, 50)]))
        self.octets = {1: (2**50, 2**50)}
        self.record(self.shown([(50, 50)], minutes(5)))
        self.octets = {1: (0, 0)}
        ports = self.record(self.shown([(50, 50)], minutes(10)))
        self.assertEqual(self.samples()[2][1:], ([None], [None]))
        self.assertEqual((ports.status, ports.in_mbps), ("up", 0))

    def test_new_renamed_and_gone_ports_keep_their_places(self):
        self.record(self.shown([(1, 1), (2, 2)]))
        first, second = self.links()
        self.record(self.shown([(1, 1), (2, 2), (3, 3)], minutes(5), name="WAN", alias="Tránsito"))
        self.assertEqual((first.name, first.alias, first.position), ("WAN", "Tránsito", 1))
        self.assertEqual(self.samples()[1][1], [1000, 2000, None])
        self.record(self.shown([(1, 1)], minutes(10), name="WAN"))
        self.assertEqual((second.status, second.speed_mbps), ("gone", 1000))
        self.record(self.shown([(1, 1), (2, 2)], minutes(15), name="WAN"))
        self.assertEqual((second.status, second.position), ("up", 2))

    def test_two_ports_of_one_name_and_sessions_of_customers(self):
        shown = self.shown([(1, 1), (2, 2), (3, 3)], name="ether2")
        session = Interface(77, "<pppoe-ana>", type=23, up=True)
        self.record(Interfaces(shown.uptime_ticks, (*shown.rows, session)))
        self.assertEqual(self.links().mapped("name"), ["ether2", "ether2 #2", "ether3"])

    def test_what_was_contracted_is_the_measure(self):
        self.record(self.shown([(0, 0)]))
        self.links().contracted_mbps = 200
        self.assertEqual(self.links().capacity_mbps, 200)
        ports = self.record(self.shown([(150, 10)], minutes(5)))
        self.assertEqual((ports.use_pct, ports.capacity_in_mbps), (75, 200))

    def test_a_pon_has_its_two_speeds_and_its_port(self):
        self.traffic = self.olt.traffic_watch_ids
        name = f"GPON 0/{self.pon.card_id.slot}/{self.pon.number}"
        values = {"name": name, "type": 250, "speed_mbps": 2488}
        self.record(self.shown([(0, 0)], **values))
        port = self.record(self.shown([(622, 622)], minutes(5), **values))
        self.assertEqual((port.kind, port.olt_port_id, port.olt_id), ("pon", self.pon, self.olt))
        self.assertEqual((port.capacity_in_mbps, port.capacity_out_mbps), (1244, 2488))
        self.assertAlmostEqual(port.use_pct, 50)

    def test_the_number_of_statements_does_not_grow(self):
        self.record(self.shown([(1, 1)]))
        self.env.flush_all()

        def statements(count, at):
            shown = self.shown([(1, 1)] * count, at)
            before = self.cr.sql_log_count
            self.Interface._record(self.traffic, at, shown)
            return self.cr.sql_log_count - before

        few = statements(3, minutes(5))
        self.assertLessEqual(statements(300, minutes(10)), few)

    # === history === #

    def test_hours_days_and_the_percentile(self):
        """As a list sorted by hand has it; the day is made of readings and not of hours."""
        start = T0.replace(hour=0)
        self.record(self.shown([(0, 0)], start))
        for step in range(1, 288):
            self.record(self.shown([(step, 2 * step)], start + timedelta(minutes=5 * step)))
        self.traffic_history._roll_up(start + timedelta(days=1))
        query = "SELECT count[1], in_avg[1], in_p95[1], in_max[1], out_p95[1], polls FROM %s"
        query += " WHERE watch_id = %s ORDER BY at"
        (day,) = self.env.execute_query(
            SQL(query, SQL.identifier("isp_traffic_day"), self.traffic.id)
        )
        self.assertEqual(day, (287, 144000, 273000, 287000, 546000, 288))
        hours = self.env.execute_query(
            SQL(query, SQL.identifier("isp_traffic_hour"), self.traffic.id)
        )
        self.assertEqual((len(hours), hours[1][:2]), (24, (12, 17500)))
        self.Interface._measure(start + timedelta(days=1, hours=1))
        port = self.links()
        self.assertEqual((port.p95_in_mbps, port.p95_out_mbps), (273, 546))
        self.assertAlmostEqual(port.p95_pct, 54.6)
        data = port.traffic_series(days=1, until=start + timedelta(hours=23, minutes=56))
        self.assertEqual((data["resolution"], len(data["points"])), ("sample", 288))
        self.assertEqual(data["points"][0][1:], [False] * 4)
        self.assertEqual(data["points"][-1][1:], [287, 287, 574, 574])
        data = port.traffic_series(days=30, until=start + timedelta(days=1))
        self.assertEqual((data["resolution"], len(data["points"])), ("hour", 24))
        self.assertEqual(data["points"][1][1:], [17.5, 23, 35, 46])

    def days(self, *mbps):
        """So many days, each with readings of one rate; and the digest after each."""
        for day, rate in enumerate(mbps):
            start = T0.replace(hour=0) + timedelta(days=day)
            for step in range(14):
                self.record(self.shown([(rate, 10)], start + timedelta(minutes=5 * step)))
            self.env["isp.traffic.poller"]._digest(start + timedelta(days=1, minutes=2))
        return self.found(kind="full")

    def test_close_to_full_after_some_days_in_a_row(self):
        self.assertFalse(self.days(850, 850, 300, 850, 850))
        self.assertEqual(self.links().full_days, 2)

    def test_close_to_full_opens_and_closes(self):
        finding = self.days(100, 850, 860, 870)
        self.assertEqual((finding.state, finding.value_open, finding.full_days), ("open", 87, 3))
        self.at, self.octets = None, {}
        # better than the limit, but not by enough
        self.env["ir.config_parameter"].set_param("silver_monitoring.link_full_pct", "90")
        self.env["isp.traffic.poller"]._digest(T0.replace(hour=1) + timedelta(days=4))
        self.assertEqual((finding.state, finding.full_days), ("open", 0))
        self.env["ir.config_parameter"].set_param("silver_monitoring.link_full_pct", "95")
        self.env["isp.traffic.poller"]._digest(T0.replace(hour=2) + timedelta(days=4))
        self.assertEqual(finding.state, "closed")

    # === down === #

    def test_a_link_that_falls_is_a_finding_at_once(self):
        self.record(self.shown([(1, 1)], up=False))
        self.assertFalse(self.found())  # a socket without a cable
        self.record(self.shown([(1, 1)], minutes(5)))
        self.record(self.shown([(0, 0)], minutes(10), up=False))
        finding = self.found(state="open")
        self.assertEqual((finding.kind, finding.date_open), ("down", minutes(10)))
        self.assertEqual(self.links().down_since, minutes(10))
        self.record(self.shown([(0, 0)], minutes(15), up=False))
        self.assertEqual(self.found(), finding)
        self.record(self.shown([(1, 1)], minutes(20)))
        self.assertEqual((finding.state, finding.date_close), ("closed", minutes(20)))
        self.record(self.shown([(1, 1)], minutes(25), up=False, enabled=False))
        self.assertEqual((self.links().status, self.found(state="open").id), ("off", False))
        self.record(self.shown([(1, 1)], minutes(30)))
        self.links().watched = False
        self.record(self.shown([(1, 1)], minutes(35), up=False))
        self.assertFalse(self.found(state="open"))

    # === over the wire === #

    def point(self, device, agent):
        device.write(
            {
                "management_address": "127.0.0.1",
                "snmp_version": "2c",
                "snmp_port": agent.port,
                "snmp_community": COMMUNITY,
            }
        )

    def poll(self, now):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            counts = self.env["isp.traffic.poller"]._poll(now=now)
        self.env.invalidate_all()
        return counts

    def test_a_router_and_an_olt_by_snmp(self):
        olt_watch = self.olt.traffic_watch_ids
        self.traffic.enabled = olt_watch.enabled = True
        now = fields.Datetime.now()
        with self.agent() as olt, self.router() as router:
            self.point(self.nas, router)
            self.point(self.olt, olt)
            for step in range(3):
                for agent in (olt, router):
                    agent.clock = lambda step=step: (now.timestamp() + 300 * step)
                    if not step:
                        agent.reboot()
                counts = self.poll(now + timedelta(minutes=6 * step))
                self.assertEqual((counts["read"], counts["failed"]), (2, 0), olt_watch.last_error)
                # the agents' clocks say five minutes: ours comes late, and that does not count
        found = {port.name: port for port in self.links()}
        self.assertNotIn("<pppoe-c0001>", found)
        transit = found["sfp-sfpplus1"]
        self.assertEqual((transit.alias, transit.capacity_mbps), ("Tránsito A", 10000))
        self.assertEqual(found["ether12"].status, "off")
        self.assertFalse(found["vlan100"].watched)
        pon = self.Interface.search([("olt_id", "=", self.olt.id), ("kind", "=", "pon")])
        self.assertEqual(pon.olt_port_id, self.pon)
        self.assertEqual(self.nas.traffic_state, "ok")

    def router(self):
        from lab.devices.snmp import SnmpAgent

        return SnmpAgent(None, "router", community=COMMUNITY)

    def test_a_device_that_does_not_answer_says_so_on_its_form(self):
        self.patch(isp_interfaces_mixin, "SNMP_TIMEOUT", 0.3)
        self.traffic.enabled = True
        now = fields.Datetime.now()
        self.assertEqual(self.poll(now)["unset"], 1)
        self.assertEqual(self.nas.traffic_state, "unset")
        with self.agent():  # so that lab is importable
            router = self.router()
        with router:
            self.point(self.nas, router)
        self.assertEqual(self.poll(now + timedelta(minutes=6))["failed"], 1)
        self.assertIn("does not answer SNMP", self.nas.traffic_last_error)
        self.assertNotIn(COMMUNITY, self.nas.traffic_last_error)
        self.assertEqual((self.nas.traffic_state, self.nas.state), ("failing", "unknown"))

    # === screens === #

    def test_the_graph_of_a_device_begins_with_its_fullest_link(self):
        self.record(self.shown([(0, 0), (0, 0), (0, 0)]))
        self.record(self.shown([(10, 1), (900, 1), (20, 1)], minutes(5), alias="x"))
        self.links()[2].watched = False
        names = [row["name"] for row in self.nas.traffic_interfaces()]
        self.assertEqual(names, ["ether2", "ether1 · x", "ether3"])
        action = self.nas.action_view_interfaces()
        self.assertEqual(self.Interface.search(action["domain"]), self.links())

    def test_the_card_of_an_olt_tells_its_fullest_link_and_what_fell(self):
        self.traffic = self.olt.traffic_watch_ids
        self.record(self.shown([(0, 0), (0, 0), (0, 0)], up=False))
        watch = self.olt.watch_id
        self.assertEqual((watch.link_pct, watch.interfaces_down), (0, 0))
        self.days(400, 450)
        watch.invalidate_recordset()
        self.assertEqual(watch.link_pct, 45)
        self.record(self.shown([(0, 0)], T0 + timedelta(days=3), up=False))
        watch.invalidate_recordset()
        self.assertEqual(watch.interfaces_down, 1)

    def test_who_may(self):
        self.record(self.shown([(0, 0)]))
        self.record(self.shown([(0, 0)], minutes(5), up=False))
        group = "silver_base.group_silver_"
        support = new_test_user(self.env, "traffic-support", f"{group}support")
        noc = new_test_user(self.env, "traffic-noc", f"{group}operator")
        port, finding = self.links(), self.found()
        port.with_user(support).traffic_series()
        with self.assertRaises(AccessError):
            port.with_user(support).watched = False
        port.with_user(noc).contracted_mbps = 500
        finding.with_user(noc).note = "Cable"
        with self.assertRaises(AccessError):
            finding.with_user(support).note = "x"
        with self.assertRaises(AccessError):
            port.with_user(noc).unlink()
        other = self.env["res.company"].create({"name": "Other"})
        noc.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        for record in (port, finding, self.traffic):
            self.assertFalse(record.with_user(noc).search([("id", "=", record.id)]))
        with self.assertRaises(AccessError):
            port.with_user(noc).traffic_series()

    def test_a_device_takes_its_interfaces_along(self):
        self.record(self.shown([(0, 0)]))
        ids = self.links().ids
        self.nas.unlink()
        self.assertFalse(self.Interface.browse(ids).exists())
        self.assertFalse(
            self.env.execute_query(
                SQL("SELECT 1 FROM isp_traffic_sample WHERE watch_id = %s", self.traffic.id)
            )
        )

    def test_the_database_keeps_the_promises(self):
        self.record(self.shown([(0, 0)]))
        names = {finding["name"] for finding in self.env["silver.audit"].run()}
        self.assertFalse({name for name in names if "interface" in name or "traffic" in name})
