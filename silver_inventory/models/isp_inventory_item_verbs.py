"""What people and integrations do with equipment: the public verbs, callable by RPC.

The private verbs of ``isp_inventory_item_moves.py`` trust their caller (another module's verb has
already asked who may); these ask.
"""

from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError


class Swap(NamedTuple):
    """One piece of equipment taking the place of another at a customer's."""

    old_item: models.BaseModel
    new_item: models.BaseModel
    partner: models.BaseModel
    reference: str


class Loss(NamedTuple):
    """Equipment declared lost; ``partner`` is who had it (may be empty), ``amount`` its value."""

    item: models.BaseModel
    partner: models.BaseModel
    amount: float
    charge: bool


class IspInventoryItem(models.Model):
    _inherit = "isp.inventory.item"

    # === public verbs === #

    def action_install(self, partner_id, reference=None, technician_id=None):
        """Deliver to a customer. Technicians may only install what is in their own van.

        :param int partner_id: ``res.partner``
        :param str reference: contract or order it is lent for
        :param int technician_id: ``res.users`` whose van it leaves
        :raise UserError: when one is not available there; says where it is and since when
        """
        self._check_verb()
        technician = self.env["res.users"].browse(technician_id)
        if self._only_own_van():
            technician = self.env.user
        partner = self.env["res.partner"].browse(partner_id).exists()
        if not partner:
            raise UserError(self.env._("Say which customer receives the equipment."))
        self._install(partner, reference, technician=technician)
        return True

    def action_recover(self, location_id=None, condition=None):
        """Bring back from the customer that has it.

        A technician who does not say where takes it into his own van.

        :param int location_id: ``stock.location``; default the base of each item
        :param str condition: ``used`` (default), ``refurbished``, ``broken``
        :raise UserError: when no customer has one of them
        """
        self._check_verb()
        location = self.env["stock.location"].browse(location_id)
        if not location and self._only_own_van():
            location = location._isp_van(self.env.user)
        self._check_internal(location)
        self._recover(location, condition)
        return True

    def action_load_van(self, technician_id):
        """Move from stock to the van of a technician.

        :param int technician_id: ``res.users``
        :raise UserError: when one is not available
        """
        self._check_verb()
        technician = self.env["res.users"].browse(technician_id)
        van = self.env["stock.location"]._isp_van(technician, self.company_id[:1])
        return self.action_move(van.id, technician_id=technician_id)

    def action_move(self, location_id, technician_id=None):
        """Move between our own places: bases, vans, warehouse.

        :param int location_id: ``stock.location`` of internal use
        :raise UserError: for what a customer has, and for what is nowhere
        """
        self._check_verb()
        location = self.env["stock.location"].browse(location_id)
        self._check_internal(location)
        for item in self:
            if item.location_id.usage not in ("internal", "transit"):
                raise UserError(
                    self.env._(
                        "%(item)s cannot be moved from stock. %(where)s",
                        item=item.display_name,
                        where=item._where_it_is(),
                    )
                )
        self.filtered(lambda item: item.location_id != location)._transfer(
            location, "internal", technician=self.env["res.users"].browse(technician_id)
        )
        return True

    def action_swap(self, new_item_id, technician_id=None, condition="used", location_id=None):
        """Old out, new in, in one transaction: customer and contract stay as they are.

        :param int new_item_id: ``isp.inventory.item`` that takes the place
        :param int technician_id: whose van gives the new one and takes the old one
        :param str condition: in which the old one comes back
        :param int location_id: where the old one goes; default the van, else its base
        """
        self._check_verb()
        technician = self.env["res.users"].browse(technician_id)
        if self._only_own_van():
            technician = self.env.user
        location = self.env["stock.location"].browse(location_id)
        self._swap(self.browse(new_item_id), technician, condition, location)
        return True

    def action_send_to_repair(self, note=None):
        """Send to the repair shop, from stock or straight from a customer; opens a repair order."""
        self._check_verb()
        held = self.filtered("partner_id")
        if held:
            held._recover(condition="broken")
        shop = self.env["stock.location"]._isp_role_location("repair", self.company_id[:1])
        moving = self.filtered(lambda item: item.location_id != shop)
        moving._transfer(shop, "internal", reference=note)
        moving.sudo().condition = "broken"
        moving._open_repair(shop, note)
        return True

    def action_back_from_repair(self, condition="refurbished", location_id=None):
        """Bring back from the repair shop and close its repair order.

        :param str condition: ``refurbished`` (default), ``used`` or ``broken``
        :param int location_id: where it goes; default its base
        :raise UserError: when one is not in the shop
        """
        self._check_verb()
        location = self.env["stock.location"].browse(location_id)
        self._check_internal(location)
        for item in self:
            if item.location_id.isp_role != "repair":
                raise UserError(
                    self.env._(
                        "%(item)s is not being repaired. %(where)s",
                        item=item.display_name,
                        where=item._where_it_is(),
                    )
                )
        self._close_repair()
        for destination, items in self.grouped(
            lambda item: location or item._home_location()
        ).items():
            items._transfer(destination, "internal")
        self.sudo().condition = condition
        return True

    def action_declare_lost(self, charge=False, note=None):
        """Write off what is not there any more, wherever it was last seen.

        :param bool charge: ask billing to charge the customer who had it (see ``_on_lost``)
        :param str note: what happened
        """
        self._check_write_off()
        losses = [
            Loss(item, item.partner_id, item.value, bool(charge and item.partner_id))
            for item in self
        ]
        lost = self.env["stock.location"]._isp_role_location("lost", self.company_id[:1])
        self._transfer(lost, "internal", reference=note)
        self._on_lost(losses)
        return True

    def action_found(self, location_id=None):
        """Bring back what had been declared lost, as used.

        :param int location_id: where it is; default its base
        :raise UserError: when one was not lost
        """
        self._check_write_off()
        location = self.env["stock.location"].browse(location_id)
        self._check_internal(location)
        for item in self:
            if item.status != "lost":
                raise UserError(
                    self.env._(
                        "%(item)s is not lost. %(where)s",
                        item=item.display_name,
                        where=item._where_it_is(),
                    )
                )
            item._transfer(location or item._home_location(), "internal")
        self.sudo().condition = "used"
        return True

    def action_scrap(self, note=None):
        """Retire equipment that will not be used again."""
        self._check_write_off()
        for item in self:
            if item.partner_id:
                raise UserError(
                    self.env._(
                        "%(item)s cannot be scrapped. %(where)s Recover it first.",
                        item=item.display_name,
                        where=item._where_it_is(),
                    )
                )
        scrap = self.env["stock.location"]._isp_role_location("scrap", self.company_id[:1])
        self._transfer(scrap, "internal", reference=note)
        return True

    @api.model
    def action_who_had(self, serial, date=None):
        """Who answered for a serial at a moment.

        :param str serial: serial, MAC, GPON serial or asset tag, in any spelling
        :param date: naive UTC datetime or its string; default now
        :return: list of dicts ``item_id, serial, partner_id, customer, reference, date_from,
            date_to``; empty when nobody had it
        """
        items = self._find_by_scan(serial)
        moment = fields.Datetime.to_datetime(date) or fields.Datetime.now()
        held = self.env["isp.equipment.assignment"]._custody_on(items.lot_id, moment)
        return [
            {
                "item_id": row.item_id.id,
                "serial": lot.name,
                "partner_id": row.partner_id.id,
                "customer": row.partner_id.display_name,
                "reference": row.reference,
                "date_from": row.date_from,
                "date_to": row.date_to,
            }
            for lot, row in held.items()
        ]

    def action_open(self):
        """Open the ONU or CPE that this item is."""
        self.ensure_one()
        record = self.onu_ids or self.cpe_ids
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }

    # === private verbs === #

    def _swap(self, new_item, technician=None, condition="used", location=None):
        """Replace the only item of ``self`` by ``new_item`` at the same customer.

        :return: :class:`Swap`
        :raise UserError: when the old one is at no customer or the new one is not available
        """
        self.ensure_one()
        if new_item == self:
            raise UserError(self.env._("%(item)s cannot replace itself.", item=self.display_name))
        partner = self.partner_id
        reference = self.assignment_ids.filtered("is_open").reference
        if technician and not location:
            location = self.env["stock.location"]._isp_van(technician, self.company_id)
        self._recover(location, condition)
        new_item._install(partner, reference, technician=technician)
        swap = Swap(self, new_item, partner, reference)
        self._on_swap([swap])
        return swap

    @api.model
    def _on_swap(self, swaps):
        """Hook: equipment was replaced, in this transaction. Extend with ``super()``.

        :param swaps: list of :class:`Swap`
        """

    @api.model
    def _on_lost(self, losses):
        """Hook: equipment was declared lost, in this transaction. Extend with ``super()``.

        Whoever invoices charges ``amount`` to ``partner`` when ``charge`` is set.

        :param losses: list of :class:`Loss`
        """

    def _open_repair(self, shop, note):
        env = self.sudo().env
        orders = env["repair.order"].create(
            [
                {
                    "product_id": item.product_id.id,
                    "lot_id": item.lot_id.id,
                    "product_qty": 1,
                    "picking_type_id": shop._isp_warehouse(item.company_id).repair_type_id.id,
                    "product_location_src_id": shop.id,
                    "product_location_dest_id": shop.id,
                    "internal_notes": note,
                    "company_id": item.company_id.id,
                }
                for item in self
            ]
        )
        orders._action_repair_confirm()

    def _close_repair(self):
        orders = self.env["repair.order"].sudo()
        orders = orders.search(
            [("lot_id", "in", self.lot_id.ids), ("state", "not in", ("done", "cancel"))]
        )
        orders.filtered(lambda order: order.state != "under_repair").action_repair_start()
        orders.action_repair_end()

    # === who may === #

    def _check_verb(self):
        """:raise AccessError: for those who may not move equipment"""
        self.check_access("write")

    def _check_write_off(self):
        """:raise UserError: for a technician: he does not write off what he answers for"""
        self._check_verb()
        if self._only_own_van():
            raise UserError(
                self.env._(
                    "Technicians cannot write off equipment. Ask the network operator or an "
                    "administrator."
                )
            )

    @api.model
    def _only_own_van(self):
        """A technician who has no wider role moves only what is in his van."""
        user = self.env.user
        return user.has_group("silver_base.group_silver_technician") and not (
            self.env.su
            or user.has_group("silver_base.group_silver_operator")
            or user.has_group("silver_base.group_silver_admin")
        )

    def _check_internal(self, location):
        if location and location.usage != "internal":
            raise UserError(
                self.env._(
                    "%(place)s is not a place of ours: choose a base, a van or the warehouse.",
                    place=location.display_name,
                )
            )
