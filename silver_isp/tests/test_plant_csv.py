from hypothesis import HealthCheck, settings
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from .. import plant_csv


def given(*strategies):
    """Without a deadline: what is tested is the answer, not how busy the machine is."""

    def decorate(test):
        calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
        return calm(hypothesis_given(*strategies)(test))

    return decorate


@tagged("post_install", "-at_install")
class TestPlantCsv(BaseCase):
    def rows(self, text):
        return list(plant_csv.parse(text))

    def test_spanish_header_and_decimal_comma(self):
        (row,) = self.rows("Tipo;Código;Base;Latitud;Longitud\ncaja;N-1;B;20,5;-99,9\n")
        self.assertEqual((row.kind, row.problem), ("nap", None))
        self.assertEqual(row.values["latitude"], 20.5)
        self.assertEqual(row.values["longitude"], -99.9)

    def test_each_way_to_write_a_ratio(self):
        text = "type,code,parent,ratio\n" + "".join(
            f"splitter,S,O 0/1,{ratio}\n" for ratio in ("8", "1:8", "1/8")
        )
        self.assertEqual([row.values["ratio"] for row in self.rows(text)], ["8"] * 3)

    def test_bad_rows_say_why(self):
        text = (
            "type,code,base,latitude,state\n"
            "cat,X,B,,\n"
            "nap,N-1,,,\n"
            "nap,N-2,B,north,\n"
            "nap,N-3,B,nan,\n"
            "nap,N-4,B,1,broken\n"
        )
        problems = [row.problem for row in self.rows(text)]
        self.assertEqual(
            problems,
            [
                ("type", "cat"),
                ("missing", "base"),
                ("number", "latitude", "north"),
                ("number", "latitude", "nan"),
                ("state", "broken"),
            ],
        )

    def test_bad_files(self):
        for text in ("", "\n\n", "colour,size\n"):
            with self.assertRaises(plant_csv.BadFile):
                self.rows(text)

    def test_windows_page(self):
        self.assertIn("código", plant_csv.decode("código".encode("cp1252")))
        self.assertEqual(plant_csv.decode("\ufeffa".encode()), "a")

    @given(st.text(max_size=200))
    def test_nothing_breaks_it(self, text):
        try:
            for row in plant_csv.parse("type,code\n" + text):
                self.assertTrue(row.problem is None or row.problem[0])
        except plant_csv.BadFile:
            pass
        except Exception as error:  # csv refuses NUL and fields without end
            self.assertEqual(type(error).__name__, "Error")
