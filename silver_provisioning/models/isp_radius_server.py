from odoo import api, fields, models
from odoo.exceptions import UserError

from ..drivers.base import DriverError, Endpoint, SecretText
from ..drivers.radius_sql import RadiusSql
from .driver_texts import spoken
from .session_sync import Known, merge

SQL_SECONDS = 10.0
SYNC_OVERLAP = 500  # rows of radacct read again: a lower number may have been committed later


class IspRadiusServer(models.Model):
    _inherit = "isp.radius.server"

    sql_mode = fields.Selection(
        [("tables", "Tables written by Silver"), ("views", "Views over the contracts")],
        string="Customers in RADIUS",
        required=True,
        default="tables",
        help="Views: FreeRADIUS reads the contracts themselves, in the schema radius of this "
        "database (tools/radius.sh views). Only plans, routers and sessions are left to do.",
    )
    suspend_mode = fields.Selection(
        [
            ("profile", "Restricted profile (walled garden)"),
            ("throttle", "Own address, reduced speed"),
            ("reject", "Refuse the login"),
        ],
        string="A suspended customer",
        required=True,
        default="profile",
        help="For contracts whose suspension does not say how (collection policies may say it).",
    )
    throttled_rate = fields.Char(
        "Reduced Speed", default="512k/512k", help="Upload/download, as MikroTik writes it."
    )
    suspended_group = fields.Char(default="suspended", help="RADIUS group of suspended customers.")
    suspended_rate = fields.Char(
        default="128k/128k", help="Upload/download, as MikroTik writes it."
    )
    suspended_address_list = fields.Char(
        default="silver-suspended",
        help="Firewall address list of the router that leads to the payment page.",
    )
    suspended_pool = fields.Char(
        help="Address pool of the router for suspended customers (walled garden)."
    )
    suspended_session_timeout = fields.Integer("Suspended Session (s)", default=3600)
    interim_interval = fields.Integer(
        "Accounting Interval (s)", default=300, help="How often routers report the traffic."
    )
    stale_minutes = fields.Integer(
        "Stale After (min)",
        default=15,
        help="A session without news for so long is closed: three accounting intervals.",
    )
    session_mark = fields.Integer("Last Accounting Row", readonly=True, copy=False)
    session_sync_at = fields.Datetime("Sessions Read", readonly=True, copy=False)
    radius_user_ids = fields.One2many("isp.radius.user", "server_id", string="Users")
    session_ids = fields.One2many("isp.radius.session", "server_id", string="Online Sessions")
    online_count = fields.Integer("Online", compute="_compute_online_count")

    _intervals_range = models.Constraint(
        "CHECK(interim_interval >= 60 AND stale_minutes >= 1 AND suspended_session_timeout >= 0)",
        "The accounting interval is at least 60 seconds, and a stale session a minute old.",
    )

    @api.depends("session_ids")
    def _compute_online_count(self):
        counts = dict(
            self.env["isp.radius.session"]._read_group(
                [("server_id", "in", self.ids)], ["server_id"], ["__count"]
            )
        )
        for server in self:
            server.online_count = counts.get(server, 0)

    @api.model_create_multi
    def create(self, vals_list):
        servers = super().create(vals_list)
        self.env["isp.provisioning.device"]._of("radius", servers)
        return servers

    def write(self, vals):
        result = super().write(vals)
        if any(name.startswith(("suspend", "throttle", "interim", "sql_")) for name in vals):
            self._plans_changed()
        if "suspend_mode" in vals or "suspended_group" in vals:
            suspended = self.radius_user_ids.contract_id.filtered(lambda c: c.state == "suspended")
            self.env["isp.provisioning.target"]._mark(suspended)
        return result

    def _throttled_group(self):
        return f"{self.suspended_group or 'suspended'}-throttle"

    # === which server serves whom === #

    @api.model
    def _default_for(self, company):
        return self.sudo().search([("company_id", "=", company.id)], order="id", limit=1)

    @api.model
    def _of_contracts(self, contracts):
        """:return: ``{contract id: isp.radius.server}``; absent where there is no server"""
        nas_of = contracts._provisioning_nas()
        defaults = {company: self._default_for(company) for company in contracts.company_id}
        found = {}
        for contract in contracts:
            nas = nas_of.get(contract.id)
            server = (nas.radius_server_id if nas else self) or defaults[contract.company_id]
            if server:
                found[contract.id] = server
        return found

    def _served_nas(self):
        """:return: the routers that ask this server"""
        self.ensure_one()
        routers = self.env["isp.nas"].sudo().search([("company_id", "=", self.company_id.id)])
        return routers.filtered(lambda nas: nas._radius_server() == self)

    @api.model
    def _plans_changed(self):
        """What all customers of the servers share has changed: plans, routers, the profile."""
        servers = self.sudo().search([])  # pylint: disable=no-search-all
        for device in self.env["isp.provisioning.device"]._of("radius", servers).values():
            device._shared_changed()

    # === the database behind === #

    def _sql_endpoint(self):
        """Where the SQL tables of FreeRADIUS are.

        An empty host is the PostgreSQL of Odoo (libpq finds it as Odoo does); an empty name is the
        name of this database followed by ``_radius``.
        """
        self.ensure_one()
        server = self.sudo()
        return Endpoint(
            host=server.sql_host or "",
            port=server.sql_port if server.sql_host else 0,
            username=(server.sql_user or "") if server.sql_host else "",
            secret=SecretText((server.sql_password or "") if server.sql_host else ""),
            timeout=SQL_SECONDS,
            options={
                "database": server.sql_database
                or self.env.cr.dbname + ("" if server.sql_mode == "views" else "_radius"),
                "schema": "radius" if server.sql_mode == "views" else "",
            },
        )

    def action_test_connection(self):
        """Connect to the RADIUS database and say what is there.

        :raise UserError: with the reason, when it does not work
        """
        self.ensure_one()
        self.check_access("write")
        driver = RadiusSql(self._sql_endpoint())
        try:
            with driver:
                users = len(driver.inventory())
                online = len(driver.open_sessions())
        except DriverError as error:
            technical = f"{error}\n{error.detail}".strip()
            raise UserError(f"{spoken(self.env, technical)}\n\n{error.detail}".strip()) from None
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "The RADIUS database answers: %(users)s users, %(online)s open sessions.",
                    users=users,
                    online=online,
                ),
            },
        }

    # === sessions === #

    @api.model
    def _cron_sync_sessions(self):
        servers = self.search([])  # pylint: disable=no-search-all
        for index, server in enumerate(servers):
            server._sync_sessions()
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(servers) - index - 1):
                break

    def _sync_sessions(self):
        """Read the accounting: who is online, traffic since the last time, first time online.

        Reads the open sessions (their own partial index), the rows added since the last time (by
        their number, not by their clock: routers have wrong ones), and the end of those that were
        open. So its cost does not grow with the accounting.

        :return: dict of counts ``online``, ``ended``, ``stale``; None when the server is silent
        """
        self.ensure_one()
        server_id = self.id
        executor = self.env["isp.provisioning.executor"]
        driver, mark, known = executor._in_transaction(
            lambda env: env[self._name].browse(server_id)._session_state()
        )
        try:
            with driver:
                stale = driver.close_stale(self.stale_minutes)
                rows = driver.open_sessions()
                rows += driver.sessions_after(max(mark - SYNC_OVERLAP, 0))
                there = {row.unique_id for row in rows}
                rows += driver.sessions_by_unique_id([u for u in known if u not in there])
                newest = max([mark, *(row.id for row in rows)])
        except DriverError as failure:
            message = str(failure)
            executor._in_transaction(
                lambda env: env["isp.provisioning.device"]
                ._of("radius", env[self._name].browse(server_id))[server_id]
                ._note_failure(message)
            )
            return None
        changes = merge(rows, known, mark)
        counts = executor._in_transaction(
            lambda env: env["isp.radius.session"]._store(
                env[self._name].browse(server_id), changes, newest
            )
        )
        return {**counts, "stale": stale}

    def _session_state(self):
        sessions = self.env["isp.radius.session"].search_fetch(
            [("server_id", "=", self.id)], ["unique_id", "upload_octets", "download_octets"]
        )
        known = {
            session.unique_id: Known(int(session.upload_octets), int(session.download_octets))
            for session in sessions
        }
        return RadiusSql(self._sql_endpoint()), self.session_mark, known
