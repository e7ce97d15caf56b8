from odoo import fields, models

from ..const import OPTICAL_CLASSES, TECHNOLOGIES, VENDORS


class IspOltModel(models.Model):
    """What a chassis looks like, so that its cards and ports are generated and not typed."""

    _name = "isp.olt.model"
    _description = "OLT model"
    _order = "name, id"

    name = fields.Char(required=True)
    vendor = fields.Selection(VENDORS, required=True, default="huawei")
    card_name = fields.Char(string="Card", help="Name of the service card, e.g. GPFD.")
    slots = fields.Integer(
        string="Service slots", required=True, default=2, help="Slots with PON cards."
    )
    first_slot = fields.Integer(help="Number the vendor prints on the first service slot.")
    ports_per_card = fields.Integer(required=True, default=16)
    first_port = fields.Integer(help="Number the vendor gives the first port: 0 or 1.")
    technology = fields.Selection(TECHNOLOGIES, required=True, default="gpon")
    optical_class = fields.Selection(OPTICAL_CLASSES, required=True, default="c_plus")
    max_onus = fields.Integer(string="ONUs per port", required=True, default=128)
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex(
        "(lower(name))", "There is already an OLT model with this name."
    )
    _sizes = models.Constraint(
        "CHECK(slots BETWEEN 1 AND 32 AND ports_per_card BETWEEN 1 AND 64"
        " AND max_onus BETWEEN 1 AND 256 AND first_slot >= 0 AND first_port >= 0)",
        "An OLT has 1 to 32 slots, 1 to 64 ports per card and 1 to 256 ONUs per port.",
    )

    def _slot_numbers(self):
        self.ensure_one()
        return range(self.first_slot, self.first_slot + self.slots)

    def _port_numbers(self):
        self.ensure_one()
        return range(self.first_port, self.first_port + self.ports_per_card)
