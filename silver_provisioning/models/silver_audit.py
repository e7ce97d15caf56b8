from odoo import api, models

from odoo.addons.silver_base.models.silver_audit import DbObject, Invariant
from odoo.addons.silver_base.tools.sqlguard import trigger_names


class SilverAudit(models.AbstractModel):
    _inherit = "silver.audit"

    @api.model
    def _invariants(self):
        return super()._invariants() + [
            Invariant(
                "provisioning_delivered_without_target",
                """
                SELECT contract.name FROM isp_contract contract
                JOIN isp_radius_user line ON line.contract_id = contract.id
                WHERE contract.state IN ('active', 'suspended') AND NOT EXISTS (
                    SELECT FROM isp_provisioning_target target
                    WHERE target.contract_id = contract.id
                      AND target.kind = CASE WHEN line.server_id IS NULL THEN 'mikrotik'
                                             ELSE 'radius' END)
                """,
                "Every delivered line is somebody's work: it has a target on its RADIUS server, or "
                "on the router that keeps its user",
            ),
            Invariant(
                "provisioning_in_sync_behind",
                """
                SELECT id, generation, applied_generation FROM isp_provisioning_target
                WHERE state = 'in_sync' AND applied_generation <> generation
                """,
                "A target in sync is at its newest generation",
            ),
            Invariant(
                "provisioning_foreign_company",
                """
                SELECT target.id FROM isp_provisioning_target target
                JOIN isp_contract contract ON contract.id = target.contract_id
                JOIN isp_provisioning_device device ON device.id = target.device_id
                WHERE device.company_id <> contract.company_id
                   OR target.company_id <> contract.company_id
                """,
                "A contract is served by devices of its own company",
            ),
        ]

    @api.model
    def _expected_objects(self):
        row, statement = trigger_names("isp_provisioning_attempt")
        return super()._expected_objects() + [
            DbObject("trigger", "isp_provisioning_attempt", row),
            DbObject("trigger", "isp_provisioning_attempt", statement),
            DbObject(
                "constraint", "isp_provisioning_target", "isp_provisioning_target_one_per_device"
            ),
            DbObject("constraint", "isp_radius_user", "isp_radius_user_contract_uniq"),
            DbObject("constraint", "isp_radius_user", "isp_radius_user_username_uniq"),
            DbObject("constraint", "isp_radius_user", "isp_radius_user_username_form"),
            DbObject("constraint", "isp_radius_session", "isp_radius_session_unique_id_uniq"),
            DbObject("constraint", "isp_radius_usage", "isp_radius_usage_day_uniq"),
            DbObject(
                "constraint",
                "isp_provisioning_release",
                "isp_provisioning_release_one_resource",
            ),
            DbObject("index", "isp_olt_profile", "isp_olt_profile_one_row"),
            DbObject("index", "isp_provisioning_target", "isp_provisioning_target_due_idx"),
            DbObject("index", "isp_router_entry", "isp_router_entry_one_row"),
            DbObject("index", "isp_provisioning_finding", "isp_provisioning_finding_open_uniq"),
        ]
