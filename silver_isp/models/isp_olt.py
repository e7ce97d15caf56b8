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
                    "Choose the chassis of %(names)s first: it says how many cards and "
                    "ports there are.",
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
        self.invalidate_recordset(["port_ids"])
        return True

    @api.model
    def panel_data(self, olt_id=None):
        """What the OLT panel draws.

        :param int olt_id: the OLT to show; None for the first one
        :return: dict ``olts`` (to choose from), ``olt`` and ``cards`` with their ports; an empty
            ``cards`` when there is no OLT yet
        """
        olts = self.search([])  # pylint: disable=no-search-all
        olt = olts.filtered(lambda olt: olt.id == olt_id) or olts[:1]
        rows = self.env["isp.pon.capacity"].search([("olt_id", "=", olt.id)])
        ports = rows.port_id
        down = ports._down_counts()
        drawn = {}
        for row in rows.sorted(lambda row: row.port_id.number):
            port = row.port_id
            drawn.setdefault(row.card_id.id, []).append(
                {
                    "id": port.id,
                    "number": port.number,
                    "name": port.name,
                    "description": port.description or "",
                    "used": row.used_onus,
                    "max": row.max_onus,
                    "ports": row.ports,
                    "sellable": row.sellable,
                    "days_to_full": row.days_to_full or None,
                    "margin": round(row.worst_margin_db, 1) if row.ports else None,
                    "out_of_service": port.out_of_service,
                    "down": down.get(port.id, 0),
                }
            )
        return {
            "olts": [{"id": other.id, "name": other.name} for other in olts],
            "olt": {
                "id": olt.id,
                "name": olt.name,
                "model": olt.olt_model_id.name or olt.model_name or "",
                "base": olt.base_station_id.display_name or "",
                "state": olt.state,
            },
            "cards": [
                {
                    "id": card.id,
                    "slot": card.slot,
                    "name": card.name or "",
                    "ports": drawn.get(card.id, []),
                }
                for card in olt.card_ids.sorted("slot")
            ],
        }
