from psycopg2 import IntegrityError, errors

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import IpamCommon


@tagged("post_install", "-at_install")
class TestRetention(IpamCommon):
    """The history is never deleted, except by a purge of closed years, which is never forgotten."""

    def setUp(self):
        super().setUp()
        self.Purge = self.env["isp.ip.history.purge"]
        self.year = self.Purge._last_year(self.env.company)
        self.env.cr.execute("DELETE FROM isp_ip_lookup")
        self.old = self._period("10.77.0.5", self.year - 1, self.partner)
        self.older_half = self._period("10.77.0.5", self.year, self.partner)
        self.kept = self._period("10.77.0.5", self.year + 1, self.partner)
        self.other = self._period("10.77.0.6", self.year, self.partner)

    def _period(self, address, year, partner):
        """A period of March of ``year``, as the trigger would have written it then."""
        self.env.flush_all()
        [(id_,)] = self.env.execute_query(
            SQL(
                """
                INSERT INTO isp_ip_assignment_history (company_id, domain_id, ip_address, state,
                    partner_id, pool_id, date_from, date_to, recorded_at, prev_hash)
                SELECT %(company)s, %(domain)s, %(address)s::inet, 'in_use', %(partner)s, %(pool)s,
                    make_timestamp(%(year)s, 3, 1, 0, 0, 0),
                    make_timestamp(%(year)s, 3, 31, 0, 0, 0),
                    make_timestamp(%(year)s, 3, 1, 0, 0, 0),
                    coalesce((SELECT close_hash FROM isp_ip_assignment_history WHERE domain_id =
                        %(domain)s AND ip_address = %(address)s::inet ORDER BY id DESC LIMIT 1), '')
                RETURNING id
                """,
                company=self.env.company.id,
                domain=self.pool.domain_id.id,
                address=address,
                partner=partner.id,
                pool=self.pool.id,
                year=year,
            )
        )
        return self.History.browse(id_)

    def _purge(self, year=None, reason="Ley 1273", **kwargs):
        return self.Purge.browse(self.Purge.action_purge(year or self.year, reason, **kwargs))

    def test_a_purge_deletes_whole_closed_years_and_says_so(self):
        seals = [row.hash + row.close_hash for row in self.old | self.older_half | self.other]
        purge = self._purge()
        self.assertEqual((self.old | self.older_half | self.other).exists(), self.History)
        self.assertTrue(self.kept.exists())
        self.assertEqual(purge.period_count, 3)
        self.assertEqual((purge.user_id, purge.reason), (self.env.user, "Ley 1273"))
        self.assertEqual(purge.first_date.year, self.year - 1)
        self.env.cr.execute(
            "SELECT encode(sha256(convert_to(%s, 'UTF8')), 'hex')", ["|".join(seals)]
        )
        self.assertEqual(self.env.cr.fetchone()[0], purge.digest)
        self.assertPromises()

    def test_the_chain_goes_on_after_a_purge(self):
        self._purge()
        # one that keeps later periods, and one that lost them all
        for unit in (5, 6):
            row = self.Reservation._take_unit(self.pool, unit, partner=self.partner)
            self.assertTrue(self.History.search([("reservation_id", "=", row.id)]).prev_hash)
        self.assertPromises()

    def test_what_is_not_over_stays(self):
        for year in (self.year + 1, self.year + 40, 12):
            with self.assertRaisesRegex(UserError, f"can purge up to {self.year}"):
                self._purge(year)
        with self.assertRaisesRegex(UserError, "legal basis"):
            self._purge(reason=" ")
        self._purge()
        with self.assertRaisesRegex(UserError, "left to purge"):
            self._purge()

    def test_a_longer_retention_keeps_more(self):
        self.env.company.ip_retention_months += 24
        with self.assertRaisesRegex(UserError, f"can purge up to {self.year - 2}"):
            self._purge()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env.company.ip_retention_months = 3
            self.env.flush_all()

    def test_only_an_administrator(self):
        with self.assertRaises(AccessError):
            self.Purge.with_user(self.operator).action_purge(self.year, "curiosity")
        admin = new_test_user(self.env, "t_admin", groups="silver_base.group_silver_admin")
        self.Purge.with_user(admin).action_purge(self.year, "Ley 1273")
        with self.assertRaises(AccessError):
            self.Purge.with_user(admin).create({"year": 1999})

    def refused(self, query, *args, error=errors.RestrictViolation):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(error),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(query, args)

    def test_no_other_way_by_sql(self):
        row = "DELETE FROM isp_ip_assignment_history WHERE id = %s"
        self.refused(row, self.old.id)
        purge = self._purge(self.year - 1)
        # the permission is for what ended before the cutoff, and for this transaction
        self.refused(row, self.older_half.id)
        self.refused("TRUNCATE isp_ip_assignment_history CASCADE")
        self.refused("DELETE FROM isp_ip_history_purge WHERE id = %s", purge.id)
        self.refused("UPDATE isp_ip_history_purge SET reason = 'x' WHERE id = %s", purge.id)
        self.refused("DELETE FROM isp_ip_history_anchor WHERE purge_id = %s", purge.id)
        self.refused("UPDATE isp_ip_history_anchor SET close_hash = 'x', purge_id = 0")
        # a purge of this year, or one that says it was long ago, is no purge
        self.refused(
            "INSERT INTO isp_ip_history_purge (company_id, year, cutoff, retention_months, user_id,"
            " purged_at, reason) SELECT company_id, y, make_timestamp(y + 1, 1, 1, 0, 0, 0), 12,"
            " user_id, '2199-01-01', 'x' FROM isp_ip_history_purge, (SELECT"
            " extract(year FROM now())::int AS y) this WHERE id = %s",
            purge.id,
            error=errors.CheckViolation,
        )

    def test_an_answer_keeps_its_seals(self):
        when = fields.Datetime.to_string(self.other.date_from)
        self.History.who_had("10.77.0.6", at=when, reference="OF-1")
        lookup = self.env["isp.ip.lookup"].search([("reference", "=", "OF-1")])
        seal = self.other.hash
        self._purge()
        self.assertFalse(lookup.history_ids)
        self.assertTrue(lookup.found and lookup.purged)
        self.assertIn(seal, lookup.seals)
        html = self.env["ir.actions.report"]._render_qweb_html(
            "silver_ipam.report_ip_lookup", lookup.ids
        )[0]
        self.assertIn(seal, html.decode())
        self.assertNotIn("Nobody had it", html.decode())

    def test_the_form_shows_it_before(self):
        wizard = self.env["isp.ip.purge"].create({"reason": "Ley 1273"})
        self.assertEqual((wizard.year, wizard.period_count), (self.year, 3))
        wizard.year -= 1
        self.assertEqual(wizard.period_count, 1)
        purge = self.Purge.browse(wizard.action_apply()["res_id"])
        self.assertEqual(purge.period_count, 1)
        self.assertFalse(self.old.exists())
