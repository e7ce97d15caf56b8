"""Names that equipment carries, brought to one spelling. Pure functions, no ORM.

Labels, suppliers' lists and OLT consoles write the same number in many ways; two spellings of one
number must never become two pieces of equipment.
"""

import re
import unicodedata
from contextlib import suppress

_MAC = re.compile(r"[0-9A-F]{12}")
_HEX16 = re.compile(r"[0-9A-F]{16}")
_GPON = re.compile(r"(?P<vendor>[A-Z0-9]{4})(?P<number>[0-9A-F]{8})")
# A vendor code is four letters; with digits it needs a letter beyond F, or a MAC would pass for one
_VENDOR = re.compile(r"[A-Z]{4}|(?=.*[G-Z])[A-Z0-9]{4}")


def compact(text):
    """Upper case, letters and digits only: ``" hwtc-1234 5678"`` becomes ``"HWTC12345678"``.

    :param text: str, None or False
    :return: str, empty when nothing is left
    """
    folded = unicodedata.normalize("NFKC", text or "").upper()
    return "".join(char for char in folded if char.isalnum())


def normalise_mac(text):
    """:return: ``AA:BB:CC:DD:EE:FF`` for any usual spelling (``aabb.ccdd.eeff``, ``AA-BB-..``).

    :param str text: a MAC address (EUI-48)
    :raise ValueError: when it has not exactly 12 hexadecimal digits, or is all zeros, broadcast or
        a group address (first octet odd, IEEE 802), which no equipment owns
    """
    digits = re.sub(r"[\s:.\-]", "", unicodedata.normalize("NFKC", text or "")).upper()
    if not _MAC.fullmatch(digits):
        raise ValueError("mac_length")
    if digits == "0" * 12 or int(digits[:2], 16) & 1:
        raise ValueError("mac_group")
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def normalise_gpon(text):
    """:return: the GPON serial as ``HWTC12345678``; ITU-T G.984.3: 4 bytes of vendor, 4 of number.

    Accepts the four letters form and the 16 hexadecimal digits form of the same 8 bytes, with
    separators or ``0x``. When the first four bytes do not spell a vendor, the 16 digits stay.

    :param str text: a GPON serial number
    :raise ValueError: when it is neither form
    """
    raw = re.sub(r"^\s*0X", "", unicodedata.normalize("NFKC", text or "").upper())
    raw = re.sub(r"[\s:.\-]", "", raw)
    if _HEX16.fullmatch(raw):
        vendor = bytes.fromhex(raw[:8]).decode("latin-1")
        return vendor + raw[8:] if _VENDOR.fullmatch(vendor) else raw
    match = _GPON.fullmatch(raw)
    if match and _VENDOR.fullmatch(match["vendor"]):
        return raw
    raise ValueError("gpon_form")


def gpon_hex(serial):
    """:return: the 16 hexadecimal digits of a normalised GPON serial, as ZTE and OMCI show it."""
    if _HEX16.fullmatch(serial):
        return serial
    return serial[:4].encode("ascii").hex().upper() + serial[4:]


def serial_key(serial, kind=None):
    """What two spellings of one serial number have in common; the database keeps it unique.

    :param str serial: the serial number as written
    :param str kind: equipment kind; an ``onu`` often shows its GPON serial, in either form
    :return: str, or None when there is nothing to compare
    """
    key = compact(serial)
    if kind == "onu":
        # an ONU may also carry a maker's serial that is not its GPON serial
        with suppress(ValueError):
            return normalise_gpon(key)
    return key or None
