"""The promises, asked of PostgreSQL itself: every wrong write is raw SQL, as a careless script
does it.
"""

import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import IpamCommon


@tagged("post_install", "-at_install")
class TestDatabase(IpamCommon):
    def refused(self, promise, query, *args):
        """``query`` breaks ``promise`` (the end of the name of a constraint or trigger)."""
        self.env.flush_all()
        with (
            self.subTest(promise=promise),
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError) as caught,
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(SQL(query, *args))
        self.assertTrue(
            (caught.exception.diag.constraint_name or "").endswith(promise),
            f"{promise}: {caught.exception}",
        )

    def insert_pool(self, cidr, base=None, domain=None, plen=32, gateway=None, kind="pool"):
        domain = domain or self.base.routing_domain_id
        return SQL(
            "INSERT INTO isp_ip_pool (label, base_station_id, company_id, domain_id, "
            "domain_is_global,"
            " cidr, alloc_plen, gateway, kind, state, order_policy, quarantine_hours)"
            " VALUES ('raw', %s, %s, %s, %s, %s, %s, %s, %s, 'active', 'fresh_first', 24)",
            (base or self.base).id,
            self.base.company_id.id,
            domain.id,
            domain.is_global,
            cidr,
            plen,
            gateway,
            kind,
        )

    def refused_pool(self, promise, *args, **kwargs):
        query = self.insert_pool(*args, **kwargs)
        self.refused(promise, query.code, *query.params)

    def test_everything_declared_is_there(self):
        self.assertPromises()
        expected = self.env["silver.audit"]._expected_objects()
        names = {wanted.name for wanted in expected}
        for name in (
            "isp_ip_pool_no_overlap_domain",
            "isp_ip_pool_no_overlap_base",
            "isp_ip_reservation_pool_fk",
            "isp_ip_reservation_unit_uniq",
            "isp_ip_assignment_history_one_holder",
            "isp_ip_reservation_guard",
        ):
            self.assertIn(name, names)

    def test_a_missing_promise_is_found(self):
        self.env.cr.execute("ALTER TABLE isp_ip_pool DROP CONSTRAINT isp_ip_pool_no_overlap_base")
        self.env.cr.execute("ALTER TABLE isp_ip_reservation DISABLE TRIGGER isp_ip_reservation_log")
        rows = [row for finding in self.env["silver.audit"].run() for row in finding["rows"]]
        self.assertIn(["isp_ip_pool.isp_ip_pool_no_overlap_base"], rows)
        self.assertIn(["isp_ip_reservation.isp_ip_reservation_log"], rows)
        self.env.cr.execute("ALTER TABLE isp_ip_reservation ENABLE TRIGGER isp_ip_reservation_log")

    def test_pools(self):
        second = self.env["isp.routing.domain"].create({"name": "second"})
        self.refused_pool("no_overlap_domain", "10.77.0.0/29", base=self.other_base)
        self.refused_pool("no_overlap_base", "10.77.0.0/16", domain=second)
        self.refused_pool("public_is_global", "200.7.170.0/24")
        for special in (
            "224.1.0.0/24",
            "127.0.0.0/24",
            "203.0.113.0/24",
            "2001:db8::/32",
            "8.0.0.0/5",
        ):
            self.refused_pool("no_special", special, plen=56 if ":" in special else 32)
        self.refused_pool("gateway_inside", "10.78.0.0/24", gateway="10.79.0.1")
        self.refused_pool("lengths", "10.78.0.0/24", plen=20)
        self.refused_pool("lengths", "2800:1::/32", plen=80, domain=self.internet)
        self.refused(
            "domain_fk",
            "UPDATE isp_ip_pool SET domain_is_global = true WHERE id = %s",
            self.pool.id,
        )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.DataError),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(self.insert_pool("10.78.0.5/24"))
        # the same private network in another base, with its own domain, is right
        other = self.other_base.routing_domain_id
        self.env.cr.execute(self.insert_pool("10.77.0.0/28", base=self.other_base, domain=other))

    def test_reservation_and_pool_agree(self):
        row, _how = self._take()
        for column, value in (
            ("pool_cidr", "10.99.0.0/28"),
            ("base_station_id", self.other_base.id),
            ("domain_id", self.internet.id),
            ("alloc_plen", 30),
            ("pool_retired", True),
        ):
            promise = "retired" if column == "pool_retired" else "pool_fk"
            if column == "alloc_plen":
                promise = "unit_inside" if row.unit > 3 else "pool_fk"
            self.refused(
                promise, "UPDATE isp_ip_reservation SET %s = %s WHERE id = %s",
                SQL.identifier(column), value, row.id,
            )  # fmt: skip
        self.refused(
            "unit_inside",
            "INSERT INTO isp_ip_reservation (pool_id, unit, state, purpose)"
            " VALUES (%s, 16, 'free', 'customer')",
            self.pool.id,
        )
        self.refused(
            "unit_uniq",
            "INSERT INTO isp_ip_reservation (pool_id, unit, state, purpose)"
            " VALUES (%s, %s, 'free', 'customer')",
            self.pool.id,
            int(row.unit),
        )
        self.refused("unit_fixed", "UPDATE isp_ip_reservation SET unit = 9 WHERE id = %s", row.id)

    def test_one_address_for_each_contract_and_equipment(self):
        contract = self._service()
        held = contract.ip_reservation_ids
        other, _how = self._take()
        self.refused(
            "contract_uniq",
            "INSERT INTO isp_ip_reservation (pool_id, unit, state, purpose, contract_id, "
            "partner_id)"
            " VALUES (%s, 12, 'in_use', 'customer', %s, %s)",
            self.pool.id,
            contract.id,
            contract.partner_id.id,
        )
        item = self.cpes[0].item_id
        self.env.cr.execute(
            SQL(
                "UPDATE isp_ip_reservation SET inventory_item_id = %s WHERE id = %s",
                item.id,
                held.id,
            )
        )
        self.refused(
            "item_uniq",
            "UPDATE isp_ip_reservation SET inventory_item_id = %s WHERE id = %s",
            item.id,
            other.id,
        )

    def test_state_and_holder(self):
        self.refused(
            "holder",
            "INSERT INTO isp_ip_reservation (pool_id, unit, state, purpose)"
            " VALUES (%s, 9, 'in_use', 'customer')",
            self.pool.id,
        )
        self.refused(
            "holder",
            "INSERT INTO isp_ip_reservation (pool_id, unit, state, purpose, partner_id)"
            " VALUES (%s, 9, 'free', 'customer', %s)",
            self.pool.id,
            self.partner.id,
        )
        self.refused(
            "exclusion_has_no_holder",
            "INSERT INTO isp_ip_reservation (pool_id, unit, state, purpose, partner_id)"
            " VALUES (%s, 9, 'in_use', 'infra', %s)",
            self.pool.id,
            self.partner.id,
        )

    def test_transitions(self):
        contract = self._service()
        row = contract.ip_reservation_ids
        update = "UPDATE isp_ip_reservation SET state = %s WHERE id = %s"
        self.refused("transition", update, "free", row.id)
        self.refused("transition", update, "reserved", row.id)
        self.refused(
            "holder_fixed",
            "UPDATE isp_ip_reservation SET contract_id = %s WHERE id = %s",
            self._service(active=False).id,
            row.id,
        )
        self.env.cr.execute(SQL(update, "quarantine", row.id))
        self.refused("ip_quarantine", update, "free", row.id)
        self.refused(
            "ip_quarantine",
            "UPDATE isp_ip_reservation SET state = 'reserved', partner_id = %s WHERE id = %s",
            self.partner.id,
            row.id,
        )
        self.refused(
            "ip_quarantine",
            "UPDATE isp_ip_reservation SET available_at = '2020-01-01' WHERE id = %s",
            row.id,
        )
        # its last customer may have it back
        self.env.cr.execute(
            SQL(
                "UPDATE isp_ip_reservation SET state = 'reserved', partner_id = %s WHERE id = %s",
                contract.partner_id.id,
                row.id,
            )
        )
        self.assertPromises()

    def test_giving_a_reservation_back_does_not_cut_the_quarantine(self):
        contract = self._service()
        row = contract.ip_reservation_ids
        row._release()
        until = row.available_at
        self._take(partner=contract.partner_id)
        self.assertEqual(row.state, "reserved")
        row._release()
        self.assertEqual((row.state, row.available_at), ("quarantine", until))

    def test_rows_stay(self):
        contract = self._service()
        row = contract.ip_reservation_ids
        self.refused("keep", "DELETE FROM isp_ip_reservation WHERE id = %s", row.id)
        row._release()
        self.refused("keep", "DELETE FROM isp_ip_reservation WHERE id = %s", row.id)
        self.refused("keep", "TRUNCATE isp_ip_reservation CASCADE")

    def test_raw_sql_is_in_the_history_too(self):
        self.env.cr.execute("SELECT set_config('silver.uid', '', true)")
        self.env.cr.execute(
            SQL(
                "INSERT INTO isp_ip_reservation (pool_id, unit, state, purpose, partner_id)"
                " VALUES (%s, 9, 'reserved', 'customer', %s) RETURNING id",
                self.pool.id,
                self.partner.id,
            )
        )
        [(id_,)] = self.env.cr.fetchall()
        period = self.History.search([("reservation_id", "=", id_)])
        self.assertEqual(
            (period.ip_address, period.partner_id, period.date_to, period.user_id.id),
            ("10.77.0.9", self.partner, False, False),
        )

    def test_history_is_append_only(self):
        row, _how = self._take()
        row._release("done")
        period = self.History.search([("reservation_id", "=", row.id)])
        self.assertEqual((period.end_reason, period.reason), ("done", "test"))
        for query in (
            "UPDATE isp_ip_assignment_history SET partner_id = NULL WHERE id = %s",
            "UPDATE isp_ip_assignment_history SET date_to = now() WHERE id = %s",
            "DELETE FROM isp_ip_assignment_history WHERE id = %s",
        ):
            self.refused("append_only", query, period.id)
        self.refused("append_only", "TRUNCATE isp_ip_assignment_history CASCADE")
        for act in (
            lambda: period.write({"reason": "x"}),
            period.unlink,
            lambda: self.History.create({}),
        ):
            with self.assertRaises(UserError):
                act()

    def test_two_holders_never_overlap_in_time(self):
        block_pool = self._pool("10.88.0.0/24", alloc_plen=29)
        self.assertEqual(self._take(block_pool)[0].ip_address, "10.88.0.0/29")
        self.refused(
            "one_holder",
            "INSERT INTO isp_ip_assignment_history (domain_id, ip_address, state, date_from, "
            "prev_hash)"
            " VALUES (%s, '10.88.0.1', 'in_use', timezone('UTC', now()) - interval '1 day', '')",
            self.pool.domain_id.id,
        )

    def test_an_edit_behind_the_triggers_is_found(self):
        row, _how = self._take()
        period = self.History.search([("reservation_id", "=", row.id)])
        self.assertPromises()
        self.env.cr.execute("ALTER TABLE isp_ip_assignment_history DISABLE TRIGGER USER")
        self.env.cr.execute(
            SQL(
                "UPDATE isp_ip_assignment_history SET date_from = '2020-01-01' WHERE id = %s",
                period.id,
            )
        )
        self.env.cr.execute("ALTER TABLE isp_ip_assignment_history ENABLE TRIGGER USER")
        names = {finding["name"] for finding in self.env["silver.audit"].run()}
        self.assertIn("ip_history_seals", names)

    def test_retiring_with_customers(self):
        row, _how = self._take()
        self.refused(
            "retired_in_use", "UPDATE isp_ip_pool SET state = 'retired' WHERE id = %s", self.pool.id
        )
        row._release()
        self.env.cr.execute(
            SQL("UPDATE isp_ip_pool SET state = 'retired' WHERE id = %s", self.pool.id)
        )
        self.refused(
            "pool_not_active",
            "UPDATE isp_ip_reservation SET state = 'reserved', partner_id = %s WHERE id = %s",
            self.partner.id,
            row.id,
        )

    def test_shrinking_below_what_is_used(self):
        self.Reservation._take_unit(self.pool, 12, partner=self.partner)
        self.env.cr.execute(
            "DELETE FROM isp_ip_reservation WHERE pool_id = %s AND purpose <> 'customer'",
            [self.pool.id],
        )
        self.refused(
            "unit_inside",
            "UPDATE isp_ip_pool SET cidr = '10.77.0.0/29' WHERE id = %s",
            self.pool.id,
        )

    def test_renumbering_keeps_everybody_and_the_history(self):
        contract = self._service()
        before = contract.ip_address
        self.pool.write({"cidr": "10.79.0.0/28", "gateway": "10.79.0.1"})
        self.assertEqual(contract.ip_address, before.replace("10.77.", "10.79."))
        periods = self.History.search([("contract_id", "=", contract.id)], order="id")
        self.assertEqual(periods[-1].ip_address, contract.ip_address)
        self.assertEqual(periods[-1].previous_ip, before)
        self.assertTrue(periods[-2].date_to)
        self.assertPromises()

    def test_pool_has_a_sequence_while_it_lives(self):
        pool = self._pool("10.90.0.0/24")
        exists = SQL("SELECT to_regclass(isp_ip_sequence(%s)) IS NOT NULL", pool.id)
        self.assertTrue(self.env.execute_query(exists)[0][0])
        pool.unlink()
        self.env.flush_all()
        self.assertFalse(self.env.execute_query(exists)[0][0])
