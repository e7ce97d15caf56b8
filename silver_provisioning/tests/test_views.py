"""The SQL of the views says the same as the engine would write."""

from odoo.tests import tagged
from odoo.tools import SQL, file_open

from .common import ProvisioningCommon


@tagged("post_install", "-at_install")
class TestViews(ProvisioningCommon):
    def setUp(self):
        super().setUp()
        with file_open("silver_provisioning/sql/radius_views.sql") as file:
            self.views = file.read()
        self.server.sql_mode = "views"

    def view_rows(self, name):
        rows = set()
        for table, columns in (
            ("radcheck", ("username", "attribute", "op", "value")),
            ("radreply", ("username", "attribute", "op", "value")),
            ("radusergroup", ("username", "groupname", "priority")),
        ):
            self.env.cr.execute(
                SQL(
                    "SELECT %s FROM %s WHERE username = %s",
                    SQL(", ").join(map(SQL.identifier, columns)),
                    SQL.identifier("radius", table),
                    name,
                )
            )
            rows |= {(table, *row) for row in self.env.cr.fetchall()}
        return rows

    def test_views_equal_rows(self):
        self.env.flush_all()
        self.env.cr.execute(self.views)
        self.env.cr.execute(self.views)  # again: nothing happens
        contract = self.activated(0, drain=False)
        pool_plan = self.plan_fiber_big.product_tmpl_id
        pool_plan.radius_group = "Own Group"
        adapter = self.env["isp.provisioning.adapter.radius"]
        device = self.env["isp.provisioning.device"]._of("radius", self.server)[self.server.id]
        for step in (
            lambda: None,
            lambda: contract.action_suspend(reason="technical"),
            lambda: self.server.write({"suspend_mode": "reject"}),
            lambda: contract.action_resume(),
            lambda: contract.action_change_plan(product_id=self.plan_fiber_big.id),
            lambda: contract.action_cancel(),
        ):
            step()
            self.env.flush_all()
            self.server.sql_mode = "tables"
            wanted = adapter._desired(device, contract)[contract.id]
            self.server.sql_mode = "views"
            self.env.flush_all()
            rows = {
                (row.table, *(getattr(v, "reveal", lambda v=v: v)() for v in row.values))
                for row in wanted.rows()
                if "Class" not in row.values
            }
            self.assertEqual(self.view_rows(wanted.username), rows, contract.state)
        self.assertFalse(self.view_rows(contract.radius_user_id.username))

    def test_no_user_row_is_written(self):
        # the tables of the lab stand for the schema: only plans and routers may arrive there
        self.server.sql_database = self.lab.name
        self.lab.sql("CREATE SCHEMA IF NOT EXISTS radius")
        for table in ("radcheck", "radreply", "radusergroup", "radgroupreply", "nas", "radacct"):
            self.lab.sql(f"CREATE OR REPLACE VIEW radius.{table} AS SELECT * FROM public.{table}")
        contract = self.activated()
        self.assertEqual(self.targets(contract, "radius").state, "in_sync")
        self.assertEqual(self.lab.sql("SELECT count(*) FROM radcheck"), [(0,)])
        self.assertTrue(self.lab.sql("SELECT 1 FROM radgroupreply"))
        router = self.router()
        self.online(contract)
        contract.action_suspend(reason="technical")
        self.drain()
        self.assertEqual(len(router.requests), 1, "sessions end in this mode too")
