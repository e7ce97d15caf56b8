"""PostgreSQL's network types as Odoo fields.

``type`` stays ``char``, so the web client, import, export and RPC work unchanged; the column is a
real
``inet``/``cidr``, so the database sorts, indexes and excludes by what the text means.
"""

import ipaddress

from odoo import fields
from odoo.exceptions import ValidationError


class Generated:
    """A stored column that PostgreSQL computes; ``generated`` is its SQL expression.

    The ORM never writes it, so declare it ``readonly`` and invalidate it after create and write.
    """

    generated = None

    @property
    def column_type(self):
        udt, ddl = super().column_type
        if self.generated:
            ddl = f"{ddl} GENERATED ALWAYS AS ({self.generated}) STORED"
        return udt, ddl


class GeneratedSelection(Generated, fields.Selection):
    """A selection whose value the database decides."""


class GeneratedBoolean(Generated, fields.Boolean):
    """A flag whose value the database decides."""


class Inet(Generated, fields.Char):
    """An address, with its length when it is not a single host (``10.0.0.8/29``).

    Searching by a piece (``ilike``) works on the text; ``("field", "=like", "10.0.%")`` too.
    """

    _column_type = ("inet", "inet")
    is_text = False  # a search by a piece of it casts to text first
    falsy_value = None

    def _canonical(self, value, record):
        """:raise ValidationError: in plain words, instead of PostgreSQL's DataError"""
        try:
            interface = ipaddress.ip_interface(str(value).strip())
        except ValueError as error:
            raise ValidationError(
                record.env._(
                    "%(value)s is not an address: %(error)s", value=value, error=str(error)
                )
            ) from error
        if interface.network.prefixlen == interface.max_prefixlen:
            return str(interface.ip)
        return str(interface)

    def convert_to_column(self, value, record, values=None, validate=True):
        return self._canonical(value, record) if value else None

    def convert_to_cache(self, value, record, validate=True):
        if not value:
            return None
        return self._canonical(value, record) if validate else value

    def convert_to_record(self, value, record):
        return value or False


class Cidr(Inet):
    """A network without host bits (``100.64.0.0/22``)."""

    _column_type = ("cidr", "cidr")

    def _canonical(self, value, record):
        text = str(value).strip()
        try:
            return str(ipaddress.ip_network(text))
        except ValueError as error:
            try:
                meant = ipaddress.ip_network(text, strict=False)
            except ValueError:
                raise ValidationError(
                    record.env._(
                        "%(value)s is not a network: %(error)s", value=text, error=str(error)
                    )
                ) from error
            raise ValidationError(
                record.env._(
                    "%(value)s has host bits set. The network is %(network)s.",
                    value=text,
                    network=str(meant),
                )
            ) from error


class Units(Generated, fields.Float):
    """A whole number that may pass 2^31: exact as bigint in the database, a float over RPC, where
    XML-RPC has no larger integers (a double is exact up to 2^53, pools stop at 2^40)."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("digits", (16, 0))
        super().__init__(*args, **kwargs)

    @property
    def _column_type(self):
        return ("int8", "int8")

    def convert_to_column(self, value, record, values=None, validate=True):
        return None if value is None or value is False else int(value)
