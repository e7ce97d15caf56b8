from odoo import api, fields, models


class IspIpAssign(models.TransientModel):
    _name = "isp.ip.assign"
    _description = "Assign or change an address"

    contract_id = fields.Many2one(
        "isp.contract",
        required=True,
        domain="[('state', 'in', ('pending', 'active', 'suspended')), "
        "('base_station_id', '=?', pool_base_id)]",
    )
    pool_base_id = fields.Many2one(related="pool_id.base_station_id", string="Base of the pool")
    base_station_id = fields.Many2one(related="contract_id.base_station_id")
    current = fields.Char("It has now", compute="_compute_current")
    mode = fields.Selection(
        [
            ("missing", "Give it what its base has for it"),
            ("change", "Replace its address"),
            ("add", "Add one more (block or static)"),
        ],
        required=True,
        compute="_compute_mode",
        store=True,
        precompute=True,
        readonly=False,
    )
    pool_id = fields.Many2one(
        "isp.ip.pool",
        domain="[('base_station_id', '=', base_station_id), ('kind', '=', 'pool'), ('state', '=', "
        "'active')]",
    )
    free_now = fields.Float(related="pool_id.free_now", digits=(16, 0))
    family = fields.Selection([("4", "IPv4"), ("6", "IPv6")], default="4", required=True)
    address = fields.Char("Wanted address", help="Static choice. Empty: the next one of the pool.")
    reason = fields.Char()

    @api.depends("contract_id")
    def _compute_current(self):
        for wizard in self:
            held = wizard.contract_id._ip_live()
            wizard.current = ", ".join(held.mapped("ip_address")) or False

    @api.depends("contract_id", "address")
    def _compute_mode(self):
        for wizard in self:
            chosen = wizard.address or wizard.contract_id._ip_live()
            wizard.mode = "change" if chosen else wizard.mode or "missing"

    def action_apply(self):
        """:raise UserError: what the contract's own verbs raise; nothing is changed then"""
        self.ensure_one()
        contract = self.contract_id
        if self.mode == "missing":
            contract.action_assign_addresses()
        elif self.mode == "change":
            contract.action_change_ip_address(
                address=self.address,
                pool_id=self.pool_id.id,
                family=int(self.family),
                reason=self.reason,
            )
        else:
            contract.action_add_address(
                pool_id=self.pool_id.id, address=self.address, reason=self.reason
            )
        return {"type": "ir.actions.act_window_close"}
