from odoo import fields, models

from odoo.addons.silver_base.tools.sqlguard import append_only


class IspContractHolderChange(models.Model):
    """A service that passed from one customer to another. Never edited."""

    _name = "isp.contract.holder.change"
    _description = "Holder Change"
    _order = "id desc"
    _rec_name = "contract_id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "isp.contract", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    old_partner_id = fields.Many2one(
        "res.partner", string="Old Holder", required=True, readonly=True, ondelete="restrict"
    )
    new_partner_id = fields.Many2one(
        "res.partner", string="New Holder", required=True, readonly=True, ondelete="restrict"
    )
    debt = fields.Selection(
        [("old", "Stays With the Old Holder"), ("new", "Moves to the New Holder")],
        string="What Is Owed",
        required=True,
        readonly=True,
        default="old",
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    note = fields.Text(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="By", readonly=True, default=lambda self: self.env.user
    )

    def init(self):
        super().init()
        append_only(self.env.cr, self._table, "A holder change is history: it is not edited.")
