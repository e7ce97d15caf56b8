from odoo import api, models

from odoo.addons.silver_base.models.silver_audit import DbObject, Invariant

TRIGGERS = {
    "isp_ip_pool": ("isp_ip_pool_guard", "isp_ip_pool_sequence"),
    "isp_ip_reservation": (
        "isp_ip_reservation_guard",
        "isp_ip_reservation_keep",
        "isp_ip_reservation_no_truncate",
        "isp_ip_reservation_log",
    ),
    "isp_ip_assignment_history": (
        "isp_ip_assignment_history_append_only",
        "isp_ip_assignment_history_no_truncate",
    ),
    "isp_ip_history_purge": (
        "isp_ip_history_purge_stamp",
        "isp_ip_history_purge_append_only",
        "isp_ip_history_purge_no_truncate",
    ),
    "isp_ip_history_anchor": ("isp_ip_history_anchor_guard",),
    "isp_cgnat_block": ("isp_cgnat_block_append_only", "isp_cgnat_block_no_truncate"),
}
MODELS = (
    "isp.routing.domain",
    "isp.ip.pool",
    "isp.ip.reservation",
    "isp.ip.assignment.history",
    "isp.ip.history.purge",
    "isp.cgnat.rule",
    "isp.cgnat.block",
    "isp.ip.sighting",
    "isp.ip.finding",
)


class SilverAudit(models.AbstractModel):
    _inherit = "silver.audit"

    @api.model
    def _expected_objects(self):
        declared = [
            DbObject(
                "constraint" if isinstance(table_object, models.Constraint) else "index",
                self.env[name]._table,
                table_object.full_name(self.env[name]),
            )
            for name in MODELS
            for table_object in self.env[name]._table_objects.values()
            if table_object._module == "silver_ipam"
        ]
        triggers = [
            DbObject("trigger", table, trigger)
            for table, names in TRIGGERS.items()
            for trigger in names
        ]
        return super()._expected_objects() + declared + triggers

    @api.model
    def _invariants(self):
        return super()._invariants() + [
            Invariant(
                "ip_live_matches_history",
                """
                SELECT r.ip_address, r.state, h.id FROM isp_ip_reservation r
                FULL JOIN (SELECT * FROM isp_ip_assignment_history WHERE date_to IS NULL) h
                  ON h.domain_id = r.domain_id AND h.ip_address = r.ip_address
                WHERE (r.state IN ('reserved', 'in_use') AND r.purpose = 'customer')
                      IS DISTINCT FROM (h.id IS NOT NULL)
                   OR (h.id IS NOT NULL AND (h.state, h.contract_id, h.partner_id,
                   h.inventory_item_id)
                      IS DISTINCT FROM (r.state, r.contract_id, r.partner_id, r.inventory_item_id))
                """,
                "Every address that somebody holds has exactly one open period, and it says the "
                "same",
            ),
            Invariant(
                "ip_history_seals",
                """
                SELECT h.id, h.ip_address FROM isp_ip_assignment_history h
                WHERE h.hash IS DISTINCT FROM isp_ip_seal(h)
                   OR (h.date_to IS NOT NULL AND h.close_hash IS DISTINCT FROM isp_ip_seal_end(h))
                """,
                "No period of the address history was changed after it was written",
            ),
            Invariant(
                "ip_history_chain",
                """
                SELECT id, ip_address FROM (
                    SELECT h.id, h.domain_id, h.ip_address, h.prev_hash, lag(h.close_hash)
                        OVER (PARTITION BY h.domain_id, h.ip_address ORDER BY h.id) AS before
                    FROM isp_ip_assignment_history h) c
                WHERE c.prev_hash <> coalesce(c.before, (
                    SELECT a.close_hash FROM isp_ip_history_anchor a
                     WHERE a.domain_id = c.domain_id AND a.ip_address = c.ip_address), '')
                """,
                "No period of the address history was removed but by a purge on record",
            ),
            Invariant(
                "ip_live_overlap",
                """
                SELECT a.ip_address, b.ip_address FROM isp_ip_reservation a
                JOIN isp_ip_reservation b ON b.ip_address && a.ip_address AND b.id > a.id
                 AND b.domain_id = a.domain_id
                WHERE a.state IN ('reserved', 'in_use') AND b.state IN ('reserved', 'in_use')
                """,
                "No two live addresses or blocks of a routing domain overlap",
            ),
            Invariant(
                "ip_partner_is_contracts",
                """
                SELECT r.ip_address, c.name FROM isp_ip_reservation r
                JOIN isp_contract c ON c.id = r.contract_id WHERE c.partner_id <> r.partner_id
                """,
                "An address and its contract have the same customer",
            ),
            Invariant(
                "ip_cancelled_contract",
                """
                SELECT r.ip_address, c.name FROM isp_ip_reservation r
                JOIN isp_contract c ON c.id = r.contract_id
                WHERE c.state = 'cancelled' AND r.state IN ('reserved', 'in_use')
                """,
                "A cancelled contract holds no address",
            ),
            Invariant(
                "ip_pool_sequence",
                """
                SELECT p.label FROM isp_ip_pool p
                WHERE to_regclass(isp_ip_sequence(p.id)) IS NULL
                """,
                "Every pool has the sequence its allocator draws from",
            ),
        ]
