import ipaddress
from datetime import UTC
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import addressing


class IspIpLookup(models.Model):
    """The question and the rows its answer stands on; kept, so every query leaves a trace."""

    _name = "isp.ip.lookup"
    _description = "Who had this address"
    _order = "id desc"
    _rec_name = "address"

    address = fields.Char(required=True, help="IPv4 or IPv6 address.")
    port = fields.Integer("Source port", help="Needed when several customers share the address.")
    at = fields.Datetime(required=True, default=lambda self: fields.Datetime.now())
    domain_id = fields.Many2one(
        "isp.routing.domain",
        "Routing domain",
        ondelete="restrict",
        help="Empty: the public Internet for a public address, else every domain that has it.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    reference = fields.Char("Order or ticket")
    requester = fields.Char("Who asks")
    reason = fields.Char("Legal basis or cause")
    user_id = fields.Many2one(
        "res.users", "Asked by", default=lambda self: self.env.user, readonly=True, required=True
    )
    state = fields.Selection(
        [("draft", "Question"), ("answered", "Answered")],
        default="draft",
        readonly=True,
        required=True,
    )
    answered_at = fields.Datetime(readonly=True)
    rule_id = fields.Many2one("isp.cgnat.rule", "CGNAT rule", readonly=True, ondelete="restrict")
    block_id = fields.Many2one(
        "isp.cgnat.block", "CGNAT port block", readonly=True, ondelete="set null"
    )
    inside_address = fields.Char(readonly=True)
    history_ids = fields.Many2many("isp.ip.assignment.history", string="Answer", readonly=True)
    found = fields.Boolean(compute="_compute_found")
    seals = fields.Text(
        readonly=True,
        help="Number and seal of each period the answer stands on; they stay when the law has the "
        "periods themselves deleted.",
    )
    purged = fields.Boolean(
        compute="_compute_found", help="Periods of the answer were deleted by a purge since then."
    )

    @api.depends("history_ids", "seals")
    def _compute_found(self):
        for lookup in self:
            lookup.found = bool(lookup.seals or lookup.history_ids)
            then = len((lookup.seals or "").splitlines())
            lookup.purged = then > len(lookup.history_ids)

    def write(self, vals):
        if self.filtered(lambda lookup: lookup.state == "answered"):
            raise UserError(
                self.env._("An answered question is kept as it was. Ask again in a new one.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if self.filtered(lambda lookup: lookup.state == "answered"):
            raise UserError(
                self.env._("Questions about addresses are kept: they cannot be deleted.")
            )

    def action_answer(self):
        """Answer and seal the question.

        :raise UserError: no address, a future instant, or a shared address without a port
        """
        for lookup in self.filtered(lambda row: row.state == "draft"):
            lookup.write(lookup._answer())
        return True

    def _answer(self):
        self.ensure_one()
        try:
            address = ipaddress.ip_address((self.address or "").strip())
        except ValueError as error:
            raise UserError(
                self.env._("%s is not an address. Write one IPv4 or IPv6 address.", self.address)
            ) from error
        values = {
            "address": str(address),
            "state": "answered",
            "answered_at": fields.Datetime.now(),
        }
        domains = self.domain_id
        if address.version == 4 and self._is_shared(address):
            address, domains = self._behind(address, values)
        if address is None:
            return values
        history = self.env["isp.ip.assignment.history"]
        history.flush_model()
        holders = history._holders(str(address), self.at, (domains or self._domains(address)).ids)
        # the record rule of the history decides what the person may see
        holders = holders._filtered_access("read")
        values["history_ids"] = [fields.Command.set(holders.ids)]
        values["seals"] = "\n".join(f"#{row.id} {row.hash}" for row in holders) or False
        return values

    def _is_shared(self, address):
        rule = self.env["isp.cgnat.rule"].sudo()._in_force("outside", address, self.at)
        return rule or self.env["isp.cgnat.block"].sudo()._is_shared(address)

    def _behind(self, address, values):
        """:return: ``(inside address or None, its domain)``; ``values`` learns what says so

        :raise UserError: without a port nobody can be named
        """
        if not self.port:
            raise UserError(
                self.env._(
                    "%(address)s is shared by many customers (CGNAT). Without the source port "
                    "nobody can be named: ask for it.",
                    address=str(address),
                )
            )
        inside, domain, source = (
            self.env["isp.cgnat.rule"].sudo()._behind(address, self.port, self.at)
        )
        values["inside_address"] = str(inside or "") or False
        values["rule_id" if source._name == "isp.cgnat.rule" else "block_id"] = source.id
        return inside, domain

    def _domains(self, address):
        domains = self.env["isp.routing.domain"].with_context(active_test=False)
        network = ipaddress.ip_network(address)
        if addressing.scope(network) == "public":
            return domains.search([("is_global", "=", True)])
        return domains.search([])  # pylint: disable=no-search-all

    def _answer_values(self):
        """:return: list of dicts, the answer as RPC gives it"""
        self.ensure_one()
        return [
            {
                "id": row.id,
                "ip_address": row.ip_address,
                "state": row.state,
                "domain": row.domain_id.display_name,
                "partner_id": row.partner_id.id,
                "partner": row.partner_id.display_name,
                "contract_id": row.contract_id.id,
                "contract": row.contract_id.display_name,
                "inventory_item_id": row.inventory_item_id.id,
                "equipment": row.inventory_item_id.display_name,
                "date_from": fields.Datetime.to_string(row.date_from),
                "date_to": fields.Datetime.to_string(row.date_to) if row.date_to else False,
                "hash": row.hash,
                "inside_address": self.inside_address,
            }
            for row in self.history_ids
        ]

    @api.model
    def _utc(self, moment):
        """:return: the instant as orders write it, to the second; False for none"""
        return moment and f"{moment:%Y-%m-%d %H:%M:%S} UTC"

    def _local(self, moment):
        """:return: the instant in the company's time zone, with its offset, for the print"""
        name = self.company_id.partner_id.tz or self.env.user.tz
        if not name or not moment:
            return False
        local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(name))
        return f"{local:%Y-%m-%d %H:%M:%S UTC%z} {name}"

    def _seals_hold(self):
        """:return: whether the rows of the answer still have the seal they were written with."""
        self.ensure_one()
        if not self.history_ids:
            return True
        [(broken,)] = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM isp_ip_assignment_history h WHERE id IN %s AND (hash <>"
                " isp_ip_seal(h) OR (date_to IS NOT NULL AND close_hash <> isp_ip_seal_end(h)))",
                tuple(self.history_ids.ids),
            )
        )
        return not broken
