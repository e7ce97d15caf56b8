"""What must always be true of contracts."""

from odoo import api, models

from odoo.addons.silver_base.models.silver_audit import DbObject, Invariant
from odoo.addons.silver_base.tools.sqlguard import trigger_names

from .sql_guards import STATE_TRIGGER

CONSTRAINTS = (
    "billing_day_range",
    "delivered_has_activation",
    "cancelled_has_end",
    "fiber_has_port",
    "wireless_has_slot",
    "internet_has_technology",
    "port_has_splitter",
    "port_of_splitter",
)
INDEXES = (
    "external_code_uniq",
    "service_uniq",
    "onu_uniq",
    "splitter_port_uniq",
    "sector_slot_uniq",
)


class SilverAudit(models.AbstractModel):
    _inherit = "silver.audit"

    @api.model
    def _expected_objects(self):
        return [
            *super()._expected_objects(),
            *(DbObject("constraint", "isp_contract", f"isp_contract_{n}") for n in CONSTRAINTS),
            *(DbObject("index", "isp_contract", f"isp_contract_{n}") for n in INDEXES),
            DbObject("trigger", "isp_contract", STATE_TRIGGER),
            *(
                DbObject("trigger", "isp_contract_event", name)
                for name in trigger_names("isp_contract_event")
            ),
            DbObject("constraint", "isp_contract_event", "isp_contract_event_follows_the_table"),
            DbObject("index", "isp_splitter_port", "isp_splitter_port_contract_uniq"),
            DbObject("index", "isp_sector_slot", "isp_sector_slot_contract_uniq"),
            DbObject("index", "isp_contract_plan_change", "isp_contract_plan_change_one_scheduled"),
            DbObject("index", "isp_contract_pause", "isp_contract_pause_one_open"),
            DbObject(
                "index",
                "isp_equipment_assignment",
                "isp_equipment_assignment_contract_onu_uniq",
            ),
        ]

    @api.model
    def _invariants(self):
        return [
            *super()._invariants(),
            Invariant(
                "contract_state_is_last_event",
                """
                SELECT c.id, c.state, e.state_to
                  FROM isp_contract c
                  LEFT JOIN LATERAL (
                        SELECT state_to FROM isp_contract_event
                         WHERE contract_id = c.id ORDER BY id DESC LIMIT 1) e ON true
                 WHERE c.state <> COALESCE(e.state_to, 'draft')
                """,
                "The state of a contract is where its last event left it",
            ),
            Invariant(
                "contract_events_are_a_chain",
                """
                SELECT contract_id, id, state_from, came_from FROM (
                    SELECT contract_id, id, state_from,
                           LAG(state_to, 1, 'draft') OVER (PARTITION BY contract_id ORDER BY id)
                               AS came_from
                      FROM isp_contract_event) e
                 WHERE state_from <> came_from
                """,
                "Each event starts where the one before it ended",
            ),
            Invariant(
                "delivered_contract_holds_its_port",
                """
                SELECT c.id, c.state, p.id, p.state
                  FROM isp_contract c
                  JOIN isp_splitter_port p ON p.id = c.splitter_port_id
                 WHERE c.state IN ('active', 'suspended')
                   AND (p.contract_id IS DISTINCT FROM c.id OR p.state <> 'used'
                        OR p.partner_id <> c.partner_id OR p.reference <> c.name)
                """,
                "The port of a delivered service is in use by its contract and its customer",
            ),
            Invariant(
                "delivered_contract_holds_its_slot",
                """
                SELECT c.id, c.state, p.id, p.state
                  FROM isp_contract c
                  JOIN isp_sector_slot p ON p.id = c.sector_slot_id
                 WHERE c.state IN ('active', 'suspended')
                   AND (p.contract_id IS DISTINCT FROM c.id OR p.state <> 'used'
                        OR p.partner_id <> c.partner_id OR p.reference <> c.name)
                """,
                "The sector place of a delivered service is in use by its contract and its "
                "customer",
            ),
            Invariant(
                "port_of_a_contract_is_its_port",
                """
                SELECT p.id, p.contract_id, c.splitter_port_id, c.state
                  FROM isp_splitter_port p JOIN isp_contract c ON c.id = p.contract_id
                 WHERE c.splitter_port_id IS DISTINCT FROM p.id
                    OR c.state NOT IN ('pending', 'active', 'suspended')
                UNION ALL
                SELECT p.id, p.contract_id, c.sector_slot_id, c.state
                  FROM isp_sector_slot p JOIN isp_contract c ON c.id = p.contract_id
                 WHERE c.sector_slot_id IS DISTINCT FROM p.id
                    OR c.state NOT IN ('pending', 'active', 'suspended')
                """,
                "Only a live contract holds a port, and it is the one it says",
            ),
            Invariant(
                "delivered_contract_has_its_onu",
                """
                SELECT c.id, c.onu_id
                  FROM isp_contract c JOIN isp_onu o ON o.id = c.onu_id
                  LEFT JOIN isp_equipment_assignment a
                    ON a.item_id = o.item_id AND a.contract_id = c.id AND a.date_to IS NULL
                 WHERE c.state IN ('active', 'suspended') AND a.id IS NULL
                """,
                "The ONU of a delivered service is in the customer's custody under that contract",
            ),
            Invariant(
                "scheduled_changes_of_live_contracts",
                """
                SELECT s.id, c.state FROM isp_contract_plan_change s
                  JOIN isp_contract c ON c.id = s.contract_id
                 WHERE s.state = 'scheduled' AND c.state = 'cancelled'
                UNION ALL
                SELECT s.id, c.state FROM isp_contract_pause s
                  JOIN isp_contract c ON c.id = s.contract_id
                 WHERE s.state IN ('scheduled', 'running') AND c.state = 'cancelled'
                """,
                "Nothing is scheduled on a cancelled contract",
            ),
        ]
