from importlib import import_module

from odoo import fields, models


class IspOlt(models.Model):
    _inherit = "isp.olt"  # pylint: disable=consider-merging-classes-inherited

    wan_vlan_profile = fields.Char(
        "VLAN Profile of PPPoE",
        help="ZTE: profile with the VLAN in which an ONU dials by itself.",
    )

    _wan_vlan_profile_form = models.Constraint(
        "CHECK(wan_vlan_profile ~ '^[A-Za-z0-9_.:+/-]+$')",
        "The name of a profile is one word of letters, digits and . _ : + / -",
    )

    def _onu_abilities(self):
        """:return: set of ``wan``, ``wifi``: what this OLT can set on an ONU"""
        if not self.olt_driver:
            return set()
        traits = import_module(f"..drivers.{self.olt_driver}", __package__).Driver.traits
        return {name for name in ("wan", "wifi") if getattr(traits, name)}
