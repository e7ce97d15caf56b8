"""Old databases: indexes that no field declares any more go, what somebody made stays."""

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestStaleIndexes(TransactionCase):
    def setUp(self):
        super().setUp()
        self.env["silver.audit"]._drop_stale_indexes()  # those of this database

    def make(self, statement):
        self.env.cr.execute(statement)

    def stale(self):
        return [index for _table, index in self.env["silver.audit"]._stale_indexes()]

    def there(self, name):
        self.env.cr.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
        return self.env.cr.fetchone()[0]

    def found(self):
        findings = self.env["silver.audit"].run()
        return [row for f in findings if f["name"] == "stale_index" for row in f["rows"]]

    def test_those_of_odoo_are_named_and_dropped_by_the_next_update(self):
        self.assertFalse(self.found())
        self.make("CREATE INDEX isp_contract__company_id_index ON isp_contract (company_id)")
        self.make(
            "CREATE INDEX isp_contract_event__user_id_index ON isp_contract_event (user_id)"
            " WHERE user_id IS NOT NULL"
        )
        names = ["isp_contract__company_id_index", "isp_contract_event__user_id_index"]
        self.assertEqual(
            self.found(),
            [[f"isp_contract.{names[0]}"], [f"isp_contract_event.{names[1]}"]],
        )
        # of a module that there is not: nothing else is cleared
        self.env["ir.model.data"]._process_end(["silver_is_not_there"])
        self.assertFalse(any(map(self.there, names)))
        self.assertFalse(self.found())

    def test_declared_ones_stay(self):
        names = ["isp_contract__partner_id_index", "isp_contract__olt_port_id_index"]
        self.assertTrue(all(map(self.there, names)))
        self.assertFalse(self.stale())

    def test_what_somebody_made_stays(self):
        for name, definition in (
            ("mine", "isp_contract (company_id)"),
            ("isp_contract__company_id_index", "isp_contract (company_id, state)"),
            ("isp_contract__state_index", "isp_contract (state) WHERE state = 'draft'"),
            ("isp_contract__note_index", "isp_contract (company_id)"),
            ("isp_contract__name_index", "isp_contract (lower(name))"),
            ("isp_contract__date_end_index", "isp_contract (date_end DESC)"),
            ("isp_contract__create_uid_index", "isp_contract (create_uid)"),
            ("res_partner__city_index", "res_partner (city)"),
        ):
            self.make(f'CREATE INDEX "{name}" ON {definition}')
        self.make("CREATE UNIQUE INDEX isp_contract__external_code_index ON isp_contract (id)")
        self.make("CREATE INDEX isp_contract__billing_day_index ON isp_contract (billing_day)")
        self.assertEqual(self.stale(), ["isp_contract__billing_day_index"])
        self.make("COMMENT ON INDEX isp_contract__billing_day_index IS 'for my report'")
        self.assertEqual(self.stale(), [])

    def test_a_trigram_index(self):
        self.make("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        self.make(
            "CREATE INDEX isp_contract__state_reason_index ON isp_contract"
            " USING gin (state_reason gin_trgm_ops)"
        )
        self.assertEqual(self.stale(), ["isp_contract__state_reason_index"])
