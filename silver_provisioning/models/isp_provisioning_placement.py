import json

from odoo import api, fields, models
from odoo.tools import SQL


class IspProvisioningTarget(models.Model):
    """What Silver has put on a device for a contract: written before it is sent, so it is known
    even when nobody lived to see the answer.

    It is what a cancelled contract still has to lose, what a swapped ONU leaves behind, and what a
    comparison knows as ours.
    """

    _inherit = "isp.provisioning.target"

    placed = fields.Json(
        readonly=True,
        copy=False,
        help="Entries that Silver put on the device for this contract, or is about to.",
    )

    @api.model
    def _placed(self, device, contracts):
        """:return: ``{contract id: [entry, ...]}``, absent where there is nothing"""
        rows = self.env.execute_query(
            SQL(
                "SELECT contract_id, placed FROM isp_provisioning_target"
                " WHERE device_id = %s AND contract_id = ANY(%s) AND placed IS NOT NULL",
                device.id,
                contracts.ids,
            )
        )
        return dict(rows)

    @api.model
    def _all_placed(self, device):
        """:return: list of all entries of a device"""
        rows = self.env.execute_query(
            SQL(
                "SELECT jsonb_array_elements(placed) FROM isp_provisioning_target"
                " WHERE device_id = %s AND placed IS NOT NULL",
                device.id,
            )
        )
        return [entry for (entry,) in rows]

    @api.model
    def _set_placed(self, device, entries):
        """Keep what is on a device for some contracts.

        :param dict entries: ``{contract id: iterable of entries}``; none of them empties it
        """
        if not entries:
            return
        self.flush_model(["placed"])
        self.env.cr.execute_values(
            """
            UPDATE isp_provisioning_target target SET placed = v.placed
            FROM (VALUES %s) AS v (device_id, contract_id, placed)
            WHERE target.device_id = v.device_id AND target.contract_id = v.contract_id
              AND target.placed IS DISTINCT FROM v.placed
            """,
            [
                (device.id, contract_id, json.dumps(list(places)) if places else None)
                for contract_id, places in sorted(entries.items())
            ],
            template="(%s, %s, %s::jsonb)",
            page_size=1000,
        )
        self.invalidate_model(["placed"])
