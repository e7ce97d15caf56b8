from dataclasses import dataclass
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .. import signals

#: up to so many days are drawn from each table, the finest first
RESOLUTION = (("sample", 2), ("hour", 62), ("day", 10_000))
OWNERS = 8  # devices rolled up by one statement: what is sorted fits in memory


@dataclass(frozen=True)
class Measure:
    """A column of the hours and days.

    :param sample: SQL aggregate over the readings' columns ``u.*`` of one position
    :param hour: the same over those of the hours; not needed where days are made of readings
    """

    name: str
    type: str
    sample: str
    hour: str = ""


@dataclass(frozen=True)
class Series:
    """How a history is kept.

    :param prefix: of its three tables
    :param owner: column that names the device, and ``owner_table`` the table it is of
    :param columns: those of a reading: ``{name: type of one value}``
    :param measures: those of an hour and a day
    :param days_from: ``hour``, or ``sample`` for what hours cannot tell (a percentile)
    """

    prefix: str
    owner: str
    owner_table: str
    columns: dict
    measures: tuple
    days_from: str = "hour"

    def table(self, name):
        return f"{self.prefix}_{name}"

    @property
    def tables(self):
        return [self.table(name) for name, _days in RESOLUTION]


class IspSeriesMixin(models.AbstractModel):
    """What devices measured, for months, in little space. The heir says what: ``_series``.

    A reading of a device is **one row**: arrays with a value for each thing measured, at the
    position it has on that device for ever. So 1,024 readings are one INSERT and some bytes each,
    and not 1,024 rows with their headers and index entries. Every reading is kept for a week, then
    what it was by the hour and then by the day. The tables are not the ORM's.
    """

    _name = "isp.series.mixin"
    _description = "History in arrays"
    _series = None

    def init(self):
        super().init()
        series = self._series
        if not series:
            return
        rolled = {"polls": "integer", **{m.name: f"{m.type}[]" for m in series.measures}}
        read = {name: f"{kind}[]" for name, kind in series.columns.items()}
        for table, columns in zip(series.tables, (read, rolled, rolled), strict=True):
            # all of it is constants of the module
            self.env.cr.execute(
                SQL(
                    """
                    CREATE TABLE IF NOT EXISTS %(table)s (
                        %(owner)s integer NOT NULL REFERENCES %(of)s ON DELETE CASCADE,
                        at timestamp NOT NULL, %(columns)s, PRIMARY KEY (%(owner)s, at))
                    """,
                    table=SQL.identifier(table),
                    owner=SQL.identifier(series.owner),
                    of=SQL.identifier(series.owner_table),
                    columns=SQL(", ").join(
                        SQL("%s %s NOT NULL", SQL.identifier(name), SQL(kind))
                        for name, kind in columns.items()
                    ),
                )
            )
        self.env.cr.execute(
            SQL(
                "CREATE INDEX IF NOT EXISTS %s ON %s (at)",
                SQL.identifier(f"{series.table('sample')}_at_idx"),
                SQL.identifier(series.table("sample")),
            )
        )

    @api.model
    def _append(self, owner_id, at, **columns):
        """Keep one reading of a device.

        :param columns: a list for each column of the series, by position, None where there is none
        """
        series = self._series
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s, at, %s) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                SQL.identifier(series.table("sample")),
                SQL.identifier(series.owner),
                SQL(", ").join(map(SQL.identifier, series.columns)),
                owner_id,
                at,
                SQL(", ").join(
                    SQL("%s::%s[]", signals.array(columns[name]), SQL(kind))
                    for name, kind in series.columns.items()
                ),
            )
        )

    # === rolling up === #

    @api.model
    def _roll_up(self, now=None):
        """Make the hours and days that are over, again those of the last two hours.

        A poll that took long may have written into an hour that was already made; a day is made
        again only when one of its hours was. Idempotent.

        :return: first moment that was made again
        """
        now = now or fields.Datetime.now()
        hour = now.replace(minute=0, second=0, microsecond=0)
        day = hour.replace(hour=0)
        since = min(self._made_until("hour", "sample", hour), hour - timedelta(hours=2))
        self._make("hour", "sample", since, hour)
        first = self._made_until("day", self._series.days_from, day)
        self._make("day", self._series.days_from, min(first, since).replace(hour=0), day)
        return since

    @api.model
    def _made_until(self, name, source, end):
        """:return: moment from which ``name`` is still to be made, ``end`` when nothing is"""
        (until,) = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE((SELECT max(at) + %(unit)s FROM %(table)s WHERE at < %(end)s),
                                (SELECT date_trunc(%(name)s, min(at)) FROM %(source)s), %(end)s)
                """,
                name=name,
                unit=timedelta(**{f"{name}s": 1}),
                table=SQL.identifier(self._series.table(name)),
                source=SQL.identifier(self._series.table(source)),
                end=end,
            )
        )[0]
        return until

    @api.model
    def _make(self, name, source, since, end):
        """Hours or days of some time, some devices at a time.

        :param str name: ``hour`` or ``day``, made of ``source`` (``sample`` or ``hour``)
        """
        if since >= end:
            return
        series = self._series
        owners = self.env.execute_query(
            SQL(
                "SELECT DISTINCT %s FROM %s WHERE at >= %s AND at < %s ORDER BY 1",
                SQL.identifier(series.owner),
                SQL.identifier(series.table(source)),
                since,
                end,
            )
        )
        read = list(series.columns)
        if source == "hour":
            read = [measure.name for measure in series.measures]
        names = [SQL.identifier(measure.name) for measure in series.measures]
        for start in range(0, len(owners), OWNERS):
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO %(table)s (%(owner)s, at, polls, %(names)s)
                    SELECT %(owner)s, at, max(polls), %(arrays)s
                      FROM (SELECT s.%(owner)s, date_trunc(%(unit)s, s.at) AS at, u.pos,
                                   %(polls)s AS polls, %(measures)s
                              FROM %(source)s s,
                                   unnest(%(read)s) WITH ORDINALITY u(%(read_names)s, pos)
                             WHERE s.%(owner)s = ANY(%(owners)s)
                               AND s.at >= %(since)s AND s.at < %(end)s
                             GROUP BY 1, 2, 3) x
                     GROUP BY %(owner)s, at
                        ON CONFLICT (%(owner)s, at) DO UPDATE SET polls = EXCLUDED.polls, %(set)s
                    """,
                    table=SQL.identifier(series.table(name)),
                    owner=SQL.identifier(series.owner),
                    names=SQL(", ").join(names),
                    arrays=SQL(", ").join(SQL("array_agg(%s ORDER BY pos)", n) for n in names),
                    unit=name,
                    polls=SQL("count(*)" if source == "sample" else "sum(s.polls)"),
                    measures=SQL(", ").join(
                        SQL("(%s)::%s AS %s", SQL(getattr(m, source)), SQL(m.type), column)
                        for m, column in zip(series.measures, names, strict=True)
                    ),
                    source=SQL.identifier(series.table(source)),
                    read=SQL(", ").join(SQL.identifier("s", column) for column in read),
                    read_names=SQL(", ").join(map(SQL.identifier, read)),
                    owners=[row[0] for row in owners[start : start + OWNERS]],
                    since=since,
                    end=end,
                    set=SQL(", ").join(SQL("%s = EXCLUDED.%s", n, n) for n in names),
                )
            )

    @api.model
    def _purge(self, now=None):
        """Forget what is older than the settings keep.

        :return: ``{table: rows gone}``
        """
        now = now or fields.Datetime.now()
        settings = self.env["isp.monitoring.settings"]
        gone = {}
        for name, _days in RESOLUTION:
            table = self._series.table(name)
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE at < %s",
                    SQL.identifier(table),
                    now - timedelta(days=settings._get(f"keep_{name}_days")),
                )
            )
            gone[table] = self.env.cr.rowcount
        return gone

    # === reading === #

    @api.model
    def _points(self, owner_id, position, since, until, samples, rolled):
        """What one thing measured, from the table that suits the length of time.

        :param list samples: SQL of the values of a reading with ``%(pos)s`` for the position
        :param list rolled: the same of an hour or a day
        :return: (``sample``, ``hour`` or ``day``, rows (moment, *values) in order of time)
        """
        days = (until - since).total_seconds() / 86400
        name = next(name for name, most in RESOLUTION if days <= most)
        values = samples if name == "sample" else rolled
        return name, self.env.execute_query(
            SQL(
                """
                SELECT at, %(values)s FROM %(table)s
                 WHERE %(owner)s = %(owner_id)s AND at >= %(since)s AND at <= %(until)s ORDER BY at
                """,
                values=SQL(", ").join(SQL(value, pos=position) for value in values),
                table=SQL.identifier(self._series.table(name)),
                owner=SQL.identifier(self._series.owner),
                owner_id=owner_id,
                since=since,
                until=until,
            )
        )
