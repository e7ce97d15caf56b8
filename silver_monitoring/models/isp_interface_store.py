from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from .. import traffic

MOST = 512  # interfaces kept of one device
FEWEST = 12  # readings of a day from which it has a percentile
# until the day that began before: the one that runs is not there yet
LOOK_BACK = timedelta(days=31)
RECENT = timedelta(days=3)
NAMES = (
    "id",
    "position",
    "name",
    "if_index",
    "kind",
    "status",
    "contracted_mbps",
    "down_since",
) + (("in_octets", "out_octets"))
#: the counters as text: Odoo reads numbers of any length as floats, and loses their end
ROSTER = ", ".join(f"{name}::text" if name.endswith("_octets") else name for name in NAMES)


class IspInterface(models.Model):
    """What becomes of a reading: one statement for the interfaces, one row of history."""

    _inherit = "isp.interface"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _record(self, watch, at, shown):
        """Write down what a device showed. A bounded number of statements for any number.

        :param watch: isp.traffic.watch, as of the reading before
        :param datetime at: when it was read
        :param shown: ``Interfaces`` of the driver
        """
        before = watch.uptime_ticks if watch.last_ok_at else None
        by_clock = (at - watch.last_ok_at).total_seconds() if watch.last_ok_at else 0.0
        seconds = traffic.elapsed(before and int(before), shown.uptime_ticks, by_clock)
        rows = self._kept(shown.rows)
        roster = {row["name"]: row for row in self._roster(watch.id)}
        known = traffic.match(
            [(row["name"], row["if_index"]) for row in roster.values()],
            [(name, row.index) for name, (row, _kind) in rows.items()],
            seconds is None,
        )
        fresh = [name for name in rows if name not in known]
        roster.update(self._enrol(watch, {name: rows[name][1] for name in fresh}, roster))
        by_known = {known.get(name, name): name for name in rows}
        ports = self._pon_ports(watch)
        size = max((row["position"] for row in roster.values()), default=0)
        kbps = {"in_kbps": [None] * size, "out_kbps": [None] * size}
        values = []
        for known_name, row in roster.items():
            name = by_known.get(known_name)
            interface, kind = rows[name] if name else (None, row["kind"])
            new = self._values(row, name, interface, kind, at, seconds, ports)
            values.append(new)
            place = row["position"] - 1
            kbps["in_kbps"][place] = traffic.kilobits(new["in_mbps"])
            kbps["out_kbps"][place] = traffic.kilobits(new["out_mbps"])
        self._write_all(values)
        self.env["isp.traffic.history"]._append(watch.id, at, **kbps)
        watch.uptime_ticks = shown.uptime_ticks
        self.invalidate_model()

    @api.model
    def _kept(self, rows):
        """:return: ``{name: (Interface, kind)}``, two of one name told apart by their index"""
        found = {}
        for row in rows:
            kind = traffic.kind(row.type, row.name)
            if kind and len(found) < MOST:
                name = row.name if row.name not in found else f"{row.name} #{row.index}"
                found[name] = (row, kind)
        return found

    @api.model
    def _roster(self, watch_id):
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM isp_interface WHERE watch_id = %s ORDER BY position",
                SQL(ROSTER),
                watch_id,
            )
        )
        return [dict(zip(NAMES, row, strict=True)) for row in rows]

    @api.model
    def _enrol(self, watch, kinds, roster):
        """Give interfaces that were never seen their position.

        :param dict kinds: ``{name: kind}``
        :return: ``{name: row}`` as of :meth:`_roster`
        """
        if not kinds:
            return {}
        first = max((row["position"] for row in roster.values()), default=0) + 1
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO isp_interface (watch_id, olt_id, nas_id, company_id, position, name,
                                           kind, status, watched, contracted_mbps)
                SELECT %s, %s, %s, %s, %s + u.n - 1, u.name, u.kind, 'off', u.kind <> 'vlan', 0
                  FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY u(name, kind, n)
                """,
                watch.id,
                watch.olt_id.id or None,
                watch.nas_id.id or None,
                watch.company_id.id,
                first,
                list(kinds),
                list(kinds.values()),
            )
        )
        return {row["name"]: row for row in self._roster(watch.id) if row["name"] in kinds}

    @api.model
    def _pon_ports(self, watch):
        """:return: ``{(card, port): (id, technology)}`` of an OLT"""
        if not watch.olt_id:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT k.slot, p.number, p.id, p.technology FROM isp_olt_card_port p
                  JOIN isp_olt_card k ON k.id = p.card_id WHERE p.olt_id = %s
                """,
                watch.olt_id.id,
            )
        )
        return {(slot, number): (port, technology) for slot, number, port, technology in rows}

    @api.model
    def _values(self, row, name, shown, kind, at, seconds, ports):
        """:return: dict of the columns of an interface; ``shown`` is None when it was not"""
        port, technology = None, None
        if kind == "pon":
            port, technology = ports.get(traffic.place(name or row["name"]), (None, None))
        if shown is None:
            return self._columns(row, row["name"], "gone", kind, port)
        status = "off" if not shown.enabled else "up" if shown.up else "down"
        down_since = None
        if status == "down":
            down_since = at if row["status"] == "up" else row["down_since"]
        most = traffic.capacity(kind, shown.speed_mbps, row["contracted_mbps"] or 0, technology)
        rates = [
            traffic.rate(
                row[column] if row[column] is None else int(row[column]),
                getattr(shown, column),
                seconds,
                # what was contracted may be less than what the line carries for a moment
                traffic.capacity(kind, shown.speed_mbps, 0, technology)[side],
                shown.bits,
            )
            for side, column in enumerate(("in_octets", "out_octets"))
        ]
        values = self._columns(row, name, status, kind, port)
        values.update(
            alias=shown.alias[:255],
            if_index=shown.index,
            bits=shown.bits,
            speed_mbps=shown.speed_mbps,
            capacity_in_mbps=most.inward,
            capacity_out_mbps=most.outward,
            in_octets=shown.in_octets,
            out_octets=shown.out_octets,
            in_mbps=rates[0],
            out_mbps=rates[1],
            use_pct=traffic.use(*rates, most),
            down_since=down_since,
            rate_at=None if rates == [None, None] else at,
        )
        return values

    @api.model
    def _columns(self, row, name, status, kind, port):
        return dict.fromkeys(COLUMNS) | {
            "id": row["id"],
            "name": name,
            "status": status,
            "kind": kind,
            "olt_port_id": port,
        }

    @api.model
    def _write_all(self, rows):
        """Of what is not shown any more only the state changes."""
        if not rows:
            return
        kept = ("alias", "if_index", "bits", "speed_mbps", "capacity_in_mbps", "capacity_out_mbps")
        columns = [[row[name] for row in rows] for name in COLUMNS]
        self.env.cr.execute(
            SQL(
                "UPDATE isp_interface i SET %s FROM unnest(%s) u(%s) WHERE i.id = u.id",
                SQL(", ").join(
                    SQL("%s = COALESCE(u.%s, i.%s)", *[SQL.identifier(name)] * 3)
                    if name in kept
                    else SQL("%s = u.%s", *[SQL.identifier(name)] * 2)
                    for name in list(COLUMNS)[1:]
                ),
                SQL(", ").join(
                    SQL("%s::%s[]", column, SQL(kind))
                    for column, kind in zip(columns, COLUMNS.values(), strict=True)
                ),
                SQL(", ").join(map(SQL.identifier, COLUMNS)),
            )
        )

    # === once an hour === #

    @api.model
    def _measure(self, now):
        """The percentile of the last day and for how many days it was close to full, of all.

        A day is only there when it is over where the device is: no time zone is needed here.
        """
        limit = self.env["isp.monitoring.settings"]._get("link_full_pct")
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH days AS (
                    SELECT i.id, d.at, d.in_p95[i.position] / 1000.0 AS inward,
                           d.out_p95[i.position] / 1000.0 AS outward,
                           100 * GREATEST(d.in_p95[i.position]::float8
                                          / NULLIF(i.capacity_in_mbps, 0),
                                          d.out_p95[i.position]::float8
                                          / NULLIF(i.capacity_out_mbps, 0)) / 1000 AS pct
                      FROM isp_traffic_day d JOIN isp_interface i ON i.watch_id = d.watch_id
                     WHERE d.at > %(first)s AND d.at < %(now)s
                       AND d.count[i.position] >= %(fewest)s),
                last AS (SELECT DISTINCT ON (id) * FROM days WHERE at > %(recent)s
                          ORDER BY id, at DESC),
                empty AS (SELECT id, max(at) AS at FROM days
                           WHERE pct IS NULL OR pct < %(limit)s GROUP BY id),
                full_ AS (SELECT d.id, count(*) AS days FROM days d LEFT JOIN empty e USING (id)
                           WHERE d.at > COALESCE(e.at, '-infinity') GROUP BY d.id)
                UPDATE isp_interface i
                   SET p95_in_mbps = l.inward, p95_out_mbps = l.outward, p95_pct = l.pct,
                       full_days = CASE WHEN l.id IS NULL THEN 0 ELSE COALESCE(f.days, 0) END
                  FROM isp_interface x LEFT JOIN last l USING (id) LEFT JOIN full_ f USING (id)
                 WHERE x.id = i.id
                   AND (i.p95_in_mbps, i.p95_out_mbps, i.p95_pct, i.full_days)
                       IS DISTINCT FROM
                       (l.inward::float8, l.outward::float8, l.pct,
                        CASE WHEN l.id IS NULL THEN 0 ELSE COALESCE(f.days, 0) END)
                """,
                first=now - LOOK_BACK,
                recent=now - RECENT,
                now=now,
                fewest=FEWEST,
                limit=limit,
            )
        )
        self.invalidate_model()


#: column of the interface that a reading writes -> type
COLUMNS = {
    "id": "int",
    "name": "text",
    "alias": "text",
    "if_index": "int",
    "kind": "text",
    "status": "text",
    "bits": "int",
    "speed_mbps": "int",
    "capacity_in_mbps": "int",
    "capacity_out_mbps": "int",
    "in_octets": "numeric",
    "out_octets": "numeric",
    "in_mbps": "float8",
    "out_mbps": "float8",
    "use_pct": "float8",
    "down_since": "timestamp",
    "rate_at": "timestamp",
    "olt_port_id": "int",
}
