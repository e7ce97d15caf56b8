"""Reading a supplier's or an old system's list of equipment. Pure functions, no ORM."""

import csv
import io
import re
import unicodedata
from datetime import datetime

from . import identifiers

# column -> headings we understand, without accents, spaces or case
HEADINGS = {
    "serial": ("serial", "serie", "serialnumber", "numerodeserie", "sn", "name"),
    "product": ("product", "producto", "model", "modelo", "sku", "referenciainterna"),
    "gpon_serial": ("gponserial", "gponsn", "gpon", "serialgpon"),
    "mac": ("mac", "macaddress", "direccionmac"),
    "asset_tag": ("assettag", "etiqueta", "activo", "codigoactivo", "inventario"),
    "base": ("base", "basestation", "estacionbase", "nodo"),
    "condition": ("condition", "condicion", "estado"),
    "ownership": ("ownership", "propiedad"),
    "warranty_date": ("warranty", "warrantydate", "garantia", "garantiahasta"),
    "value": ("value", "valor", "costo", "precio"),
    "customer": ("customer", "cliente", "partner"),
    "reference": ("reference", "referencia", "contract", "contrato"),
    "since": ("since", "desde", "installed", "instalado"),
}
CONDITIONS = {
    "new": "new",
    "nuevo": "new",
    "nueva": "new",
    "used": "used",
    "usado": "used",
    "usada": "used",
    "refurbished": "refurbished",
    "reacondicionado": "refurbished",
    "broken": "broken",
    "danado": "broken",
    "averiado": "broken",
}
OWNERSHIPS = {
    "company": "company",
    "empresa": "company",
    "comodato": "company",
    "prestamo": "company",
    "sold": "sold",
    "vendido": "sold",
    "customer": "customer",
    "cliente": "customer",
}
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")


def fold(text):
    """:return: lower case letters and digits without accents, for comparing what people type."""
    text = unicodedata.normalize("NFKD", text or "")
    return re.sub(r"[^a-z0-9]", "", text.encode("ascii", "ignore").decode().lower())


def decode(content):
    """:return: the text of a CSV file saved as UTF-8 (with or without BOM) or by an old Excel."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read(content):
    """Read a CSV file with headings.

    :param bytes content: the file; separated by comma, semicolon or tab
    :return: list of ``(line_number, {column: text})`` with the columns of :data:`HEADINGS`
    :raise ValueError: ``no_serial`` when there is no column of serial numbers
    """
    text = decode(content)
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    known = {heading: column for column, names in HEADINGS.items() for heading in names}
    columns = [known.get(fold(heading)) for heading in next(reader, [])]
    if "serial" not in columns:
        raise ValueError("no_serial")
    rows = []
    for cells in reader:
        row = {
            column: cell.strip()
            for column, cell in zip(columns, cells, strict=False)
            if column and cell.strip()
        }
        if row:
            rows.append((reader.line_num, row))
    return rows


def parse_date(text):
    """:raise ValueError: when it is no date of the forms in :data:`DATES`"""
    for form in DATES:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise ValueError("date")


def parse_amount(text):
    """:return: float of ``1.234,50`` or ``1,234.50`` or ``45``.

    :raise ValueError: when it is not a positive number
    """
    digits = text.replace(" ", "").lstrip("$")
    decimal = max(digits.rfind(","), digits.rfind("."))
    tail = len(digits) - decimal - 1
    if decimal >= 0 and tail != 3:
        digits = re.sub(r"[.,]", "", digits[:decimal]) + "." + digits[decimal + 1 :]
    else:
        digits = re.sub(r"[.,]", "", digits)
    if not re.fullmatch(r"\d+(\.\d*)?", digits):
        raise ValueError("amount")
    return float(digits)


def clean(row):
    """Bring one row to the values of an item.

    :param dict row: as :func:`read` gives it
    :return: ``(values, problems)``: problems is a list of column names that cannot be understood
    """
    values, problems = {}, []
    convert = {
        "mac": identifiers.normalise_mac,
        "gpon_serial": identifiers.normalise_gpon,
        "condition": lambda text: CONDITIONS[fold(text)],
        "ownership": lambda text: OWNERSHIPS[fold(text)],
        "warranty_date": lambda text: parse_date(text).date(),
        "since": parse_date,
        "value": parse_amount,
        "asset_tag": str.upper,
    }
    for column, text in row.items():
        try:
            values[column] = convert.get(column, str)(text)
        except (KeyError, ValueError):
            problems.append(column)
    if not identifiers.compact(row.get("serial")):
        problems.append("serial")
    return values, problems
