from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class IspContractActivation(models.TransientModel):
    """Activate many at once. One that cannot be activated does not hold the others back."""

    _name = "isp.contract.activation"
    _description = "Activate Contracts"

    date = fields.Date(
        "First Day of Service",
        required=True,
        default=lambda self: self.env["isp.contract"]._today(),
    )
    line_ids = fields.One2many("isp.contract.activation.line", "activation_id")
    state = fields.Selection([("new", "New"), ("done", "Done")], default="new", readonly=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        contracts = self.env["isp.contract"].browse(self.env.context.get("active_ids"))
        if "line_ids" in fields_list and contracts:
            values["line_ids"] = [
                fields.Command.create({"contract_id": contract.id}) for contract in contracts
            ]
        return values

    def action_check(self):
        """Say what each contract lacks, without touching anything."""
        self.ensure_one()
        prices = self.line_ids.contract_id._prices_on(self.date)
        for line in self.line_ids:
            contract = line.contract_id.sudo()
            missing = contract._missing_to_activate(prices[contract.id], self.date)
            line.error = "; ".join(missing) or False
            line.result = False if missing else self.env._("Ready")
        return self._reopen()

    def action_activate(self):
        """Activate those that can be; the others keep their reason."""
        self.ensure_one()
        for line in self.line_ids.filtered(lambda line: line.contract_id.state != "active"):
            try:
                with self.env.cr.savepoint():
                    line.contract_id.action_activate(date=self.date)
                line.write({"error": False, "result": self.env._("Active")})
            except (UserError, ValidationError) as error:
                line.write({"error": str(error), "result": False})
            except IntegrityError as error:
                message = line.contract_id._sql_error_to_message(error)
                line.write({"error": message, "result": False})
        self.state = "done"
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class IspContractActivationLine(models.TransientModel):
    _name = "isp.contract.activation.line"
    _description = "Contract to Activate"

    activation_id = fields.Many2one(
        "isp.contract.activation", required=True, index=True, ondelete="cascade"
    )
    contract_id = fields.Many2one("isp.contract", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="contract_id.partner_id")
    product_id = fields.Many2one(related="contract_id.product_id")
    state = fields.Selection(related="contract_id.state")
    result = fields.Char(readonly=True)
    error = fields.Text(readonly=True)
