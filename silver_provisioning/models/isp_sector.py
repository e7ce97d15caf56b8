from odoo import fields, models


class IspSector(models.Model):
    """A sector may say which of the routers of its base serves its customers."""

    _inherit = "isp.sector"

    nas_id = fields.Many2one(
        "isp.nas",
        string="Router",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('vendor', '!=', 'uisp'), ('company_id', '=', company_id)]",
        help="Router that serves the customers of this sector. Empty: the one of its base. A "
        "contract may have another one.",
    )

    def write(self, vals):
        if "nas_id" not in vals:
            return super().write(vals)
        contracts = (
            self.env["isp.contract"].sudo().search([("sector_slot_id.sector_id", "in", self.ids)])
        )
        with contracts._routers_follow():
            return super().write(vals)
