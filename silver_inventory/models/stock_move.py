"""Custody follows the goods: completing a move opens and closes assignments.

Nothing else writes them, so stock and assignments cannot say different things, whether the move
comes from our wizards, from the Inventory application or from an integration.
"""

from psycopg2 import errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError

from .stock_quant import PLACES


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        self.move_line_ids.filtered("picked")._isp_check_source()
        done = super()._action_done(cancel_backorder=cancel_backorder)
        lines = done.filtered(lambda move: move.state == "done").move_line_ids
        lines = lines.filtered("lot_id.isp_serial_key")
        if lines:
            self._isp_check_one_place()
            lines._isp_follow_custody()
            lines._isp_follow_rma()
            items = lines.lot_id.isp_item_ids.sudo()
            items.located_since = lines._isp_date()
        return done

    @api.model
    def _isp_check_one_place(self):
        """Ask PostgreSQL now rather than at commit whether equipment is in one place.

        The check waits for whoever is moving the same equipment and loses against him. Then the
        server runs the call again, and it reads where the equipment is by now.

        :raise ConcurrencyError: when it was moved at the same moment
        """
        self.env["stock.quant"].flush_model()
        try:
            self.env.cr.execute("SET CONSTRAINTS stock_quant_isp_one_place IMMEDIATE")
        except errors.ExclusionViolation as error:
            raise ConcurrencyError("equipment moved by someone else") from error
        self.env.cr.execute("SET CONSTRAINTS stock_quant_isp_one_place DEFERRED")


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _isp_check_source(self):
        """Equipment only leaves the place it is in. Odoo would go below zero instead.

        :raise UserError: naming the equipment, where it is and since when
        """
        for line in self:
            lot = line.lot_id
            if not lot.isp_serial_key:
                continue
            # not lot.location_id: whoever relocates a lot by writing it has changed it already
            place = lot.sudo().quant_ids.filtered(lambda quant: quant.quantity > 0).location_id
            if line.location_id == place:
                continue
            if place or line.location_id.usage in PLACES:
                raise UserError(
                    self.env._(
                        "%(item)s is not in %(origin)s, so it cannot leave from there. %(where)s",
                        item=lot.isp_item_ids.display_name,
                        origin=line.location_id.display_name,
                        where=lot.isp_item_ids._where_it_is(),
                    )
                )

    def _isp_follow_custody(self):
        """Close the assignments of what left a custody and open those of what entered one."""
        moved = self.filtered(lambda line: line.location_id != line.location_dest_id)
        leaving = moved.filtered(lambda line: line.location_id.isp_role == "custody")
        entering = moved.filtered(lambda line: line.location_dest_id.isp_role == "custody")
        assignments = self.env["isp.equipment.assignment"].sudo()
        if leaving:
            assignments._close_for(leaving)
            # closed in the database before the same piece goes out again in this transaction
            assignments.flush_model(["date_to"])
        if entering:
            assignments.create([line._isp_prepare_assignment() for line in entering])

    def _isp_follow_rma(self):
        """What is at a supplier is waited for in a return, and what left is not any more.

        :raise UserError: for equipment sent there without a return
        """
        waiting = self.env["isp.rma.line"].sudo()
        domain = [("item_id.lot_id", "in", self.lot_id.ids), ("outcome", "=", "waiting")]
        moved = self.filtered(lambda line: line.location_id != line.location_dest_id)
        if not any("rma" in (line.location_id.isp_role, line.location_dest_id.isp_role)
                   for line in moved):  # fmt: skip
            return
        waited = {line.item_id.lot_id: line for line in waiting.search(domain)}
        for line in moved:
            if line.location_dest_id.isp_role == "rma" and line.lot_id not in waited:
                raise UserError(
                    self.env._(
                        "%(item)s goes to a supplier: use Operation > Send to the supplier, which "
                        "keeps what is waited for.",
                        item=line.lot_id.isp_item_ids.display_name,
                    )
                )
            if line.location_id.isp_role == "rma" and line.lot_id in waited:
                waited[line.lot_id]._follow(line.location_dest_id)

    def _isp_prepare_assignment(self):
        """:return: values of the assignment that this line opens. Extend with ``super()``."""
        self.ensure_one()
        move = self.move_id
        return {
            "item_id": self.lot_id.isp_item_ids.id,
            "lot_id": self.lot_id.id,
            "partner_id": self.location_dest_id.isp_partner_id.id,
            "reference": move.origin or move.picking_id.origin,
            "technician_id": move.picking_id.user_id.id,
            "date_from": self._isp_date(),
            "move_in_id": move.id,
            "company_id": move.company_id.id,
        }

    @api.model
    def _isp_date(self):
        """When custody changes: now, or the date a migration says (``isp_date`` in the context)."""
        return self.env.context.get("isp_date") or fields.Datetime.now()
