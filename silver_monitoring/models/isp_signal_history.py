from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .. import signals

#: tables the ORM does not know, the finest first
TABLES = ("isp_signal_sample", "isp_signal_hour", "isp_signal_day")
#: up to so many days are drawn from each table
RESOLUTION = (("sample", 2), ("hour", 62), ("day", 10_000))


class IspSignalHistory(models.AbstractModel):
    """What the ONUs received, for months, in little space.

    A reading of an OLT is **one row**: arrays with a value for each ONU, at the position the ONU
    has on that OLT for ever (``isp.onu.signal.position``). So 1,024 readings are one INSERT and
    some bytes each, and not 1,024 rows with their headers and index entries. Every reading is kept
    for a week, then what it was by the hour (lowest, mean and highest) and then by the day.
    """

    _name = "isp.signal.history"
    _description = "History of signals"

    def init(self):
        super().init()
        self.env.cr.execute(
            """
            CREATE TABLE IF NOT EXISTS isp_signal_sample (
                olt_id integer NOT NULL REFERENCES isp_olt ON DELETE CASCADE,
                at timestamp NOT NULL,
                rx smallint[] NOT NULL,
                tx smallint[] NOT NULL,
                phase "char"[] NOT NULL,
                PRIMARY KEY (olt_id, at)
            );
            CREATE INDEX IF NOT EXISTS isp_signal_sample_at_idx ON isp_signal_sample (at);
            """
        )
        for table in TABLES[1:]:
            # the names are constants of this module
            self.env.cr.execute(
                SQL(
                    """
                    CREATE TABLE IF NOT EXISTS %(table)s (
                        olt_id integer NOT NULL REFERENCES isp_olt ON DELETE CASCADE,
                        at timestamp NOT NULL,
                        polls integer NOT NULL,
                        online smallint[] NOT NULL,
                        rx_min smallint[] NOT NULL,
                        rx_avg smallint[] NOT NULL,
                        rx_max smallint[] NOT NULL,
                        tx_avg smallint[] NOT NULL,
                        PRIMARY KEY (olt_id, at)
                    )
                    """,
                    table=SQL.identifier(table),
                )
            )

    @api.model
    def _append(self, olt_id, at, rx, tx, phase):
        """Keep one reading of an OLT.

        :param list rx: hundredths of dBm by position, None where there is none; ``tx`` the same
        :param list phase: letters of :data:`signals.LETTERS`
        """
        self.env.cr.execute(
            SQL(
                'INSERT INTO isp_signal_sample VALUES (%s, %s, %s, %s, %s::"char"[])'
                " ON CONFLICT (olt_id, at) DO NOTHING",
                olt_id,
                at,
                signals.array(rx),
                signals.array(tx),
                signals.array(phase),
            )
        )

    # === rolling up === #

    @api.model
    def _roll_up(self, now=None):
        """Make the hours and days that are over, again those of the last two hours and days.

        Idempotent. :return: first moment that was made again
        """
        now = now or fields.Datetime.now()
        hour = now.replace(minute=0, second=0, microsecond=0)
        day = hour.replace(hour=0)
        since = self._unfinished("isp_signal_hour", "isp_signal_sample", hour, timedelta(hours=2))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO isp_signal_hour
                SELECT olt_id, at, max(polls), array_agg(online ORDER BY pos),
                       array_agg(low ORDER BY pos), array_agg(mean ORDER BY pos),
                       array_agg(high ORDER BY pos), array_agg(tx ORDER BY pos)
                  FROM (SELECT s.olt_id, date_trunc('hour', s.at) AS at, u.pos,
                               count(*) AS polls,
                               count(*) FILTER (WHERE u.phase = 'w') AS online,
                               min(u.rx) AS low, round(avg(u.rx))::smallint AS mean,
                               max(u.rx) AS high, round(avg(u.tx))::smallint AS tx
                          FROM isp_signal_sample s,
                               unnest(s.rx, s.tx, s.phase) WITH ORDINALITY u(rx, tx, phase, pos)
                         WHERE s.at >= %(since)s AND s.at < %(hour)s
                         GROUP BY 1, 2, 3) x
                 GROUP BY olt_id, at
                    ON CONFLICT (olt_id, at) DO UPDATE
                   SET polls = EXCLUDED.polls, online = EXCLUDED.online,
                       rx_min = EXCLUDED.rx_min, rx_avg = EXCLUDED.rx_avg,
                       rx_max = EXCLUDED.rx_max, tx_avg = EXCLUDED.tx_avg
                """,
                since=since,
                hour=hour,
            )
        )
        first = self._unfinished("isp_signal_day", "isp_signal_hour", day, timedelta(days=2))
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO isp_signal_day
                SELECT olt_id, at, max(polls), array_agg(online ORDER BY pos),
                       array_agg(low ORDER BY pos), array_agg(mean ORDER BY pos),
                       array_agg(high ORDER BY pos), array_agg(tx ORDER BY pos)
                  FROM (SELECT h.olt_id, date_trunc('day', h.at) AS at, u.pos,
                               sum(h.polls) AS polls, sum(u.online)::smallint AS online,
                               min(u.low) AS low,
                               round(sum(u.mean::int * u.online)
                                     / NULLIF(sum(u.online) FILTER (WHERE u.mean IS NOT NULL), 0)
                                     )::smallint AS mean,
                               max(u.high) AS high,
                               round(sum(u.tx::int * u.online)
                                     / NULLIF(sum(u.online) FILTER (WHERE u.tx IS NOT NULL), 0)
                                     )::smallint AS tx
                          FROM isp_signal_hour h,
                               unnest(h.online, h.rx_min, h.rx_avg, h.rx_max, h.tx_avg)
                               WITH ORDINALITY u(online, low, mean, high, tx, pos)
                         WHERE h.at >= %(first)s AND h.at < %(day)s
                         GROUP BY 1, 2, 3) x
                 GROUP BY olt_id, at
                    ON CONFLICT (olt_id, at) DO UPDATE
                   SET polls = EXCLUDED.polls, online = EXCLUDED.online,
                       rx_min = EXCLUDED.rx_min, rx_avg = EXCLUDED.rx_avg,
                       rx_max = EXCLUDED.rx_max, tx_avg = EXCLUDED.tx_avg
                """,
                first=first,
                day=day,
            )
        )
        return since

    @api.model
    def _unfinished(self, table, source, end, again):
        """From when ``table`` is to be made: where it ends, and a little before."""
        last = self.env.execute_query(
            SQL("SELECT max(at) FROM %s WHERE at < %s", SQL.identifier(table), end)
        )[0][0]
        if last is None:
            last = self.env.execute_query(SQL("SELECT min(at) FROM %s", SQL.identifier(source)))[0][
                0
            ]
        unit = end.replace(hour=0) if again >= timedelta(days=1) else end
        start = min(last or unit, unit - again)
        return start.replace(minute=0, second=0, microsecond=0)

    @api.model
    def _purge(self, now=None):
        """Forget what is older than the settings keep.

        :return: ``{table: rows gone}``
        """
        now = now or fields.Datetime.now()
        settings = self.env["isp.monitoring.settings"]
        gone = {}
        for table in TABLES:
            days = settings._get(f"keep_{table.removeprefix('isp_signal_')}_days")
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE at < %s",
                    SQL.identifier(table),
                    now - timedelta(days=days),
                )
            )
            gone[table] = self.env.cr.rowcount
        return gone

    # === reading === #

    @api.model
    def _series(self, olt_id, position, since, until):
        """What one ONU received, from the table that suits the length of time.

        :return: (name of the table, rows (moment, lowest, mean, highest in dBm, share of the time
            it was on line, 0 to 1)) in order of time; None where it gave no power
        """
        days = (until - since).total_seconds() / 86400
        name = next(name for name, most in RESOLUTION if days <= most)
        query = """
            SELECT at, rx_min[%(pos)s], rx_avg[%(pos)s], rx_max[%(pos)s],
                   online[%(pos)s]::float / NULLIF(polls, 0)
              FROM %(table)s
        """
        if name == "sample":
            query = """
                SELECT at, rx[%(pos)s], rx[%(pos)s], rx[%(pos)s],
                       CASE WHEN phase[%(pos)s] = 'w' THEN 1.0 ELSE 0.0 END
                  FROM %(table)s
            """
        rows = self.env.execute_query(
            SQL(
                query
                + """
                 WHERE olt_id = %(olt)s AND at >= %(since)s AND at <= %(until)s ORDER BY at
                """,
                pos=position,
                table=SQL.identifier(f"isp_signal_{name}"),
                olt=olt_id,
                since=since,
                until=until,
            )
        )
        return name, [
            (at, *(None if value is None else value / 100 for value in powers), share or 0.0)
            for at, *powers, share in rows
        ]
