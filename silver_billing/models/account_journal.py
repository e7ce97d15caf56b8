from odoo import fields, models


class AccountJournal(models.Model):
    _inherit = "account.journal"

    isp_expected_daily = fields.Boolean(
        "Payments Every Day",
        help="Payments normally enter here every day. A day without any holds the cuts until a "
        "person says that nothing is missing.",
    )
