from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .common import PlantCase

HERE = {"latitude": 19.0015, "longitude": -98.001}


class TestFeasibility(PlantCase):
    def check(self, **question):
        return self.env["isp.feasibility"].check(**question)

    def test_yes(self):
        answer = self.check(**HERE, technology="fiber", partner_id=self.ana.id)
        self.assertTrue(answer.feasible, answer.reason)
        self.assertEqual(answer.splitter_port_id, self.port)
        self.assertEqual(answer.nap_id, self.nap)
        self.assertEqual(answer.base_station_id, self.base)
        self.assertAlmostEqual(answer.drop_m, 55.66, delta=0.5)
        # 33 dB of C+, 8.75 to the leaf, 10.7 in it, and the drop
        self.assertAlmostEqual(answer.budget_margin_db, 33 - 8.75 - 10.7 - 0.6 - 0.0253, delta=0.01)
        self.assertEqual(self.port.state, "free", "asking reserves nothing")

    def test_asked_by_box_splitter_or_customer(self):
        self.assertEqual(self.check(nap_id=self.nap.id).splitter_port_id, self.port)
        self.assertEqual(self.check(splitter_id=self.leaf.id).splitter_port_id, self.port)
        # only the cascade is left out of the trunk's own ports
        self.assertIn(
            self.check(splitter_id=self.trunk.id).splitter_port_id, self.trunk.port_ids[1:]
        )
        self.ana.write({"partner_latitude": 19.0015, "partner_longitude": -98.001})
        self.assertTrue(self.check(partner_id=self.ana.id).feasible)

    def assert_no(self, answer, code, text):
        self.assertFalse(answer.feasible)
        self.assertEqual(answer.reason_code, code)
        self.assertIn(text, answer.reason)
        self.assertFalse(answer.splitter_port_id)

    def test_too_far(self):
        answer = self.check(latitude=19.02, longitude=-98.001, technology="fiber")
        self.assert_no(answer, "too_far", "T-BOX, is at 2115 m and the limit is 300 m")
        self.env["ir.config_parameter"].set_param("silver_isp.max_drop_m", "2500")
        self.assertTrue(self.check(latitude=19.02, longitude=-98.001, technology="fiber").feasible)

    def test_box_full(self):
        self.pon.max_onus = 16
        for port in self.leaf.port_ids:
            port._lend(self.ana, port.display_name)
        self.assert_no(self.check(**HERE), "box_full", "T-BOX has no free port")

    def test_pon_full(self):
        for port in self.leaf.port_ids[:4]:
            port._lend(self.ana, port.display_name)
        self.assert_no(self.check(**HERE), "pon_full", "no ONU place left")

    def test_expired_reservations_make_room(self):
        until = fields.Datetime.now() + timedelta(hours=1)
        for port in self.leaf.port_ids[:4]:
            port._lend(self.ana, port.display_name, until)
        self.assertFalse(self.check(**HERE).feasible)
        with freeze_time(until + timedelta(minutes=1)):
            answer = self.check(**HERE)
            self.assertTrue(answer.feasible)
            answer.splitter_port_id._lend(self.beto, "C-2")

    def test_light_does_not_reach(self):
        self.trunk.feeder_km = 36
        self.assert_no(self.check(**HERE), "optical", "3.0 are needed")

    def test_in_project_and_empty_box(self):
        self.nap.state = "project"
        self.assert_no(self.check(**HERE), "project", "still in project")
        self.nap.state = "deployed"
        self.leaf.nap_id = False
        self.assert_no(self.check(**HERE), "no_ports", "no splitter yet")

    def test_next_box_serves(self):
        other = self.env["isp.nap"].create(
            {
                "code": "T-BOX-2",
                "base_station_id": self.base.id,
                "latitude": 19.003,
                "longitude": -98.001,
            }
        )
        self.splitter("T-LEAF-2", self.other_pon, ratio="8", nap_id=other.id)
        self.nap.state = "project"
        answer = self.check(**HERE)
        self.assertEqual((answer.feasible, answer.nap_id), (True, other))
        self.assertEqual(answer.candidate_ids.mapped("verdict"), ["project", "ok"])

    def test_wireless(self):
        sector = self.env["isp.sector"].create(
            {
                "name": "T-S",
                "base_station_id": self.base.id,
                "azimuth": 0,
                "beam_width": 90,
                "max_range_m": 3000,
                "max_clients": 1,
            }
        )
        north = {"latitude": 19.02, "longitude": -98.0, "technology": "wireless"}
        answer = self.check(**north)
        self.assertEqual((answer.feasible, answer.sector_id), (True, sector))
        self.assertFalse(answer.splitter_port_id)
        # fibre does not reach that far, radio does
        self.assertEqual(self.check(**{**north, "technology": "any"}).sector_id, sector)
        south = self.check(latitude=18.98, longitude=-98.0, technology="wireless")
        self.assert_no(south, "out_of_beam", "does not look towards")
        far = self.check(latitude=19.04, longitude=-98.0, technology="wireless")
        self.assert_no(far, "too_far", "reaches 3000 m")
        sector._free_slots()._lend(self.ana, "W-1")
        self.assert_no(self.check(**north), "sector_full", "limit 1")

    def test_bad_questions_leave_nothing(self):
        before = self.env["isp.feasibility"].search_count([])
        for question, why in (
            ({}, "Give the coordinates"),
            ({"latitude": -98.001, "longitude": 19.0}, "other's place"),
            ({"latitude": 500, "longitude": 0}, "not on the map"),
            ({"latitude": "north", "longitude": 0}, "numbers of degrees"),
            ({**HERE, "technology": "smoke"}, "smoke"),
            ({"nap_id": -1}, "no NAP box"),
            ({"splitter_id": -1}, "no Splitter"),
            ({"partner_id": self.ana.id}, "Give the coordinates"),
        ):
            with self.subTest(question), self.assertRaisesRegex(UserError, why):
                self.check(**question)
        self.assertEqual(self.env["isp.feasibility"].search_count([]), before)

    def test_unmet_demand_is_kept_until_served(self):
        self.nap.state = "project"
        no = self.check(**HERE)
        unmet = [("feasible", "=", False), ("company_id", "=", self.company.id)]
        self.assertEqual(self.env["isp.feasibility"].search(unmet), no)
        self.nap.state = "deployed"
        yes = no.action_recheck()
        self.assertTrue(yes.feasible)
        self.assertFalse(self.env["isp.feasibility"].search(unmet))

    def test_support_may_ask(self):
        user = new_test_user(
            self.env,
            "plant_support",
            groups="silver_base.group_silver_support",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        answer = self.env["isp.feasibility"].with_user(user).check(**HERE)
        self.assertTrue(answer.feasible)
        self.assertEqual(answer.action_recheck().create_uid, user)

    def test_wizard_reads_what_a_map_copies(self):
        wizard = self.env["isp.feasibility.wizard"].create({"coordinates": "(19.0015, -98.001)"})
        action = wizard.action_check()
        self.assertTrue(self.env["isp.feasibility"].browse(action["res_id"]).feasible)
        wizard.coordinates = "around the corner"
        with self.assertRaisesRegex(UserError, "not a pair of coordinates"):
            wizard.action_check()

    def test_queries_do_not_grow_with_boxes(self):
        self.check(**HERE)

        def count():
            before = self.env.cr.sql_log_count
            self.check(**HERE)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        alone = count()
        naps = self.env["isp.nap"].create(
            [
                {
                    "code": f"T-N{n}",
                    "base_station_id": self.base.id,
                    "latitude": 19.001 + n / 100000,
                    "longitude": -98.0012,
                }
                for n in range(20)
            ]
        )
        self.assertEqual(len(naps), 20)
        self.assertLessEqual(count(), alone + 3)
