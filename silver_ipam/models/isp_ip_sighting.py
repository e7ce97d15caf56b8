import ipaddress

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..fields import Inet


class IspIpSighting(models.Model):
    """What the network says. Fed by whoever talks to it (RADIUS, routers, OLTs); never written by
    hand.
    """

    _name = "isp.ip.sighting"
    _description = "Address seen on the network"
    _order = "last_seen desc, id desc"
    _rec_name = "ip_address"
    _log_access = False

    source = fields.Selection(
        [
            ("radius", "RADIUS session"),
            ("ppp", "PPP session of a router"),
            ("arp", "ARP"),
            ("dhcp", "DHCP lease"),
            ("olt", "OLT"),
        ],
        required=True,
        readonly=True,
    )
    domain_id = fields.Many2one(
        "isp.routing.domain", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    nas_id = fields.Many2one("isp.nas", readonly=True, ondelete="set null", index="btree_not_null")
    ip_address = Inet("Address", required=True, readonly=True)
    mac = fields.Char("MAC", readonly=True)
    session = fields.Char(
        readonly=True, help="RADIUS session or lease: what tells two sightings of an address apart."
    )
    contract_id = fields.Many2one(
        "isp.contract", readonly=True, ondelete="set null", index="btree_not_null"
    )
    first_seen = fields.Datetime(required=True, readonly=True)
    last_seen = fields.Datetime(required=True, readonly=True, index=True)
    ended_at = fields.Datetime(
        readonly=True, help="The session or lease ended then: the address is free to be seen anew."
    )

    _one_row = models.UniqueIndex(
        "(source, domain_id, ip_address, coalesce(mac, ''), coalesce(session, ''))"
    )
    _by_address = models.Index("(domain_id, ip_address, last_seen)")
    _by_session = models.Index("(session) WHERE session IS NOT NULL AND ended_at IS NULL")

    @api.model
    def feed(self, rows, source="radius", domain_id=None, nas_id=None, seen_at=None):
        """Tell what the network shows now; the same rows again only move ``last_seen``.

        :param rows: list of dicts ``address`` and optionally ``mac``, ``session``, ``contract_id``
        :param str source: radius, ppp, arp, dhcp or olt
        :param int domain_id: routing domain of private addresses; None: that of the NAS's base
        :param int nas_id: ``isp.nas`` that shows them
        :param str seen_at: UTC, None: now
        :return: number of rows taken; rows whose address cannot be read are refused all together
        :raise UserError: naming the rows that cannot be read, or a missing domain
        """
        self.check_access("create")
        nas = self.env["isp.nas"].browse(nas_id or ())
        domain = self.env["isp.routing.domain"].browse(domain_id or ())
        domain = domain or nas.base_station_id.routing_domain_id
        if not domain:
            raise UserError(self.env._("Say which routing domain or NAS shows these addresses."))
        if source not in dict(self._fields["source"].selection):
            raise UserError(self.env._("%s is no source of sightings.", source))
        internet = self.env["isp.routing.domain"].search([("is_global", "=", True)], limit=1)
        values, unreadable = {}, []
        for row in rows:
            try:
                address = ipaddress.ip_interface(row.get("address") or "")
            except ValueError:
                unreadable.append(str(row.get("address")))
                continue
            mac = (row.get("mac") or "").strip().upper().replace("-", ":") or None
            session = row.get("session") or None
            # of one command, the last word counts; PostgreSQL refuses to update a row twice in it
            values[(str(address), mac, session)] = (
                str(address if address.network.prefixlen != address.max_prefixlen else address.ip),
                mac,
                session,
                row.get("contract_id") or None,
            )
        if unreadable:
            raise UserError(
                self.env._(
                    "These are no addresses: %s. Nothing was taken.", ", ".join(unreadable[:10])
                )
            )
        if not values:
            return 0
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO isp_ip_sighting AS s (source, domain_id, company_id, nas_id,
                ip_address, mac,
                                                  session, contract_id, first_seen, last_seen)
                SELECT %(source)s, CASE WHEN isp_ip_scope(v.address) = 'public' THEN %(internet)s
                       ELSE %(domain)s END, %(company)s, %(nas)s, v.address, v.mac, v.session,
                       v.contract,
                       %(at)s, %(at)s
                FROM unnest(%(addresses)s::inet[], %(macs)s::text[], %(sessions)s::text[],
                            %(contracts)s::int[]) v(address, mac, session, contract)
                ON CONFLICT (source, domain_id, ip_address, coalesce(mac, ''), coalesce(session,
                ''))
                DO UPDATE SET last_seen = greatest(s.last_seen, EXCLUDED.last_seen),
                    ended_at = NULL,
                    contract_id = coalesce(EXCLUDED.contract_id, s.contract_id),
                    nas_id = coalesce(EXCLUDED.nas_id, s.nas_id)
                """,
                source=source,
                internet=internet.id or domain.id,
                domain=domain.id,
                company=(nas.company_id or domain.company_id or self.env.company).id,
                nas=nas.id or None,
                at=seen_at or fields.Datetime.now(),
                addresses=[value[0] for value in values.values()],
                macs=[value[1] for value in values.values()],
                sessions=[value[2] for value in values.values()],
                contracts=[value[3] for value in values.values()],
            )
        )
        self.invalidate_model()
        return len(values)

    @api.model
    def end(self, sessions, source="radius"):
        """These sessions or leases are over: what they showed is no longer on the network, though
        it was seen a minute ago.

        :param list sessions: their names, as they were given to :meth:`feed`
        :return: number of sightings ended
        """
        self.check_access("create")
        self.env.cr.execute(
            SQL(
                "UPDATE isp_ip_sighting SET ended_at = %s"
                " WHERE session = ANY(%s) AND source = %s AND ended_at IS NULL",
                fields.Datetime.now(),
                list(sessions),
                source,
            )
        )
        self.invalidate_model()
        return self.env.cr.rowcount

    @api.autovacuum
    def _gc_sightings(self):
        """Ninety days are enough to tell a silent customer; who had an address is in the
        history.
        """
        self.env.cr.execute(
            "DELETE FROM isp_ip_sighting WHERE id IN (SELECT id FROM isp_ip_sighting"
            " WHERE last_seen < timezone('UTC', now()) - interval '90 days' LIMIT 20000)"
        )
        return self.env.cr.rowcount, self.env.cr.rowcount == 20000
