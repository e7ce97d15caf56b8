from odoo import api, fields, models


class IspProvisioningDriftPolicy(models.Model):
    """Whether a difference in one area of a device is repaired, or only reported."""

    _name = "isp.provisioning.drift.policy"
    _description = "Policy for differences"
    _order = "kind, area"

    kind = fields.Selection(
        lambda self: self.env["isp.provisioning.device"]
        ._fields["kind"]
        ._description_selection(self.env),
        required=True,
    )
    area = fields.Char(
        required=True,
        help="What the plan calls it: for RADIUS, the table (radcheck: password; radreply: "
        "address; radusergroup: plan and suspension); for sessions, the session; for routers, the "
        "menu (/ppp/secret); for OLTs, the change (add, flow_add, speed, deactivate).",
    )
    mode = fields.Selection(
        [("repair", "Repair"), ("report", "Report")], required=True, default="report"
    )

    _area_uniq = models.Constraint("UNIQUE(kind, area)", "This area already has a policy.")

    @api.model
    def _repairable(self, kind):
        """:return: set of areas of a kind that may be repaired without asking"""
        return set(self.search([("kind", "=", kind), ("mode", "=", "repair")]).mapped("area"))
