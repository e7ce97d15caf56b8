"""Change of address and change of holder of a contract."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class IspContract(models.Model):
    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    address_change_ids = fields.One2many(
        "isp.contract.address.change", "contract_id", string="Address Changes"
    )
    open_address_change_id = fields.Many2one(
        "isp.contract.address.change",
        compute="_compute_open_address_change_id",
        string="Moving To",
    )
    holder_change_ids = fields.One2many(
        "isp.contract.holder.change", "contract_id", string="Holder Changes"
    )

    @api.depends("address_change_ids.state")
    def _compute_open_address_change_id(self):
        rows = self.env["isp.contract.address.change"].search(
            [("contract_id", "in", self.ids), ("state", "=", "reserved")]
        )
        by_contract = {row.contract_id: row for row in rows}
        for contract in self:
            contract.open_address_change_id = by_contract.get(contract, False)

    # === address === #

    def action_change_address(
        self,
        service_partner_id=None,
        latitude=None,
        longitude=None,
        splitter_port_id=None,
        splitter_id=None,
        sector_slot_id=None,
        hours=None,
        note=None,
    ):
        """Prepare the move of a service: reserve a place at the new address.

        The old place stays in use until ``action_confirm`` of the change that this makes (see
        ``open_address_change_id``). Services that hold no place of the plant move at once.

        :param int service_partner_id: res.partner of the new address; the same when left out
        :param float latitude: WGS84 degrees, by default those of the address
        :param float longitude: WGS84 degrees
        :param int splitter_port_id: the port there; else the best one of ``splitter_id``, else
            ``sector_slot_id``, else what feasibility answers
        :param float hours: how long the new place is held
        :param str note: free text for the history
        :return: True
        :raise UserError: when nothing can be had there, or the service is already moving
        """
        contract = self._authorised("address_change")
        contract.ensure_one()
        contract._lock()
        if contract.state not in ("pending", "active", "suspended"):
            raise UserError(
                self.env._(
                    "%(contract)s: only a live service moves. Edit the address of a draft; open a "
                    "new contract instead of a cancelled one.",
                    contract=contract.display_name,
                )
            )
        if contract.open_address_change_id:
            raise UserError(
                self.env._(
                    "%(contract)s is already moving. Confirm or cancel that change first.",
                    contract=contract.display_name,
                )
            )
        contract._check_can_change_address()
        address = contract.env["res.partner"].browse(
            service_partner_id or contract.service_partner_id.id
        )
        position = (
            latitude if latitude is not None else address.partner_latitude,
            longitude if longitude is not None else address.partner_longitude,
        )
        change = contract.env["isp.contract.address.change"].create(
            {
                "contract_id": contract.id,
                "old_address_id": contract.service_partner_id.id,
                "new_address_id": address.id,
                "latitude": position[0],
                "longitude": position[1],
                "old_place": contract._access_place().display_name,
                "note": note,
                "user_id": self.env.uid,
            }
        )
        if not contract._access_place():
            change._confirm_one()
            return True
        ports, slots = contract.env["isp.splitter.port"], contract.env["isp.sector.slot"]
        until = contract._reservation_end(hours)
        place = contract._lend_place(
            until,
            change._reference,
            place=ports.browse(splitter_port_id or []) or slots.browse(sector_slot_id or []),
            splitter=contract.env["isp.splitter"].browse(splitter_id or []),
            position=position,
        )
        if place._name != contract._access_place()._name:
            raise UserError(
                self.env._(
                    "%(contract)s: at the new address there is only another technology. Open a new "
                    "contract there.",
                    contract=contract.display_name,
                )
            )
        field = "splitter_port_id" if place._name == "isp.splitter.port" else "sector_slot_id"
        change.write({field: place.id, "reserved_until": until})
        return True

    def action_confirm_address(self):
        """Confirm the open address change of each contract. RPC-callable.

        :return: True
        """
        if not self.open_address_change_id:
            raise UserError(self.env._("%s: it is not moving.", self._names()))
        return self.open_address_change_id.action_confirm()

    def _switch_place(self, new):
        """Use ``new`` from now on and give the place held so far back."""
        old = self._access_place()
        if new._name == "isp.splitter.port":
            vals = {"splitter_port_id": new.id, "splitter_id": new.splitter_id.id}
        else:
            vals = {"sector_slot_id": new.id}
        self._write_gated(vals)
        self.flush_recordset()
        old._write_verb(old, {"contract_id": None})
        old._give_back()
        new._write_verb(new, {"contract_id": self.id, "reference": self.name})
        if self.state != "pending":
            new._confirm()

    def _check_can_change_address(self):
        """Extension: raise UserError when a contract of ``self`` must not move."""

    def _on_address_change(self, changes):
        """Extension: the services of ``changes`` (isp.contract.address.change) now work
        elsewhere.
        """

    # === holder === #

    def action_change_holder(self, partner_id=None, debt="old", service_partner_id=None, note=None):
        """Pass the service to another customer: port, address and equipment with it.

        :param int partner_id: res.partner of the new holder
        :param str debt: ``old``: what is owed stays with the old holder; ``new``: it moves
        :param int service_partner_id: the address, by default the one it has, or the new holder
        :param str note: free text for the history
        :return: True
        :raise UserError: same holder, unknown choice, or a cancelled contract
        """
        contract = self._authorised("holder_change")
        contract.ensure_one()
        new = contract.env["res.partner"].browse(partner_id or 0).exists()
        contract._lock()
        old = contract.partner_id
        if not new or new == old:
            raise UserError(
                self.env._(
                    "%(contract)s: choose a new holder other than %(holder)s.",
                    contract=contract.display_name,
                    holder=old.display_name,
                )
            )
        if debt not in ("old", "new"):
            raise UserError(
                self.env._("Say what happens with the debt: “old” or “new”, not “%s”.", debt)
            )
        if contract.state == "cancelled":
            raise UserError(
                self.env._("%s is cancelled: its holder does not change.", contract.display_name)
            )
        if contract.open_address_change_id:
            raise UserError(
                self.env._(
                    "%(contract)s is moving. Confirm or cancel the address change first.",
                    contract=contract.display_name,
                )
            )
        contract._check_can_change_holder(new)
        address = contract.service_partner_id
        if service_partner_id:
            address = contract.env["res.partner"].browse(service_partner_id)
        elif address == old:
            address = new
        position = {"latitude": contract.latitude, "longitude": contract.longitude}
        contract._write_gated({"partner_id": new.id, "service_partner_id": address.id, **position})
        contract.filtered(lambda c: c.state != "draft")._check_no_twin()
        contract.flush_recordset()
        new._ensure_customer_code()
        place = contract._access_place().filtered(lambda row: row.contract_id == contract)
        place._write_verb(place, {"partner_id": new.id})
        contract._hand_over_equipment(new)
        change = contract.env["isp.contract.holder.change"].create(
            {
                "contract_id": contract.id,
                "company_id": contract.company_id.id,
                "old_partner_id": old.id,
                "new_partner_id": new.id,
                "debt": debt,
                "note": note,
                "user_id": self.env.uid,
            }
        )
        text = f"{old.display_name} → {new.display_name}"
        contract._log_events(
            "holder_change", reason="customer_request", note=f"{text}\n{note}" if note else text
        )
        contract._on_holder_change(change)
        return True

    def _hand_over_equipment(self, partner):
        """What the old holder has under this contract is in the custody of the new one."""
        items = self.equipment_assignment_ids.filtered(lambda row: not row.date_to).item_id
        if items:
            items._transfer(
                items._partner_custody_location(partner),
                "install",
                partner=partner,
                reference=self.name,
            )

    def _check_can_change_holder(self, partner):
        """Extension: raise UserError when ``partner`` must not get a contract of ``self``."""

    def _on_holder_change(self, changes):
        """Extension: ``changes`` (isp.contract.holder.change) were made. Move the debt when it says
        so."""
