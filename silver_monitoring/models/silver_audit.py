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
            DbObject("constraint", "isp_interface", "isp_interface_position_uniq"),
            DbObject("constraint", "isp_interface", "isp_interface_name_uniq"),
            DbObject("constraint", "isp_interface", "isp_interface_one_device"),
            DbObject("constraint", "isp_traffic_finding", "isp_traffic_finding_closed_has_end"),
            DbObject("index", "isp_traffic_finding", "isp_traffic_finding_one_open"),
            DbObject("constraint", "isp_traffic_watch", "isp_traffic_watch_one_device"),
            DbObject("index", "isp_traffic_watch", "isp_traffic_watch_olt_uniq"),
            DbObject("index", "isp_traffic_watch", "isp_traffic_watch_nas_uniq"),
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
            Invariant(
                "traffic_history_within_its_interfaces",
                """
                SELECT h.watch_id, h.at, cardinality(h.in_kbps)
                  FROM isp_traffic_sample h
                  LEFT JOIN LATERAL (SELECT max(position) AS last FROM isp_interface i
                                      WHERE i.watch_id = h.watch_id) r ON true
                 WHERE cardinality(h.in_kbps) > COALESCE(r.last, 0)
                """,
                "Every value of the history of traffic belongs to a known interface",
            ),
            Invariant(
                "interface_of_the_watched_device",
                """
                SELECT i.id FROM isp_interface i JOIN isp_traffic_watch w ON w.id = i.watch_id
                 WHERE (i.olt_id, i.nas_id, i.company_id)
                       IS DISTINCT FROM (w.olt_id, w.nas_id, w.company_id)
                """,
                "An interface is of the device, and the company, that it is read from",
            ),
            Invariant(
                "every_device_has_its_interfaces_watched",
                """
                SELECT 'olt', o.id FROM isp_olt o
                 WHERE NOT EXISTS (SELECT 1 FROM isp_traffic_watch w WHERE w.olt_id = o.id)
                UNION ALL
                SELECT 'nas', n.id FROM isp_nas n
                 WHERE NOT EXISTS (SELECT 1 FROM isp_traffic_watch w WHERE w.nas_id = n.id)
                """,
                "Every OLT and NAS has its row of how its interfaces are read",
            ),
        ]
