from odoo import fields, models


class IspIgnorableMixin(models.AbstractModel):
    """What a device shows and is no customer's: people take it out of the list.

    Whoever records a look sets ``ignored = known.ignored AND known.active``: what went away and
    came back is looked at anew.
    """

    _name = "isp.ignorable.mixin"
    _description = "What May Be Ignored"

    ignored = fields.Boolean(readonly=True)

    def action_ignore(self):
        """Not a customer's (the office, a test, a mistake): out of the list until further
        notice.
        """
        return self._set_ignored(True)

    def action_unignore(self):
        """In the list again."""
        return self._set_ignored(False)

    def _set_ignored(self, ignored):
        self.check_access("write")
        self.sudo().ignored = ignored
        return True
