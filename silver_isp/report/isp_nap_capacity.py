from odoo import fields, models
from odoo.tools import SQL, sql

from .isp_pon_capacity import TAKEN


class IspNapCapacity(models.Model):
    """Capacity of each box, and when it will be full at the pace of the last 90 days."""

    _name = "isp.nap.capacity"
    _description = "Capacity of boxes"
    _auto = False
    _order = "days_to_full, occupancy desc, id"
    _rec_name = "nap_id"
    _depends = {
        "isp.splitter.port": [
            "state",
            "reserved_until",
            "available_from",
            "out_of_service",
            "lent_at",
            "loss_db",
            "nap_id",
        ],
        "isp.splitter": ["path_loss_db"],
        "isp.nap": ["base_station_id", "zone_id", "active"],
        "isp.feasibility": ["feasible", "reason_code", "nap_id", "active"],
    }

    nap_id = fields.Many2one("isp.nap", string="Box", readonly=True)
    zone_id = fields.Many2one("isp.zone", readonly=True)
    base_station_id = fields.Many2one("isp.base.station", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    ports = fields.Integer(readonly=True)
    used = fields.Integer(readonly=True)
    reserved = fields.Integer(readonly=True)
    cooling = fields.Integer(string="Resting", readonly=True)
    free = fields.Integer(readonly=True)
    occupancy = fields.Float(string="Occupancy (%)", readonly=True, aggregator="avg")
    growth = fields.Integer(string="New in 90 days", readonly=True)
    days_to_full = fields.Integer(
        readonly=True,
        aggregator="min",
        help="At the pace of the last 90 days. Empty when nothing was connected in that time.",
    )
    unmet = fields.Integer(
        string="Turned away",
        readonly=True,
        help="Feasibility answers that were a no because of this box.",
    )

    def init(self):
        sql.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            SQL(
                """
                CREATE VIEW %s AS
                WITH below AS (
                    SELECT sp.nap_id, %s FROM isp_splitter_port sp
                     WHERE sp.nap_id IS NOT NULL GROUP BY sp.nap_id
                ), refused AS (
                    SELECT nap_id, count(*) AS unmet FROM isp_feasibility
                     WHERE NOT feasible AND active AND reason_code <> 'too_far'
                     GROUP BY nap_id
                ), counted AS (
                    SELECT n.id, n.id AS nap_id, n.zone_id, n.base_station_id, n.company_id,
                           COALESCE(b.ports, 0) AS ports, COALESCE(b.used, 0) AS used,
                           COALESCE(b.reserved, 0) AS reserved, COALESCE(b.cooling, 0) AS cooling,
                           COALESCE(b.ports - b.used - b.reserved - b.cooling - b.broken, 0) AS
                           free,
                           COALESCE(b.growth, 0) AS growth, COALESCE(r.unmet, 0) AS unmet
                      FROM isp_nap n
                      LEFT JOIN below b ON b.nap_id = n.id
                      LEFT JOIN refused r ON r.nap_id = n.id
                     WHERE n.active
                )
                SELECT counted.*,
                       100.0 * (used + reserved) / GREATEST(ports, 1) AS occupancy,
                       CASE WHEN growth > 0 THEN (GREATEST(free, 0) * 90.0 / growth)::int END
                           AS days_to_full
                  FROM counted
                """,
                SQL.identifier(self._table),
                SQL(TAKEN),
            )
        )
