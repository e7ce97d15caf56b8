"""What the panel and the forms ask for, and who may."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import MonitoringCommon, minutes


@tagged("post_install", "-at_install")
class TestScreens(MonitoringCommon):
    def setUp(self):
        super().setUp()
        self.read(rx=-22.0)
        rows = [self.reading(index, rx=-22.0 - index) for index in range(5)]
        self.record([*rows, self.reading(5, "dyinggasp")], minutes(5))

    def test_the_panel(self):
        data = self.env["isp.olt"].panel_data(self.olt.id)
        ports = {port["id"]: port for card in data["cards"] for port in card["ports"]}
        port = ports[self.pon.id]
        self.assertEqual((port["onus"], port["online"], port["down"]), (6, 5, 1))
        self.assertEqual((port["rx_mean"], port["rx_worst"], port["weak"]), (-24.0, -26.0, 2))
        self.assertEqual((data["olt"]["weak"], data["olt"]["critical"]), (-25.0, -27.0))
        self.assertEqual(data["olt"]["read_at"], "2026-05-04 12:05:00")
        self.assertIsNone(data["olt"]["cpu"])

    def test_the_heat_map_of_a_port(self):
        onus = self.pon.signal_data()
        self.assertEqual([onu["number"] for onu in onus], list(range(6)))
        self.assertEqual((onus[4]["rx"], onus[4]["level"]), (-26.0, "weak"))
        self.assertEqual((onus[5]["rx"], onus[5]["phase"]), (None, "dyinggasp"))
        self.assertEqual(onus[0]["customer"], self.contracts[0].display_name)
        self.assertEqual(onus[0]["splitter"], "TLEFT")

    def test_support_reads_and_changes_nothing(self):
        contract = self.contracts[0].with_user(self.support)
        self.assertEqual(contract.signal_rx_dbm, -22.0)
        self.assertEqual(len(contract.signal_series(days=1, until=minutes(30))["points"]), 2)
        signal = contract.signal_id
        for attempt in (
            lambda: signal.write({"phase": "los"}),
            signal.unlink,
            lambda: self.watch.with_user(self.support).write({"enabled": False}),
            lambda: self.watch.with_user(self.support).action_read_now(),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_the_operator_says_how_and_when(self):
        operator = new_test_user(
            self.env, login="t_noc", groups="silver_base.group_silver_operator"
        )
        watch = self.watch.with_user(operator)
        watch.write({"interval_minutes": 10, "method": "snmp"})
        self.assertEqual(watch.action_read_now()["tag"], "display_notification")
        self.assertEqual(watch.action_panel()["params"]["mode"], "signal")
        self.assertEqual(watch.action_view_signals()["domain"], [("olt_id", "in", self.olt.ids)])

    def test_other_companies_see_nothing(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            login="t_stranger",
            groups="silver_base.group_silver_operator",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        env = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        for model, record in (
            ("isp.onu.signal", self.signals()),
            ("isp.olt.watch", self.watch),
        ):
            self.assertFalse(env[model].search([("id", "in", record.ids)]))
        with self.assertRaises(AccessError):
            self.signals()[0].with_env(env).signal_series()

    def test_secrets_stay_secret(self):
        self.olt.snmp_community = "s3cret-community"
        admin = self.olt.with_user(self.env.ref("base.user_admin"))
        self.assertNotIn("s3cret", str(admin.read(["snmp_community"])))
        with self.assertRaises(AccessError):
            self.olt.with_user(self.support).read(["snmp_community"])

    def test_settings(self):
        def save(**values):
            self.env["res.config.settings"].create(values).set_values()

        save(monitoring_weak_dbm=-24.0)
        self.assertEqual(self.env["isp.monitoring.settings"]._get("weak_dbm"), -24.0)
        for values in (
            {"monitoring_weak_dbm": -28.0},
            {"monitoring_outage_share": 0.0},
            {"monitoring_outage_minimum": 1.0},
            {"monitoring_keep_hour_days": 0.0},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                save(**values)

    def test_promises(self):
        findings = [
            finding
            for finding in self.env["silver.audit"].run()
            if "signal" in finding["name"] or "olt_is_watched" in finding["name"]
        ]
        self.assertEqual(findings, [])

    def test_every_new_olt_is_watched(self):
        olt = self.env["isp.olt"].create({"name": "NEW", "base_station_id": self.base.id})
        self.assertEqual(len(olt.watch_ids), 1)
        olt._ensure_watch()
        self.assertEqual(len(olt.watch_ids), 1)
        olt.unlink()
