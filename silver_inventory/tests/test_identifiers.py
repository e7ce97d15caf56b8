from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import identifiers

VENDORS = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=4, max_size=4)
NUMBERS = st.integers(0, 2**32 - 1)
#: how fast it draws says how busy the machine is, nothing about the code
UNHURRIED = settings(deadline=None, suppress_health_check=list(HealthCheck))
SEPARATORS = st.sampled_from(["", "-", ":", " ", "."])


@tagged("post_install", "-at_install")
class TestIdentifiers(BaseCase):
    def test_gpon_spellings(self):
        for text in (
            "HWTC12345678",
            "hwtc12345678",
            " HWTC-12345678 ",
            "4857544312345678",
            "0x4857544312345678",
            "48:57:54:43:12:34:56:78",
        ):
            self.assertEqual(identifiers.normalise_gpon(text), "HWTC12345678", text)

    def test_gpon_refused(self):
        # the fourth is a MAC address, the last two are one digit short and long
        for text in ("", None, "HWTC1234567G", "A4BE2B00102F", "HWTC1234567", "HWTC123456789"):
            with self.assertRaises(ValueError, msg=text):
                identifiers.normalise_gpon(text)

    def test_gpon_without_vendor_letters_keeps_its_digits(self):
        self.assertEqual(identifiers.normalise_gpon("00000000deadbeef"), "00000000DEADBEEF")

    @UNHURRIED
    @given(VENDORS, NUMBERS, SEPARATORS)
    def test_gpon_both_forms_meet(self, vendor, number, separator):
        letters = f"{vendor}{number:08X}"
        digits = vendor.encode().hex() + f"{number:08x}"
        spelt = separator.join(digits[i : i + 2] for i in range(0, 16, 2))
        self.assertEqual(identifiers.normalise_gpon(letters.lower()), letters)
        self.assertEqual(identifiers.normalise_gpon(spelt), letters)
        self.assertEqual(identifiers.gpon_hex(letters), digits.upper())

    @UNHURRIED
    @given(st.binary(min_size=8, max_size=8))
    def test_gpon_hex_is_the_inverse(self, raw):
        serial = identifiers.normalise_gpon(raw.hex())
        self.assertEqual(identifiers.gpon_hex(serial), raw.hex().upper())
        self.assertEqual(identifiers.normalise_gpon(serial), serial)

    @UNHURRIED
    @given(st.binary(min_size=6, max_size=6), SEPARATORS)
    def test_mac_spellings(self, raw, separator):
        raw = bytes([raw[0] & 0xFE]) + raw[1:-1] + bytes([raw[-1] | 1])
        digits = raw.hex()
        expected = ":".join(f"{byte:02X}" for byte in raw)
        spelt = separator.join(digits[i : i + 2] for i in range(0, 12, 2))
        self.assertEqual(identifiers.normalise_mac(spelt), expected)
        cisco = f"{digits[:4]}.{digits[4:8]}.{digits[8:]}"
        self.assertEqual(identifiers.normalise_mac(cisco), expected)
        self.assertEqual(identifiers.normalise_mac(expected), expected)

    def test_mac_refused(self):
        for text in ("", "A4B1C200102", "A4B1C200102F0", "A4B1C200102G"):
            with self.assertRaisesRegex(ValueError, "mac_length"):
                identifiers.normalise_mac(text)
        for text in ("00:00:00:00:00:00", "FF:FF:FF:FF:FF:FF", "01:00:5E:00:00:01"):
            with self.assertRaisesRegex(ValueError, "mac_group"):
                identifiers.normalise_mac(text)

    @UNHURRIED
    @given(st.text(max_size=30))
    def test_serial_key_is_stable(self, text):
        key = identifiers.serial_key(text)
        self.assertEqual(identifiers.serial_key(key or ""), key)
        self.assertEqual(identifiers.serial_key(f" {text}-"), key)

    def test_serial_key_of_an_onu(self):
        self.assertEqual(identifiers.serial_key("4857544312345678", "onu"), "HWTC12345678")
        self.assertEqual(identifiers.serial_key("4857544312345678", "router"), "4857544312345678")
        self.assertIsNone(identifiers.serial_key(" - "))
