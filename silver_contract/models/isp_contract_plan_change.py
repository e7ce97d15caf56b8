from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class IspContractPlanChange(models.Model):
    """A change of plan that was made, or is going to be."""

    _name = "isp.contract.plan.change"
    _inherit = ["isp.due.mixin"]
    _description = "Plan Change"
    _order = "date desc, id desc"
    _rec_name = "contract_id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "isp.contract",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    old_product_id = fields.Many2one(
        "product.product", string="Old Plan", required=True, readonly=True, ondelete="restrict"
    )
    new_product_id = fields.Many2one(
        "product.product", string="New Plan", required=True, readonly=True, ondelete="restrict"
    )
    old_price = fields.Monetary(readonly=True, aggregator=None)
    new_price = fields.Monetary(readonly=True, aggregator=None)
    old_monthly = fields.Monetary("Old per Month", readonly=True)
    new_monthly = fields.Monetary("New per Month", readonly=True)
    keep_custom_price = fields.Boolean(
        readonly=True, help="The customer keeps the custom price with the new plan."
    )
    date = fields.Date("Effective On", required=True, readonly=True, index=True)
    state = fields.Selection(
        [("scheduled", "Scheduled"), ("done", "Done"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="scheduled",
    )
    done_date = fields.Datetime("Done At", readonly=True)
    note = fields.Text(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Asked By", readonly=True, default=lambda self: self.env.user
    )

    _one_scheduled = models.UniqueIndex(
        "(contract_id) WHERE state = 'scheduled'",
        "The contract already has a scheduled plan change.",
    )
    _other_plan = models.Constraint(
        "CHECK(old_product_id <> new_product_id)", "The new plan is the plan the contract has."
    )
    _due_idx = models.Index("(date) WHERE state = 'scheduled'")

    @api.constrains("contract_id", "state")
    def _check_one_scheduled(self):
        scheduled = self.filtered(lambda change: change.state == "scheduled")
        for contract, count in self._read_group(
            [("contract_id", "in", scheduled.contract_id.ids), ("state", "=", "scheduled")],
            ["contract_id"],
            ["__count"],
        ):
            if count > 1:
                raise ValidationError(
                    self.env._(
                        "%(contract)s already has a scheduled plan change. Cancel it first.",
                        contract=contract.display_name,
                    )
                )

    def action_cancel(self):
        """Withdraw scheduled changes. Those already cancelled are left alone.

        :return: True
        :raise UserError: for a change that was already done
        """
        self.contract_id._authorised("plan_change")
        done = self.filtered(lambda change: change.state == "done")
        if done:
            raise UserError(
                self.env._(
                    "%(contract)s: this change of plan was already made. Make another one to go "
                    "back.",
                    contract=done[0].contract_id.display_name,
                )
            )
        self.sudo().filtered(lambda change: change.state == "scheduled").state = "cancelled"
        return True

    def _execute(self):
        """Make the changes now, and mark them done. The rows of the contracts are locked.

        :raise UserError: when a contract cannot have its new plan
        """
        contracts = self.contract_id
        contracts._lock()
        for change in self:
            change.contract_id._check_plan_fits(change.new_product_id)
        now = fields.Datetime.now()
        for key, changes in self.grouped(
            lambda change: (change.new_product_id, change.keep_custom_price)
        ).items():
            product, keep_custom_price = key
            vals = {"product_id": product.id}
            if not keep_custom_price:
                vals.update(has_custom_price=False, custom_price=0.0)
            ended = changes.contract_id.filtered(
                lambda c, plan=product: c.promotion_id and plan not in c.promotion_id.product_ids
            )
            ended._write_gated({"promotion_id": False})
            changes.contract_id._write_gated(vals)
        self.write({"state": "done", "done_date": now, "error": False})
        contracts.flush_recordset()
        notes = {
            change.contract_id: f"{change.old_product_id.display_name} → "
            f"{change.new_product_id.display_name}"
            for change in self
        }
        for note, same in contracts.grouped(lambda contract: notes[contract]).items():
            same._log_events("plan_change", reason="customer_request", note=note)
        contracts._on_plan_change(self)

    @api.model
    def _due_domain(self, today):
        return Domain("state", "=", "scheduled") & Domain("date", "<=", today)

    def _make_due(self, today):
        self._execute()
