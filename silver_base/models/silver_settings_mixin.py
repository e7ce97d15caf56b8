from odoo import api, models


class SilverSettingsMixin(models.AbstractModel):
    """Numbers a module is tuned with. They live in system parameters; the heir says which."""

    _name = "silver.settings.mixin"
    _description = "Settings of a module"
    #: of the system parameters: ``<prefix>.<name>``
    _prefix = None
    #: name -> what holds until somebody sets it
    _settings = {}

    @api.model
    def _get(self, name):
        """:return: float
        :raise KeyError: for a name that is none of these settings
        """
        default = self._settings[name]
        value = self.env["ir.config_parameter"].sudo().get_param(f"{self._prefix}.{name}")
        try:
            return float(value) if value not in (False, None, "") else default
        except ValueError:
            return default

    @api.model
    def _get_all(self):
        """:return: ``{name: float}``"""
        return {name: self._get(name) for name in self._settings}

    @api.model
    def _set(self, values):
        """Write those that changed. Not by ``config_parameter`` of the settings form: that cannot
        keep a zero, which is a legitimate choice.

        :param dict values: ``{name: float}``
        :return: set of the names that changed
        """
        changed = {name for name, value in values.items() if value != self._get(name)}
        for name in changed:
            self.env["ir.config_parameter"].set_param(f"{self._prefix}.{name}", str(values[name]))
        return changed
