import ipaddress

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..fields import Cidr
from ..tools import cgnat


class IspCgnatRule(models.Model):
    _name = "isp.cgnat.rule"
    _description = "Deterministic CGNAT rule"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    domain_id = fields.Many2one(
        "isp.routing.domain",
        "Inside domain",
        required=True,
        ondelete="restrict",
        index=True,
        help="Where the subscribers' addresses are.",
    )
    inside = Cidr("Inside network", required=True)
    outside = Cidr("Outside network", required=True)
    first_port = fields.Integer(default=1024, required=True)
    ports_per_host = fields.Integer("Ports per subscriber", default=1008, required=True)
    hosts_per_address = fields.Integer(
        "Subscribers per public address", compute="_compute_hosts_per_address"
    )
    date_from = fields.Datetime(
        "From", required=True, default=lambda self: fields.Datetime.now(), copy=False
    )
    date_to = fields.Datetime("To", copy=False, help="Empty: still in force.")
    notes = fields.Text()

    _ports = models.Constraint(
        "CHECK (first_port BETWEEN 1 AND 65535 AND ports_per_host BETWEEN 1 AND 65536 - "
        "first_port)",
        "Ports go from 1 to 65535, and a subscriber's share must fit.",
    )
    _fits = models.Constraint(
        "CHECK (family(inside) = 4 AND family(outside) = 4 AND"
        " (1::bigint << (32 - masklen(inside)))"
        " <= (1::bigint << (32 - masklen(outside))) * ((65536 - first_port) / ports_per_host))",
        "The outside network has not enough ports for every inside address.",
    )
    _period_order = models.Constraint("CHECK (date_to > date_from)", "A rule ends after it begins.")
    _one_inside = models.Constraint(
        "EXCLUDE USING gist (domain_id WITH =, inside inet_ops WITH &&,"
        " tsrange(date_from, date_to) WITH &&)",
        "Another rule translates these subscribers at the same time.",
    )
    _one_outside = models.Constraint(
        "EXCLUDE USING gist (outside inet_ops WITH &&, tsrange(date_from, date_to) WITH &&)",
        "Another rule uses these public addresses at the same time.",
    )

    @api.depends("first_port", "ports_per_host")
    def _compute_hosts_per_address(self):
        for rule in self:
            share = rule.ports_per_host
            rule.hosts_per_address = (cgnat.PORTS - rule.first_port) // share if share > 0 else 0

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self.new({**self.default_get(list(self._fields)), **vals})._check_fits()
        return super().create(vals_list)

    def write(self, vals):
        for rule in self:
            rule.new(vals, origin=rule)._check_fits()
        return super().write(vals)

    def _check_fits(self):
        """Before the database says it in fewer words."""
        for rule in self.filtered(lambda rule: rule.inside and rule.outside):
            if ":" in rule.inside or ":" in rule.outside:
                raise ValidationError(self.env._("%s: CGNAT translates IPv4 only.", rule.name))
            if rule.ports_per_host > 0 and not rule._rule().fits():
                raise ValidationError(
                    self.env._(
                        "%(rule)s: %(outside)s gives ports to %(there)s subscribers and "
                        "%(inside)s has "
                        "%(needed)s. Use fewer ports for each, or more public addresses.",
                        rule=rule.name,
                        outside=rule.outside,
                        there=rule._rule().outside.num_addresses * rule.hosts_per_address,
                        inside=rule.inside,
                        needed=rule._rule().inside.num_addresses,
                    )
                )

    def _rule(self):
        self.ensure_one()
        return cgnat.Rule(
            ipaddress.ip_network(self.inside),
            ipaddress.ip_network(self.outside),
            self.first_port,
            self.ports_per_host,
        )

    @api.model
    def _in_force(self, column, address, at):
        """:return: the rule whose ``column`` (inside or outside) holds ``address`` at ``at``."""
        self.flush_model()
        query = SQL(
            "SELECT id FROM isp_cgnat_rule WHERE %s >>= %s::inet"
            " AND tsrange(date_from, date_to) @> %s::timestamp LIMIT 1",
            SQL.identifier(column),
            str(address),
            at,
        )
        return self.browse([id_ for (id_,) in self.env.execute_query(query)])

    @api.model
    def ports_of(self, inside, at=None):
        """Public address and ports of a subscriber, by rule or by the log of port blocks.

        :return: dict ``outside, first_port, last_port, rule`` (the latest block when there are
            several, ``blocks`` has them all), or False when nobody translates it
        :raise UserError: when ``inside`` is no IPv4 address
        """
        self.check_access("read")
        address = self._address(inside)
        at = at or fields.Datetime.now()
        if rule := self._in_force("inside", address, at):
            block = rule._rule().ports(address)
            found = [(str(block.outside), block.first, block.last)]
        else:
            blocks = self.env["isp.cgnat.block"]._of(address, at)._filtered_access("read")
            found = [(block.outside, block.first_port, block.last_port) for block in blocks]
        rows = [
            dict(zip(("outside", "first_port", "last_port"), one, strict=True)) for one in found
        ]
        return {**rows[0], "rule": rule.name, "blocks": rows} if rows else False

    @api.model
    def subscriber_of(self, outside, port, at=None):
        """Inside address behind a public address and port, False when nobody can be there."""
        self.check_access("read")
        address = self._address(outside)
        inside, domain, source = self._behind(address, port, at or fields.Datetime.now())
        if not inside:
            return False
        rule = source.name if source._name == self._name else False
        return {"inside": str(inside), "domain_id": domain.id, "rule": rule}

    @api.model
    def _behind(self, outside, port, at):
        """:return: ``(inside address or None, its domain, the rule or block that says so)``"""
        if rule := self._in_force("outside", outside, at):
            return rule._rule().subscriber(outside, port), rule.domain_id, rule
        block = self.env["isp.cgnat.block"]._behind(outside, port, at)._filtered_access("read")
        inside = ipaddress.IPv4Address(block.inside) if block else None
        return inside, block.domain_id, block

    def _address(self, text):
        try:
            return ipaddress.IPv4Address(text)
        except ValueError as error:
            raise UserError(self.env._("%s is not an IPv4 address.", text)) from error
