from odoo import api, models

from odoo.addons.silver_base.models.silver_audit import DbObject, Invariant


class SilverAudit(models.AbstractModel):
    _inherit = "silver.audit"

    @api.model
    def _expected_objects(self):
        return [
            *super()._expected_objects(),
            DbObject("constraint", "isp_onu_signal", "isp_onu_signal_position_uniq"),
            DbObject("constraint", "isp_onu_signal", "isp_onu_signal_serial_uniq"),
            DbObject("constraint", "isp_signal_finding", "isp_signal_finding_closed_has_end"),
            DbObject("index", "isp_signal_finding", "isp_signal_finding_one_open"),
            DbObject("index", "isp_olt_watch", "isp_olt_watch_olt_uniq"),
        ]

    @api.model
    def _invariants(self):
        return [
            *super()._invariants(),
            Invariant(
                "signal_history_within_its_roster",
                """
                SELECT h.olt_id, h.at, cardinality(h.rx)
                  FROM isp_signal_sample h
                  LEFT JOIN LATERAL (SELECT max(position) AS last FROM isp_onu_signal s
                                      WHERE s.olt_id = h.olt_id) r ON true
                 WHERE cardinality(h.rx) > COALESCE(r.last, 0)
                """,
                "Every value of the history of signals belongs to a known ONU",
            ),
            Invariant(
                "signal_of_the_live_contract",
                """
                SELECT s.id, s.contract_id, c.onu_id
                  FROM isp_onu_signal s JOIN isp_contract c ON c.id = s.contract_id
                 WHERE c.state = 'active' AND c.onu_id IS DISTINCT FROM s.onu_id
                   AND c.write_date < now() AT TIME ZONE 'UTC' - interval '3 hours'
                """,
                "The signal of a contract is that of its ONU (made again every hour)",
            ),
            Invariant(
                "every_olt_is_watched",
                "SELECT o.id FROM isp_olt o LEFT JOIN isp_olt_watch w ON w.olt_id = o.id"
                " WHERE w.id IS NULL",
                "Every OLT has its row of how it is read",
            ),
        ]
