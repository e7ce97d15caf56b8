from odoo import fields, models
from odoo.tools import SQL, sql

from ..const import TECHNOLOGIES

#: sums per key of what the splitter ports below hold; an expired reservation counts as free
TAKEN = """
    count(*) FILTER (WHERE sp.state <> 'cascade') AS ports,
    count(*) FILTER (WHERE sp.state = 'used') AS used,
    count(*) FILTER (WHERE sp.state = 'reserved'
                     AND (sp.reserved_until IS NULL
                          OR sp.reserved_until > now() AT TIME ZONE 'UTC')) AS reserved,
    count(*) FILTER (WHERE sp.state = 'free' AND sp.available_from > now() AT TIME ZONE 'UTC')
        AS cooling,
    count(*) FILTER (WHERE sp.state <> 'cascade' AND sp.out_of_service) AS broken,
    count(*) FILTER (WHERE sp.state IN ('used', 'reserved')
                     AND sp.lent_at > now() AT TIME ZONE 'UTC' - interval '90 days') AS growth
"""


class IspPonCapacity(models.Model):
    """Capacity of each PON port, and when it will be full at the pace of the last 90 days."""

    _name = "isp.pon.capacity"
    _description = "Capacity of PON ports"
    _auto = False
    _order = "days_to_full, occupancy desc, id"
    _rec_name = "port_id"
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
        "isp.olt.card.port": ["max_onus", "tx_dbm", "onu_sensitivity_dbm"],
        "isp.olt": ["base_station_id"],
    }

    port_id = fields.Many2one("isp.olt.card.port", string="PON port", readonly=True)
    card_id = fields.Many2one("isp.olt.card", string="Card", readonly=True)
    olt_id = fields.Many2one("isp.olt", string="OLT", readonly=True)
    base_station_id = fields.Many2one("isp.base.station", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    technology = fields.Selection(TECHNOLOGIES, readonly=True)
    max_onus = fields.Integer(string="ONU limit", readonly=True)
    used_onus = fields.Integer(string="ONUs taken", readonly=True)
    free_onus = fields.Integer(string="ONU places left", readonly=True)
    ports = fields.Integer(string="Splitter ports", readonly=True)
    free_ports = fields.Integer(string="Splitter ports left", readonly=True)
    cooling = fields.Integer(string="Resting", readonly=True)
    sellable = fields.Integer(
        string="Can be sold", readonly=True, help="Limited by splitter ports or by ONU places."
    )
    occupancy = fields.Float(string="Occupancy (%)", readonly=True, aggregator="avg")
    growth = fields.Integer(string="New in 90 days", readonly=True)
    days_to_full = fields.Integer(
        readonly=True,
        aggregator="min",
        help="At the pace of the last 90 days. Empty when nothing was connected in that time.",
    )
    worst_margin_db = fields.Float(string="Worst margin (dB)", readonly=True, aggregator="min")

    def init(self):
        sql.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            SQL(
                """
                CREATE VIEW %s AS
                WITH below AS (
                    SELECT sp.pon_id, %s,
                           max(s.path_loss_db + sp.loss_db) FILTER (WHERE sp.state <> 'cascade')
                               AS worst_loss
                      FROM isp_splitter_port sp JOIN isp_splitter s ON s.id = sp.splitter_id
                     GROUP BY sp.pon_id
                ), counted AS (
                    SELECT p.id, p.id AS port_id, p.card_id, p.olt_id, o.base_station_id,
                           p.company_id, p.technology, p.max_onus,
                           COALESCE(b.used + b.reserved, 0) AS used_onus,
                           p.max_onus - COALESCE(b.used + b.reserved, 0) AS free_onus,
                           COALESCE(b.ports, 0) AS ports,
                           COALESCE(b.ports - b.used - b.reserved - b.cooling - b.broken, 0)
                               AS free_ports,
                           COALESCE(b.cooling, 0) AS cooling,
                           COALESCE(b.growth, 0) AS growth,
                           p.tx_dbm - p.onu_sensitivity_dbm - b.worst_loss AS worst_margin_db
                      FROM isp_olt_card_port p
                      JOIN isp_olt o ON o.id = p.olt_id
                      LEFT JOIN below b ON b.pon_id = p.id
                )
                SELECT counted.*,
                       GREATEST(LEAST(free_onus, free_ports), 0) AS sellable,
                       100.0 * used_onus / max_onus AS occupancy,
                       CASE WHEN growth > 0
                            THEN (GREATEST(LEAST(free_onus, free_ports), 0) * 90.0 / growth)::int
                       END AS days_to_full
                  FROM counted
                """,
                SQL.identifier(self._table),
                SQL(TAKEN),
            )
        )
