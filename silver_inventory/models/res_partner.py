from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    isp_item_ids = fields.One2many(
        "isp.inventory.item", "partner_id", string="Equipment in custody", readonly=True
    )
    isp_item_count = fields.Integer(
        string="Pieces of equipment",
        compute="_compute_isp_items",
        groups="silver_base.group_silver_user",
    )
    isp_item_value = fields.Float(
        string="Value of the equipment",
        compute="_compute_isp_items",
        groups="silver_base.group_silver_user",
    )

    @api.depends("isp_item_ids.value")
    def _compute_isp_items(self):
        """Only what is ours: what was sold or is the customer's own is not owed."""
        totals = {
            partner: (count, value)
            for partner, count, value in self.env["isp.inventory.item"]._read_group(
                [("partner_id", "in", self.ids), ("ownership", "=", "company")],
                ["partner_id"],
                ["__count", "value:sum"],
            )
        }
        for partner in self:
            partner.isp_item_count, partner.isp_item_value = totals.get(partner, (0, 0.0))

    def action_isp_items(self):
        """Open what the customer has in custody."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_inventory.isp_inventory_item_action"
        )
        return {**action, "domain": [("partner_id", "=", self.id)], "context": {}}
