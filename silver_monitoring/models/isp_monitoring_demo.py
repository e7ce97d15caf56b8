"""Some months of readings for the demo data, made in the database: no device is there to ask."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.silver_provisioning.drivers.olt import OnuReading

from .. import signals

#: by the order of the contracts of an OLT: (dBm when installed, dB a day in the last fortnight)
STORY = {2: (-26.1, 0.0), 7: (-20.4, -0.24), 9: (-28.3, 0.0)}
HEALTH = {"cpu_pct": 18.0, "temperature_c": 43.0, "uptime_days": 121.0}
DARK = 13  # its customer switched it off


class IspMonitoringDemo(models.AbstractModel):
    _name = "isp.monitoring.demo"
    _description = "Demo readings"

    @api.model
    def _generate(self, olt_ids):
        """Readings of the contracts of these OLTs: the last six months and now. Once only."""
        now = fields.Datetime.now().replace(second=0, microsecond=0)
        for olt in self.env["isp.olt"].browse(olt_ids):
            if olt.watch_id.last_ok_at:
                continue
            contracts = self.env["isp.contract"].search(
                [
                    ("olt_port_id.olt_id", "=", olt.id),
                    ("onu_id.gpon_serial", "!=", False),
                    ("state", "in", ("active", "suspended")),
                ],
                order="id",
            )
            rows = [self._row(order, contract) for order, contract in enumerate(contracts)]
            if not rows:
                continue
            signal = self.env["isp.onu.signal"]
            before = now - timedelta(hours=3)
            lit = [self._reading(row, dark=False) for row in rows]
            signal._record(olt, before, lit)
            signal._record(olt, now, [self._reading(row) for row in rows], before)
            self._history(olt, rows, now)
            read = {"last_ok_at": now, "last_try_at": now, "seconds": 1.4}
            if olt.olt_driver == "smartolt":  # an account, that says nothing of the OLT itself
                olt.watch_id.sudo().write({**read, "source": "smartolt"})
            else:
                olt.watch_id.sudo().write({**read, **HEALTH, "source": "snmp", "health_at": now})
        self.env["isp.olt.poller"]._digest(now)

    @api.model
    def _row(self, order, contract):
        port = contract.olt_port_id
        base = -18.5 - (contract.id * 37 % 55) / 10
        base, slope = STORY.get(order, (base, 0.0))
        return {
            "serial": contract.onu_id.gpon_serial,
            "place": (port.card_id.slot, port.number, order + 1),
            "base": base,
            "slope": slope,
            "dark": order == DARK,
        }

    @api.model
    def _reading(self, row, dark=True):
        slot, port, number = row["place"]
        if dark and row["dark"]:
            return OnuReading(slot, port, number, row["serial"], "dyinggasp")
        rx = row["base"] + 14 * row["slope"]
        return OnuReading(
            slot,
            port,
            number,
            row["serial"],
            "working",
            rx_dbm=round(rx, 2),
            tx_dbm=2.2,
            olt_rx_dbm=round(rx - 1.6, 2),
            distance_m=700 + 160 * number,
        )

    @api.model
    def _history(self, olt, rows, now):
        """Day, hour and reading, each with the noise a meter has. A pure function of the moment."""
        base = [signals.hundredths(row["base"]) for row in rows]
        slope = [row["slope"] * 100 for row in rows]
        days, hours, readings = self.env["isp.signal.history"]._moments(olt.id, now)
        value = SQL(
            """
            (u.base + u.slope * GREATEST(0, 14 - extract(epoch FROM %(now)s - t.at) / 86400)
             + 18 * sin(extract(epoch FROM t.at) / 9000 + u.pos)
             + 9 * sin(extract(epoch FROM t.at) / 1370 + u.pos * u.pos))::smallint
            """,
            now=now,
        )
        cut = SQL(
            "(t.at BETWEEN %s AND %s)",
            now - timedelta(days=9, hours=5),
            now - timedelta(days=9, hours=2),
        )
        for table, polls, moments in (
            ("isp_signal_day", 288, days),
            ("isp_signal_hour", 12, hours),
        ):
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO %(table)s
                           (olt_id, at, polls, online, rx_min, rx_avg, rx_max, tx_avg)
                    SELECT %(olt)s, t.at, %(polls)s,
                           array_agg(CASE WHEN %(cut)s THEN 0 ELSE %(polls)s END::smallint
                                     ORDER BY u.pos),
                           array_agg(CASE WHEN NOT %(cut)s THEN %(value)s - 14 END::smallint
                                     ORDER BY u.pos),
                           array_agg(CASE WHEN NOT %(cut)s THEN %(value)s END ORDER BY u.pos),
                           array_agg(CASE WHEN NOT %(cut)s THEN %(value)s + 11 END::smallint
                                     ORDER BY u.pos),
                           array_agg(220::smallint ORDER BY u.pos)
                      FROM unnest(%(moments)s::timestamp[]) t(at),
                           unnest(%(base)s::int[], %(slope)s::float8[])
                           WITH ORDINALITY u(base, slope, pos)
                     GROUP BY t.at
                        ON CONFLICT DO NOTHING
                    """,
                    table=SQL.identifier(table),
                    olt=olt.id,
                    polls=polls,
                    cut=cut,
                    value=value,
                    moments=moments,
                    base=base,
                    slope=slope,
                )
            )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO isp_signal_sample (olt_id, at, rx, tx, phase)
                SELECT %(olt)s, t.at, array_agg(%(value)s ORDER BY u.pos),
                       array_agg(220::smallint ORDER BY u.pos),
                       array_agg('w'::"char" ORDER BY u.pos)
                  FROM unnest(%(moments)s::timestamp[]) t(at),
                       unnest(%(base)s::int[], %(slope)s::float8[])
                       WITH ORDINALITY u(base, slope, pos)
                 GROUP BY t.at
                    ON CONFLICT DO NOTHING
                """,
                olt=olt.id,
                value=value,
                # what is younger was read, in two readings
                moments=[at for at in readings if at < now - timedelta(hours=3)],
                base=base,
                slope=slope,
            )
        )
