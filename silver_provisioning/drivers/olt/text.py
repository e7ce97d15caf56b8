"""Terminal output to text, and customer data to words a command line can take. Pure functions."""

from __future__ import annotations

import re
import unicodedata

from ..base import Permanent

_TOKEN = re.compile(
    r"\x1b\[(\d*)(?:;\d*)*([A-Za-z])|\x1b[()][A-Z0-9]|\x1b[=>78]|([\r\n\b\x07\x00])|([^\x1b\r\n\b\x07\x00]+)|\x1b"
)
_SERIAL = re.compile(r"[A-Z0-9]{4}[0-9A-F]{8}")
_NAME = re.compile(r"[A-Za-z0-9_.:+/-]{0,64}")
# no blanks, quotes, `?` (help), `|` (filter), `;`, `!` (comment), `#`, `\`: what a command line
# reads as something else
_WORD = re.compile(r"[A-Za-z0-9._@$%&*+=:/~,-]+")


# ------------------------------------------------------------------ from the device
def render(raw: str) -> str:
    """What a screen would show: backspaces, carriage returns and cursor movements done, colours
    gone.
    """
    lines, line, column = [], [], 0
    for match in _TOKEN.finditer(raw):
        amount, letter, control, plain = match.groups()
        if plain:
            if column > len(line):
                line.extend(" " * (column - len(line)))
            line[column : column + len(plain)] = plain
            column += len(plain)
        elif control == "\n":
            lines.append("".join(line).rstrip())
            line, column = [], 0
        elif control == "\r":
            column = 0
        elif control == "\b":
            column = max(0, column - 1)
        elif letter == "C":
            column += int(amount or 1)
        elif letter == "D":
            column = max(0, column - int(amount or 1))
        elif letter == "K":
            del line[column:]
    lines.append("".join(line))
    return "\n".join(lines)


def unwrap(text: str, width: int = 80) -> str:
    """Join the lines a terminal of ``width`` columns broke: one that is full goes on in the next.

    Rules (``-----``) are as wide as the terminal by nature and go on nowhere.
    """
    result: list[str] = []
    full = False
    for line in text.split("\n"):
        if full:
            result[-1] += line
        else:
            result.append(line)
        full = len(line) == width and bool(line.strip("-=* "))
    return "\n".join(result)


def after_echo(text: str, command: str) -> str:
    """The answer without the echo of the command, however the terminal broke or spaced it."""
    wanted = command.replace(" ", "")
    position = matched = 0
    while matched < len(wanted) and position < len(text):
        char = text[position]
        if char == wanted[matched]:
            matched += 1
        elif not char.isspace():
            return text  # no echo: a device that was told not to
        position += 1
    return text[position:].lstrip(" ")


def columns(line: str) -> list[str]:
    """A table row by blanks; a full terminal may have split nothing but blanks."""
    return line.split()


# ------------------------------------------------------------------ to the device
def serial(value: str) -> str:
    """A GPON serial number as ``HWTCAABBCC01``, from that, ``HWTC-AABBCC01`` or 16 hexadecimal
    digits.

    :raise Permanent: it is none of these
    """
    clean = value.strip().upper().replace("-", "").replace(":", "")
    if re.fullmatch(r"[0-9A-F]{16}", clean):
        vendor = bytes.fromhex(clean[:8])
        if vendor.isalnum():
            clean = vendor.decode("ascii") + clean[8:]
    if not _SERIAL.fullmatch(clean):
        raise Permanent(f"{value!r} is not a GPON serial number (like HWTCAABBCC01).")
    return clean


def hex_serial(value: str) -> str:
    """``HWTCAABBCC01`` as Huawei writes it: ``48575443AABBCC01``."""
    clean = serial(value)
    return clean[:4].encode("ascii").hex().upper() + clean[4:]


def clean_label(value: str, limit: int = 48) -> str:
    """A description in letters, digits and ``._:/+-``; accents dropped, everything else an
    underscore.
    """
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode("ascii")
    plain = re.sub(r"[^A-Za-z0-9._:/+-]+", "_", plain).strip("_")
    return plain[:limit] or "sin_nombre"


def name(who: str, what: str, value: str) -> str:
    """A profile name. :raise Permanent: it could be read as something else than one word"""
    if not _NAME.fullmatch(value):
        raise Permanent(
            f"{who}: the {what} {value!r} has characters that an OLT's command line cannot take."
        )
    return value


def word(who: str, what: str, value: str, least: int = 1, most: int = 64) -> str:
    """A value from a customer's record. :raise Permanent: as :func:`name`; the value is not
    repeated
    """
    if not least <= len(value) <= most:
        raise Permanent(f"{who}: the {what} must have from {least} to {most} characters.")
    if not _WORD.fullmatch(value):
        raise Permanent(
            f"{who}: the {what} has characters that an OLT's command line would read as "
            f"something else; "
            "letters, digits and . _ @ $ % & * + = : / ~ , - are safe."
        )
    return value
