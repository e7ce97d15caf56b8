from odoo import api, fields, models

from odoo.addons.silver_base.tools.sqlguard import append_only
from odoo.addons.silver_base.tools.sqlrows import insert_rows

from .sql_guards import event_pair_check
from .transitions import EVENT_TYPES, REASONS, SOURCES, STATES


class IspContractEvent(models.Model):
    """One row for each thing that happened to a contract. Never edited, never deleted.

    Plan, base, customer and monthly amount are those of that moment: churn by plan must not change
    because someone later changed plan.
    """

    _name = "isp.contract.event"
    _inherit = ["silver.pivot.mixin"]
    _description = "Contract Event"
    _order = "date desc, id desc"
    _rec_name = "transition"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "isp.contract", required=True, readonly=True, ondelete="restrict"
    )  # found by _contract_idx
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    transition = fields.Selection(EVENT_TYPES, string="Event", required=True, readonly=True)
    state_from = fields.Selection(STATES, string="From", required=True, readonly=True)
    state_to = fields.Selection(STATES, string="To", required=True, readonly=True)
    reason = fields.Selection(REASONS, readonly=True)
    note = fields.Text(readonly=True)
    source = fields.Selection(SOURCES, required=True, readonly=True, default="user")
    date = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now, help="When it took effect."
    )
    user_id = fields.Many2one(
        "res.users", string="By", readonly=True, default=lambda self: self.env.user
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    product_id = fields.Many2one("product.product", string="Plan", readonly=True)
    base_station_id = fields.Many2one("isp.base.station", string="Base", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    monthly_amount = fields.Monetary(
        readonly=True, help="What the service was worth per month at that moment."
    )

    _follows_the_table = models.Constraint(
        event_pair_check(), "No transition goes from that state to the other."
    )
    _by_date_idx = models.Index("(transition, date)")
    _contract_idx = models.Index("(contract_id, id DESC)")

    def init(self):
        super().init()
        append_only(
            self.env.cr,
            self._table,
            "The history of a contract is not edited or deleted: what happened, happened.",
        )

    @api.model
    def _append(self, vals_list):
        """Add rows without going through ``create``: ten thousand in a dozen queries.

        The log is append-only and nothing depends on it but its readers, so what ``create`` would
        add (computed fields, tracking, constraints in Python) does not exist here.

        :param list vals_list: dicts with the same keys, values as they go to the column
        :return: the rows, in the order given
        """
        ids = insert_rows(self, vals_list)
        contracts = self.env["isp.contract"].browse(vals["contract_id"] for vals in vals_list)
        contracts.invalidate_recordset(["event_ids", "event_count"])
        return self.browse(ids)
