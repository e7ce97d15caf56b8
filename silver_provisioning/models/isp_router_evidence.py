from odoo import api, models
from odoo.tools import SQL

LIVE = ("draft", "pending", "active", "suspended")


class IspRouterEvidence(models.AbstractModel):
    """Whose may an entry of a router be? By PPP user, address, MAC and number of contract.

    A query for each kind of evidence, however many entries.
    """

    _name = "isp.router.evidence"
    _description = "Contracts by what a router shows"

    @api.model
    def _contracts_of_users(self, nas, usernames):
        """:return: ``{username: set of contract ids}``"""
        return self._grouped(
            SQL(
                "SELECT username, contract_id FROM isp_radius_user"
                " WHERE company_id = %s AND username = ANY(%s)",
                nas.company_id.id,
                list(usernames),
            )
        )

    @api.model
    def _contracts_of_addresses(self, nas, addresses):
        """The holders now, and of what nobody holds the last one if he is cancelled; of two
        networks with the same private addresses, that of the router's base counts.

        :return: ``{address: set of contract ids}``
        """
        domain = nas.base_station_id.routing_domain_id
        return self._grouped(
            SQL(
                """
                SELECT host(row.ip_address), contract.id
                FROM isp_ip_reservation row
                JOIN isp_contract contract ON contract.id = row.contract_id
                    OR row.contract_id IS NULL AND contract.id = row.last_contract_id
                       AND contract.state = 'cancelled'
                WHERE row.company_id = %s AND row.ip_address = ANY(%s::inet[])
                  AND row.purpose = 'customer'
                  AND (isp_ip_scope(row.ip_address) = 'public' OR row.domain_id = %s)
                """,
                nas.company_id.id,
                list(addresses),
                domain.id or None,
            )
        )

    @api.model
    def _contracts_of_macs(self, nas, macs):
        """:return: ``{MAC: set of ids of contracts that have the equipment}``"""
        return self._grouped(
            SQL(
                """
                SELECT mac.mac, contract.id FROM isp_equipment_mac mac
                JOIN isp_onu onu ON onu.item_id = mac.item_id
                JOIN isp_contract contract ON contract.onu_id = onu.id
                WHERE mac.mac = ANY(%(macs)s) AND contract.company_id = %(company)s
                UNION
                SELECT mac.mac, contract.id FROM isp_equipment_mac mac
                JOIN isp_cpe cpe ON cpe.item_id = mac.item_id
                JOIN isp_contract_cpe_rel rel ON rel.cpe_id = cpe.id
                JOIN isp_contract contract ON contract.id = rel.contract_id
                WHERE mac.mac = ANY(%(macs)s) AND contract.company_id = %(company)s
                """,
                macs=list(macs),
                company=nas.company_id.id,
            )
        )

    @api.model
    def _contracts_of_numbers(self, nas, numbers):
        """:return: ``{number, ours or that of an earlier system: set of contract ids}``"""
        return self._grouped(
            SQL(
                """
                SELECT name, id FROM isp_contract
                WHERE company_id = %(company)s AND name = ANY(%(numbers)s)
                UNION
                SELECT external_code, id FROM isp_contract
                WHERE company_id = %(company)s AND external_code = ANY(%(numbers)s)
                """,
                company=nas.company_id.id,
                numbers=list(numbers),
            )
        )

    @api.model
    def _grouped(self, query):
        self.env.flush_all()
        found = {}
        for key, contract_id in self.env.execute_query(query):
            found.setdefault(key, set()).add(contract_id)
        return found
