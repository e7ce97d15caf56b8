from odoo import api, models

from odoo.addons.silver_base.models.silver_audit import DbObject, Invariant
from odoo.addons.silver_base.tools.sqlguard import trigger_names

from .isp_onu_slot import FOREIGN_KEYS
from .isp_place_history import PLACES, trigger_name


class SilverAudit(models.AbstractModel):
    _inherit = "silver.audit"

    @api.model
    def _invariants(self):
        return super()._invariants() + [
            Invariant(
                "isp_held_port_has_its_onu_place",
                """
                SELECT sp.id, sp.pon_id, sp.onu_index FROM isp_splitter_port sp
                  LEFT JOIN isp_onu_slot o ON o.splitter_port_id = sp.id
                 WHERE (sp.state IN ('reserved', 'used')) <> (o.id IS NOT NULL)
                    OR o.port_id <> sp.pon_id OR o.onu_index <> sp.onu_index
                """,
                "Every port lent to a customer holds one ONU place of its own PON port",
            ),
            Invariant(
                "isp_cascade_port_feeds_one_splitter",
                """
                SELECT sp.id, count(s.id) FROM isp_splitter_port sp
                  LEFT JOIN isp_splitter s ON s.parent_port_id = sp.id
                 GROUP BY sp.id, sp.state
                HAVING count(s.id) <> CASE sp.state WHEN 'cascade' THEN 1 ELSE 0 END
                """,
                "A cascade port feeds exactly one splitter and no other port feeds one",
            ),
            Invariant(
                "isp_splitter_tree_has_no_loop",
                """
                WITH RECURSIVE tree AS (
                    SELECT id FROM isp_splitter WHERE parent_id IS NULL
                    UNION ALL
                    SELECT s.id FROM isp_splitter s JOIN tree t ON s.parent_id = t.id
                )
                SELECT id FROM isp_splitter EXCEPT SELECT id FROM tree
                """,
                "Every splitter is reached from an OLT port",
            ),
            Invariant(
                "isp_splitter_has_the_ports_of_its_ratio",
                """
                SELECT s.id, s.ratio, count(sp.id) FROM isp_splitter s
                  LEFT JOIN isp_splitter_port sp ON sp.splitter_id = s.id
                 GROUP BY s.id, s.ratio
                HAVING count(sp.id) > s.ratio::int OR max(sp.number) > s.ratio::int
                """,
                "A splitter has no port that its ratio does not give it",
            ),
            Invariant(
                "isp_pon_has_all_its_places",
                """
                SELECT p.id, p.max_onus, count(o.id) FROM isp_olt_card_port p
                  LEFT JOIN isp_onu_slot o ON o.port_id = p.id
                 GROUP BY p.id, p.max_onus HAVING count(o.id) <> p.max_onus
                """,
                "A PON port has exactly as many ONU places as its limit",
            ),
            Invariant(
                "isp_history_ends_with_who_is_there",
                """
                SELECT h.id, p.id, p.state, h.state FROM isp_splitter_port p
                  FULL JOIN (SELECT * FROM isp_place_history WHERE date_to IS NULL
                                AND splitter_port_id IS NOT NULL) h ON h.splitter_port_id = p.id
                 WHERE (p.state IN ('reserved', 'used') OR h.id IS NOT NULL)
                   AND (p.state, p.partner_id, p.reference)
                       IS DISTINCT FROM (h.state, h.partner_id, h.reference)
                UNION ALL
                SELECT h.id, p.id, p.state, h.state FROM isp_sector_slot p
                  FULL JOIN (SELECT * FROM isp_place_history WHERE date_to IS NULL
                                AND sector_slot_id IS NOT NULL) h ON h.sector_slot_id = p.id
                 WHERE (p.state IN ('reserved', 'used') OR h.id IS NOT NULL)
                   AND (p.state, p.partner_id, p.reference)
                       IS DISTINCT FROM (h.state, h.partner_id, h.reference)
                """,
                "The history of each port and place ends with who holds it now",
            ),
        ]

    @api.model
    def _expected_objects(self):
        constraints = [
            ("isp_onu_slot", "isp_onu_slot_index_uniq"),
            ("isp_onu_slot", "isp_onu_slot_within_limit"),
            ("isp_onu_slot", "isp_onu_slot_port_limit"),
            ("isp_onu_slot", "isp_onu_slot_tenant_uniq"),
            ("isp_onu_slot", "isp_onu_slot_rests_alone"),
            ("isp_splitter_port", "isp_splitter_port_number_uniq"),
            ("isp_splitter_port", "isp_splitter_port_tenant"),
            ("isp_splitter_port", "isp_splitter_port_onu_uniq"),
            ("isp_splitter_port", "isp_splitter_port_pon"),
            ("isp_splitter", "isp_splitter_parent_port_uniq"),
            ("isp_splitter", "isp_splitter_feed_whole"),
            ("isp_olt_card", "isp_olt_card_slot_uniq"),
            ("isp_olt_card_port", "isp_olt_card_port_number_uniq"),
            ("isp_sector_slot", "isp_sector_slot_number_uniq"),
            ("isp_sector_slot", "isp_sector_slot_sector_limit"),
            ("isp_sector_slot", "isp_sector_slot_within_limit"),
            ("isp_sector_slot", "isp_sector_slot_tenant"),
            ("isp_base_operating_cost", "isp_base_operating_cost_base_period_uniq"),
            ("isp_outage", "isp_outage_one_place"),
            ("isp_outage", "isp_outage_closed_has_end"),
            ("isp_outage", "isp_outage_dates"),
            *((table, name) for table, name, _definition in FOREIGN_KEYS),
            *(("isp_place_history", f"isp_place_history_{row[1]}_once") for row in PLACES),
        ]
        indexes = [
            ("isp_base_station", "isp_base_station_code_uniq"),
            ("isp_nap", "isp_nap_code_uniq"),
            ("isp_nap", "isp_nap_geo_idx"),
            ("isp_splitter", "isp_splitter_code_uniq"),
            ("isp_outage", "isp_outage_one_open"),
        ]
        return (
            super()._expected_objects()
            + [DbObject("constraint", *found) for found in constraints]
            + [DbObject("index", *found) for found in indexes]
            + [DbObject("trigger", table, trigger_name(table)) for table, *_rest in PLACES]
            + [
                DbObject("trigger", "isp_place_history", name)
                for name in trigger_names("isp_place_history")
            ]
        )
