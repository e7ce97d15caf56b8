"""Field types of the suite."""

from odoo import fields
from odoo.exceptions import UserError

MASK = "••••••••"


class Secret(fields.Char):
    """A credential: written by people, read only by the executor.

    The web client, RPC reads and exports see :data:`MASK` when there is a value and ``False`` when
    there is none. Code that must use the value reads it on a ``sudo()`` recordset. Writing the mask
    back (a form that was saved as it was shown) is refused rather than stored as a password.

    Declare it with ``groups="silver_base.group_silver_secrets"``: the ORM then also refuses to
    search, sort or group by it for everyone else, so it cannot be guessed one letter at a time.
    """

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("copy", False)
        super().__init__(*args, **kwargs)

    def convert_to_read(self, value, record, use_display_name=True):
        if value and not record.env.su:
            return MASK
        return super().convert_to_read(value, record, use_display_name)

    def convert_to_export(self, value, record):
        return MASK if value else ""

    def convert_to_column(self, value, record, values=None, validate=True):
        if value == MASK:
            raise UserError(
                record.env._(
                    "%(field)s: type the new secret, or leave the field as it is. The dots only "
                    "show that there is one.",
                    field=self.string,
                )
            )
        return super().convert_to_column(value, record, values, validate)
