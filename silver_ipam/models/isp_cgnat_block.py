import ipaddress

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..fields import Inet
from ..tools.messages import promise_message


class IspCgnatBlock(models.Model):
    """A block of ports that a CGNAT lent to a subscriber while he needed it.

    For translators that do not compute the ports (see ``isp.cgnat.rule``): they log each block
    when it begins and when it ends, one row for some hundred ports instead of one a connection.
    """

    _name = "isp.cgnat.block"
    _description = "CGNAT port block"
    _order = "id desc"
    _rec_name = "outside"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    domain_id = fields.Many2one(
        "isp.routing.domain", "Inside domain", required=True, readonly=True, ondelete="restrict"
    )
    nas_id = fields.Many2one("isp.nas", readonly=True, ondelete="restrict")
    inside = Inet("Inside address", required=True, readonly=True)
    outside = Inet("Public address", required=True, readonly=True)
    first_port = fields.Integer(required=True, readonly=True)
    last_port = fields.Integer(required=True, readonly=True)
    date_from = fields.Datetime("From", required=True, readonly=True)
    date_to = fields.Datetime("To", readonly=True, help="Empty: it is still his.")
    end_reason = fields.Selection(
        [("released", "Released"), ("reused", "Given to another, its end was never heard of")],
        readonly=True,
    )
    recorded_at = fields.Datetime(required=True, readonly=True)

    _ports = models.Constraint(
        "CHECK (first_port BETWEEN 1 AND last_port AND last_port <= 65535)",
        "A block goes from its first port to its last, from 1 to 65535.",
    )
    _hosts = models.Constraint(
        "CHECK (masklen(inside) = 32 AND masklen(outside) = 32 AND family(inside) = 4"
        " AND family(outside) = 4)",
        "Inside and outside are single IPv4 addresses.",
    )
    _period_order = models.Constraint(
        "CHECK (date_to >= date_from)", "A block ends after it begins."
    )
    # also the index that answers "who was behind it"
    _one_holder = models.Constraint(
        "EXCLUDE USING gist (outside inet_ops WITH &&, int4range(first_port, last_port, '[]') WITH"
        " &&, tsrange(date_from, date_to) WITH &&)",
        "Two subscribers with one port of one public address at the same time: never.",
    )
    _by_inside = models.Index("(domain_id, inside, date_from)")
    _open = models.Index("(outside, first_port) WHERE date_to IS NULL")
    _purge = models.Index("(company_id, date_to) WHERE date_to IS NOT NULL")

    @api.model
    def _sql_error_to_message(self, exc):
        return promise_message(self.env, exc) or super()._sql_error_to_message(exc)

    @api.depends("outside", "first_port", "last_port")
    def _compute_display_name(self):
        for block in self:
            block.display_name = f"{block.outside}:{block.first_port}-{block.last_port}"

    # === Feeding === #

    @api.model
    def feed(self, rows, domain_id=None, nas_id=None):
        """What a CGNAT logged, in the order it happened. The same rows again change nothing.

        :param rows: list of dicts ``event`` (``assign`` or ``release``), ``outside``,
            ``first_port``, ``last_port``, ``at`` (UTC) and, to assign, ``inside``
        :param int domain_id: where the inside addresses are; None: that of the NAS's base
        :param int nas_id: ``isp.nas`` that translates
        :return: dict ``assigned``, ``released``, ``known`` (already on record) and ``refused``, a
            list of dicts ``row`` (its number from 0) and ``message``
        :raise UserError: a missing domain
        """
        self.check_access("create")
        nas = self.env["isp.nas"].browse(nas_id or ())
        domain = self.env["isp.routing.domain"].browse(domain_id or ())
        domain = domain or nas.base_station_id.routing_domain_id
        if not domain:
            raise UserError(self.env._("Say which routing domain or NAS these port blocks are of."))
        good, refused = [], []
        for number, row in enumerate(rows):
            values, message = self._read(row)
            if message:
                refused.append({"row": number, "message": message})
            else:
                good.append((number, *values))
        counts = {"assigned": 0, "released": 0, "known": 0}
        for number, verdict in self._write(good, domain, nas):
            if verdict == "conflict":
                refused.append(
                    {
                        "row": number,
                        "message": self.env._(
                            "Another subscriber has these ports at that time: is it older than "
                            "what is on record?"
                        ),
                    }
                )
            elif verdict == "nothing":
                refused.append(
                    {"row": number, "message": self.env._("There is no such block to release.")}
                )
            else:
                counts[verdict] += 1
        self.invalidate_model()
        return {**counts, "refused": sorted(refused, key=lambda one: one["row"])}

    def _read(self, row):
        """:return: ``(values, None)`` or ``(None, why it cannot be read)``"""
        event = row.get("event") or "assign"
        try:
            outside = ipaddress.IPv4Address(str(row.get("outside")))
            inside = ipaddress.IPv4Address(str(row.get("inside"))) if event == "assign" else None
            first, last = int(row.get("first_port")), int(row.get("last_port"))
            at = fields.Datetime.to_datetime(row.get("at"))
        except (ValueError, TypeError) as error:
            return None, str(error)
        if event not in ("assign", "release"):
            return None, self.env._("%s is neither assign nor release.", event)
        if not 1 <= first <= last <= 65535:
            return None, self.env._("%(first)s-%(last)s are no ports.", first=first, last=last)
        if not at:
            return None, self.env._("It does not say when.")
        return (event, str(inside or outside), str(outside), first, last, at), None

    def _write(self, rows, domain, nas):
        """One round trip. :return: ``[(row number, verdict)]``, see ``isp_cgnat_log``"""
        if not rows:
            return []
        names = ("int", "text", "inet", "inet", "int", "int", "timestamp")
        columns = zip(*rows, strict=True)
        return self.env.execute_query(
            SQL(
                """
                SELECT e.number, isp_cgnat_log(%s, %s, %s, e.event, e.inside, e.outside, e.first,
                    e.last, e.at)
                FROM (SELECT * FROM unnest(%s) WITH ORDINALITY
                    AS e(number, event, inside, outside, first, last, at, position)
                    ORDER BY position) e
                """,
                (nas.company_id or domain.company_id or self.env.company).id,
                domain.id,
                nas.id or None,
                SQL(", ").join(
                    SQL("%s::" + name + "[]", list(column))  # pylint: disable=sql-injection
                    for name, column in zip(names, columns, strict=True)
                ),
            )
        )

    # === Who was behind it === #

    @api.model
    def _behind(self, outside, port, at):
        """:return: the block that held ``outside``:``port`` during the second ``at``"""
        return self._at(
            SQL(
                "outside && %s::inet AND int4range(first_port, last_port, '[]') @> %s",
                str(outside),
                port,
            ),
            at,
        )[:1]

    @api.model
    def _of(self, inside, at, domain_id=None):
        """:return: the blocks a subscriber had at an instant"""
        place = SQL("domain_id = %s AND", domain_id) if domain_id else SQL("")
        return self._at(SQL("%s inside = %s::inet", place, str(inside)), at)

    @api.model
    def _at(self, where, at):
        at = fields.Datetime.to_datetime(at)
        self.flush_model()
        return self.browse(
            id_
            for (id_,) in self.env.execute_query(
                SQL(
                    "SELECT id FROM isp_cgnat_block WHERE %s AND tsrange(date_from, date_to) &&"
                    " tsrange(%s::timestamp, %s::timestamp + interval '1 second')"
                    " ORDER BY date_from DESC, id DESC",
                    where,
                    at,
                    at,
                )
            )
        )

    @api.model
    def _is_shared(self, outside):
        """:return: whether the address was ever lent by blocks, so that it names nobody alone"""
        return bool(
            self.env.execute_query(
                SQL("SELECT 1 FROM isp_cgnat_block WHERE outside && %s::inet LIMIT 1", str(outside))
            )
        )
