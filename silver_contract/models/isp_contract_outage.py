"""What support reads on a contract while the plant above it is down."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class IspContract(models.Model):
    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    outage_id = fields.Many2one(
        "isp.outage",
        string="Outage",
        compute="_compute_outage_id",
        search="_search_outage_id",
        help="The open outage that leaves this service down.",
    )
    outage_since = fields.Datetime(related="outage_id.date_start", string="Down since")
    outage_expected = fields.Datetime(related="outage_id.date_expected", string="Expected back")
    outage_cause = fields.Selection(related="outage_id.cause", string="Cause of the outage")

    @api.depends("splitter_id", "sector_slot_id", "base_station_id", "state")
    def _compute_outage_id(self):
        outages = self._open_outages()
        for contract in self:
            contract.outage_id = outages.get(contract._origin.id)

    @api.model
    def _search_outage_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        outages = self.env["isp.outage"]._running_at()
        values = set(value)
        wanted = outages if True in values else outages.filtered(lambda o: o.id in values)
        domain = Domain("id", "in", [row[1] for row in wanted._affected_rows(SQL("true"))])
        if False in values:
            domain |= ~Domain("id", "in", [row[1] for row in outages._affected_rows(SQL("true"))])
        return domain

    def _open_outages(self, at=None):
        """The outage each contract was in at a moment, judged by where it hangs today.

        When several reach it, the one that started first. Contracts that are not in service (active
        or suspended) are in none. A bounded number of queries whatever the size of ``self``.

        :param datetime at: now when not given
        :return: ``{contract id: isp.outage}``, only of those in one
        """
        outages = self.env["isp.outage"]._running_at(at)
        rows = outages._affected_rows(SQL("c.id = ANY(%s)", self._origin.ids))
        rank = {outage.id: order for order, outage in enumerate(outages)}
        found = {}
        for outage_id, contract_id in sorted(rows, key=lambda row: rank[row[0]]):
            found.setdefault(contract_id, outages.browse(outage_id))
        return found
