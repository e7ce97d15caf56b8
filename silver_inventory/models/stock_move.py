"""Custody follows the goods: completing a move opens and closes assignments.

Nothing else writes them, so stock and assignments cannot say different things, whether the move
comes from our wizards, from the Inventory application or from an integration.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        done = super()._action_done(cancel_backorder=cancel_backorder)
        lines = done.filtered(lambda move: move.state == "done").move_line_ids
        lines = lines.filtered("lot_id.isp_serial_key")
        if lines:
            lines._isp_check_places()
            lines._isp_follow_custody()
            items = lines.lot_id.isp_item_ids.sudo()
            items.located_since = lines._isp_date()
        return done


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _isp_check_places(self):
        """Refuse a move that leaves equipment in two places, or owed by one.

        :raise UserError: naming the equipment and where it is
        """
        lots = self.lot_id.sudo()
        self.env["stock.quant"].flush_model()
        # checked now, so that the person reads it now and not at commit; also waits for, and
        # loses against, someone who moved the same equipment at the same moment
        self._isp_check_owed(lots)
        self.env.cr.execute("SET CONSTRAINTS stock_quant_isp_one_place IMMEDIATE")
        self.env.cr.execute("SET CONSTRAINTS stock_quant_isp_one_place DEFERRED")

    def _isp_check_owed(self, lots):
        rows = (
            self.env["stock.quant"]
            .sudo()
            ._read_group(
                [("lot_id", "in", lots.ids), ("isp_place", "=", True)],
                ["lot_id", "location_id"],
                having=[("quantity:sum", "!=", 0)],
                aggregates=["quantity:sum"],
            )
        )
        places, wrong = {}, lots.browse()
        for lot, location, quantity in rows:
            places.setdefault(lot, []).append(location)
            if quantity != 1:
                wrong |= lot
        wrong |= lots.browse([lot.id for lot, found in places.items() if len(found) > 1])
        if wrong:
            lot = wrong[0]
            here = self.filtered(lambda line: line.lot_id == lot)
            real = [place for place in places[lot] if place not in here.location_id]
            real = [place for place in real if place not in here.location_dest_id] or real
            raise UserError(
                self.env._(
                    "%(product)s %(serial)s is not in %(origin)s: it is in %(place)s. Move it from "
                    "there, or count %(origin)s to correct the stock.",
                    product=lot.product_id.display_name,
                    serial=lot.name,
                    origin=here[:1].location_id.display_name,
                    place=", ".join(place.display_name for place in real)
                    or self.env._("no place we know of"),
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
        if entering:
            assignments.create([line._isp_prepare_assignment() for line in entering])

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
