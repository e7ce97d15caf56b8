from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    ip_retention_months = fields.Integer(
        "Keep the history of addresses (months)",
        default=60,
        required=True,
        help="What the law of the country asks for. Whole closed years older than this can be "
        "purged.",
    )

    _ip_retention_positive = models.Constraint(
        "CHECK (ip_retention_months >= 12)", "The history of addresses is kept a year at least."
    )
