"""Read the file of a bank: any CSV whose header has a date, an amount and a text."""

import csv
import hashlib
import io
import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

HEADERS = {
    "date": ("date", "fecha", "fecha valor", "fecha operacion", "fecha de operacion"),
    "amount": ("amount", "importe", "monto", "valor", "abono", "credito", "deposito"),
    "text": ("description", "descripcion", "concepto", "detalle", "memo", "text"),
    "reference": ("reference", "referencia", "ref", "folio", "documento", "numero"),
}
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%Y/%m/%d", "%d.%m.%Y")
ACCENTS = str.maketrans("áéíóúü", "aeiouu")


class BankFileError(ValueError):
    """The file cannot be read. ``args[0]`` is a code, the rest its values."""


class Entry(NamedTuple):
    """One line of the file. ``key`` is the same each time the same line comes in."""

    number: int
    day: date
    amount: Decimal
    text: str
    reference: str
    key: str


def parse(content):
    """:param bytes content: the file
    :return: list of :class:`Entry`, money received only, in the order of the file
    :raise BankFileError: without header, or a line whose date or amount cannot be read
    """
    text = _decode(content)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise BankFileError("empty")
    delimiter = max(";,\t|", key=lines[0].count)
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
    columns = _columns(rows[0])
    entries, seen = [], {}
    for number, row in enumerate(rows[1:], start=2):
        cells = {
            name: row[index].strip() if index < len(row) else "" for name, index in columns.items()
        }
        if not cells["amount"] or not cells["date"]:
            continue
        day, amount = _date(cells["date"], number), _amount(cells["amount"], number)
        if amount <= 0:
            continue
        reference = cells.get("reference", "")
        base = (day.isoformat(), str(amount), cells.get("text", ""), reference)
        seen[base] = seen.get(base, 0) + 1
        # two equal deposits on one day are two; the same file again is the same
        key = hashlib.sha256("|".join((*base, str(seen[base]))).encode()).hexdigest()[:24]
        entries.append(Entry(number, day, amount, cells.get("text", ""), reference, key))
    return entries


def codes_in(text):
    """:return: the words of a bank text that could be the number of a contract, customer or
    invoice"""
    return {
        word.upper().strip("/-.")
        for word in re.findall(r"[A-Za-z0-9][A-Za-z0-9/\-.]{2,}", text or "")
    }


def _decode(content):
    for encoding in ("utf-8-sig", "latin-1"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BankFileError("encoding")


def _columns(header):
    names = [cell.strip().lower().translate(ACCENTS) for cell in header]
    columns = {
        name: next(names.index(option) for option in options if option in names)
        for name, options in HEADERS.items()
        if any(option in names for option in options)
    }
    missing = [name for name in ("date", "amount", "text") if name not in columns]
    if missing:
        raise BankFileError("columns", ", ".join(missing))
    return columns


def _date(cell, number):
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(cell[:10], pattern).date()
        except ValueError:
            continue
    raise BankFileError("date", cell, number)


def _amount(cell, number):
    plain = re.sub(r"[^\d,.\-]", "", cell)
    if plain.rfind(",") > plain.rfind("."):
        plain = plain.replace(".", "").replace(",", ".")
    else:
        plain = plain.replace(",", "")
    try:
        return Decimal(plain)
    except InvalidOperation:
        raise BankFileError("amount", cell, number) from None
