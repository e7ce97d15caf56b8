from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import IpamCommon


@tagged("post_install", "-at_install")
class TestLookup(IpamCommon):
    def setUp(self):
        super().setUp()
        # two customers, one after the other, in the past: periods brought in from another system
        self.first, self.second = self._customer("First"), self._customer("Second")
        for partner, start, end in (
            (self.first, "2026-01-01 10:00:00", "2026-02-01 10:00:00"),
            (self.second, "2026-02-02 10:00:00", "2026-03-01 10:00:00"),
        ):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO isp_ip_assignment_history (company_id, domain_id, ip_address, "
                    "state,"
                    " partner_id, date_from, date_to, prev_hash, recorded_at) VALUES (%s, %s, "
                    "'10.77.0.9',"
                    " 'in_use', %s, %s, %s, coalesce((SELECT close_hash FROM "
                    "isp_ip_assignment_history"
                    " WHERE domain_id = %s AND ip_address = '10.77.0.9' ORDER BY id DESC LIMIT "
                    "1), ''),"
                    " now())",
                    self.env.company.id,
                    self.pool.domain_id.id,
                    partner.id,
                    start,
                    end,
                    self.pool.domain_id.id,
                )
            )

    def who(self, at, **kwargs):
        return [
            row["partner_id"] for row in self.History.who_had(address="10.77.0.9", at=at, **kwargs)
        ]

    def test_who_had(self):
        self.assertEqual(self.who("2025-12-31 00:00:00"), [])
        self.assertEqual(self.who("2026-01-01 10:00:00"), [self.first.id])
        self.assertEqual(self.who("2026-01-20 00:00:00"), [self.first.id])
        self.assertEqual(self.who("2026-02-01 12:00:00"), [])
        self.assertEqual(self.who("2026-02-20 00:00:00"), [self.second.id])
        self.assertEqual(self.who("2026-02-20 00:00:00", domain_id=self.internet.id), [])
        self.assertPromises()

    def test_now(self):
        contract = self._service()
        [answer] = self.History.who_had(address=contract.ip_address)
        self.assertEqual(answer["contract_id"], contract.id)
        self.assertFalse(answer["date_to"])

    def test_inside_a_block(self):
        pool = self._pool("2800:aaaa::/32", alloc_plen=56)
        row, _how = self._take(pool, partner=self.first)
        inside = row.ip_address.replace("::/56", "::beef")
        [answer] = self.History.who_had(address=inside)
        self.assertEqual(
            (answer["partner_id"], answer["ip_address"]), (self.first.id, row.ip_address)
        )

    def test_every_question_is_kept(self):
        self.History.with_user(self.support).who_had(
            address="10.77.0.9", at="2026-01-20 00:00:00", reference="OF-123", reason="court order"
        )
        lookup = self.env["isp.ip.lookup"].search([("reference", "=", "OF-123")])
        self.assertEqual((lookup.user_id, lookup.state), (self.support, "answered"))
        self.assertEqual(lookup.history_ids.partner_id, self.first)
        self.assertTrue(lookup._seals_hold())
        with self.assertRaises(UserError):
            lookup.write({"reference": "other"})
        with self.assertRaises(UserError):
            lookup.unlink()
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("silver_ipam.report_ip_lookup", lookup.ids)[0]
            .decode()
        )
        self.assertIn("First", html)
        self.assertIn(lookup.history_ids.hash, html)

    def test_bad_questions(self):
        for address in ("", "10.77.0", "10.77.0.0/28", "'; DROP TABLE x"):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.History.who_had(address=address)
        with self.assertRaises(AccessError):
            self.History.with_user(self.technician).who_had(address="10.77.0.9")

    def test_the_plan_uses_the_exclusion(self):
        self.env.cr.execute(
            SQL(
                "INSERT INTO isp_ip_assignment_history (domain_id, ip_address, state, date_from,"
                " date_to, prev_hash) SELECT %s, '10.99.0.0'::inet + n / 10, 'in_use',"
                " '2025-01-01'::timestamp + n %% 10 * interval '1 day',"
                " '2025-01-02'::timestamp + n %% 10 * interval '1 day', ''"
                " FROM generate_series(0, 4999) n",
                self.pool.domain_id.id,
            )
        )
        self.env.cr.execute("ANALYZE isp_ip_assignment_history")
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                "EXPLAIN SELECT id FROM isp_ip_assignment_history WHERE domain_id = %s AND"
                " ip_address >>= '10.77.0.9'::inet AND tsrange(date_from, date_to) &&"
                " tsrange(%s::timestamp, %s::timestamp)",
                self.pool.domain_id.id,
                now,
                now + timedelta(seconds=1),
            )
        )
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        self.assertIn("isp_ip_assignment_history_one_holder", plan)
        self.assertIn("Index Cond", plan)

    def test_compatibility_views(self):
        contract = self._service()
        contract.action_change_ip_address()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT ip_address, status, client_id FROM ip_reservations WHERE "
                "client_service_id = %s",
                contract.id,
            )
        )
        self.assertEqual(
            self.env.cr.fetchall(), [(contract.ip_address, "in_use", contract.partner_id.id)]
        )
        self.env.cr.execute(
            SQL(
                "SELECT previous_ip, new_ip FROM ip_assignment_history WHERE client_service_id = %s"
                " ORDER BY history_id",
                contract.id,
            )
        )
        rows = self.env.cr.fetchall()
        self.assertEqual(rows[-1], (rows[0][1] and rows[-1][0], None))
        self.assertEqual(rows[-2][1], contract.ip_address)
        self.env.cr.execute("SELECT count(*) FROM ip_pools WHERE base_code = 'TBASE'")
        self.assertEqual(self.env.cr.fetchone(), (1,))
