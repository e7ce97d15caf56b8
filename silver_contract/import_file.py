"""Rows of a CSV or XLSX file of contracts, with plain values: no ORM."""

import csv
import io
from datetime import date, datetime

from openpyxl import load_workbook

#: header (without accents, lower case) -> field of a row
HEADERS = {
    "customer_code": ("customer_code", "customer code", "codigo", "codigo cliente"),
    "customer": ("customer", "name", "cliente", "nombre", "titular"),
    "vat": ("vat", "document", "documento", "cedula", "ruc", "nif"),
    "phone": ("phone", "telefono", "celular"),
    "email": ("email", "correo"),
    "customer_type": ("customer_type", "customer type", "tipo", "tipo cliente"),
    "street": ("street", "address", "direccion"),
    "city": ("city", "ciudad"),
    "latitude": ("latitude", "lat", "latitud"),
    "longitude": ("longitude", "lon", "lng", "longitud"),
    "plan": ("plan", "plan_code", "plan code", "codigo plan"),
    "label": ("label", "display_label", "etiqueta"),
    "custom_price": ("custom_price", "custom price", "precio", "precio propio"),
    "billing_day": ("billing_day", "billing day", "dia de facturacion", "dia facturacion", "dia"),
    "term_months": ("term_months", "term", "permanencia", "plazo"),
    "splitter": ("splitter",),
    "port": ("port", "splitter_port", "puerto"),
    "onu": ("onu", "onu_serial", "serial onu", "serie onu"),
    "external_code": ("external_code", "external code", "codigo externo", "contrato"),
    "state": ("state", "estado"),
    "activation_date": (
        "activation_date",
        "activation date",
        "fecha de activacion",
        "fecha activacion",
    ),
    "reason": ("reason", "motivo"),
}
FIELD_OF = {alias: field for field, aliases in HEADERS.items() for alias in aliases}

STATES = {
    "": "draft",
    "draft": "draft",
    "borrador": "draft",
    "pending": "pending",
    "pendiente": "pending",
    "active": "active",
    "activo": "active",
    "suspended": "suspended",
    "suspendido": "suspended",
}

_PLAIN = str.maketrans("áéíóúüñ", "aeiouun")


class FileError(ValueError):
    """The file as a whole cannot be read. ``code`` says why, ``detail`` names the place."""

    def __init__(self, code, detail=""):
        super().__init__(code)
        self.code, self.detail = code, detail


def plain(text):
    """:return: text in lower case without accents, as headers are compared"""
    return str(text or "").strip().lower().translate(_PLAIN)


def read_rows(content, filename):
    """:return: list of ``(line number, {field: text})``; empty lines are left out

    :param bytes content: the file
    :param str filename: its name; ``.xlsx`` is a workbook, anything else is CSV
    :raise FileError: not readable, no rows, an unknown or repeated header, no plan column
    """
    table = _xlsx(content) if plain(filename).endswith((".xlsx", ".xlsm")) else _csv(content)
    if not table:
        raise FileError("empty")
    header, *lines = table
    fields = []
    for title in header:
        field = FIELD_OF.get(plain(title).replace("_", " ")) or FIELD_OF.get(plain(title))
        if plain(title) and not field:
            raise FileError("unknown_header", str(title))
        if field and field in fields:
            raise FileError("repeated_header", str(title))
        fields.append(field)
    for needed in ("plan", "customer"):
        if needed not in fields and not (needed == "customer" and "customer_code" in fields):
            raise FileError("missing_header", needed)
    rows = []
    for number, line in enumerate(lines, start=2):
        values = {field: text(value) for field, value in zip(fields, line, strict=False) if field}
        if any(values.values()):
            rows.append((number, values))
    if not rows:
        raise FileError("empty")
    return rows


def text(value):
    """:return: the cell as a person would write it"""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _csv(content):
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            decoded = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise FileError("encoding")
    first = decoded.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    return list(csv.reader(io.StringIO(decoded), delimiter=delimiter))


def _xlsx(content):
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets zipfile, xml and key errors through
        raise FileError("not_xlsx") from error
    return [list(row) for row in book.active.iter_rows(values_only=True)]


def number(value):
    """:return: float of a number written with a decimal point or comma, or None when empty

    :raise ValueError: when it is not a number
    """
    value = (value or "").strip()
    if not value:
        return None
    if "," in value and "." not in value:
        value = value.replace(",", ".")
    return float(value)


def day(value):
    """:return: date of ``2026-12-31`` or ``31/12/2026``, or None when empty

    :raise ValueError: when it is not a date
    """
    value = (value or "").strip()
    if not value:
        return None
    if "/" in value:
        return datetime.strptime(value, "%d/%m/%Y").date()
    return date.fromisoformat(value[:10])
