from odoo import api, fields, models
from odoo.tools import SQL


class IspContract(models.Model):
    """A port and an address go back when the devices no longer have the customer."""

    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    release_ids = fields.One2many(
        "isp.provisioning.release", "contract_id", string="Waiting for the Network"
    )
    is_leaving = fields.Boolean(
        "Leaving the Network",
        compute="_compute_is_leaving",
        help="Cancelled or moved, and a device may still hold its port or address.",
    )

    @api.depends("release_ids.state")
    def _compute_is_leaving(self):
        for contract in self:
            contract.is_leaving = "waiting" in contract.release_ids.mapped("state")

    def _network_leftovers(self):
        """The devices that may still hold something these contracts have to lose.

        Devices that only show what they would do have nothing of Silver's.

        :return: ``{contract id: [names of devices]}``
        """
        self.env["isp.provisioning.target"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT target.contract_id, array_agg(device.name ORDER BY device.name)
                FROM isp_provisioning_target target
                JOIN isp_provisioning_device device ON device.id = target.device_id
                WHERE target.contract_id = ANY(%s) AND target.state <> 'in_sync' AND device.active
                  AND (target.placed IS NOT NULL
                       OR target.kind IN ('radius', 'coa') AND target.state <> 'held'
                          AND device.enabled)
                GROUP BY target.contract_id
                """,
                self.ids,
            )
        )
        return dict(rows)

    def _placed_anywhere(self):
        """:return: the contracts of which some device in use may hold something"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT target.contract_id FROM isp_provisioning_target target
                JOIN isp_provisioning_device device ON device.id = target.device_id
                WHERE target.contract_id = ANY(%s) AND target.placed IS NOT NULL AND device.active
                """,
                self.ids,
            )
        )
        return self.browse(row[0] for row in rows)

    def _on_cancel(self, events):
        held = {contract: contract._ip_live() for contract in self._placed_anywhere()}
        result = super()._on_cancel(events)
        for contract, rows in held.items():
            self.env["isp.provisioning.release"]._hold(
                contract, self.env["isp.splitter.port"], rows
            )
        return result

    def _release_access(self):
        places = {contract: contract._access_place() for contract in self._placed_anywhere()}
        places = {
            contract: place
            for contract, place in places.items()
            if place and place.contract_id == contract
        }
        slots = {contract: _onu_slot(place) for contract, place in places.items()}
        result = super()._release_access()
        for contract, place in places.items():
            self.env["isp.provisioning.release"]._hold(
                contract, place, self.env["isp.ip.reservation"], slots[contract]
            )
        return result

    def _switch_place(self, new):
        old = self._access_place() if self._placed_anywhere() else None
        slot = _onu_slot(old) if old else None
        result = super()._switch_place(new)
        if old:
            self.env["isp.provisioning.release"]._hold(
                self, old, self.env["isp.ip.reservation"], slot
            )
        return result


def _onu_slot(place):
    """:return: the isp.onu.slot that goes with a place; None for a wireless one"""
    return place.sudo().onu_slot_id if place._name == "isp.splitter.port" else None
