from psycopg2 import errors

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..tools.sqlguard import append_only, trigger_names


@tagged("post_install", "-at_install")
class TestAppendOnly(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute(
            "CREATE TABLE silver_test_log (id serial, note text, closed date, write_uid int)"
        )
        # twice: a module update calls it again
        for _turn in range(2):
            append_only(cls.env.cr, "silver_test_log", "The log is kept.", ("closed",))
        cls.env.cr.execute("INSERT INTO silver_test_log (note) VALUES ('a'), ('b')")

    def refused(self, query):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(errors.RestrictViolation, "The log is kept."),
            self.env.cr.savepoint(flush=False),
        ):
            self.env.cr.execute(query)

    def test_rows_stay_as_they_were_written(self):
        self.refused("UPDATE silver_test_log SET note = 'c' WHERE note = 'a'")
        self.refused("UPDATE silver_test_log SET note = 'c', closed = now() WHERE note = 'a'")
        self.refused("DELETE FROM silver_test_log WHERE note = 'a'")
        self.refused("TRUNCATE silver_test_log")

    def test_named_columns_may_change(self):
        self.env.cr.execute(
            "UPDATE silver_test_log SET closed = '2026-01-31', write_uid = 1 WHERE note = 'a'"
        )
        self.env.cr.execute("SELECT count(*) FROM silver_test_log WHERE closed IS NOT NULL")
        self.assertEqual(self.env.cr.fetchone(), (1,))

    def test_trigger_names(self):
        self.env.cr.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'silver_test_log'::regclass"
        )
        self.assertEqual(
            {name for (name,) in self.env.cr.fetchall()}, set(trigger_names("silver_test_log"))
        )
