from odoo import api, fields, models
from odoo.exceptions import UserError


class IspOltCard(models.Model):
    _name = "isp.olt.card"
    _description = "OLT card"
    _order = "olt_id, slot"

    olt_id = fields.Many2one("isp.olt", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(
        related="olt_id.company_id", store=True, index=True, precompute=True
    )
    slot = fields.Integer(required=True)
    name = fields.Char(string="Card")
    port_ids = fields.One2many("isp.olt.card.port", "card_id", string="PON ports")

    _slot_uniq = models.Constraint(
        "UNIQUE(olt_id, slot)", "The OLT already has a card in this slot."
    )
    _slot_positive = models.Constraint("CHECK(slot >= 0)", "A slot number cannot be negative.")

    @api.depends("olt_id.name", "slot")
    def _compute_display_name(self):
        for card in self:
            card.display_name = f"{card.olt_id.name} {card.slot}"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        self._check_removable()

    def unlink(self):
        self.port_ids.unlink()
        return super().unlink()

    def _check_removable(self):
        self.port_ids._check_removable()

    def action_generate(self):
        """Create the ports that the chassis gives each card and the card still lacks. Idempotent.

        :raise UserError: when the OLT of a card has no chassis chosen
        """
        vals_list = []
        for card in self:
            chassis = card.olt_id.olt_model_id
            if not chassis:
                raise UserError(
                    self.env._(
                        "Choose the chassis of %(names)s first: it says how many cards "
                        "and ports there are.",
                        names=card.olt_id.name,
                    )
                )
            numbers = set(card.port_ids.mapped("number"))
            vals_list += [
                {
                    "card_id": card.id,
                    "number": number,
                    "technology": chassis.technology,
                    "optical_class": chassis.optical_class,
                    "max_onus": chassis.max_onus,
                }
                for number in chassis._port_numbers()
                if number not in numbers
            ]
        self.env["isp.olt.card.port"].create(vals_list)
        return True
