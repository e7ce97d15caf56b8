from odoo import fields, models


class IspBaseStation(models.Model):
    _inherit = "isp.base.station"

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        index="btree_not_null",
        help="Where the equipment of this base is kept. Empty: in the main warehouse.",
    )

    def _isp_stock_warehouse(self, company):
        """:return: the warehouse of the base (none: the main one of the company)"""
        own = self.sudo().warehouse_id
        return (
            own if own.company_id == company else self.env["stock.location"]._isp_warehouse(company)
        )

    def write(self, vals):
        """The place of the base, and the vans that work from it, move below the new warehouse."""
        result = super().write(vals)
        if "warehouse_id" in vals:
            places = self.env["stock.location"].sudo().with_context(active_test=False)
            places.search(
                [("isp_base_station_id", "in", self.ids), ("isp_role", "in", ("base", "van"))]
            )._isp_follow_warehouse()
        return result
