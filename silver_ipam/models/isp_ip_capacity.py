from odoo import api, fields, models
from odoo.tools import SQL

from ..fields import Units
from .isp_ip_pool import SCOPES


class IspIpCapacity(models.Model):
    """Counted from the rows when asked: a counter would be one hot row that every sale waits
    for.
    """

    _name = "isp.ip.capacity"
    _description = "Address capacity"
    _auto = False
    _rec_name = "pool_id"
    _order = "used_pct desc, id"

    pool_id = fields.Many2one("isp.ip.pool", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    base_station_id = fields.Many2one("isp.base.station", string="Base", readonly=True)
    domain_id = fields.Many2one("isp.routing.domain", string="Routing domain", readonly=True)
    scope = fields.Selection(SCOPES, readonly=True)
    family = fields.Selection([("4", "IPv4"), ("6", "IPv6")], readonly=True)
    pool_state = fields.Selection(
        [("planned", "Planned"), ("active", "Active"), ("draining", "Draining")], readonly=True
    )
    size = Units("Blocks", readonly=True)
    taken = Units("In use", readonly=True)
    reserved = Units(readonly=True)
    resting = Units("In quarantine", readonly=True)
    excluded = Units(readonly=True)
    free_now = Units(readonly=True)
    free_in_7_days = Units(
        readonly=True,
        help="Free now, plus the quarantines and unconfirmed reservations that end within 7 days.",
    )
    used_pct = fields.Float("Used (%)", readonly=True, digits=(5, 1), aggregator="max")
    growth = fields.Float(
        "Net per day",
        readonly=True,
        digits=(8, 2),
        help="Trend of the last 30 days, by regression.",
    )
    exhaustion_date = fields.Date(readonly=True, help="When the trend meets what is free.")

    @property
    def _table_query(self):
        return self._query()

    @api.model
    def _query(self, pools=None):
        """:param pools: only these (all that are not retired when None)."""
        chosen = SQL("p.id IN %s", tuple(pools.ids or [0])) if pools is not None else SQL("TRUE")
        return SQL(
            """
            WITH chosen AS (
                SELECT p.* FROM isp_ip_pool p
                WHERE p.kind = 'pool' AND p.state <> 'retired' AND p.active AND %(chosen)s
            ), counted AS (
                SELECT r.pool_id,
                    count(*) FILTER (WHERE r.purpose = 'customer' AND r.state = 'in_use') AS taken,
                    count(*) FILTER (WHERE r.purpose <> 'customer') AS excluded,
                    count(*) FILTER (WHERE r.state = 'reserved'
                        AND (r.lease_until IS NULL OR r.lease_until > now_utc.at)) AS reserved,
                    count(*) FILTER (WHERE r.state = 'quarantine' AND r.available_at > now_utc.at)
                        AS resting,
                    count(*) FILTER (WHERE
                        (r.state = 'reserved' AND r.lease_until > now_utc.at
                            AND r.lease_until <= now_utc.at + interval '7 days')
                        OR (r.state = 'quarantine' AND r.available_at > now_utc.at
                            AND r.available_at <= now_utc.at + interval '7 days')) AS soon
                FROM isp_ip_reservation r, (SELECT timezone('UTC', now()) AS at) now_utc
                WHERE r.pool_id IN (SELECT id FROM chosen)
                GROUP BY r.pool_id
            ), moves AS (
                SELECT h.pool_id, h.date_from::date AS day, 1 AS net
                FROM isp_ip_assignment_history h
                WHERE h.pool_id IN (SELECT id FROM chosen) AND h.date_from >= current_date - 29
                UNION ALL
                SELECT h.pool_id, h.date_to::date, -1
                FROM isp_ip_assignment_history h
                WHERE h.pool_id IN (SELECT id FROM chosen) AND h.date_to >= current_date - 29
            ), days AS (
                SELECT f.pool_id, day::date AS day
                FROM (SELECT pool_id, min(day) AS since FROM moves GROUP BY pool_id) f,
                     LATERAL generate_series(f.since, current_date, interval '1 day') day
            ), growth AS (
                SELECT pool_id, regr_slope(total, number) AS slope FROM (
                    SELECT d.pool_id, d.day - current_date AS number,
                        sum(coalesce(m.net, 0)) OVER (PARTITION BY d.pool_id ORDER BY d.day) AS
                        total
                    FROM days d LEFT JOIN (
                        SELECT pool_id, day, sum(net) AS net FROM moves GROUP BY pool_id, day
                    ) m ON m.pool_id = d.pool_id AND m.day = d.day
                ) trend GROUP BY pool_id
            )
            SELECT p.id, p.id AS pool_id, p.company_id, p.base_station_id, p.domain_id, p.scope,
                family(p.cidr)::text AS family, p.state AS pool_state, p.size,
                coalesce(c.taken, 0) AS taken, coalesce(c.reserved, 0) AS reserved,
                coalesce(c.resting, 0) AS resting, coalesce(c.excluded, 0) AS excluded,
                free.now AS free_now, free.now + coalesce(c.soon, 0) AS free_in_7_days,
                round(100.0 * (p.size - free.now) / p.size, 1)::float8 AS used_pct,
                coalesce(g.slope, 0)::float8 AS growth,
                CASE WHEN g.slope > 0 AND free.now / g.slope < 36500
                     THEN current_date + ceil(free.now / g.slope)::int END AS exhaustion_date
            FROM chosen p
            LEFT JOIN counted c ON c.pool_id = p.id
            LEFT JOIN growth g ON g.pool_id = p.id
            CROSS JOIN LATERAL (SELECT p.size - coalesce(c.taken + c.reserved + c.resting +
            c.excluded, 0)
                AS now) free
            """,
            chosen=chosen,
        )

    @api.model
    def _by_pool(self, pools):
        """:return: ``{pool id: row as dict}``"""
        if not pools.ids:
            return {}
        pools.flush_model()
        self.env["isp.ip.reservation"].flush_model()
        return {row["id"]: row for row in self.env.execute_query_dict(self._query(pools))}

    def action_view_grid(self):
        return self.pool_id.action_view_grid()
