"""Equipment of a contract: what is in the customer's hands, installing it, changing it."""

from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain


class Swap(NamedTuple):
    """One piece of equipment of ``contract`` was replaced. Items are isp.inventory.item, or
    empty.
    """

    contract: models.Model
    old_item: models.Model
    new_item: models.Model


class IspContract(models.Model):
    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    equipment_assignment_ids = fields.One2many(
        "isp.equipment.assignment", "contract_id", string="Equipment"
    )
    equipment_count = fields.Integer(compute="_compute_equipment")
    has_equipment_to_recover = fields.Boolean(
        "Equipment to Recover",
        compute="_compute_equipment",
        search="_search_has_equipment_to_recover",
    )

    @api.depends("state", "equipment_assignment_ids.date_to")
    def _compute_equipment(self):
        counts = {
            contract.id: count
            for contract, count in self.env["isp.equipment.assignment"]._read_group(
                [("contract_id", "in", self.ids), ("date_to", "=", False)],
                ["contract_id"],
                ["__count"],
            )
        }
        for contract in self:
            contract.equipment_count = counts.get(contract._origin.id, 0)
            contract.has_equipment_to_recover = (
                contract.state == "cancelled" and contract.equipment_count > 0
            )

    @api.model
    def _search_has_equipment_to_recover(self, operator, value):
        if operator != "in":
            return NotImplemented
        if False in value:
            return Domain.TRUE
        open_rows = self.env["isp.equipment.assignment"]._search(
            [("date_to", "=", False), ("contract_id", "!=", False)]
        )
        return Domain("state", "=", "cancelled") & Domain(
            "equipment_assignment_ids", "in", open_rows
        )

    def action_change_equipment(self, onu_id=None, note=None):
        """Replace the ONU of the service. The old one goes back to stock; the contract stays.

        :param int onu_id: isp.onu, available in stock
        :param str note: free text for the history
        :return: True
        :raise UserError: when it is not available, or the service has no ONU to replace
        """
        contract = self._authorised("equipment_change")
        contract.ensure_one()
        contract._lock()
        onu = self.env["isp.onu"].sudo().browse(onu_id or 0).exists()
        if not onu:
            raise UserError(self.env._("Choose the new ONU: there is none with id %s.", onu_id))
        old = contract.onu_id
        if onu == old and contract.state != "draft":
            contract._message_log(body=self.env._("It already has that ONU: nothing was done."))
            return True
        if contract.state not in ("active", "suspended"):
            if contract.state == "cancelled":
                raise UserError(
                    self.env._("%s is cancelled: it gets no more equipment.", contract.display_name)
                )
            contract._check_onu_free(onu)
            contract.onu_id = onu
            return True
        contract._check_onu_free(onu)
        contract = contract.with_context(isp_swap_note=note)
        if old.item_id._held_by(contract):
            old.item_id.with_env(contract.env)._swap(onu.item_id)
        else:
            onu.item_id._install(contract.partner_id, contract.name)
            contract._equipment_swapped(old.item_id, onu.item_id)
        return True

    def _equipment_swapped(self, old_item, new_item):
        """Write down that the contract of ``self`` has ``new_item`` where it had ``old_item``."""
        self.ensure_one()
        contract = self.sudo()
        if new_item.onu_ids:
            contract._write_gated({"onu_id": new_item.onu_ids.id})
        else:
            contract.cpe_ids = [
                Command.unlink(cpe.id) for cpe in contract.cpe_ids & old_item.cpe_ids
            ] + [Command.link(new_item.cpe_ids.id)]
        contract.flush_recordset()
        text = f"{old_item.name or '-'} → {new_item.name}"
        note = self.env.context.get("isp_swap_note")
        contract._log_events(
            "equipment_change", reason="technical", note=f"{text}\n{note}" if note else text
        )
        contract._on_equipment_change([Swap(contract, old_item, new_item)])

    def _on_equipment_change(self, swaps):
        """Extension: equipment of the contracts of ``self`` was replaced (list of
        :class:`Swap`).
        """

    def _check_onu_free(self, onu):
        """:raise UserError: when another live contract of the company wants or has that ONU"""
        self.ensure_one()
        other = self.search(
            self._live_domain() & Domain("onu_id", "=", onu.id) & Domain("id", "!=", self.id),
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    "%(contract)s: the ONU %(onu)s is for the contract %(other)s. Choose another.",
                    contract=self.display_name,
                    onu=onu.display_name,
                    other=other.display_name,
                )
            )

    def _install_equipment(self, day):
        """Put ONU and CPE in the customer's custody, unless this contract already has them.

        :param date day: first day of service; equipment delivered on a past day is in the
            customer's hands since then
        """
        new = {}
        for contract in self:
            items = contract.onu_id.item_id | contract.cpe_ids.item_id
            items = items.filtered(lambda item, c=contract: not item._held_by(c))
            if items:
                new[contract] = items
        since = {}
        if new and day < self._today():
            since = self._custody_from(new, day)
        for contract, items in new.items():
            if contract in since:
                items = items.with_context(isp_date=since[contract])
            items._install(contract.partner_id, contract.name)

    def _custody_from(self, new, day):
        """When equipment delivered on the past ``day`` can have changed hands.

        :param new: ``{contract: isp.inventory.item}``, available now
        :return: ``{contract: naive UTC datetime}``: noon, or when whoever had it before that day
            gave it back
        :raise UserError: when a piece was still with somebody else that day
        """
        noon = self._moment(day)
        items = self.env["isp.inventory.item"].union(*new.values())
        returned = {
            row.item_id: row
            for row in self.env["isp.equipment.assignment"].search(
                [("item_id", "in", items.ids), ("date_to", ">", noon)], order="date_to, id"
            )
        }
        since = dict.fromkeys(new, noon)
        for contract, items in new.items():
            for row in filter(None, map(returned.get, items)):
                if self._local_day(row.date_to) > day:
                    raise UserError(
                        self.env._(
                            "%(contract)s: on %(day)s the equipment %(item)s was still with "
                            "%(customer)s, who gave it back on %(returned)s. Choose another "
                            "piece, or activate with that date or a later one.",
                            contract=contract.display_name,
                            day=day,
                            item=row.item_id.display_name,
                            customer=row.partner_id.display_name,
                            returned=self._local_day(row.date_to),
                        )
                    )
                since[contract] = max(since[contract], row.date_to)
        return since

    def _missing_equipment(self):
        """:return: text of what the contract of ``self`` lacks or cannot have, or None"""
        self.ensure_one()
        if self.service_category == "internet" and self.access_technology == "fiber":
            if not self.onu_id:
                return self.env._("an ONU (choose one that is available in stock)")
            other = self.search(
                self._live_domain()
                & Domain("onu_id", "=", self.onu_id.id)
                & Domain("id", "!=", self.id),
                limit=1,
            )
            if other:
                return self.env._(
                    "another ONU: %(onu)s is for the contract %(other)s",
                    onu=self.onu_id.display_name,
                    other=other.display_name,
                )
        for item in self.onu_id.item_id | self.cpe_ids.item_id:
            if item.status != "available" and not item._held_by(self):
                return self.env._(
                    "equipment that is available: %(item)s is not. %(where)s",
                    item=item.display_name,
                    where=item._where_it_is(),
                )
        return None

    def _request_recovery(self, reason):
        """Put what the customers of ``self`` still have on the technicians' work list."""
        rows = (
            self.env["isp.equipment.assignment"]
            .sudo()
            .search([("contract_id", "in", self.ids), ("date_to", "=", False)])
        )
        labels = dict(self._fields["state_reason"]._description_selection(self.env))
        rows.item_id._request_recovery(reason=labels.get(reason, reason))

    def action_recover_equipment(self):
        """Bring back to stock all that the customer still has under these contracts.

        :return: True
        """
        contracts = self._authorised("recover")
        open_rows = (
            self.env["isp.equipment.assignment"]
            .sudo()
            .search([("contract_id", "in", contracts.ids), ("date_to", "=", False)])
        )
        live = open_rows.contract_id.filtered(lambda contract: contract.state != "cancelled")
        if live:
            raise UserError(
                self.env._(
                    "%(names)s: still in service. Its equipment is recovered after cancelling it; "
                    "to replace a piece, change it.",
                    names=live._names(),
                )
            )
        open_rows.item_id._recover()
        return True

    def action_view_equipment(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "isp.equipment.assignment",
            "view_mode": "list,form",
            "domain": [("contract_id", "=", self.id)],
            "context": {"create": False},
            "name": self.env._("Equipment"),
        }
