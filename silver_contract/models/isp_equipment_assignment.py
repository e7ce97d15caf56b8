from odoo import api, fields, models


class IspEquipmentAssignment(models.Model):
    _inherit = "isp.equipment.assignment"

    contract_id = fields.Many2one(
        "isp.contract",
        string="Contract",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Found by its number in the reference of the delivery.",
    )
    contract_state_reason = fields.Selection(
        related="contract_id.state_reason", string="Reason of the State"
    )
    contract_date_end = fields.Date(related="contract_id.date_end", string="Service Ended On")
    to_recover = fields.Boolean(
        compute="_compute_to_recover",
        search="_search_to_recover",
        help="Still with the customer although the contract was cancelled.",
    )

    _contract_open_uniq = models.UniqueIndex(
        "(contract_id, lot_id) WHERE date_to IS NULL AND contract_id IS NOT NULL",
        "This equipment is already assigned to the contract.",
    )
    _contract_onu_uniq = models.UniqueIndex(
        "(contract_id) WHERE date_to IS NULL AND contract_id IS NOT NULL AND role = 'onu'",
        "The contract already has an ONU installed. Change it instead of adding another.",
    )

    @api.depends("date_to", "contract_id.state")
    def _compute_to_recover(self):
        for assignment in self:
            assignment.to_recover = (
                not assignment.date_to and assignment.contract_id.state == "cancelled"
            )

    @api.model
    def _search_to_recover(self, operator, value):
        if operator != "in":
            return NotImplemented
        if False in value:
            return fields.Domain.TRUE
        return fields.Domain("date_to", "=", False) & fields.Domain(
            "contract_id.state", "=", "cancelled"
        )

    @api.model_create_multi
    def create(self, vals_list):
        """Tie each delivery to the contract whose number it carries, when the customer is its
        own.
        """
        references = {vals["reference"] for vals in vals_list if vals.get("reference")}
        contracts = self.env["isp.contract"].sudo()
        by_key = {
            (contract.company_id.id, contract.name): contract
            for contract in contracts.search([("name", "in", list(references))])
        }
        for vals in vals_list:
            contract = by_key.get((vals.get("company_id"), vals.get("reference")), contracts)
            if contract.partner_id.id == vals.get("partner_id"):
                vals["contract_id"] = contract.id
        # what was given back in this transaction must be closed before the same goes out again
        self.flush_model(["date_to"])
        return super().create(vals_list)
