from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError, ValidationError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

SERIAL = "RACE00000001"


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """Two real connections, each with its own snapshot, as two processes would have."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = cls._env(cr)
            cls.product_id = (
                env["product.product"]
                .create(
                    {"name": "ONU en disputa", "is_isp_equipment": True, "equipment_kind": "onu"}
                )
                .id
            )
            partners = env["res.partner"].create([{"name": "Ana R."}, {"name": "Bea R."}])
            cls.partner_ids = partners.ids
            for partner in partners:
                env["stock.location"]._isp_custody(partner)
        cls.addClassCleanup(cls._clean)

    @staticmethod
    def _env(cr):
        return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True, "tz": "UTC"})

    @classmethod
    def _clean(cls):
        """What was committed goes away again: history is not the point here, so by SQL."""
        with cls.registry.cursor() as cr:
            cr.execute("ALTER TABLE isp_equipment_assignment DISABLE TRIGGER USER")
            cr.execute(
                "DELETE FROM isp_equipment_assignment WHERE partner_id = ANY(%s)",
                (cls.partner_ids,),
            )
            cr.execute("ALTER TABLE isp_equipment_assignment ENABLE TRIGGER USER")
            cr.execute("SELECT id FROM stock_lot WHERE product_id = %s", (cls.product_id,))
            lots = [row[0] for row in cr.fetchall()]
            cr.execute("SELECT picking_id FROM stock_move WHERE product_id = %s", (cls.product_id,))
            pickings = [row[0] for row in cr.fetchall()]
            for statement, values in (
                ("DELETE FROM stock_quant WHERE product_id = %s", cls.product_id),
                ("DELETE FROM stock_move_line WHERE product_id = %s", cls.product_id),
                ("DELETE FROM stock_move WHERE product_id = %s", cls.product_id),
                ("DELETE FROM stock_picking WHERE id = ANY(%s)", pickings),
                ("DELETE FROM stock_lot WHERE id = ANY(%s)", lots),
                ("DELETE FROM stock_location WHERE isp_partner_id = ANY(%s)", cls.partner_ids),
                ("DELETE FROM product_product WHERE id = %s", cls.product_id),
                (
                    "DELETE FROM product_template t WHERE name->>'en_US' = %s"
                    " AND NOT EXISTS (SELECT FROM product_product WHERE product_tmpl_id = t.id)",
                    "ONU en disputa",
                ),
                ("DELETE FROM res_partner WHERE id = ANY(%s)", cls.partner_ids),
            ):
                cr.execute(statement, (values,))
        cls.registry.clear_all_caches()

    def _snapshot(self, cr):
        """The transaction sees the database as it is now, whatever others commit later."""
        cr.execute("SELECT count(*) FROM stock_lot")

    def test_same_serial_twice(self):
        with self.registry.cursor() as first, self.registry.cursor() as second:
            self._snapshot(first)
            self._snapshot(second)
            create = self._env(first)["isp.onu"].create
            create({"name": SERIAL, "product_id": self.product_id})
            first.commit()
            env = self._env(second)

            def again():
                env["isp.onu"].create({"name": "5241434500000001", "product_id": self.product_id})

            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(ValidationError, f"{SERIAL} has just been registered"),
            ):
                retrying(again, env)
            second.rollback()
            second.execute(
                "SELECT count(*) FROM stock_lot WHERE product_id = %s AND name IN %s",
                (self.product_id, (SERIAL, "5241434500000001")),
            )
            self.assertEqual(second.fetchone(), (1,))

    def test_two_technicians_install_the_same(self):
        with self.registry.cursor() as cr:
            ids = self._env(cr)["isp.onu"].action_receive(
                serials=["RACE00000002"], product_id=self.product_id
            )
        with self.registry.cursor() as first, self.registry.cursor() as second:
            self._snapshot(first)
            self._snapshot(second)
            env1, env2 = self._env(first), self._env(second)
            ana, bea = self.partner_ids

            def install(env, partner):
                item = env["isp.onu"].browse(ids).item_id
                item._install(env["res.partner"].browse(partner), "C")

            retrying(lambda: install(env1, ana), env1)
            with (
                mute_logger("odoo.sql_db", "odoo.service.model"),
                self.assertRaisesRegex(UserError, "cannot be installed. Ana R. has it since"),
            ):
                retrying(lambda: install(env2, bea), env2)
            second.rollback()
            item = env2["isp.onu"].browse(ids).item_id
            self.assertEqual(item.partner_id.id, ana)
            self.assertEqual(len(item.assignment_ids), 1)
