from odoo.tests import new_test_user

from .common import PlantCase


class TestScreens(PlantCase):
    """What the OLT panel and the map draw."""

    def test_panel(self):
        self.port._lend(self.ana, "C-1")._confirm()
        data = self.env["isp.olt"].panel_data(self.olt.id)
        self.assertEqual(data["olt"]["name"], "T-OLT")
        (card,) = data["cards"]
        self.assertEqual([port["number"] for port in card["ports"]], [0, 1, 2, 3])
        first = card["ports"][0]
        self.assertEqual((first["used"], first["max"], first["sellable"]), (1, 4, 3))
        self.assertIsNone(card["ports"][1]["margin"])

    def test_panel_without_olts(self):
        other = self.env["res.company"].create({"name": "Empty"})
        user = new_test_user(
            self.env,
            "plant_empty",
            groups="silver_base.group_silver_user",
            company_id=other.id,
            company_ids=other.ids,
        )
        env = self.env(user=user, context={"allowed_company_ids": other.ids})
        self.assertEqual(env["isp.olt"].panel_data()["cards"], [])

    def test_tree(self):
        self.port._lend(self.ana, "C-1")
        self.leaf.port_ids[1]._lend(self.ana, "C-2")._confirm()._give_back(5)
        self.leaf.port_ids[2].out_of_service = True
        (trunk,) = self.pon.tree_data()
        self.assertEqual(trunk["ports"][0]["state"], "cascade")
        leaf = trunk["ports"][0]["child"]
        self.assertEqual((leaf["code"], leaf["box"]), ("T-LEAF", "T-BOX"))
        self.assertEqual(
            [port["state"] for port in leaf["ports"][:4]],
            ["reserved", "resting", "broken", "free"],
        )
        self.assertEqual(leaf["ports"][0]["partner"], "Ana")

    def test_map(self):
        self.ana.write({"partner_latitude": 19.0005, "partner_longitude": -98.0005})
        self.port._lend(self.ana, "C-1")
        self.env["isp.feasibility"].check(latitude=19.02, longitude=-98.0, technology="fiber")
        data = self.env["isp.plant.map"].features(18.9, -98.1, 19.1, -97.9)
        titles = {
            name: [place["title"] for place in places] for name, places in data["layers"].items()
        }
        self.assertEqual(titles["boxes"], ["T-BOX"])
        self.assertEqual(titles["customers"], ["Ana"])
        self.assertEqual(titles["unmet"], ["Unmet demand"])
        self.assertEqual(data["layers"]["boxes"][0]["color"], "room")
        self.assertEqual(data["tiles"], "")
        elsewhere = self.env["isp.plant.map"].features(0, 0, 1, 1)
        self.assertFalse(any(elsewhere["layers"].values()))

    def test_map_colours(self):
        def color():
            self.nap.invalidate_recordset()
            data = self.env["isp.plant.map"].features(18.9, -98.1, 19.1, -97.9)
            return data["layers"]["boxes"][0]["color"]

        self.pon.max_onus = 16
        for port in self.leaf.port_ids[:6]:
            port._lend(self.ana, port.display_name)
        self.assertEqual(color(), "tight")
        for port in self.leaf.port_ids[6:]:
            port._lend(self.ana, port.display_name)
        self.assertEqual(color(), "full")
        self.nap.state = "project"
        self.assertEqual(color(), "project")
