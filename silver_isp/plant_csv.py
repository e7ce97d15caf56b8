"""Reading a plant from a spreadsheet: pure functions, no ORM.

One file describes everything, one row per thing, ``type`` says what the row is. Column names and
types are understood in English and in Spanish; commas, semicolons and tabs separate; a decimal
comma is a point.
"""

import csv
import io
from typing import NamedTuple

#: accepted header -> column
COLUMNS = {
    "type": "type",
    "tipo": "type",
    "code": "code",
    "codigo": "code",
    "código": "code",
    "name": "name",
    "nombre": "name",
    "parent": "parent",
    "padre": "parent",
    "alimentado_por": "parent",
    "base": "base",
    "zone": "zone",
    "zona": "zone",
    "latitude": "latitude",
    "latitud": "latitude",
    "longitude": "longitude",
    "longitud": "longitude",
    "address": "address",
    "direccion": "address",
    "dirección": "address",
    "model": "model",
    "modelo": "model",
    "ratio": "ratio",
    "relacion": "ratio",
    "relación": "ratio",
    "tap": "tap",
    "box": "box",
    "caja": "box",
    "nap": "box",
    "km": "km",
    "state": "state",
    "estado": "state",
    "limit": "limit",
    "limite": "limit",
    "límite": "limit",
    "azimuth": "azimuth",
    "azimut": "azimuth",
    "beam": "beam",
    "apertura": "beam",
    "range": "range",
    "alcance": "range",
}

#: accepted word -> type
TYPES = {
    "zone": "zone",
    "zona": "zone",
    "base": "base",
    "olt": "olt",
    "nap": "nap",
    "box": "nap",
    "caja": "nap",
    "splitter": "splitter",
    "divisor": "splitter",
    "sector": "sector",
}

STATES = {
    "project": "project",
    "proyecto": "project",
    "deployed": "deployed",
    "instalada": "deployed",
    "desplegada": "deployed",
    "certified": "certified",
    "certificada": "certified",
}

#: what must be filled in, for each type
REQUIRED = {
    "zone": ("code", "name"),
    "base": ("code", "name"),
    "olt": ("code", "base"),
    "nap": ("code", "base"),
    "splitter": ("code", "parent", "ratio"),
    "sector": ("code", "base"),
}

NUMBERS = {"latitude", "longitude", "km", "azimuth", "beam"}
INTEGERS = {"limit", "range"}


class Row(NamedTuple):
    """``problem`` is a code and its details when the row cannot be understood, else None."""

    line: int
    kind: str
    values: dict
    problem: tuple | None


class BadFile(ValueError):
    """The file as a whole cannot be read; ``args`` are a code and its details."""


def decode(content):
    """:param bytes content: as saved by a spreadsheet: UTF-8 or the Windows western page
    :return: str
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def number(text):
    """:raise ValueError: when the text is no finite number"""
    value = float(text.replace(" ", "").replace(",", "."))
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


def parse(text):
    """Yield a :class:`Row` for each line of the file that is not empty.

    :raise BadFile: ``("empty",)`` or ``("header", missing columns)``
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise BadFile("empty")
    delimiter = max(";\t,", key=lines[0].count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = None
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = [COLUMNS.get(cell.strip().lower()) for cell in cells]
            missing = [name for name in ("type", "code") if name not in header]
            if missing:
                raise BadFile("header", ", ".join(missing))
            continue
        yield _row(reader.line_num, header, cells)


def _row(line, header, cells):
    raw = {
        column: cell.strip()
        for column, cell in zip(header, cells, strict=False)
        if column and cell.strip()
    }
    word = raw.pop("type", "")
    kind = TYPES.get(word.lower())
    if not kind:
        return Row(line, word, raw, ("type", word))
    missing = [name for name in REQUIRED[kind] if name not in raw]
    if missing:
        return Row(line, kind, raw, ("missing", ", ".join(missing)))
    values = dict(raw)
    for name in (NUMBERS | INTEGERS) & set(raw):
        try:
            value = number(raw[name])
            values[name] = int(value) if name in INTEGERS else value
        except ValueError:
            return Row(line, kind, raw, ("number", name, raw[name]))
    if "state" in raw:
        values["state"] = STATES.get(raw["state"].lower())
        if not values["state"]:
            return Row(line, kind, raw, ("state", raw["state"]))
    if "ratio" in raw:
        # 1:8, 1/8 or 8
        values["ratio"] = raw["ratio"].replace("/", ":").split(":")[-1].strip()
    return Row(line, kind, values, None)
