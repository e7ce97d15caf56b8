from odoo import models
from odoo.tools import SQL


class IspOltCardPort(models.Model):
    _inherit = "isp.olt.card.port"

    def _down_counts(self):
        """ONUs that should be on line and are not, as their OLT showed last."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT olt_port_id, count(*) FROM isp_onu_signal
                 WHERE olt_port_id = ANY(%s) AND expected AND present AND phase <> 'working'
                 GROUP BY olt_port_id
                """,
                self.ids,
            )
        )
        return {**super()._down_counts(), **dict(rows)}

    def _signal_counts(self):
        """:return: ``{port id: dict}`` with ``onus``, ``online``, ``weak``, and the mean and the
        worst received power (None when no ONU gives it)"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT olt_port_id, count(*), count(*) FILTER (WHERE phase = 'working'),
                       count(*) FILTER (WHERE level IN ('weak', 'critical')),
                       avg(rx_dbm) FILTER (WHERE level <> 'none'),
                       min(rx_dbm) FILTER (WHERE level <> 'none')
                  FROM isp_onu_signal
                 WHERE olt_port_id = ANY(%s) AND present
                 GROUP BY olt_port_id
                """,
                self.ids,
            )
        )
        return {
            port_id: {
                "onus": onus,
                "online": online,
                "weak": weak,
                "rx_mean": mean if mean is None else round(mean, 1),
                "rx_worst": worst if worst is None else round(worst, 1),
            }
            for port_id, onus, online, weak, mean, worst in rows
        }

    def signal_data(self):
        """The ONUs of the port, for the heat map of the panel.

        :return: list of dicts, in the order of their numbers
        """
        self.ensure_one()
        self.check_access("read")
        found = self.env["isp.onu.signal"].search(
            [("olt_port_id", "=", self.id), ("present", "=", True)], order="number, id"
        )
        phases = dict(found._fields["phase"]._description_selection(self.env))
        return [
            {
                "id": signal.id,
                "number": signal.number,
                "serial": signal.serial,
                "phase": signal.phase,
                "state": phases[signal.phase],
                "expected": signal.expected,
                "level": signal.level,
                "rx": round(signal.rx_dbm, 1) if signal.level != "none" else None,
                "customer": signal.contract_id.display_name or "",
                "splitter": signal.splitter_id.code or "",
            }
            for signal in found
        ]
