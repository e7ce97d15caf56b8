"""Lists that travel to PostgreSQL as the text of an array."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..tools.sqlrows import array

#: What PostgreSQL can hold: any text without the character zero or half a surrogate pair.
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
VALUES = {
    "text": st.one_of(TEXTS, st.sampled_from(['"', "\\", "{}", ",", "NULL", "null", "", " ", "'"])),
    "int": st.integers(-(2**31), 2**31 - 1),
    "numeric": st.decimals(allow_nan=False, allow_infinity=False, places=6),
    "date": st.dates(date(1900, 1, 1), date(2200, 12, 31)),
    "bool": st.booleans(),
}
LISTS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.lists(st.none() | VALUES[kind], max_size=8))
)


@tagged("post_install", "-at_install")
class TestArray(TransactionCase):
    def there_and_back(self, kind, values):
        return self.env.execute_query(
            SQL("SELECT * FROM unnest(%s::%s[])", array(values), SQL(kind))
        )

    @settings(max_examples=300, deadline=None)
    @given(LISTS)
    def test_what_goes_in_comes_out(self, case):
        kind, listed = case
        found = [row[0] for row in self.there_and_back(kind, listed)]
        if kind == "numeric":  # Odoo reads them as floats
            listed = [value if value is None else float(value) for value in listed]
        self.assertEqual(found, listed)

    def test_numbers_are_not_quoted(self):
        self.assertEqual(array([1, None, -3]), "{1,NULL,-3}")
        self.assertEqual(array([]), "{}")

    def test_it_is_text_and_nothing_else(self):
        """What a customer calls himself stays a name."""
        name = "\"}'); DROP TABLE res_partner; --"
        self.assertEqual(self.there_and_back("text", [name, None]), [(name,), (None,)])
