"""Who is without service when a place of the plant is down."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestOutage(ContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Outage = cls.env["isp.outage"]
        cls.branch = cls.env["isp.splitter"].create(
            {"code": "TBRANCH", "parent_port_id": cls.ports[15].id, "ratio": "4"}
        )
        cls.other_splitter = cls.env["isp.splitter"].create(
            {
                "code": "TOTHER",
                "olt_port_id": cls.env["isp.olt.card.port"]
                .create({"card_id": cls.pon.card_id.id, "number": 2})
                .id,
                "ratio": "4",
            }
        )

    def setUp(self):
        super().setUp()
        self.top = self._fiber(0)
        self.below = self._contract(
            self.plan_fiber, splitter_port_id=self.branch.port_ids[0].id, onu_id=self.onus[1].id
        )
        self.other = self._contract(
            self.plan_fiber,
            splitter_port_id=self.other_splitter.port_ids[0].id,
            onu_id=self.onus[2].id,
        )
        self.radio = self._contract(
            self.plan_radio,
            sector_slot_id=self.sector.slot_ids[0].id,
            cpe_ids=[(6, 0, self.cpes[0].ids)],
        )
        (self.below | self.other | self.radio).action_activate()
        self.draft = self._fiber(3, active=False)

    def test_each_place_reaches_what_hangs_from_it(self):
        for place, expected in (
            ({"splitter_id": self.branch.id}, self.below),
            ({"splitter_id": self.splitter.id}, self.top | self.below),
            ({"olt_port_id": self.pon.id}, self.top | self.below),
            ({"olt_id": self.pon.olt_id.id}, self.top | self.below | self.other),
            ({"sector_id": self.sector.id}, self.radio),
            (
                {"base_station_id": self.base.id},
                self.top | self.below | self.other | self.radio,
            ),
        ):
            with self.subTest(place=place):
                outage = self.Outage.create(place)
                self.assertEqual(outage._affected_contracts(), {outage.id: expected})
                self.assertEqual(outage.contract_count, len(expected))
                self.assertEqual(outage.action_view_contracts()["domain"][0][2], expected.ids)
                outage.action_close()

    def test_open_outages_of_contracts(self):
        outage = self.Outage.create({"splitter_id": self.splitter.id})
        everybody = self.top | self.below | self.other | self.radio | self.draft
        self.assertEqual(everybody._open_outages(), {self.top.id: outage, self.below.id: outage})
        self.assertEqual(self.other._open_outages(), {})
        self.assertEqual((self.top.outage_id, self.other.outage_id), (outage, self.Outage))
        # a suspended customer is down too; a cancelled one has no service to lose
        self.top.action_suspend(reason="technical")
        self.below.action_cancel(reason="customer_request")
        self.assertEqual((self.top | self.below)._open_outages(), {self.top.id: outage})
        outage.action_close()
        self.assertEqual(everybody._open_outages(), {})
        everybody.invalidate_recordset(["outage_id"])
        self.assertFalse(self.top.outage_id)

    def test_the_first_of_several_and_the_past(self):
        now = fields.Datetime.now()
        first = self.Outage.create(
            {"splitter_id": self.branch.id, "date_start": now - timedelta(hours=5)}
        )
        second = self.Outage.create(
            {"base_station_id": self.base.id, "date_start": now - timedelta(hours=2)}
        )
        found = (self.below | self.radio)._open_outages()
        self.assertEqual(found, {self.below.id: first, self.radio.id: second})
        self.assertEqual(
            (self.below | self.radio)._open_outages(at=now - timedelta(hours=3)),
            {self.below.id: first},
        )
        first.action_close(date=now - timedelta(hours=1))
        self.assertEqual(self.below._open_outages(), {self.below.id: second})
        self.assertEqual(
            self.below._open_outages(at=now - timedelta(hours=4)), {self.below.id: first}
        )

    def test_contracts_can_be_searched_by_their_outage(self):
        ours = self.top | self.below | self.other | self.radio
        outage = self.Outage.create({"olt_port_id": self.pon.id})
        mine = [("id", "in", ours.ids)]
        for condition, expected in (
            ([("outage_id", "!=", False)], self.top | self.below),
            ([("outage_id", "=", outage.id)], self.top | self.below),
            ([("outage_id", "=", False)], self.other | self.radio),
        ):
            with self.subTest(condition=condition):
                self.assertEqual(
                    self.Contract.search(mine + condition), expected.sorted("id", True)
                )

    def test_the_number_of_queries_does_not_grow(self):
        self.Outage.create({"olt_id": self.pon.olt_id.id})
        contracts = self.top | self.below | self.other | self.radio
        self.env.flush_all()
        self.env.invalidate_all()
        self.top._open_outages()
        with self.assertQueryCount(2):
            self.env.invalidate_all()
            contracts._open_outages()
        outages = self.Outage.search([("state", "=", "open")])
        with self.assertQueryCount(2):
            outages._affected_contracts()
