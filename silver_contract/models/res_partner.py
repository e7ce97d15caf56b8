from odoo import api, fields, models
from odoo.fields import Domain


class ResPartner(models.Model):
    _inherit = "res.partner"

    customer_code = fields.Char(
        copy=False, help="Given with the first contract. It is what customers quote on the phone."
    )
    customer_type = fields.Selection(
        [
            ("residential", "Residential"),
            ("business", "Business"),
            ("token", "Tokens"),
            ("institution", "Institution"),
        ],
        help="Kind of customer, for prices and reports.",
    )
    isp_contract_ids = fields.One2many("isp.contract", "partner_id", string="Contracts")
    isp_contract_count = fields.Integer("Services", compute="_compute_isp_contracts")
    isp_event_count = fields.Integer("Contract Events", compute="_compute_isp_event_count")
    isp_status = fields.Selection(
        [
            ("active", "Active"),
            ("suspended", "Suspended"),
            ("gone", "Gone"),
            ("none", "No Service"),
        ],
        string="Service Status",
        compute="_compute_isp_contracts",
        search="_search_isp_status",
        help="Active when any service is; suspended when all that were not cancelled are; gone "
        "when all were cancelled.",
    )
    isp_base_station_ids = fields.Many2many(
        "isp.base.station", string="Bases", compute="_compute_isp_contracts"
    )
    isp_zone_id = fields.Many2one("isp.zone", string="Zone", compute="_compute_isp_contracts")

    _customer_code_uniq = models.UniqueIndex(
        "(customer_code) WHERE customer_code IS NOT NULL",
        "Another customer already has this code.",
    )

    @api.depends(
        "isp_contract_ids.state",
        "isp_contract_ids.base_station_id",
        "isp_contract_ids.active",
    )
    def _compute_isp_contracts(self):
        groups = {}
        for partner, state, base, count in self.env["isp.contract"]._read_group(
            [("partner_id", "in", self.ids)],
            ["partner_id", "state", "base_station_id"],
            ["__count"],
        ):
            groups.setdefault(partner.id, []).append((state, base, count))
        for partner in self:
            mine = groups.get(partner._origin.id, [])
            states = {state for state, _base, _count in mine}
            live = [base for state, base, _count in mine if state != "cancelled" and base]
            partner.isp_contract_count = sum(count for _state, _base, count in mine)
            partner.isp_status = self._isp_status_of(states)
            partner.isp_base_station_ids = self.env["isp.base.station"].union(*live)
            partner.isp_zone_id = live[0].zone_id if live else False

    @api.model
    def _isp_status_of(self, states):
        """:return: status of a customer whose contracts are in ``states``"""
        if "active" in states:
            return "active"
        if "suspended" in states:
            return "suspended"
        return "gone" if states == {"cancelled"} else "none"

    @api.model
    def _search_isp_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        having = {
            state: Domain("isp_contract_ids", "any", [("state", "=", state)])
            for state in ("draft", "pending", "active", "suspended", "cancelled")
        }
        waiting = having["draft"] | having["pending"]
        delivered = having["active"] | having["suspended"]
        by_status = {
            "active": having["active"],
            "suspended": having["suspended"] & ~having["active"],
            "gone": having["cancelled"] & ~delivered & ~waiting,
            "none": ~delivered & (waiting | ~having["cancelled"]),
        }
        return Domain.OR(by_status[status] for status in value if status in by_status)

    def _compute_isp_event_count(self):
        counts = dict(
            self.env["isp.contract.event"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.isp_event_count = counts.get(partner._origin, 0)

    def _ensure_customer_code(self):
        """Give a code to the customers that have none, from one sequence of the whole suite."""
        new = self.sudo().filtered(lambda partner: not partner.customer_code)
        codes = self.env["ir.sequence"]._draw_many("isp.customer", len(new)) if new else []
        for partner, code in zip(new, codes, strict=True):
            partner.customer_code = code

    def action_view_isp_contracts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_contract.isp_contract_action"
        )
        action["domain"] = [("partner_id", "child_of", self.id)]
        action["context"] = {"default_partner_id": self.id}
        return action

    def action_view_isp_events(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_contract.isp_contract_event_action"
        )
        action["domain"] = [("partner_id", "child_of", self.id)]
        return action
