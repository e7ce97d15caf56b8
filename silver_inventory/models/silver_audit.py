"""What must always be true of equipment."""

from odoo import api, models

from odoo.addons.silver_base.models.silver_audit import DbObject, Invariant
from odoo.addons.silver_base.tools import sqlguard

INDEXES = {
    "stock_lot": ["isp_serial_uniq"],
    "isp_onu": ["gpon_serial_uniq", "item_uniq"],
    "isp_cpe": ["item_uniq"],
    "isp_inventory_item": ["lot_uniq", "asset_tag_uniq"],
    "isp_equipment_mac": ["mac_uniq", "one_main"],
    "isp_equipment_assignment": ["one_open"],
    "isp_recovery": ["one_open"],
    "isp_rma_line": ["one_waiting"],
    "isp_van_level": ["technician_product_uniq"],
    "isp_installation": ["assignment_uniq"],
    "stock_location": ["isp_base_uniq", "isp_van_uniq", "isp_custody_uniq", "isp_role_uniq"],
    "stock_picking_type": ["isp_operation_uniq"],
}
CONSTRAINTS = {
    "stock_quant": ["isp_one_place"],
    "stock_location": ["isp_role_holder"],
    "isp_equipment_assignment": ["no_overlap", "date_order"],
    "isp_inventory_item": ["mac_form", "value_positive"],
    "isp_onu": ["gpon_serial_form"],
    "isp_rma_line": ["replaced"],
    "isp_van_level": ["order_of_levels"],
    "product_template": ["equipment_has_kind"],
}

ASSIGNMENT_IS_WHERE_STOCK_IS = """
    SELECT coalesce(a.lot_id, q.lot_id) AS lot, a.id AS assignment, q.id AS quant
      FROM (SELECT * FROM isp_equipment_assignment WHERE date_to IS NULL) a
      FULL JOIN (
            SELECT min(q.id) AS id, q.lot_id, l.isp_partner_id
              FROM stock_quant q JOIN stock_location l ON l.id = q.location_id
             WHERE l.isp_role = 'custody' AND q.isp_place
             GROUP BY q.lot_id, l.isp_partner_id HAVING sum(q.quantity) > 0
           ) q ON q.lot_id = a.lot_id AND q.isp_partner_id = a.partner_id
     WHERE a.id IS NULL OR q.id IS NULL
"""
MAC_IS_MIRRORED = """
    SELECT item.id, item.mac, main.mac
      FROM isp_inventory_item item
      LEFT JOIN isp_equipment_mac main ON main.item_id = item.id AND main.interface = 'main'
     WHERE item.mac IS DISTINCT FROM main.mac
"""
HALF_ITEMS = """
    SELECT lot.id, item.id
      FROM stock_lot lot
      LEFT JOIN isp_inventory_item item ON item.lot_id = lot.id
      LEFT JOIN isp_onu onu ON onu.item_id = item.id
      LEFT JOIN isp_cpe cpe ON cpe.item_id = item.id
     WHERE lot.isp_serial_key IS NOT NULL AND (onu.id IS NULL) = (cpe.id IS NULL)
"""
STATUS_IS_THE_PLACE = """
    SELECT item.id, item.status, place.complete_name
      FROM isp_inventory_item item
      JOIN stock_lot lot ON lot.id = item.lot_id
      LEFT JOIN stock_location place ON place.id = lot.location_id
     WHERE (item.status = 'assigned') <> (place.isp_role IS NOT DISTINCT FROM 'custody')
"""
WAITING_IS_AT_THE_SUPPLIER = """
    SELECT coalesce(line.item_id, item.id) AS item, line.id AS line, place.complete_name
      FROM (SELECT * FROM isp_rma_line WHERE outcome = 'waiting') line
      FULL JOIN (
            SELECT item.id, item.lot_id FROM isp_inventory_item item
              JOIN stock_lot lot ON lot.id = item.lot_id
              JOIN stock_location place ON place.id = lot.location_id
             WHERE place.isp_role = 'rma'
           ) item ON item.id = line.item_id
      LEFT JOIN stock_lot lot ON lot.id = item.lot_id
      LEFT JOIN stock_location place ON place.id = lot.location_id
     WHERE line.id IS NULL OR item.id IS NULL
"""
OWED = """
    SELECT quant.lot_id, quant.location_id, sum(quant.quantity)
      FROM stock_quant quant
     WHERE quant.isp_place
     GROUP BY quant.lot_id, quant.location_id
    HAVING sum(quant.quantity) NOT IN (0, 1)
"""


class SilverAudit(models.AbstractModel):
    _inherit = "silver.audit"

    @api.model
    def _expected_objects(self):
        return [
            *super()._expected_objects(),
            *(
                DbObject("trigger", "isp_equipment_assignment", name)
                for name in sqlguard.trigger_names("isp_equipment_assignment")
            ),
            *(
                DbObject("index", t, f"{t}_{name}")
                for t, names in INDEXES.items()
                for name in names
            ),
            *(
                DbObject("constraint", t, f"{t}_{name}")
                for t, names in CONSTRAINTS.items()
                for name in names
            ),
        ]

    @api.model
    def _invariants(self):
        return [
            *super()._invariants(),
            Invariant(
                "equipment_assignment_is_where_stock_is",
                ASSIGNMENT_IS_WHERE_STOCK_IS,
                "A customer has in custody exactly what is assigned to him",
            ),
            Invariant(
                "equipment_is_an_onu_or_a_cpe",
                HALF_ITEMS,
                "Every serial number of ours is either an ONU or a CPE",
            ),
            Invariant(
                "equipment_main_mac_is_in_the_list",
                MAC_IS_MIRRORED,
                "The main MAC of each item is in the table that keeps MACs unique",
            ),
            Invariant(
                "equipment_status_is_its_place",
                STATUS_IS_THE_PLACE,
                "What is assigned is at a customer's, and nothing else is",
            ),
            Invariant(
                "equipment_at_a_supplier_is_waited_for",
                WAITING_IS_AT_THE_SUPPLIER,
                "What is at a supplier under warranty is in an open return, and nothing else is",
            ),
            Invariant(
                "equipment_is_not_owed",
                OWED,
                "A place holds a serial number once or not at all",
            ),
        ]
