"""What must always be true of equipment."""

from odoo import api, models

from odoo.addons.silver_base.models.silver_audit import DbObject, Invariant


class SilverAudit(models.AbstractModel):
    _inherit = "silver.audit"

    @api.model
    def _expected_objects(self):
        return [
            *super()._expected_objects(),
            DbObject("index", "stock_lot", "stock_lot_isp_serial_uniq"),
        ]

    @api.model
    def _invariants(self):
        return [
            *super()._invariants(),
            Invariant(
                "assignment_is_where_stock_is",
                """
                SELECT coalesce(a.lot_id, q.lot_id), a.id, q.id
                  FROM (SELECT * FROM isp_equipment_assignment WHERE date_to IS NULL) a
                  FULL JOIN (
                        SELECT min(q.id) AS id, q.lot_id, l.isp_partner_id
                          FROM stock_quant q JOIN stock_location l ON l.id = q.location_id
                         WHERE l.isp_role = 'custody' AND q.isp_place
                         GROUP BY q.lot_id, l.isp_partner_id HAVING sum(q.quantity) > 0
                       ) q ON q.lot_id = a.lot_id AND q.isp_partner_id = a.partner_id
                 WHERE a.id IS NULL OR q.id IS NULL
                """,
                "A customer has in custody exactly what is assigned to him",
            ),
        ]
