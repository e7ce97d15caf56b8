from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from odoo.addons.silver_base.fields import MASK

from .common import PlantCase


class TestSecurity(PlantCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            name: new_test_user(
                cls.env,
                f"plant_{name}",
                groups=f"silver_base.group_silver_{name}",
                company_id=cls.company.id,
                company_ids=cls.company.ids,
            )
            for name in ("user", "support", "operator", "collection", "admin")
        }

    def test_everybody_reads_the_operator_writes(self):
        for name in ("user", "support", "collection"):
            leaf = self.leaf.with_user(self.users[name])
            self.assertEqual(leaf.code, "T-LEAF")
            with self.subTest(name), self.assertRaises(AccessError):
                leaf.note = "x"
        self.leaf.with_user(self.users["operator"]).note = "x"

    def test_operator_builds_a_plant(self):
        env = self.env(user=self.users["operator"])
        olt = env["isp.olt"].create(
            {
                "name": "OP",
                "base_station_id": self.base.id,
                "olt_model_id": self.chassis.id,
            }
        )
        olt.action_generate()
        olt.port_ids[0].max_onus = 2
        splitter = env["isp.splitter"].create(
            {"code": "OP-1", "olt_port_id": olt.port_ids[0].id, "ratio": "4"}
        )
        splitter.ratio = "2"
        splitter.olt_port_id = olt.port_ids[1]
        splitter.port_ids[0]._lend(self.ana, "C-1")
        splitter.port_ids[0].action_release()
        splitter.unlink()
        olt.unlink()

    def test_secrets_are_never_read(self):
        nas = self.env["isp.nas"].create(
            {
                "name": "N",
                "base_station_id": self.base.id,
                "radius_secret": "s3cret",
                "password": "pw",
            }
        )
        fields = ["radius_secret", "password"]
        with self.assertRaises(AccessError):
            nas.with_user(self.users["operator"]).read(fields)
        (row,) = nas.with_user(self.users["admin"]).read(fields)
        self.assertEqual({row["radius_secret"], row["password"]}, {MASK})
        self.assertEqual(nas.sudo().radius_secret, "s3cret")

    def test_other_company_is_not_there(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "plant_stranger",
            groups="silver_base.group_silver_operator",
            company_id=other.id,
            company_ids=other.ids,
        )
        env = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        for records in (
            self.base,
            self.olt,
            self.olt.card_ids,
            self.pon,
            self.pon.slot_ids[0],
            self.nap,
            self.leaf,
            self.port,
        ):
            with self.subTest(records._name):
                mine = records.with_env(env)
                self.assertFalse(mine.search([("id", "in", records.ids)]))
                with self.assertRaises(AccessError):
                    mine.read(["display_name"])
        for model in ("isp.pon.capacity", "isp.nap.capacity"):
            self.assertFalse(env[model].search([]))

    def test_costs_are_not_for_everybody(self):
        costs = self.env["isp.base.operating.cost"]
        costs.with_user(self.users["collection"]).check_access("write")
        with self.assertRaises(AccessError):
            costs.with_user(self.users["support"]).check_access("read")
