from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.silver_inventory.tools.identifiers import normalise_gpon

from .. import signals

#: a power that moved less than this is the noise of the meter: the row of the ONU stays as it is
NOISE_DB = 0.2
OLTS = 8  # measured by one statement: what is sorted fits in memory
ROSTER = (
    "id, position, serial, slot, port_number, number, present, phase, level, rx_dbm, tx_dbm,"
    " olt_rx_dbm, distance_m, down_since, online_at"
)


class IspOnuSignal(models.Model):
    """What becomes of a reading: the rows that changed, and one row of history."""

    _inherit = "isp.onu.signal"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _record(self, olt, at, readings, last_ok=None):
        """Write down what an OLT showed. A bounded number of statements for any number of ONUs.

        :param datetime at: when it was read
        :param readings: list of ``OnuReading``; those without a serial number are told by place
        :param datetime last_ok: the reading before this one: until then what is down now was up
        """
        roster = self._roster(olt.id)
        by_serial = {row["serial"]: row for row in roster}
        by_place = {
            (row["slot"], row["port_number"], row["number"]): row
            for row in roster
            if row["present"]
        }
        found = {}  # serial -> reading; a serial in two places: the working one counts
        for reading in readings:
            serial = self._serial_of(reading, by_place)
            if serial and (serial not in found or reading.phase == "working"):
                found[serial] = reading
        self._enrol(olt, [serial for serial in found if serial not in by_serial], roster, by_serial)
        changed = []
        size = max((row["position"] for row in roster), default=0)
        rx, tx, phase = [None] * size, [None] * size, [None] * size
        limits = self._limits()
        for row in roster:
            reading = found.get(row["serial"])
            values = self._values(row, reading, at, last_ok or at, limits)
            if values:
                changed.append(values)
            if reading:
                place = row["position"] - 1
                rx[place] = signals.hundredths(reading.rx_dbm)
                tx[place] = signals.hundredths(reading.tx_dbm)
                phase[place] = signals.LETTERS.get(reading.phase, "u")
        self._write_changed(changed)
        self.env["isp.signal.history"]._append(olt.id, at, rx=rx, tx=tx, phase=phase)
        self._link(olt.id)
        self.invalidate_model()

    @api.model
    def _limits(self):
        settings = self.env["isp.monitoring.settings"]
        return settings._get("weak_dbm"), settings._get("critical_dbm")

    @api.model
    def _roster(self, olt_id):
        names = [name.strip() for name in ROSTER.split(",")]
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM isp_onu_signal WHERE olt_id = %s ORDER BY position",
                SQL(ROSTER),
                olt_id,
            )
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    @api.model
    def _serial_of(self, reading, by_place):
        if not reading.serial:
            row = by_place.get((reading.slot, reading.port, reading.number))
            return row and row["serial"]
        try:
            return normalise_gpon(reading.serial)
        except ValueError:
            return reading.serial.strip().upper()

    @api.model
    def _enrol(self, olt, serials, roster, by_serial):
        """Give ONUs that were never seen their position."""
        if not serials:
            return
        first = max((row["position"] for row in roster), default=0) + 1
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO isp_onu_signal (olt_id, position, serial, company_id, present, expected,
                                            phase, level, slot, port_number, number, has_trend)
                SELECT %(olt)s, %(first)s + u.n - 1, u.serial, %(company)s, false, false, 'unknown',
                       'none', -1, -1, -1, false
                  FROM unnest(%(serials)s) WITH ORDINALITY u(serial, n)
                RETURNING id, position, serial
                """,
                olt=olt.id,
                first=first,
                company=olt.company_id.id,
                serials=serials,
            )
        )
        names = [name.strip() for name in ROSTER.split(",")]
        for row_id, position, serial in rows:
            row = dict.fromkeys(names)
            row.update(id=row_id, position=position, serial=serial, present=False, phase="unknown")
            roster.append(row)
            by_serial[serial] = row

    @api.model
    def _values(self, row, reading, at, before, limits):
        """:return: the new values of a row as a tuple, None when it stays as it is"""
        if reading is None:
            if not row["present"]:
                return None
            return (row["id"], row["slot"], row["port_number"], row["number"], False, "unknown") + (
                ("none", None, None, None, row["distance_m"], None)
                + (before if row["phase"] == "working" else row["online_at"],)
            )
        working = reading.phase == "working"
        was_working = row["phase"] == "working"
        down_since, online_at = row["down_since"], row["online_at"]
        if working:
            down_since = None
            online_at = online_at if was_working else at
        elif was_working:
            down_since, online_at = at, before
        level = signals.level(reading.rx_dbm, *limits) if working else "none"
        if row["present"] and row["level"] != level and reading.rx_dbm is not None:
            # at a limit the noise would make it jump
            if row["level"] != "none" and _near(row["rx_dbm"], reading.rx_dbm):
                level = row["level"]
        new = (reading.slot, reading.port, reading.number, True, reading.phase, level)
        old = tuple(
            row[name] for name in ("slot", "port_number", "number", "present", "phase", "level")
        )
        quiet = (
            new == old
            and down_since == row["down_since"]
            and _near(row["rx_dbm"], reading.rx_dbm)
            and _near(row["tx_dbm"], reading.tx_dbm)
            and _near(row["olt_rx_dbm"], reading.olt_rx_dbm)
            and (reading.distance_m is None or row["distance_m"] == reading.distance_m)
        )
        if quiet:
            return None
        # where it was measured last is worth knowing while it is dark
        distance = row["distance_m"] if reading.distance_m is None else reading.distance_m
        return (row["id"], *new, reading.rx_dbm, reading.tx_dbm, reading.olt_rx_dbm) + (
            (distance, down_since, online_at)
        )

    @api.model
    def _write_changed(self, rows):
        if not rows:
            return
        columns = [list(column) for column in zip(*rows, strict=True)]
        self.env.cr.execute(
            SQL(
                """
                UPDATE isp_onu_signal s
                   SET slot = u.slot, port_number = u.port, number = u.number, present = u.present,
                       phase = u.phase, level = u.level, rx_dbm = u.rx, tx_dbm = u.tx,
                       olt_rx_dbm = u.olt_rx, distance_m = u.distance, down_since = u.down_since,
                       online_at = u.online_at
                  FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::bool[], %s::text[],
                              %s::text[], %s::float8[], %s::float8[], %s::float8[], %s::int[],
                              %s::timestamp[], %s::timestamp[])
                       u(id, slot, port, number, present, phase, level, rx, tx, olt_rx, distance,
                         down_since, online_at)
                 WHERE s.id = u.id
                """,
                *columns,
            )
        )

    @api.model
    def _link(self, olt_id=None):
        """Which port, equipment, contract and splitter each ONU is; only the rows that differ.

        :param int olt_id: of one OLT; None for all
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE isp_onu_signal s
                   SET olt_port_id = x.port_id, onu_id = x.onu_id, contract_id = x.contract_id,
                       splitter_id = x.splitter_id, expected = x.expected
                  FROM (SELECT s.id, p.id AS port_id, o.id AS onu_id, c.id AS contract_id,
                               CASE WHEN sp.olt_port_id = p.id THEN sp.id END AS splitter_id,
                               s.present AND COALESCE(c.state = 'active', true) AS expected
                          FROM isp_onu_signal s
                          LEFT JOIN isp_olt_card k ON k.olt_id = s.olt_id AND k.slot = s.slot
                          LEFT JOIN isp_olt_card_port p
                            ON p.card_id = k.id AND p.number = s.port_number
                          LEFT JOIN isp_onu o ON o.gpon_serial = s.serial
                          LEFT JOIN isp_contract c
                            ON c.onu_id = o.id AND c.state IN ('pending', 'active', 'suspended')
                          LEFT JOIN isp_splitter sp ON sp.id = c.splitter_id
                         WHERE %(mine)s) x
                 WHERE s.id = x.id
                   AND (s.olt_port_id, s.onu_id, s.contract_id, s.splitter_id, s.expected)
                       IS DISTINCT FROM
                       (x.port_id, x.onu_id, x.contract_id, x.splitter_id, x.expected)
                """,
                mine=SQL("s.olt_id = %s", olt_id) if olt_id else SQL("true"),
            )
        )

    # === once an hour === #

    @api.model
    def _measure(self, now):
        """The last hour and the trend of the last days of every ONU, some OLTs at a time."""
        rows = self.env.execute_query(SQL("SELECT id FROM isp_olt ORDER BY id"))
        olt_ids = [row[0] for row in rows]
        for start in range(0, len(olt_ids), OLTS):
            self._measure_some(now, olt_ids[start : start + OLTS])
        self.invalidate_model()

    @api.model
    def _measure_some(self, now, olt_ids):
        days = self.env["isp.monitoring.settings"]._get("worsening_days")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE isp_onu_signal s
                   SET rx_hour_dbm = x.rx, trend_db = x.trend, has_trend = x.trend IS NOT NULL
                  FROM (SELECT s.id, h.rx / 100.0 AS rx, t.trend
                          FROM isp_onu_signal s
                          LEFT JOIN (SELECT DISTINCT ON (h.olt_id, u.pos) h.olt_id, u.pos, u.rx
                                       FROM isp_signal_hour h,
                                            unnest(h.rx_avg) WITH ORDINALITY u(rx, pos)
                                      WHERE h.olt_id = ANY(%(olts)s)
                                        AND h.at >= %(recent)s AND h.at < %(now)s
                                        AND u.rx IS NOT NULL
                                      ORDER BY h.olt_id, u.pos, h.at DESC) h
                            ON h.olt_id = s.olt_id AND h.pos = s.position
                          LEFT JOIN (SELECT d.olt_id, u.pos,
                                            round((regr_slope(u.rx, extract(epoch FROM d.at))
                                             * extract(epoch FROM max(d.at) - min(d.at))::float8
                                             / 100)::numeric, 2) AS trend
                                       FROM isp_signal_day d,
                                            unnest(d.rx_avg) WITH ORDINALITY u(rx, pos)
                                      WHERE d.olt_id = ANY(%(olts)s)
                                        AND d.at > %(first)s AND d.at < %(now)s
                                        AND u.rx IS NOT NULL
                                      GROUP BY d.olt_id, u.pos
                                     HAVING count(*) >= %(fewest)s) t
                            ON t.olt_id = s.olt_id AND t.pos = s.position
                         WHERE s.olt_id = ANY(%(olts)s)) x
                 WHERE s.id = x.id
                   AND (s.rx_hour_dbm, s.trend_db) IS DISTINCT FROM (x.rx::float8, x.trend::float8)
                """,
                recent=now - timedelta(hours=3),
                now=now,
                # a day is only there when it is over: that many of them
                first=now - timedelta(days=days + 1),
                fewest=signals.FEWEST_DAYS,
                olts=olt_ids,
            )
        )


def _near(old, new):
    if old is None or new is None:
        return old is new
    return abs(old - new) < NOISE_DB
