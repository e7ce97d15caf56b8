from odoo import models


class StockScrap(models.Model):
    _inherit = "stock.scrap"

    def _prepare_move_values(self):
        """Equipment that is scrapped from the Inventory application is retired, not lost."""
        values = super()._prepare_move_values()
        if self.lot_id.isp_serial_key:
            scrap = self.env["stock.location"]._isp_role_location("scrap", self.company_id)
            values["location_dest_id"] = scrap.id
            for command in values.get("move_line_ids", []):
                command[2]["location_dest_id"] = scrap.id
        return values
