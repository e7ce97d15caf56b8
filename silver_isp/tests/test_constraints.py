from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from .common import PlantCase


class TestConstraints(PlantCase):
    def refused(self, query, *params):
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.env.cr.execute(query, params)

    def test_no_place_above_the_limit(self):
        self.refused(
            "INSERT INTO isp_onu_slot (port_id, onu_index, max_onus) VALUES (%s, 4, 4)",
            self.pon.id,
        )
        self.refused(
            "INSERT INTO isp_onu_slot (port_id, onu_index, max_onus) VALUES (%s, 4, 99)",
            self.pon.id,
        )
        self.refused(
            "INSERT INTO isp_onu_slot (port_id, onu_index, max_onus) VALUES (%s, 3, 4)",
            self.pon.id,
        )
        self.refused("UPDATE isp_olt_card_port SET max_onus = 3 WHERE id = %s", self.pon.id)

    def test_one_tenant_per_port(self):
        self.refused("UPDATE isp_splitter_port SET state = 'used' WHERE id = %s", self.port.id)
        self.refused(
            "UPDATE isp_splitter_port SET partner_id = %s WHERE id = %s",
            self.ana.id,
            self.port.id,
        )
        self.port._lend(self.ana, "C-1")
        self.refused("UPDATE isp_splitter_port SET state = 'free' WHERE id = %s", self.port.id)
        # the place of somebody else
        self.leaf.port_ids[1]._lend(self.beto, "C-2")
        self.refused(
            "UPDATE isp_splitter_port SET onu_index = %s WHERE id = %s",
            self.leaf.port_ids[1].onu_index,
            self.port.id,
        )
        self.refused(
            "UPDATE isp_onu_slot SET splitter_port_id = %s WHERE port_id = %s AND onu_index = 3",
            self.port.id,
            self.pon.id,
        )

    def test_one_row_per_number(self):
        self.refused("INSERT INTO isp_olt_card (olt_id, slot) VALUES (%s, 0)", self.olt.id)
        self.refused(
            "INSERT INTO isp_olt_card_port (card_id, number, technology, optical_class, max_onus)"
            " VALUES (%s, 0, 'gpon', 'c_plus', 4)",
            self.pon.card_id.id,
        )
        self.refused(
            "INSERT INTO isp_splitter_port (splitter_id, pon_id, number, state, loss_db)"
            " VALUES (%s, %s, 1, 'free', 1)",
            self.leaf.id,
            self.pon.id,
        )

    def test_sector_limit(self):
        sector = self.env["isp.sector"].create(
            {"name": "T-S", "base_station_id": self.base.id, "max_clients": 2}
        )
        self.refused(
            "INSERT INTO isp_sector_slot (sector_id, number, max_clients, state)"
            " VALUES (%s, 3, 2, 'free')",
            sector.id,
        )
        self.refused("UPDATE isp_sector_slot SET state = 'used' WHERE sector_id = %s", sector.id)

    def test_codes_are_unique_whatever_the_case(self):
        for model, values in (
            ("isp.base.station", {"code": "t-base", "name": "x"}),
            ("isp.nap", {"code": "t-box", "base_station_id": self.base.id}),
            ("isp.splitter", {"code": "t-leaf", "olt_port_id": self.pon.id}),
            ("isp.olt", {"name": "t-olt", "base_station_id": self.base.id}),
        ):
            with self.subTest(model), mute_logger("odoo.sql_db"):
                with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                    self.env[model].create(values)

    def test_same_code_in_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["isp.base.station"].create({"code": "T-BASE", "name": "x", "company_id": other.id})

    def test_positions(self):
        for latitude, longitude, why in (
            (91, 0.5, "not on the map|other's place"),
            (10, 190, "not on the map"),
            (-98.001, 19.001, "other's place"),
        ):
            with self.subTest(why), self.assertRaisesRegex(ValidationError, why):
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    self.nap.write({"latitude": latitude, "longitude": longitude})

    def test_addresses(self):
        self.olt.management_address = "olt-1.silvernet.lan"
        self.olt.management_address = "2001:db8::1"
        for address in ("10.0.0.300", "10.0.0", "host name", "-x"):
            with self.subTest(address), self.assertRaises(ValidationError):
                self.olt.management_address = address
