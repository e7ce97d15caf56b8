from odoo import api, fields, models
from odoo.exceptions import UserError


class IspOlt(models.Model):
    _name = "isp.olt"
    _description = "OLT"
    _inherit = ["isp.netdev.mixin"]
    _order = "name, id"
    _check_company_auto = True

    vendor = fields.Selection(default="huawei")
    base_station_id = fields.Many2one(
        "isp.base.station",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    olt_model_id = fields.Many2one(
        "isp.olt.model", string="Chassis", index="btree_not_null", ondelete="restrict"
    )
    card_ids = fields.One2many("isp.olt.card", "olt_id", string="Cards")
    port_ids = fields.One2many("isp.olt.card.port", "olt_id", string="PON ports")

    _name_uniq = models.UniqueIndex(
        "(company_id, lower(name))", "Another OLT of the company has this name."
    )

    @api.onchange("olt_model_id")
    def _onchange_olt_model_id(self):
        if self.olt_model_id:
            self.vendor = self.olt_model_id.vendor
            self.model_name = self.olt_model_id.name

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        self.card_ids._check_removable()

    def unlink(self):
        # through the ORM, so that cards and ports refuse with their own reason
        self.card_ids.unlink()
        return super().unlink()

    def action_panel(self):
        """Show the chassis with its ports as they are occupied."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "silver_isp.olt_panel",
            "name": self.name,
            "params": {"olt_id": self.id},
        }

    def action_generate(self):
        """Create the cards and ports that the chassis has and the OLT still lacks. Idempotent.

        :return: True
        :raise UserError: when an OLT has no chassis chosen
        """
        without = self.filtered(lambda olt: not olt.olt_model_id)
        if without:
            raise UserError(
                self.env._(
                    "Choose the chassis of %(names)s first: it says how many cards and ports there are.",
                    names=", ".join(without.mapped("name")),
                )
            )
        self.env["isp.olt.card"].create(
            [
                {"olt_id": olt.id, "slot": slot, "name": olt.olt_model_id.card_name}
                for olt in self
                for slot in olt.olt_model_id._slot_numbers()
                if slot not in olt.card_ids.mapped("slot")
            ]
        )
        self.card_ids.action_generate()
        return True
