from odoo import models


class IspOltCardPort(models.Model):
    _inherit = "isp.olt.card.port"  # pylint: disable=consider-merging-classes-inherited

    def _nearest_free_port(self, contract):
        """:return: isp.splitter.port that can be lent below this PON port, in the box nearest to
        the contract; empty when there is none"""
        free = self.splitter_ids and self.splitter_ids._free_ports()
        if not free:
            return self.env["isp.splitter.port"]

        def distance(port):
            box = port.nap_id
            if not (contract.latitude and box.latitude):
                return float("inf")
            return (box.latitude - contract.latitude) ** 2 + (
                box.longitude - contract.longitude
            ) ** 2

        return min(free, key=distance)
