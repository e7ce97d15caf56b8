"""What becomes of a reading."""

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.silver_provisioning.drivers.olt import OnuReading

from .common import T0, MonitoringCommon, minutes


@tagged("post_install", "-at_install")
class TestStore(MonitoringCommon):
    def test_each_onu_finds_its_port_contract_and_splitter(self):
        self.read()
        found = self.signals()
        self.assertEqual(found.mapped("position"), [1, 2, 3, 4, 5, 6])
        self.assertEqual(found.contract_id, self.contracts)
        self.assertEqual(found.olt_port_id, self.pon)
        self.assertEqual(found[0].splitter_id, self.left)
        self.assertEqual(found[0].onu_id, self.onus[0])
        self.assertTrue(all(found.mapped("expected")))
        self.assertEqual(self.contracts[0].signal_id, found[0])
        self.assertEqual(self.contracts[0].signal_rx_dbm, -20.0)
        self.assertEqual(self.onus[0].signal_id, found[0])

    def test_a_customer_who_is_suspended_is_not_missed(self):
        self.contracts[0].action_suspend(reason="technical")
        self.read(down=[0])
        self.assertFalse(self.signals()[0].expected)
        self.assertEqual(self.pon._down_counts(), {})
        self.read(minutes(5), down=[0, 1])
        self.assertEqual(self.pon._down_counts(), {self.pon.id: 1})

    def test_down_since_when_and_last_seen(self):
        self.read()
        self.read(minutes(5), down=[2], phase="dyinggasp")
        signal = self.signals()[2]
        self.assertEqual((signal.phase, signal.level), ("dyinggasp", "none"))
        self.assertEqual(signal.down_since, minutes(5))
        self.assertEqual(signal.last_online, T0)
        self.read(minutes(10), down=[2], phase="los")  # the word changes, the moment stays
        self.assertEqual(self.signals()[2].down_since, minutes(5))
        self.read(minutes(15))
        self.assertFalse(self.signals()[2].down_since)
        self.assertEqual(self.signals()[2].last_online, minutes(15))

    def test_nothing_changed_writes_no_row(self):
        self.read()
        rows = self.stamps()
        self.read(minutes(5), rx=-20.15)  # the noise of the meter
        self.assertEqual(self.stamps(), rows)
        self.read(minutes(10), rx=-21.0)
        self.assertNotEqual(self.stamps(), rows)

    def stamps(self):
        """Where each row is: PostgreSQL gives a new place to every version of a row."""
        return self.env.execute_query(
            SQL("SELECT id, ctid FROM isp_onu_signal WHERE olt_id = %s ORDER BY id", self.olt.id)
        )

    def test_at_the_limit_the_level_does_not_jump(self):
        self.read(rx=-24.95)
        self.assertEqual(self.signals()[0].level, "good")
        self.read(minutes(5), rx=-25.05)
        self.assertEqual(self.signals()[0].level, "good")
        self.read(minutes(10), rx=-25.3)
        self.assertEqual(self.signals()[0].level, "weak")
        self.read(minutes(15), rx=-27.4)
        self.assertEqual(self.signals()[0].level, "critical")

    def test_an_onu_that_is_gone_is_not_down(self):
        rows = self.read()
        self.record(rows[:5], minutes(5))
        signal = self.signals()[5]
        self.assertFalse(signal.present or signal.expected or signal.down_since)
        self.record(rows, minutes(10))
        self.assertTrue(self.signals()[5].present)
        self.assertEqual(self.signals()[5].position, 6)

    def test_positions_are_for_ever_and_new_ones_come_after(self):
        self.record([self.reading(3)])
        self.record([self.reading(1), self.reading(2)], minutes(5))
        found = {signal.serial: signal.position for signal in self.signals()}
        self.assertEqual(found[self.onus[3].gpon_serial], 1)
        self.assertEqual(sorted(found.values()), [1, 2, 3])

    def test_serials_in_both_spellings_and_without(self):
        serial = self.onus[0].gpon_serial
        spelled = serial[:4].encode().hex() + serial[4:]
        self.record([self.reading(0, serial=spelled), self.reading(1, serial="not a serial")])
        self.assertEqual(self.signals().mapped("serial"), [serial, "NOT A SERIAL"])
        # by place, from a command line that shows no serial number
        self.record([OnuReading(1, 1, 0, phase="los")], minutes(5))
        self.assertEqual(self.signals()[0].phase, "los")
        # of a place nobody knows: not ours to invent
        self.record([OnuReading(3, 7, 9, phase="working")], minutes(10))
        self.assertEqual(len(self.signals()), 2)

    def test_one_serial_in_two_places_counts_where_it_works(self):
        twice = [
            self.reading(0),
            OnuReading(2, 9, 4, self.onus[0].gpon_serial, "los"),
        ]
        for rows in (twice, twice[::-1]):
            self.record(rows)
            self.assertEqual((self.signals().slot, self.signals().phase), (1, "working"))

    def test_the_number_of_statements_does_not_grow(self):
        self.record([self.reading(0)])
        self.env.flush_all()

        def statements(count, at):
            rows = [OnuReading(1, 1, n, f"ABCD{n:08X}", "working", -20.0) for n in range(count)]
            before = self.cr.sql_log_count
            self.Signal._record(self.olt, at, rows, T0)
            return self.cr.sql_log_count - before

        few = statements(5, minutes(5))
        self.assertLessEqual(statements(300, minutes(10)), few)

    def test_no_chatter(self):
        before = self.env["mail.message"].search_count([])
        self.read()
        self.read(minutes(5), down=range(2))
        self.assertEqual(self.env["mail.message"].search_count([]), before)

    def test_a_swap_of_equipment_is_followed(self):
        self.read()
        self.contracts[0].action_change_equipment(onu_id=self.onus[7].id)
        rows = [self.reading(index) for index in range(1, 6)]
        self.record([*rows, self.reading(7)], minutes(5))
        self.assertEqual(self.contracts[0].signal_id.serial, self.onus[7].gpon_serial)
        self.assertFalse(self.signals()[0].contract_id)

    def test_diagnosis_begins_with_the_onu(self):
        self.read(minutes(-5))
        self.read(T0, down=[0], phase="dyinggasp")
        level, text = self.contracts[0]._diagnose_signal(self.contracts[0].signal_id)
        self.assertEqual(level, "error")
        self.assertIn("no power", text)
        self.read(minutes(5), rx=-26)
        level, text = self.contracts[0]._diagnose_signal(self.contracts[0].signal_id)
        self.assertEqual((level, "-26.0" in text), ("warning", True))
