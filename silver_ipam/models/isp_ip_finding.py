from odoo import api, fields, models
from odoo.tools import SQL

from ..fields import Inet

KINDS = [
    ("unknown", "On the network, never booked"),
    ("not_booked", "Booked free or resting, but on the network"),
    ("other_contract", "Used by another contract"),
    ("duplicate", "Two live sessions with one address"),
    ("mac_two_addresses", "One MAC with two addresses"),
    ("other_mac", "Seen from equipment that is not the customer's"),
    ("silent", "Booked in use, silent"),
    ("wrong_base", "Address of another base"),
    ("broken_seal", "History that was tampered with"),
]
#: A sighting is "now" for this long; the feeds run every few minutes.
FRESH_MINUTES = 60
SILENT_DAYS = 30


class IspIpFinding(models.Model):
    """Where the books and the network disagree. Opens and closes by itself; nothing is repaired
    by it.
    """

    _name = "isp.ip.finding"
    _description = "Address finding"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, last_seen desc, id desc"
    _rec_name = "ip_address"

    kind = fields.Selection(KINDS, required=True, readonly=True)
    state = fields.Selection(
        [("closed", "Closed"), ("open", "Open")], required=True, readonly=True, default="open"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    domain_id = fields.Many2one(
        "isp.routing.domain", required=True, readonly=True, ondelete="cascade", index=True
    )
    ip_address = Inet("Address", required=True, readonly=True)
    detail = fields.Char(readonly=True, help="The MAC, session or contract that the network shows.")
    reservation_id = fields.Many2one(
        "isp.ip.reservation", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    contract_id = fields.Many2one(
        "isp.contract",
        "Booked contract",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    seen_contract_id = fields.Many2one(
        "isp.contract", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    first_seen = fields.Datetime(required=True, readonly=True)
    last_seen = fields.Datetime(required=True, readonly=True)
    closed_at = fields.Datetime(readonly=True)
    user_id = fields.Many2one("res.users", "Looked at by", tracking=True)
    note = fields.Text("What was found out")

    _one_open = models.UniqueIndex(
        "(kind, domain_id, ip_address, coalesce(detail, '')) WHERE state = 'open'",
        "This finding is already open.",
    )
    _open_idx = models.Index("(company_id, kind) WHERE state = 'open'")

    @api.model
    def _compare(self):
        """Open what is wrong now, close what is not any more. Idempotent.

        :return: number of findings open after it
        """
        self.env.flush_all()
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                WITH current AS MATERIALIZED (
                    SELECT DISTINCT ON (kind, domain_id, ip_address, coalesce(detail, '')) * FROM
                    (%s) f
                ), opened AS (
                    INSERT INTO isp_ip_finding AS f (kind, state, company_id, domain_id,
                    ip_address, detail,
                        reservation_id, contract_id, seen_contract_id, first_seen, last_seen,
                        create_date, create_uid, write_date, write_uid)
                    SELECT kind, 'open', company_id, domain_id, ip_address, detail, reservation_id,
                        contract_id, seen_contract_id, %s, %s, %s, %s, %s, %s
                    FROM current
                    ON CONFLICT (kind, domain_id, ip_address, coalesce(detail, '')) WHERE state =
                    'open'
                    DO UPDATE SET last_seen = EXCLUDED.last_seen, contract_id =
                    EXCLUDED.contract_id,
                        seen_contract_id = EXCLUDED.seen_contract_id,
                        reservation_id = EXCLUDED.reservation_id
                )
                UPDATE isp_ip_finding f SET state = 'closed', closed_at = %s, write_date = %s
                WHERE f.state = 'open' AND NOT EXISTS (
                    SELECT FROM current c WHERE c.kind = f.kind AND c.domain_id = f.domain_id
                    AND c.ip_address = f.ip_address AND coalesce(c.detail, '') =
                    coalesce(f.detail, ''))
                """,
                self._current(now),
                now,
                now,
                now,
                self.env.uid,
                now,
                self.env.uid,
                now,
                now,
            )
        )
        self.invalidate_model()
        return self.search_count([("state", "=", "open")])

    @api.model
    def _current(self, now):
        """:return: SQL of what is wrong at ``now``, one row for each finding"""
        parameter = self.env["ir.config_parameter"].sudo().get_param
        return SQL(
            """
            WITH seen AS MATERIALIZED (
                SELECT s.*, p.id AS pool_id, r.id AS reservation_id, r.state, r.purpose,
                    r.contract_id AS booked_contract
                FROM isp_ip_sighting s
                LEFT JOIN isp_ip_pool p ON p.domain_id = s.domain_id AND p.cidr >>= s.ip_address
                    AND p.kind = 'pool' AND p.state <> 'retired'
                LEFT JOIN isp_ip_reservation r ON r.pool_id = p.id
                    AND r.unit = isp_ip_unit(p.cidr, p.alloc_plen, s.ip_address)
                WHERE s.last_seen >= %(now)s - %(fresh)s * interval '1 minute'
                    AND s.ended_at IS NULL
            )
            SELECT 'unknown' AS kind, company_id, domain_id, ip_address, mac AS detail,
                NULL::int AS reservation_id, NULL::int AS contract_id, contract_id AS
                seen_contract_id
              FROM seen WHERE reservation_id IS NULL
            UNION ALL
            SELECT 'not_booked', company_id, domain_id, ip_address, mac, reservation_id, NULL,
            contract_id
              FROM seen WHERE state IN ('free', 'quarantine')
            UNION ALL
            SELECT 'other_contract', s.company_id, domain_id, ip_address, c.name, reservation_id,
                booked_contract, contract_id
              FROM seen s JOIN isp_contract c ON c.id = s.contract_id
              WHERE s.state IN ('reserved', 'in_use') AND booked_contract IS NOT NULL
                AND contract_id <> booked_contract
            UNION ALL
            SELECT 'duplicate', min(company_id), domain_id, ip_address, NULL, min(reservation_id),
                min(booked_contract), min(contract_id)
              FROM seen GROUP BY source, domain_id, ip_address
              HAVING count(DISTINCT coalesce(mac, '') || '|' || coalesce(contract_id, 0)) > 1
            UNION ALL
            SELECT 'mac_two_addresses', min(company_id), domain_id, min(ip_address), mac,
            min(reservation_id),
                min(booked_contract), min(contract_id)
              FROM seen WHERE mac IS NOT NULL GROUP BY source, domain_id, mac, family(ip_address)
              HAVING count(DISTINCT ip_address) > 1
            UNION ALL
            -- a MAC we know to be elsewhere; or an unknown one, where the customer has a router
            -- of ours (behind an ONU alone his own router may be what shows)
            SELECT 'other_mac', s.company_id, s.domain_id, s.ip_address,
                concat_ws(' ', s.mac, max(known.name)), s.reservation_id, s.booked_contract,
                min(s.contract_id)
              FROM seen s
              JOIN isp_ip_reservation r ON r.id = s.reservation_id
              LEFT JOIN LATERAL (
                SELECT lot.name, item.partner_id FROM isp_equipment_mac m
                  JOIN isp_inventory_item item ON item.id = m.item_id
                  JOIN stock_lot lot ON lot.id = item.lot_id WHERE m.mac = s.mac) known ON true
              WHERE s.mac IS NOT NULL AND s.state = 'in_use' AND s.purpose = 'customer'
                AND known.partner_id IS DISTINCT FROM r.partner_id
                AND (known.name IS NOT NULL OR EXISTS (
                    SELECT FROM isp_inventory_item item JOIN isp_equipment_mac m ON
                    m.item_id = item.id
                    WHERE item.partner_id = r.partner_id AND item.id IN (
                        SELECT item_id FROM isp_cpe)))
              GROUP BY s.company_id, s.domain_id, s.ip_address, s.mac, s.reservation_id,
                s.booked_contract
            UNION ALL
            SELECT 'silent', r.company_id, r.domain_id, r.ip_address, NULL, r.id, r.contract_id,
            NULL
              FROM isp_ip_reservation r
              JOIN isp_contract c ON c.id = r.contract_id AND c.state = 'active'
              JOIN isp_ip_assignment_history h ON h.domain_id = r.domain_id
                AND h.ip_address = r.ip_address AND h.date_to IS NULL
              WHERE r.state = 'in_use' AND r.purpose = 'customer'
                AND h.date_from < %(now)s - %(silent)s * interval '1 day'
                -- only where the network does talk to us
                AND EXISTS (SELECT FROM isp_ip_sighting s WHERE s.domain_id = r.domain_id
                    AND s.last_seen >= %(now)s - %(fresh)s * interval '1 minute')
                AND NOT EXISTS (SELECT FROM isp_ip_sighting s WHERE s.domain_id = r.domain_id
                    AND s.ip_address <<= r.ip_address
                    AND s.last_seen >= %(now)s - %(silent)s * interval '1 day')
            UNION ALL
            SELECT 'wrong_base', r.company_id, r.domain_id, r.ip_address, c.name, r.id,
            r.contract_id, NULL
              FROM isp_ip_reservation r JOIN isp_contract c ON c.id = r.contract_id
              WHERE r.state IN ('reserved', 'in_use') AND c.base_station_id <> r.base_station_id
            UNION ALL
            SELECT 'broken_seal', h.company_id, h.domain_id, h.ip_address, h.id::text,
            h.reservation_id,
                h.contract_id, NULL
              FROM isp_ip_assignment_history h
              WHERE (h.date_to IS NULL OR h.date_to >= %(now)s - interval '2 days')
                AND (h.hash IS DISTINCT FROM isp_ip_seal(h)
                    OR (h.date_to IS NOT NULL AND h.close_hash IS DISTINCT FROM isp_ip_seal_end(h)))
            """,
            now=SQL("%s::timestamp", now),
            fresh=int(parameter("silver_ipam.fresh_minutes", FRESH_MINUTES)),
            silent=int(parameter("silver_ipam.silent_days", SILENT_DAYS)),
        )

    def action_take_on(self):
        """I look at it."""
        self.write({"user_id": self.env.uid})

    def action_open_reservation(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "isp.ip.reservation",
            "view_mode": "form",
            "res_id": self.reservation_id.id,
        }
