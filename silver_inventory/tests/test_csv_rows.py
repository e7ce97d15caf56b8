from datetime import date, datetime

from odoo.tests import BaseCase, tagged

from ..tools import csv_rows


@tagged("post_install", "-at_install")
class TestCsvRows(BaseCase):
    def test_headings_in_two_languages_and_separators(self):
        spanish = "Serie;Dirección MAC;Garantía\nX1;A4BE2B00102F;31/12/2027\n".encode()
        rows = csv_rows.read(spanish)
        self.assertEqual(
            rows, [(2, {"serial": "X1", "mac": "A4BE2B00102F", "warranty_date": "31/12/2027"})]
        )
        english = "\ufeffserial number,mac address\nX1,\n\nX2,a\n".encode()
        self.assertEqual([row["serial"] for _n, row in csv_rows.read(english)], ["X1", "X2"])

    def test_old_excel_encoding(self):
        rows = csv_rows.read("serie;cliente\nX1;Peña\n".encode("cp1252"))
        self.assertEqual(rows[0][1]["customer"], "Peña")

    def test_no_serial_column(self):
        with self.assertRaisesRegex(ValueError, "no_serial"):
            csv_rows.read(b"a,b\n1,2\n")
        with self.assertRaisesRegex(ValueError, "no_serial"):
            csv_rows.read(b"")

    def test_clean(self):
        values, problems = csv_rows.clean(
            {
                "serial": "X1",
                "mac": "a4be.2b00.102f",
                "condition": "Dañado",
                "warranty_date": "31/12/2027",
                "since": "2026-02-01",
                "value": "1.234,50",
            }
        )
        self.assertFalse(problems)
        self.assertEqual(values["mac"], "A4:BE:2B:00:10:2F")
        self.assertEqual(values["condition"], "broken")
        self.assertEqual(values["warranty_date"], date(2027, 12, 31))
        self.assertEqual(values["since"], datetime(2026, 2, 1))
        self.assertEqual(values["value"], 1234.5)

    def test_problems_name_their_columns(self):
        row = {"serial": "--", "mac": "1", "condition": "roto?", "value": "x", "since": "ayer"}
        _values, problems = csv_rows.clean(row)
        self.assertEqual(set(problems), {"serial", "mac", "condition", "value", "since"})

    def test_amounts(self):
        for text, amount in (("45", 45), ("1,234.50", 1234.5), ("1.234", 1234), ("$ 3,5", 3.5)):
            self.assertEqual(csv_rows.parse_amount(text), amount)
        for text in ("", "-3", "3-4", "abc"):
            with self.assertRaises(ValueError):
                csv_rows.parse_amount(text)
