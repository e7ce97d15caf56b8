"""The verbs of equipment. Behind each one is a real, done picking."""

from odoo import fields, models
from odoo.exceptions import UserError


class IspInventoryItem(models.Model):
    _inherit = "isp.inventory.item"

    def _partner_custody_location(self, partner):
        """:return: the ``stock.location`` that holds what the customer has of ours."""
        company = self.company_id[:1] or self.env.company
        return self.env["stock.location"]._isp_custody(partner, company)

    def _install(self, partner, reference, technician=None):
        """Deliver to a customer: stock (or a van) -> custody, and open the assignments.

        :param partner: ``res.partner`` who answers for the equipment from now on
        :param str reference: what it is lent for (contract, order)
        :param technician: ``res.users``; when given, the equipment must be in his van
        :return: the done ``stock.picking`` records
        :raise UserError: when one is not available, or not in that van; says where it is
        """
        for item in self:
            if item.status != "available":
                raise UserError(
                    self.env._(
                        "%(item)s cannot be installed. %(where)s",
                        item=item.display_name,
                        where=item._where_it_is(),
                    )
                )
            if technician and item.technician_id != technician:
                raise UserError(
                    self.env._(
                        "%(item)s is not in the van of %(technician)s. %(where)s",
                        item=item.display_name,
                        technician=technician.name,
                        where=item._where_it_is(),
                    )
                )
        return self._transfer(
            self._partner_custody_location(partner),
            "install",
            partner=partner,
            reference=reference,
            technician=technician,
        )

    def _recover(self, location=None, condition=None):
        """Bring back from a customer: custody -> stock; closes the assignments.

        :param location: ``stock.location`` that receives; default is the item's base, else the
            main warehouse
        :param str condition: condition in which it came back; default ``used``
        :return: the done ``stock.picking`` records
        :raise UserError: when a customer does not have one of them
        """
        for item in self:
            if not item.partner_id:
                raise UserError(
                    self.env._(
                        "%(item)s cannot be returned: no customer has it. %(where)s",
                        item=item.display_name,
                        where=item._where_it_is(),
                    )
                )
        pickings = self.env["stock.picking"]
        # read before anything moves: the base of an item follows its place
        for destination, items in self.grouped(
            lambda item: location or item._home_location()
        ).items():
            for partner, held in items.grouped("partner_id").items():
                pickings |= held._transfer(destination, "return", partner=partner)
        self.sudo().condition = condition or "used"
        return pickings

    def _home_location(self):
        """:return: where this one goes when nobody says where: its base, else the warehouse."""
        self.ensure_one()
        locations = self.env["stock.location"]
        if self.base_station_id:
            return locations._isp_base(self.base_station_id)
        return locations._isp_warehouse(self.company_id).lot_stock_id

    def _transfer(self, destination, operation, partner=None, reference=None, technician=None):
        """Move the items from where they are, with one done picking per place of origin.

        :param destination: ``stock.location``
        :param str operation: see ``stock.picking.type._isp_type``
        :param reference: written as the source document of the picking
        :return: ``stock.picking`` records, done
        """
        pickings = self.env["stock.picking"]
        for (company, source), items in self.grouped(
            lambda item: (item.company_id, item.location_id)
        ).items():
            if not source:
                raise UserError(
                    self.env._(
                        "%(item)s cannot be moved. %(where)s",
                        item=items[0].display_name,
                        where=items[0]._where_it_is(),
                    )
                )
            pickings |= items._picking(
                source, destination, operation, company, partner, reference, technician
            )
        return pickings

    def _picking(self, source, destination, operation, company, partner, reference, technician):
        """One done picking from one place to another. Runs as the system: whoever may use the verb
        need not have rights on Inventory."""
        sudo = self.sudo().with_company(company)
        env = sudo.env
        ours = destination if operation in ("receive", "return") else source
        picking_type = env["stock.picking.type"]._isp_type(operation, company, ours)
        picking = env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "location_id": source.id,
                "location_dest_id": destination.id,
                "partner_id": partner.id if partner else False,
                "origin": reference,
                "user_id": technician.id if technician else self.env.uid,
                "company_id": company.id,
            }
        )
        moves = env["stock.move"].create(
            [
                items._prepare_move(picking, product)
                for product, items in sudo.grouped("product_id").items()
            ]
        )
        moves._action_done()
        moment = moves.move_line_ids._isp_date()
        picking.write({"date_done": moment})
        if self.env.context.get("isp_date"):
            # the papers say the same day as the custody they open
            moves.write({"date": moment})
            moves.move_line_ids.write({"date": moment})
        return picking.with_env(self.env)

    def _prepare_move(self, picking, product):
        """:return: values of the one move that carries all serials of ``self``, of one product."""
        place = {
            "location_id": picking.location_id.id,
            "location_dest_id": picking.location_dest_id.id,
            "company_id": picking.company_id.id,
            "product_id": product.id,
        }
        unit = product.uom_id.id
        lines = [
            {
                **place,
                "picking_id": picking.id,
                "lot_id": item.lot_id.id,
                "quantity": 1,
                "product_uom_id": unit,
                "picked": True,
            }
            for item in self
        ]
        return {
            **place,
            "picking_id": picking.id,
            "picking_type_id": picking.picking_type_id.id,
            "origin": picking.origin,
            "partner_id": picking.partner_id.id,
            "product_uom_qty": len(self),
            "product_uom": unit,
            "picked": True,
            "move_line_ids": [fields.Command.create(line) for line in lines],
        }

    def _receive(self, location=None, supplier=None, reference=None):
        """Bring registered equipment that is in no place of ours into stock.

        :param location: ``stock.location``; default the main warehouse's stock
        :param supplier: ``res.partner``
        :return: the done receipts
        :raise UserError: when one of them is already somewhere
        """
        for item in self:
            if item.location_id:
                raise UserError(
                    self.env._(
                        "%(item)s cannot be received. %(where)s",
                        item=item.display_name,
                        where=item._where_it_is(),
                    )
                )
        locations = self.env["stock.location"]
        pickings = self.env["stock.picking"]
        for company, items in self.grouped("company_id").items():
            pickings |= items._picking(
                self.env.ref("stock.stock_location_suppliers"),
                location or locations._isp_warehouse(company).lot_stock_id,
                "receive",
                company,
                supplier,
                reference,
                None,
            )
        return pickings

    def _request_recovery(self, reason=None, technician=None):
        """Put what customers have on the work list to bring back. What is already there stays.

        :param str reason: why (the contract was cancelled)
        :return: the open ``isp.recovery`` records of the items
        """
        recoveries = self.env["isp.recovery"].sudo()
        open_rows = self.sudo().assignment_ids.filtered("is_open")
        listed = recoveries.search(
            [("assignment_id", "in", open_rows.ids), ("cancelled", "=", False)]
        )
        listed |= recoveries.create(
            [
                {
                    "assignment_id": assignment.id,
                    "reason": reason,
                    "technician_id": technician.id if technician else False,
                }
                for assignment in open_rows - listed.assignment_id
            ]
        )
        return listed.with_env(self.env)
