"""What the technician's phone asks and tells. Every method is one call of the screen."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .isp_recovery import OPEN_STATES


class IspInventoryItem(models.Model):
    _inherit = "isp.inventory.item"

    @api.model
    def technician_screen(self):
        """:return: dict with ``technician``, ``van`` (items) and ``recoveries`` (to bring back)"""
        user = self.env.user
        recoveries = self.env["isp.recovery"].search(
            [("technician_id", "in", (user.id, False)), ("state", "in", OPEN_STATES)], limit=80
        )
        return {
            "technician": user.name,
            "van": [
                item._technician_row() for item in self.search([("technician_id", "=", user.id)])
            ],
            "recoveries": [
                {
                    "id": recovery.id,
                    "customer": recovery.partner_id.display_name,
                    "address": recovery.address,
                    "phone": recovery.phone,
                    "item": recovery.item_id._technician_row(),
                    "date_next": recovery.date_next,
                }
                for recovery in recoveries
            ],
        }

    @api.model
    def technician_scan(self, code):
        """:return: the item with this serial, MAC or tag, as :meth:`technician_screen` gives it

        :raise UserError: when there is none, or more than one
        """
        item = self._find_by_scan(code)
        if len(item) != 1:
            raise UserError(
                self.env._("No equipment of ours has the code «%(code)s».", code=code or "")
            )
        return item._technician_row()

    def _technician_row(self):
        self.ensure_one()
        return {
            "id": self.id,
            "serial": self.name,
            "product": self.product_id.display_name,
            "kind": self.equipment_kind,
            "mac": self.mac,
            "status": self.status,
            "partner_id": self.partner_id.id,
            "customer": self.partner_id.display_name,
            "mine": self.technician_id == self.env.user,
            "where": self._where_it_is(),
        }

    @api.model
    def technician_close(
        self,
        item_id,
        partner_id,
        reference=None,
        old_item_id=None,
        signal_dbm=None,
        photo=None,
        signature=None,
        signed_by=None,
        note=None,
    ):
        """Close a job: install (or swap) from one's own van and keep the evidence with it.

        :param int item_id: the equipment that goes in
        :param int partner_id: the customer
        :param int old_item_id: the equipment it replaces, which goes into the van
        :param float signal_dbm: reading at the equipment
        :param str photo: image in base64
        :param str signature: image in base64
        :return: id of the ``isp.installation``
        :raise UserError: when the equipment is not in the technician's van
        """
        self._check_verb()
        item = self.browse(item_id)
        technician = self.env.user
        if old_item_id:
            old = self.browse(old_item_id)
            if old.partner_id.id != partner_id:
                raise UserError(
                    self.env._(
                        "%(item)s is not at this customer's. %(where)s",
                        item=old.display_name,
                        where=old._where_it_is(),
                    )
                )
            old._swap(item, technician)
        else:
            partner = self.env["res.partner"].browse(partner_id).exists()
            if not partner:
                raise UserError(self.env._("Say which customer receives the equipment."))
            item._install(partner, reference, technician=technician)
        record = (
            self.env["isp.installation"]
            .sudo()
            .create(
                {
                    "assignment_id": item.assignment_ids.filtered("is_open").id,
                    "technician_id": technician.id,
                    "has_signal": signal_dbm is not None,
                    "signal_dbm": signal_dbm or 0.0,
                    "photo": photo,
                    "signature": signature,
                    "signed_by": signed_by,
                    "note": note,
                }
            )
        )
        return record.id

    @api.model
    def technician_customers(self, text):
        """Customers by name, reference or phone.

        :return: list of at most 8 dicts ``id, name, address, phone, items``
        """
        partners = self.env["res.partner"]
        found = partners.search(
            [
                "|",
                "|",
                ("name", "ilike", text),
                ("ref", "=ilike", text),
                ("phone", "ilike", text),
            ],
            limit=8,
        )
        return [
            {
                "id": partner.id,
                "name": partner.display_name,
                "address": partner.contact_address_inline,
                "phone": partner.phone,
                "items": [item._technician_row() for item in partner.isp_item_ids],
            }
            for partner in found
        ]

    @api.model
    def technician_recover(self, recovery_id, result, note=None, condition="used", date_next=None):
        """Register a visit to recover equipment; ``recovered`` puts it into the own van.

        :return: state of the recovery after the visit
        """
        visit = self.env["isp.recovery.visit"].create(
            {
                "recovery_id": recovery_id,
                "result": result,
                "note": note,
                "condition": condition,
                "date_next": date_next and fields.Date.to_date(date_next),
            }
        )
        return visit.recovery_id.state
