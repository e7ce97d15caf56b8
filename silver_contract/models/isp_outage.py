"""Which contracts an outage reaches."""

from odoo import api, fields, models
from odoo.tools import SQL


class IspOutage(models.Model):
    _inherit = "isp.outage"

    contract_count = fields.Integer(
        string="Customers without service", compute="_compute_contract_count"
    )

    @api.depends("base_station_id", "olt_id", "olt_port_id", "splitter_id", "sector_id")
    def _compute_contract_count(self):
        affected = self._affected_contracts()
        for outage in self:
            outage.contract_count = len(affected.get(outage._origin.id, ()))

    def _affected_contracts(self):
        """The contracts in service (active or suspended) below each place, as the plant is today.

        Two queries for any number of outages. Whether an outage is open does not matter here.

        :return: ``{outage id: isp.contract}``, with every outage of ``self``
        """
        found = {outage_id: [] for outage_id in self._origin.ids}
        for outage_id, contract_id in self._affected_rows(SQL("true")):
            found[outage_id].append(contract_id)
        Contract = self.env["isp.contract"]
        visible = set(Contract._search([("id", "in", [i for ids in found.values() for i in ids])]))
        return {
            outage_id: Contract.browse(i for i in ids if i in visible)
            for outage_id, ids in found.items()
        }

    def _affected_rows(self, condition):
        """:param SQL condition: on the contract, alias ``c``
        :return: rows (outage id, contract id), ordered, without repetition
        """
        if not self._origin.ids:
            return []
        self.flush_model()
        self.env["isp.contract"].flush_model(
            ["state", "splitter_id", "sector_slot_id", "base_station_id"]
        )
        self.env["isp.splitter"].flush_model(["parent_path", "olt_port_id"])
        return self.env.execute_query(
            SQL(
                """
                SELECT reached.outage_id, c.id
                  FROM (%(splitters)s) reached
                  JOIN isp_contract c ON c.splitter_id = reached.splitter_id
                 WHERE c.state IN ('active', 'suspended') AND %(condition)s
                UNION
                SELECT o.id, c.id
                  FROM isp_outage o
                  JOIN isp_sector_slot slot ON slot.sector_id = o.sector_id
                  JOIN isp_contract c ON c.sector_slot_id = slot.id
                 WHERE o.id = ANY(%(ids)s) AND c.state IN ('active', 'suspended') AND %(condition)s
                UNION
                SELECT o.id, c.id
                  FROM isp_outage o
                  JOIN isp_contract c ON c.base_station_id = o.base_station_id
                 WHERE o.id = ANY(%(ids)s) AND c.state IN ('active', 'suspended') AND %(condition)s
                 ORDER BY 1, 2
                """,
                splitters=self._origin._covered_splitters_sql(),
                ids=self._origin.ids,
                condition=condition,
            )
        )

    def action_view_contracts(self):
        """Open the contracts these outages reach."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "silver_contract.isp_contract_action"
        )
        ids = {i for contracts in self._affected_contracts().values() for i in contracts.ids}
        action.update(domain=[("id", "in", sorted(ids))], context={})
        return action
