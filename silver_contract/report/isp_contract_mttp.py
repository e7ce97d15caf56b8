"""Time from the signing up of a service to its delivery."""

from odoo import api, fields, models
from odoo.tools import SQL

QUERY = """
    SELECT c.id, c.id AS contract_id, c.company_id, c.partner_id, c.product_id, c.base_station_id,
           c.access_technology, started.at AS date_created, online.at AS date_online,
           GREATEST(EXTRACT(epoch FROM online.at - started.at) / 3600.0, 0) AS hours,
           GREATEST(EXTRACT(epoch FROM online.at - started.at) / 86400.0, 0) AS days
      FROM isp_contract c
      JOIN LATERAL (%(online)s) online ON online.at IS NOT NULL
      JOIN LATERAL (
            -- a contract written down afterwards began with its first event
            SELECT LEAST(c.create_date, MIN(e.date)) AS at
              FROM isp_contract_event e WHERE e.contract_id = c.id) started ON true
"""


class IspContractMttp(models.Model):
    _name = "isp.contract.mttp"
    _description = "Time to Provision"
    _auto = False
    _order = "date_online desc"
    _rec_name = "contract_id"

    contract_id = fields.Many2one("isp.contract", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    product_id = fields.Many2one("product.product", string="Plan", readonly=True)
    base_station_id = fields.Many2one("isp.base.station", string="Base", readonly=True)
    access_technology = fields.Selection(
        [("pppoe", "PPPoE"), ("dhcp", "DHCP"), ("fiber", "Fiber"), ("wireless", "Wireless")],
        readonly=True,
    )
    date_created = fields.Datetime("Signed Up", readonly=True)
    date_online = fields.Datetime("Delivered", readonly=True)
    hours = fields.Float("Hours to Provision", readonly=True, aggregator="avg")
    days = fields.Float("Days to Provision", readonly=True, aggregator="avg")

    @api.model
    def _online_query(self):
        """Extension: when contract ``c`` was effectively online for the first time.

        Until provisioning says when, its activation.

        :return: SQL of a query with one column ``at``, one row
        """
        return SQL(
            "SELECT MIN(e.date) AS at FROM isp_contract_event e"
            " WHERE e.contract_id = c.id AND e.transition = 'activate'"
        )

    @property
    def _table_query(self):
        return SQL(QUERY, online=self._online_query())
