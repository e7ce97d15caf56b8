from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import addressing
from .isp_contract_addresses import MAY_ASSIGN

#: The map is at most 16 by 16 cells.
CELLS = 256


class IspIpPool(models.Model):
    _inherit = "isp.ip.pool"

    @api.readonly
    def grid(self, first=0, span=None):
        """The map of the pool, or of a part of it.

        :param int first: first unit shown
        :param int span: how many units, a power of two; None: the whole pool
        :return: dict ``pool, network, first, span, size, cells``; each cell has ``first, span,
            label`` and either counts by state (``counts``) or, when it is one unit, ``state,
            purpose, holder, reservation_id``; ``may_assign`` says whether this person may give one
        :raise UserError: a part that is not in the pool
        """
        self.ensure_one()
        self.check_access("read")
        network = self._network()
        size = addressing.size(network, self.alloc_plen)
        first, span = int(first), int(span or size)
        if span < 1 or span & (span - 1) or first < 0 or first % span or first + span > size:
            raise UserError(self.env._("%s has no such part.", self.display_name))
        each = max(1, span // CELLS)
        cells = [
            {
                "first": start,
                "span": each,
                "label": addressing.text(
                    addressing.block(
                        network, self.alloc_plen - (each.bit_length() - 1), start // each
                    )
                ),
            }
            for start in range(first, first + span, each)
        ]
        fill = self._grid_units if each == 1 else self._grid_counts
        fill(cells, first, span, each)
        return {
            "pool": self.display_name,
            "network": addressing.text(
                addressing.block(network, self.alloc_plen - (span.bit_length() - 1), first // span)
            ),
            "first": first,
            "span": span,
            "size": size,
            "cells": cells,
            "totals": self._grid_totals(first, span),
            "may_assign": self._grid_may_assign(),
        }

    def _grid_may_assign(self):
        """:return: whether a click on a free address offers to give it to a contract"""
        return (
            self.kind == "pool"
            and self.state == "active"
            and any(self.env.user.has_group(group) for group in MAY_ASSIGN)
        )

    def action_give(self, address):
        """Open the form that gives ``address`` (text) of this pool to a contract of its base."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("silver_ipam.isp_ip_assign_action")
        action["name"] = self.env._("Give %s to a contract", address)
        action["context"] = {"default_pool_id": self.id, "default_address": address}
        return action

    def _grid_rows(self, first, span, each):
        """:return: ``[(cell number, label of its state, count)]``. A quarantine or a reservation
        that
        ended counts as free, as it does for the allocator."""
        self.env["isp.ip.reservation"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT (unit - %(first)s) / %(each)s AS cell,
                    CASE WHEN purpose <> 'customer' THEN 'excluded'
                         WHEN state = 'quarantine' AND available_at <= timezone('UTC', now()) THEN
                         'free'
                         WHEN state = 'reserved' AND lease_until <= timezone('UTC', now()) THEN
                         'free'
                         ELSE state END AS label, count(*)
                FROM isp_ip_reservation
                WHERE pool_id = %(pool)s AND unit >= %(first)s AND unit < %(end)s
                GROUP BY 1, 2
                """,
                first=first,
                each=each,
                end=first + span,
                pool=self.id,
            )
        )

    def _grid_counts(self, cells, first, span, each):
        for cell in cells:
            cell["counts"] = {"in_use": 0, "reserved": 0, "quarantine": 0, "excluded": 0}
        for number, label, count in self._grid_rows(first, span, each):
            if label != "free":
                cells[number]["counts"][label] = count

    def _grid_units(self, cells, first, span, each):
        for cell in cells:
            cell.update(state="free", purpose="customer", holder=False, reservation_id=False)
        rows = self.env["isp.ip.reservation"].search(
            [("pool_id", "=", self.id), ("unit", ">=", first), ("unit", "<", first + span)]
        )
        for row in rows:
            state = "excluded" if row.purpose != "customer" else row.state
            cells[int(row.unit) - first].update(
                state="free" if row._is_available() else state,
                purpose=row.purpose,
                holder=row.contract_id.display_name
                or row.partner_id.display_name
                or row.inventory_item_id.display_name
                or row.note
                or (row.last_partner_id.display_name if row.state == "quarantine" else False),
                reservation_id=row.id,
            )

    @api.model
    def _grid_labels(self):
        return ("in_use", "reserved", "quarantine", "excluded")

    def _grid_totals(self, first, span):
        totals = dict.fromkeys(self._grid_labels(), 0)
        for _cell, label, count in self._grid_rows(first, span, span):
            if label != "free":
                totals[label] = count
        totals["free"] = span - sum(totals.values())
        return totals
