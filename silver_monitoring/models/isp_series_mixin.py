from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.silver_base.tools.sqlrows import array

#: up to so many days are drawn from each table, the finest first
RESOLUTION = (("sample", 2), ("hour", 62), ("day", 10_000))
OWNERS = 8  # devices rolled up by one statement: what is sorted fits in memory
HOUR = timedelta(hours=1)
MADE_AGAIN = timedelta(days=7)  # of a place whose time zone changed


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
                    SQL("%s::%s[]", array(columns[name]), SQL(kind))
                    for name, kind in series.columns.items()
                ),
            )
        )

    # === rolling up === #

    @api.model
    def _roll_up(self, now=None):
        """Make the hours and days that are over, again those of the last two hours.

        A poll that took long may have written into an hour that was already made; a day is made
        again only when one of its hours was. Days are those of the time zone of the device's
        company, hours those of the clock of UTC. Idempotent.

        :return: first moment that was made again
        """
        now = now or fields.Datetime.now()
        hour = now.replace(minute=0, second=0, microsecond=0)
        places = self._places()
        since = min(self._first_hour(hour), hour - HOUR * 2)
        count = (hour - since) // HOUR
        hours = [(since + HOUR * n, since + HOUR * (n + 1)) for n in range(count)]
        self._make("hour", "sample", hours, [owner for _place, ids in places for owner in ids])
        for place, owner_ids in places:
            days = self._days(place, owner_ids, since, now)
            self._make("day", self._series.days_from, days, owner_ids)
        return since

    @api.model
    def _places(self):
        """Where the devices are, as far as the time goes. Two queries for any number.

        :return: list of (isp.contract of a company that tells the days of a time zone, ids of the
            devices there)
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT company_id, array_agg(id ORDER BY id) FROM %s GROUP BY 1 ORDER BY 1",
                SQL.identifier(self._series.owner_table),
            )
        )
        contracts = self.env["isp.contract"].sudo()
        self.env["res.company"].sudo().browse(
            company for company, _ids in rows if company
        ).partner_id.fetch(["tz"])
        places = {}
        for company, owner_ids in rows:
            place = contracts.with_company(company) if company else contracts
            places.setdefault(str(place._timezone()), (place, []))[1].extend(owner_ids)
        return list(places.values())

    @api.model
    def _moments(self, owner_id, now):
        """When demo data of a device are: half a year of days, two months of hours, two days of
        readings, all of them over.

        :return: three lists of moments
        """
        hour = now.replace(minute=0, second=0, microsecond=0)
        (place,) = [place for place, ids in self._places() if owner_id in ids]
        today = place._local_day(now)
        return (
            [place._start_of_day(today - timedelta(days=n)) for n in range(180, 0, -1)],
            [hour - HOUR * n for n in range(62 * 24, 0, -1)],
            [now - timedelta(minutes=5 * n) for n in range(2 * 288, 1, -1)],
        )

    @api.model
    def _first_hour(self, end):
        """:return: moment from which hours are still to be made, ``end`` when none is"""
        (first,) = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE((SELECT max(at) + interval '1 hour' FROM %(hour)s
                                  WHERE at < %(end)s),
                                (SELECT date_trunc('hour', min(at)) FROM %(sample)s), %(end)s)
                """,
                hour=SQL.identifier(self._series.table("hour")),
                sample=SQL.identifier(self._series.table("sample")),
                end=end,
            )
        )[0]
        return first

    @api.model
    def _days(self, place, owner_ids, since, now):
        """:return: (begin, end) in UTC of the days of a place that are over and not made, or that
        have something since ``since``
        """
        today = place._local_day(now)
        first = min(self._first_day(place, owner_ids, today), place._local_day(since))
        count = (today - first).days + 1
        begins = [place._start_of_day(first + timedelta(days=n)) for n in range(count)]
        return list(pairwise(begins))

    @api.model
    def _first_day(self, place, owner_ids, today):
        """:return: date from which days are still to be made, ``today`` when none is"""
        series = self._series
        names = {
            "day": SQL.identifier(series.table("day")),
            "source": SQL.identifier(series.table(series.days_from)),
            "owner": SQL.identifier(series.owner),
            "owners": owner_ids,
        }
        (last,) = self.env.execute_query(
            SQL(
                """
                SELECT max(d.at)
                  FROM unnest(%(owners)s::int[]) o(id),
                       LATERAL (SELECT at FROM %(day)s
                                 WHERE %(owner)s = o.id AND at < %(today)s
                                 ORDER BY at DESC LIMIT 1) d
                """,
                **names,
                today=place._start_of_day(today),
            )
        )[0]
        if last and last == place._start_of_day(place._local_day(last)):
            return place._local_day(last) + timedelta(days=1)
        (oldest,) = self.env.execute_query(
            SQL("SELECT min(at) FROM %(source)s WHERE %(owner)s = ANY(%(owners)s)", **names)
        )[0]
        first = place._local_day(oldest) if oldest else today
        if last:
            self._move_days(place, owner_ids)
            # what was read of that first day may be only its end: what is there of it is better
            first = max(first + timedelta(days=1), today - MADE_AGAIN)
        return first

    @api.model
    def _move_days(self, place, owner_ids):
        """The time zone is another one since the days were made: each keeps its values and its
        date, that of its noon. The latest ones are made again by who calls.
        """
        series = self._series
        names = {
            "table": SQL.identifier(series.table("day")),
            "owner": SQL.identifier(series.owner),
            "owners": owner_ids,
        }
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT at FROM %(table)s WHERE %(owner)s = ANY(%(owners)s)", **names)
        )
        new = {at: place._start_of_day(place._local_day(at + HOUR * 12)) for (at,) in rows}
        odd = [at for at in new if new[at] != at]
        moved = {new[at]: at for at in odd}  # two days that became one are one
        names.update(new=list(moved), old=list(moved.values()), odd=odd)
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s d SET at = m.new
                  FROM unnest(%(new)s::timestamp[], %(old)s::timestamp[]) m(new, old)
                 WHERE d.%(owner)s = ANY(%(owners)s) AND d.at = m.old
                   AND NOT EXISTS (SELECT 1 FROM %(table)s x
                                    WHERE x.%(owner)s = d.%(owner)s AND x.at = m.new)
                """,
                **names,
            )
        )
        self.env.cr.execute(
            SQL(
                "DELETE FROM %(table)s WHERE %(owner)s = ANY(%(owners)s)"
                " AND at = ANY(%(odd)s::timestamp[])",
                **names,
            )
        )

    @api.model
    def _make(self, name, source, units, owner_ids):
        """Hours or days, some devices at a time.

        :param str name: ``hour`` or ``day``, made of ``source`` (``sample`` or ``hour``)
        :param units: the (begin, end) of each of them
        """
        if not units:
            return
        series = self._series
        read = list(series.columns)
        if source == "hour":
            read = [measure.name for measure in series.measures]
        names = [SQL.identifier(measure.name) for measure in series.measures]
        for start in range(0, len(owner_ids), OWNERS):
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO %(table)s (%(owner)s, at, polls, %(names)s)
                    SELECT %(owner)s, at, max(polls), %(arrays)s
                      FROM (SELECT s.%(owner)s, t.at, u.pos,
                                   %(polls)s AS polls, %(measures)s
                              FROM unnest(%(begins)s::timestamp[], %(ends)s::timestamp[])
                                   t(at, until)
                              JOIN %(source)s s ON s.at >= t.at AND s.at < t.until,
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
                    polls=SQL("count(*)" if source == "sample" else "sum(s.polls)"),
                    measures=SQL(", ").join(
                        SQL("(%s)::%s AS %s", SQL(getattr(m, source)), SQL(m.type), column)
                        for m, column in zip(series.measures, names, strict=True)
                    ),
                    begins=[begin for begin, _end in units],
                    ends=[end for _begin, end in units],
                    source=SQL.identifier(series.table(source)),
                    read=SQL(", ").join(SQL.identifier("s", column) for column in read),
                    read_names=SQL(", ").join(map(SQL.identifier, read)),
                    owners=owner_ids[start : start + OWNERS],
                    since=units[0][0],
                    end=units[-1][1],
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
