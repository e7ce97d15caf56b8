from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class IspContractAddressChange(models.Model):
    """A service that moves. The new place is reserved first; the old one goes back when it
    works.
    """

    _name = "isp.contract.address.change"
    _description = "Address Change"
    _order = "id desc"
    _rec_name = "contract_id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "isp.contract",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    old_address_id = fields.Many2one("res.partner", string="Old Address", readonly=True)
    new_address_id = fields.Many2one("res.partner", string="New Address", readonly=True)
    latitude = fields.Float(digits=(10, 7), readonly=True)
    longitude = fields.Float(digits=(10, 7), readonly=True)
    old_place = fields.Char(readonly=True)
    splitter_port_id = fields.Many2one(
        "isp.splitter.port", string="New Splitter Port", readonly=True, ondelete="restrict"
    )
    sector_slot_id = fields.Many2one(
        "isp.sector.slot", string="New Sector Place", readonly=True, ondelete="restrict"
    )
    state = fields.Selection(
        [("reserved", "To Install"), ("done", "Done"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="reserved",
    )
    reserved_until = fields.Datetime(readonly=True)
    done_date = fields.Datetime("Done At", readonly=True)
    note = fields.Text(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Asked By", readonly=True, default=lambda self: self.env.user
    )

    _one_open = models.UniqueIndex(
        "(contract_id) WHERE state = 'reserved'",
        "The contract is already moving to another address.",
    )

    @api.constrains("contract_id", "state")
    def _check_one_open(self):
        moving = self.filtered(lambda change: change.state == "reserved")
        for contract, count in self._read_group(
            [("contract_id", "in", moving.contract_id.ids), ("state", "=", "reserved")],
            ["contract_id"],
            ["__count"],
        ):
            if count > 1:
                raise ValidationError(
                    self.env._(
                        "%(contract)s is already moving to another address.",
                        contract=contract.display_name,
                    )
                )

    @property
    def _place(self):
        return self.splitter_port_id or self.sector_slot_id

    @property
    def _reference(self):
        return f"{self.contract_id.name} ►"

    def action_confirm(self):
        """The service works at the new address: use its port, give the old one back.

        :return: True
        :raise UserError: when the new port was lost meanwhile
        """
        self.contract_id._authorised("address_change")
        for change in self.sudo().filtered(lambda change: change.state != "done"):
            change._confirm_one()
        return True

    def _confirm_one(self):
        contract = self.contract_id
        contract._lock()
        if self.state == "cancelled" or contract.state not in ("pending", "active", "suspended"):
            raise UserError(
                self.env._(
                    "%(contract)s: this address change was cancelled.",
                    contract=contract.display_name,
                )
            )
        contract._check_can_change_address()
        new = self._place
        if new:
            if new.partner_id != contract.partner_id or new.reference != self._reference:
                raise UserError(
                    self.env._(
                        "%(contract)s: the reservation of %(place)s ran out and others may have "
                        "it. "
                        "Cancel this change and ask for another.",
                        contract=contract.display_name,
                        place=new.display_name,
                    )
                )
            contract._switch_place(new)
        contract._write_gated(
            {
                "service_partner_id": self.new_address_id.id,
                "latitude": self.latitude,
                "longitude": self.longitude,
            }
        )
        self.write({"state": "done", "done_date": fields.Datetime.now()})
        contract._log_events(
            "address_change",
            reason="customer_request",
            note="\n".join(
                filter(None, [f"{self.old_place or '-'} → {new.display_name or '-'}", self.note])
            ),
        )
        contract._on_address_change(self)

    def action_cancel(self):
        """Stay at the old address: the new place goes back. RPC-callable.

        :return: True
        """
        self.contract_id._authorised("address_change")
        if self.filtered(lambda change: change.state == "done"):
            raise UserError(
                self.env._("The service already moved. Ask for another change to move it back.")
            )
        self.sudo()._withdraw()
        return True

    def _withdraw(self):
        for change in self.filtered(lambda change: change.state == "reserved"):
            place = change._place
            if place and place.reference == change._reference:
                place._give_back(cooling_hours=0)
        self.write({"state": "cancelled"})
