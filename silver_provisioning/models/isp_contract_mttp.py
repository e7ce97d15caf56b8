from odoo import api, models
from odoo.tools import SQL


class IspContractMttp(models.Model):
    _inherit = "isp.contract.mttp"

    @api.model
    def _online_query(self):
        """The clock of a service that logs in stops when it effectively does, and not when somebody
        says so. Its activation counts for services without a line in RADIUS, and for those that
        were delivered before their line was known here."""
        return SQL(
            """
            SELECT CASE WHEN line.id IS NULL THEN done.at
                        ELSE greatest(c.first_online_at, done.at) END AS at
            FROM (%s) done
            LEFT JOIN isp_radius_user line ON line.contract_id = c.id
                AND line.create_date <= done.at + interval '1 day'
            WHERE line.id IS NULL OR c.first_online_at IS NOT NULL
            """,
            super()._online_query(),
        )
