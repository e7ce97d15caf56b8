"""Defective equipment sent back to whoever sold it, until it or another comes back."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class IspRma(models.Model):
    _name = "isp.rma"
    _description = "Return to a supplier"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_names_search = ["reference", "partner_id", "line_ids.item_id"]
    _check_company_auto = True

    partner_id = fields.Many2one("res.partner", string="Supplier", required=True, tracking=True)
    reference = fields.Char(
        help="The number the supplier gave for it (RMA).", tracking=True, index="trigram"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users", string="Sent by", required=True, default=lambda self: self.env.user
    )
    date_sent = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    date_expected = fields.Date(string="Expected back", tracking=True)
    note = fields.Text()
    line_ids = fields.One2many("isp.rma.line", "rma_id", string="Equipment", readonly=True)
    count = fields.Integer(string="Pieces", compute="_compute_state", store=True)
    waiting = fields.Integer(string="Still there", compute="_compute_state", store=True)
    state = fields.Selection(
        [("open", "At the supplier"), ("closed", "Closed")],
        compute="_compute_state",
        store=True,
        index=True,
    )

    @api.depends("line_ids.outcome")
    def _compute_state(self):
        for rma in self:
            rma.count = len(rma.line_ids)
            rma.waiting = len(rma.line_ids.filtered(lambda line: line.outcome == "waiting"))
            rma.state = "open" if rma.waiting or not rma.count else "closed"

    @api.depends("reference", "partner_id")
    def _compute_display_name(self):
        for rma in self:
            rma.display_name = " · ".join(
                filter(None, (rma.reference or f"#{rma.id}", rma.partner_id.display_name))
            )

    @api.model
    def _send(self, items, partner, reference=None, note=None, date_expected=None):
        """One ``isp.rma`` with the items, moved to the supplier by a real picking.

        :param partner: ``res.partner``, the supplier
        :raise UserError: for what is not in a place of ours
        """
        self._check_can_send(items)
        rmas = self.sudo()
        for company, same in items.grouped("company_id").items():
            same._cancel_repair()
            rma = rmas.create(
                {
                    "partner_id": partner.id,
                    "reference": reference,
                    "note": note,
                    "date_expected": date_expected,
                    "company_id": company.id,
                    "user_id": self.env.uid,
                    "line_ids": [
                        fields.Command.create({"item_id": item.id, "fault": note}) for item in same
                    ],
                }
            )
            there = self.env["stock.location"]._isp_role_location("rma", company)
            same._transfer(there, "rma", partner=partner, reference=rma.display_name)
            same.sudo().condition = "broken"
            rmas |= rma
        return rmas.with_env(self.env)

    def _check_can_send(self, items):
        for item in items:
            if item.location_id.usage not in ("internal", "transit"):
                raise UserError(
                    self.env._(
                        "%(item)s cannot be sent to the supplier. %(where)s",
                        item=item.display_name,
                        where=item._where_it_is(),
                    )
                )
            if item.ownership != "company":
                raise UserError(
                    self.env._(
                        "%(item)s is not ours (%(ownership)s): its owner claims its warranty.",
                        item=item.display_name,
                        ownership=dict(item._fields["ownership"]._description_selection(self.env))[
                            item.ownership
                        ],
                    )
                )

    def action_back(self, item_ids, outcome, serials=None, condition=None, location_id=None):
        """What the supplier did with pieces of this return.

        :param list item_ids: ``isp.inventory.item`` that were sent
        :param str outcome: ``repaired`` or ``rejected`` (the same piece comes back), ``replaced``
            (another one does), ``credited`` (none does)
        :param list serials: of the replacements, one for each piece in the order they were sent;
            as for ``action_receive``
        :param str condition: of the same piece; default refurbished when repaired, else broken
        :param int location_id: where they go; default the base of each
        :return: ids of the ``isp.inventory.item`` that came back
        :raise UserError: for a piece that is not waiting here, or replacements that do not match
        """
        self.ensure_one()
        items = self.env["isp.inventory.item"].browse(item_ids)
        items._check_verb()
        if items._only_own_van():
            raise UserError(self.env._("The warehouse receives what comes back from a supplier."))
        location = self.env["stock.location"].browse(location_id or ())
        items._check_internal(location)
        lines = self.line_ids.filtered(
            lambda line: line.item_id in items and line.outcome == "waiting"
        )
        if lost := items - lines.item_id:
            raise UserError(
                self.env._(
                    "%(item)s is not waiting in this return. %(where)s",
                    item=lost[0].display_name,
                    where=lost[0]._where_it_is(),
                )
            )
        return lines._back(outcome, serials or [], condition, location).ids
