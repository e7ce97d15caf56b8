"""Reading address lists without ORM: our CSV, NetBox's CSV and a RouterOS export."""

import csv
import io
import re
import shlex
from typing import NamedTuple

#: The names a column may have, NetBox's included (``tenant`` is the customer).
COLUMNS = {
    "address": ("address", "ip_address", "ip", "direccion", "dirección"),
    "status": ("status", "state", "estado"),
    "contract": ("contract", "contrato", "service", "servicio"),
    "customer": ("customer", "cliente", "tenant"),
    "note": ("note", "notes", "notas", "description", "descripcion", "descripción", "dns_name"),
}

#: What a status of ours, of NetBox or in Spanish means here.
STATUSES = {
    "": None,
    "free": "free",
    "libre": "free",
    "available": "free",
    "reserved": "reserved",
    "reservada": "reserved",
    "dhcp": "reserved",
    "slaac": "reserved",
    "in_use": "in_use",
    "en uso": "in_use",
    "active": "in_use",
    "activa": "in_use",
    "quarantine": "quarantine",
    "cuarentena": "quarantine",
    "deprecated": "quarantine",
}


class Unusable(ValueError):
    """The file as a whole cannot be read."""


class Row(NamedTuple):
    """One line of a file: where it was and what it says, as text."""

    number: int
    address: str
    status: str = ""
    contract: str = ""
    customer: str = ""
    note: str = ""


def read_csv(text):
    """:return: list of :class:`Row`
    :raise Unusable: when there is no column of addresses"""
    header = text.lstrip("\ufeff").splitlines()[:1]
    if not header:
        raise Unusable("the file is empty")
    delimiter = max(",;\t", key=header[0].count)
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter)
    names = [name.strip().lower() for name in next(reader)]
    places = {
        field: next((names.index(name) for name in accepted if name in names), None)
        for field, accepted in COLUMNS.items()
    }
    if places["address"] is None:
        raise Unusable("no column is called address, ip_address or ip")
    rows = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        values = {
            field: cells[place].strip() if place is not None and place < len(cells) else ""
            for field, place in places.items()
        }
        rows.append(Row(reader.line_num, **values))
    return rows


def read_routeros(text):
    """Addresses that a ``/export`` gives to somebody: PPP secrets with a fixed address, DHCP
    leases.

    The name of the secret, else the comment, says whose it is.

    :return: list of :class:`Row`
    :raise Unusable: when it is no RouterOS export
    """
    rows, section = [], None
    numbered = _joined_lines(text)
    for number, line in numbered:
        if line.startswith("/"):
            section = line.strip()
            # an export may put the command on the line of the section
            section, _space, rest = _split_command(section)
            if not rest:
                continue
            line = rest
        if section is None or not line.startswith("add"):
            continue
        values = _attributes(line)
        if section == "/ppp secret" and values.get("remote-address"):
            rows.append(
                Row(
                    number,
                    values["remote-address"],
                    "in_use",
                    values.get("name", ""),
                    "",
                    values.get("comment", ""),
                )
            )
        elif section == "/ip dhcp-server lease" and values.get("address"):
            rows.append(
                Row(
                    number,
                    values["address"],
                    "in_use",
                    values.get("comment", ""),
                    "",
                    values.get("mac-address", ""),
                )
            )
    if section is None:
        raise Unusable("this is no RouterOS export: it has no section that begins with /")
    return rows


def _joined_lines(text):
    """:return: ``[(number, line)]``, with the lines that end in a backslash put together"""
    result, pending, start = [], "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip() if not pending else raw.lstrip()
        start = start or number
        if line.endswith("\\"):
            pending += line[:-1]
            continue
        line = (pending + line).strip()
        if line and not line.startswith("#"):
            result.append((start, line))
        pending, start = "", 0
    return result


def _split_command(line):
    match = re.search(r"\s(add|set)\s", line)
    if not match:
        return line, "", ""
    return line[: match.start()].strip(), " ", line[match.start() :].strip()


def _attributes(line):
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    return dict(word.split("=", 1) for word in words if "=" in word)
