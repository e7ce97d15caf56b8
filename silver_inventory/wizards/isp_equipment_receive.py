from odoo import fields, models


class IspEquipmentReceive(models.TransientModel):
    """Receive new equipment from a supplier by scanning serial numbers."""

    _name = "isp.equipment.receive"
    _description = "Equipment receipt"

    product_id = fields.Many2one(
        "product.product",
        string="Product",
        required=True,
        domain="[('is_isp_equipment', '=', True)]",
    )
    location_id = fields.Many2one(
        "stock.location",
        string="To",
        domain="[('usage', '=', 'internal')]",
        help="Empty: the main warehouse.",
    )
    partner_id = fields.Many2one("res.partner", string="Supplier")
    reference = fields.Char(help="Purchase order or delivery note.")
    serials = fields.Text(
        required=True,
        help="One piece per line: serial; MAC; GPON serial. The last two may be left out.",
    )

    def action_apply(self):
        """Register and receive every line, or none; then show what was received."""
        self.ensure_one()
        onu = self.product_id.equipment_kind == "onu"
        model = "isp.onu" if onu else "isp.cpe"
        columns = ["serial", "mac", "gpon_serial"] if onu else ["serial", "mac"]
        rows = []
        for line in filter(None, map(str.strip, self.serials.splitlines())):
            cells = [cell.strip() for cell in line.replace("\t", ";").split(";")]
            rows.append({name: cell for name, cell in zip(columns, cells, strict=False) if cell})
        ids = self.env[model].action_receive(
            rows,
            self.product_id.id,
            location_id=self.location_id.id,
            partner_id=self.partner_id.id,
            reference=self.reference,
        )
        action = "isp_onu_action" if onu else "isp_cpe_action"
        values = self.env["ir.actions.act_window"]._for_xml_id(f"silver_inventory.{action}")
        return {**values, "domain": [("id", "in", ids)], "context": {}}
