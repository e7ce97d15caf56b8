from psycopg2 import errors

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IpamCommon

OUT = "200.9.8.7"


@tagged("post_install", "-at_install")
class TestCgnatBlocks(IpamCommon):
    def setUp(self):
        super().setUp()
        self.Block = self.env["isp.cgnat.block"]
        self.Rule = self.env["isp.cgnat.rule"]

    def line(self, at, inside=None, first=1024, last=1535, outside=OUT, **values):
        event = "assign" if inside else "release"
        return {
            "event": event, "outside": outside, "first_port": first, "last_port": last,
            "at": at, "inside": inside, **values,
        }  # fmt: skip

    def feed(self, *rows):
        return self.Block.feed(rows=list(rows), domain_id=self.pool.domain_id.id)

    def test_both_ways(self):
        answer = self.feed(
            self.line("2026-03-01 10:00:00", "10.77.0.5"),
            self.line("2026-03-01 10:05:00", "10.77.0.5", 2048, 2559),
            self.line("2026-03-01 11:00:00"),
            self.line("2026-03-01 11:30:00", "10.77.0.9"),
        )
        self.assertEqual(answer, {"assigned": 3, "released": 1, "known": 0, "refused": []})
        who = self.Rule.subscriber_of
        self.assertEqual(who(OUT, 1200, at="2026-03-01 10:30:00")["inside"], "10.77.0.5")
        self.assertEqual(who(OUT, 1200, at="2026-03-01 11:45:00")["inside"], "10.77.0.9")
        self.assertFalse(who(OUT, 1200, at="2026-03-01 11:15:00"))
        self.assertFalse(who(OUT, 1600, at="2026-03-01 10:30:00"))
        ports = self.Rule.ports_of("10.77.0.5", at="2026-03-01 10:30:00")
        self.assertEqual((ports["outside"], ports["first_port"]), (OUT, 2048))
        self.assertEqual(
            [(block["first_port"], block["last_port"]) for block in ports["blocks"]],
            [(2048, 2559), (1024, 1535)],
        )
        self.assertFalse(self.Rule.ports_of("10.77.0.5", at="2026-02-01 00:00:00"))

    def test_the_same_log_again_changes_nothing(self):
        rows = [
            self.line("2026-03-01 10:00:00", "10.77.0.5"),
            self.line("2026-03-01 11:00:00"),
        ]
        self.feed(*rows)
        before = self.Block.search([("outside", "=", OUT)])
        self.assertEqual(self.feed(*rows)["known"], 2)
        self.assertEqual(self.Block.search([("outside", "=", OUT)]), before)

    def test_an_end_that_was_lost(self):
        self.feed(
            self.line("2026-03-01 10:00:00", "10.77.0.5"),
            self.line("2026-03-01 12:00:00", "10.77.0.9", 1024, 2047),
        )
        first = self.Block.search([("inside", "=", "10.77.0.5"), ("outside", "=", OUT)])
        self.assertEqual((str(first.date_to), first.end_reason), ("2026-03-01 12:00:00", "reused"))

    def test_bad_lines_are_named_and_the_rest_enters(self):
        answer = self.feed(
            self.line("2026-03-01 10:00:00", "10.77.0.5"),
            self.line("2026-03-01 10:00:00", "10.77.0"),
            self.line("2026-03-01 10:00:00", "10.77.0.6", 70000, 70001),
            self.line(None, "10.77.0.6"),
            self.line("2026-03-01 09:00:00", "10.77.0.6"),
            self.line("2026-03-01 13:00:00", first=5000, last=6000),
        )
        self.assertEqual(answer["assigned"], 1)
        self.assertEqual([one["row"] for one in answer["refused"]], [1, 2, 3, 4, 5])
        self.assertIn("Another subscriber", answer["refused"][3]["message"])
        self.assertIn("no such block", answer["refused"][4]["message"])
        with self.assertRaisesRegex(UserError, "routing domain or NAS"):
            self.Block.feed(rows=[])
        with self.assertRaises(AccessError):
            self.Block.with_user(self.technician).feed(rows=[], domain_id=self.pool.domain_id.id)

    def test_who_had_a_shared_address(self):
        contract = self._service()
        self.feed(self.line("2026-03-01 10:00:00", contract.ip_address))
        with self.assertRaisesRegex(UserError, "source port"):
            self.History.who_had(address=OUT)
        [answer] = self.History.who_had(address=OUT, port=1100, reference="OF-9")
        self.assertEqual(answer["contract_id"], contract.id)
        lookup = self.env["isp.ip.lookup"].search([("reference", "=", "OF-9")])
        self.assertEqual(lookup.block_id.inside, contract.ip_address)
        html = self.env["ir.actions.report"]._render_qweb_html(
            "silver_ipam.report_ip_lookup", lookup.ids
        )[0]
        self.assertIn(f"{OUT}:1024-1535", html.decode())
        self.assertEqual(self.History.who_had(address=OUT, port=9999), [])

    def test_the_database_keeps_it(self):
        self.feed(self.line("2026-03-01 10:00:00", "10.77.0.5"), self.line("2026-03-01 11:00:00"))
        block = self.Block.search([("outside", "=", OUT)])
        for query, error in (
            ("UPDATE isp_cgnat_block SET inside = '10.77.0.9' WHERE id = %s", "RestrictViolation"),
            ("UPDATE isp_cgnat_block SET date_to = now() WHERE id = %s", "RestrictViolation"),
            ("DELETE FROM isp_cgnat_block WHERE id = %s", "RestrictViolation"),
            (
                "INSERT INTO isp_cgnat_block (company_id, domain_id, inside, outside, first_port,"
                " last_port, date_from, recorded_at) SELECT company_id, domain_id, '10.77.0.9',"
                " outside, 1500, 1600, '2026-03-01 10:59:59', recorded_at FROM isp_cgnat_block"
                " WHERE id = %s",
                "ExclusionViolation",
            ),
        ):
            with (
                self.subTest(query),
                mute_logger("odoo.sql_db"),
                self.assertRaises(getattr(errors, error)),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(query, [block.id])
        self.assertPromises()

    def test_the_plan_uses_the_exclusion(self):
        self.env.cr.execute(
            "INSERT INTO isp_cgnat_block (company_id, domain_id, inside, outside, first_port,"
            " last_port, date_from, date_to, recorded_at) SELECT %s, %s, '10.99.0.1',"
            " '200.9.8.0'::inet + n / 60, 1024 + n %% 60 * 1000, 1523 + n %% 60 * 1000,"
            " '2026-01-01', '2026-01-02', now() FROM generate_series(0, 5999) n",
            [self.env.company.id, self.pool.domain_id.id],
        )
        self.env.cr.execute("ANALYZE isp_cgnat_block")
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM isp_cgnat_block WHERE outside && '200.9.8.9'::inet AND"
            " int4range(first_port, last_port, '[]') @> 2000 AND tsrange(date_from, date_to) &&"
            " tsrange('2026-01-01 10:00:00', '2026-01-01 10:00:01')"
        )
        self.assertIn("isp_cgnat_block_one_holder", str(self.env.cr.fetchall()))
