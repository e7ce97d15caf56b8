from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..fields import Inet
from ..tools.messages import promise_message


class IspIpAssignmentHistory(models.Model):
    """Written by a trigger on the reservations, so it is complete whoever writes them."""

    _name = "isp.ip.assignment.history"
    _description = "Address history"
    _rec_name = "ip_address"
    _order = "id desc"
    _log_access = False

    company_id = fields.Many2one("res.company", readonly=True, index=True)
    domain_id = fields.Many2one(
        "isp.routing.domain", required=True, readonly=True, ondelete="restrict"
    )
    base_station_id = fields.Many2one("isp.base.station", readonly=True, ondelete="restrict")
    pool_id = fields.Many2one("isp.ip.pool", readonly=True, ondelete="restrict", index=True)
    reservation_id = fields.Many2one(
        "isp.ip.reservation", readonly=True, ondelete="set null", index="btree_not_null"
    )
    ip_address = Inet("Address", required=True, readonly=True)
    previous_ip = Inet("Previous address", readonly=True, help="What the contract had before.")
    next_ip = Inet("Next address", compute="_compute_next_ip", help="What the contract had after.")
    state = fields.Selection(
        [("reserved", "Reserved"), ("in_use", "In use")], required=True, readonly=True
    )
    contract_id = fields.Many2one(
        "isp.contract", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    inventory_item_id = fields.Many2one(
        "isp.inventory.item",
        string="Equipment",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    date_from = fields.Datetime("From", required=True, readonly=True)
    date_to = fields.Datetime("To", readonly=True)
    user_id = fields.Many2one("res.users", "Given by", readonly=True, ondelete="restrict")
    reason = fields.Char(readonly=True)
    end_user_id = fields.Many2one("res.users", "Ended by", readonly=True, ondelete="restrict")
    end_reason = fields.Char("Why it ended", readonly=True)
    recorded_at = fields.Datetime(
        readonly=True, help="When we wrote it down, which may be later than it happened."
    )
    prev_hash = fields.Char("Seal before", readonly=True)
    hash = fields.Char("Seal", readonly=True)
    close_hash = fields.Char("Seal of the end", readonly=True)

    # also the index that answers "who had it": see who_had()
    _one_holder = models.Constraint(
        "EXCLUDE USING gist (domain_id WITH =, ip_address inet_ops WITH &&,"
        " tsrange(date_from, date_to) WITH &&)",
        "Two holders of one address at the same time: never.",
    )
    _period_order = models.Constraint(
        "CHECK (date_to >= date_from)", "A period ends after it begins."
    )
    _chain = models.Index("(domain_id, ip_address, id)")
    _by_contract = models.Index("(contract_id, id) WHERE contract_id IS NOT NULL")
    _by_pool_day = models.Index("(pool_id, date_from)")
    _by_pool_end = models.Index("(pool_id, date_to) WHERE date_to IS NOT NULL")

    @api.model
    def _sql_error_to_message(self, exc):
        return promise_message(self.env, exc) or super()._sql_error_to_message(exc)

    @api.depends("contract_id", "ip_address")
    def _compute_next_ip(self):
        self.next_ip = False
        if not self.ids:
            return
        rows = self.env.execute_query(
            SQL(
                """
                SELECT h.id, following.ip_address
                FROM isp_ip_assignment_history h, LATERAL (
                    SELECT n.ip_address FROM isp_ip_assignment_history n
                    WHERE n.contract_id = h.contract_id AND n.id > h.id
                      AND family(n.ip_address) = family(h.ip_address)
                      AND masklen(n.ip_address) = masklen(h.ip_address)
                      AND n.ip_address <> h.ip_address
                    ORDER BY n.id LIMIT 1) following
                WHERE h.id IN %s
                """,
                tuple(self.ids),
            )
        )
        for id_, address in rows:
            self.browse(id_).next_ip = address

    # === CRUD: nobody === #
    # pylint: disable=method-required-super

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse()

    def write(self, vals):
        self._refuse()

    def unlink(self):
        self._refuse()

    def _refuse(self):
        raise UserError(
            self.env._(
                "The history of addresses is written by the system and only ever added to: it "
                "cannot be "
                "changed or deleted."
            )
        )

    # === Who had it === #

    @api.model
    def who_had(self, address, at=None, domain_id=None, port=None, reference=None, reason=None):
        """Who held ``address`` at an instant. Every question is logged as an ``isp.ip.lookup``.

        :param str address: IPv4 or IPv6 address
        :param str at: ``YYYY-MM-DD HH:MM:SS`` in UTC; None: now
        :param int domain_id: routing domain; None: the public Internet for public addresses,
            otherwise
            every domain that has it
        :param int port: source port; required when ``address`` is the outside of a CGNAT rule
        :param str reference: number of the order or ticket that asks
        :param str reason: legal basis or cause
        :return: list of dicts ``id, ip_address, state, domain, partner_id, partner, contract_id,
            contract, inventory_item_id, equipment, date_from, date_to, hash, inside_address``
        :raise UserError: a CGNAT address without a port, or text that is no address
        """
        lookup = self.env["isp.ip.lookup"].create(
            {
                "address": address,
                "at": at or fields.Datetime.now(),
                "domain_id": domain_id,
                "port": port or 0,
                "reference": reference,
                "reason": reason,
            }
        )
        lookup.action_answer()
        return lookup._answer_values()

    @api.model
    def _holders(self, address, at, domain_ids=None):
        """:return: history rows that cover ``address`` during the second ``at`` (UTC)

        Orders and logs speak in seconds; when it changed hands within that one, both are the
        answer.
        The exclusion's own index finds them.
        """
        # one query per domain: a list of domains would not be an index condition of GiST
        query = SQL(
            """
            SELECT h.id FROM unnest(%s::int[]) d, LATERAL (
                SELECT id FROM isp_ip_assignment_history
                WHERE domain_id = d AND ip_address >>= %s::inet
                  AND tsrange(date_from, date_to) && tsrange(%s::timestamp, %s::timestamp)) h
            """,
            list(domain_ids),
            address,
            at,
            at + timedelta(seconds=1),
        )
        rows = self.browse([id_ for (id_,) in self.env.execute_query(query)])
        # reserved and put in use within that second: the use says it all
        used = {(row.ip_address, row.contract_id) for row in rows if row.state == "in_use"}
        return rows.filtered(
            lambda row: row.state == "in_use" or (row.ip_address, row.contract_id) not in used
        )
