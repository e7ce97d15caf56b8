import re
import secrets
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.silver_base.fields import Secret

from ..drivers.radius_policy import rate_limit

#: What FreeRADIUS' filter_username, RouterOS and people reading it aloud all accept.
USERNAME = r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,62}$"
#: No letters that look alike: these passwords are typed into routers from a sheet of paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
PASSWORD_LENGTH = 12  # 59 bits


class IspRadiusUser(models.Model):
    """The line of a contract in RADIUS. What FreeRADIUS holds for it follows from the contract."""

    _name = "isp.radius.user"
    _description = "RADIUS user"
    _rec_name = "username"
    _order = "username, id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "isp.contract", required=True, index=True, ondelete="restrict", check_company=True
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    contract_state = fields.Selection(related="contract_id.state", string="Contract State")
    product_id = fields.Many2one(related="contract_id.product_id", string="Plan")
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True, precompute=True
    )
    server_id = fields.Many2one(
        "isp.radius.server",
        string="RADIUS Server",
        index=True,
        ondelete="restrict",
        check_company=True,
        help="Empty: the router of the customer keeps the PPPoE user itself.",
    )
    username = fields.Char(required=True)
    password = Secret(
        required=True,
        default=lambda self: self._generate_password(),
        groups="silver_base.group_silver_secrets",
    )
    policy = fields.Char(
        readonly=True, copy=False, help="Name of what RADIUS holds now for this user (Class)."
    )
    policy_mark = fields.Integer(
        readonly=True, copy=False, help="Newest accounting row when the policy was written."
    )
    rate_mark = fields.Integer(
        readonly=True,
        copy=False,
        help="Newest accounting row when the speed was changed: sessions up to it are to get it.",
    )
    rate_serial = fields.Integer(readonly=True, copy=False, help="Changes of speed so far.")
    rate_at = fields.Datetime("Speed Since", readonly=True, copy=False)
    session_ids = fields.One2many("isp.radius.session", "radius_user_id", string="Sessions")
    usage_ids = fields.One2many("isp.radius.usage", "radius_user_id", string="Traffic per Day")
    is_online = fields.Boolean("Online", compute="_compute_is_online", search="_search_is_online")
    last_seen = fields.Datetime(readonly=True, copy=False)

    _contract_uniq = models.Constraint(
        "UNIQUE(contract_id)", "The contract already has a RADIUS user."
    )
    _username_uniq = models.Constraint(
        "UNIQUE(server_id, username)", "This RADIUS server already has a user with that name."
    )
    _username_local_uniq = models.UniqueIndex(
        "(company_id, username) WHERE server_id IS NULL",
        "There is already a PPPoE user with that name on the routers.",
    )
    _username_form = models.Constraint(
        f"CHECK(username ~ '{USERNAME}')",
        "A RADIUS user name is 1 to 63 letters, digits or . _ @ + - and begins with a letter or "
        "digit.",
    )

    @api.constrains("username")
    def _check_username(self):
        for user in self:
            if not re.fullmatch(USERNAME, user.username):
                raise ValidationError(
                    self.env._(
                        "“%(username)s” cannot be a RADIUS user name: 1 to 63 letters, digits or "
                        ". _ @ + - and a letter or digit first.",
                        username=user.username,
                    )
                )

    @api.depends("session_ids")
    def _compute_is_online(self):
        for user in self:
            user.is_online = bool(user.session_ids)

    @api.model
    def _search_is_online(self, operator, value):
        if operator != "in":
            return NotImplemented
        online = fields.Domain("session_ids", "!=", False)
        if False in value:
            return fields.Domain.TRUE if True in value else ~online
        return online

    @api.model
    def _generate_password(self):
        return "".join(secrets.choice(ALPHABET) for _ in range(PASSWORD_LENGTH))

    def _status(self):
        """:return: ``active``, ``throttled``, ``suspended``, ``rejected`` or ``absent``, from the
        contract; how a customer is suspended from the contract too, else from the server"""
        self.ensure_one()
        contract = self.contract_id
        if contract.state == "active":
            return "active"
        if contract.state == "suspended":
            mode = contract.suspension_mode or self.server_id.suspend_mode
            return {"throttle": "throttled", "reject": "rejected"}.get(mode, "suspended")
        return "absent"

    def _rate(self, rates):
        """:param rates: ``PlanRates`` of the plan, or None
        :return: the speed of an open session now, as text; empty: no router is told one"""
        status = self._status()
        if status == "throttled":
            return self.server_id.throttled_rate or ""
        if status == "active" and rates and rates.download_kbps and rates.upload_kbps:
            return rate_limit(rates)
        return ""

    def write(self, vals):
        if "contract_id" in vals:
            changing = self.filtered(lambda user: user.contract_id.id != vals["contract_id"])
            changing._refuse_move()
        result = super().write(vals)
        later = self.env.context.get("isp_marks_later")
        if vals.keys() & {"username", "password", "server_id"} and not later:
            self.env["isp.provisioning.target"]._mark(self.contract_id)
        return result

    def _refuse_move(self):
        if self:
            raise UserError(
                self.env._(
                    "%(names)s: a RADIUS user stays with its contract. Give the other contract one "
                    "of its own.",
                    names=", ".join(self.mapped("username")),
                )
            )

    def action_new_password(self):
        """Replace the password; the customer's router has to be given the new one."""
        self.check_access("write")
        for user in self.sudo():
            user.password = self._generate_password()
        return True

    def action_reveal_password(self):
        """Show the password to who may know it. It is asked for, so it is logged on the contract.

        :return: the password (RPC), for one user
        :raise AccessError: without the role *Network secrets*
        """
        self.ensure_one()
        if not self.env.user.has_group("silver_base.group_silver_secrets"):
            self.check_access("unlink")
        self.contract_id.sudo()._message_log(
            body=self.env._("The RADIUS password was shown to %(name)s.", name=self.env.user.name)
        )
        return self.sudo().password

    @api.model
    def _set_rate_marks(self, marks):
        """Sessions up to these rows are to be given the speed of today.

        :param list marks: ``(user id, number of the accounting row)``
        """
        self.flush_model()
        self.env.cr.execute_values(
            "UPDATE isp_radius_user SET rate_mark = greatest(rate_mark, v.mark),"
            " rate_serial = coalesce(rate_serial, 0) + 1, rate_at = v.at::timestamp"
            " FROM (VALUES %s) v (id, mark, at) WHERE isp_radius_user.id = v.id",
            [(user_id, mark, fields.Datetime.now()) for user_id, mark in marks],
            page_size=1000,
        )
        self.invalidate_model(["rate_mark", "rate_serial", "rate_at"])

    @api.model
    def _ensure(self, contracts):
        """Give a user to each contract that delivers internet and has none: on the RADIUS server
        of its router, or on none when the router keeps its users itself.

        :return: isp.radius.user, the new ones
        """
        todo = contracts.filtered(lambda c: not c.radius_user_ids and c._needs_radius())
        servers = self._homes(todo)
        todo = todo.filtered(lambda c: c.id in servers)
        if not todo:
            return self.browse()
        wanted = {contract.id: self._username_for(contract) for contract in todo}
        taken = {
            (user.server_id.id, user.username)
            for user in self.search([("username", "in", list(wanted.values()))])
        }
        values = []
        for contract in todo:
            server, name = servers[contract.id], wanted[contract.id]
            if (server.id, name) in taken:
                name = f"{name}-{contract.id}"
            taken.add((server.id, name))
            values.append({"contract_id": contract.id, "server_id": server.id, "username": name})
        return self.create(values)

    @api.model
    def _homes(self, contracts):
        """Where the users of these contracts belong: on the RADIUS server of their router, or on
        none when the router keeps its users itself.

        :return: ``{contract id: isp.radius.server}``; absent where there is no server
        """
        homes = self.env["isp.radius.server"]._of_contracts(contracts)
        nas_of = contracts._provisioning_nas()
        return homes | {
            c.id: self.env["isp.radius.server"]
            for c in contracts
            if c.id in nas_of and nas_of[c.id]._keeps_users(c)
        }

    @api.model
    def _follow(self, contracts, before):
        """These contracts got another router: their users go where it looks for them. Those that
        somebody had put elsewhere by hand stay.

        :param dict before: what :meth:`_homes` said of the old routers
        :raise UserError: when a name is taken there
        """
        after = self._homes(contracts)
        going = defaultdict(self.browse)
        for user in contracts.radius_user_ids:
            old, new = before.get(user.contract_id.id), after.get(user.contract_id.id)
            if old is not None and new is not None and old != new and user.server_id == old:
                going[new] |= user
        for server, users in going.items():
            taken = self.search(
                [
                    ("server_id", "=", server.id),
                    ("company_id", "in", users.company_id.ids),
                    ("username", "in", users.mapped("username")),
                ]
            )
            if taken:
                raise UserError(
                    self.env._(
                        "%(names)s: where the new router looks for its users, others already have "
                        "these names. Give them other ones first.",
                        names=", ".join(taken[:10].mapped("username")),
                    )
                )
            users.with_context(isp_marks_later=True).server_id = server

    @api.model
    def _username_for(self, contract):
        name = re.sub(r"[^a-z0-9._-]+", "", contract.name.lower()).strip("._-")
        return name[:40] or f"c{contract.id}"
