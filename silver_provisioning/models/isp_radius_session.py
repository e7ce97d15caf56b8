import re
from collections import defaultdict
from datetime import timezone

from odoo import api, fields, models
from odoo.tools import SQL

MAC = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")


class IspRadiusSession(models.Model):
    """Who is online now. A small table of its own: accounting may have fifty million rows."""

    _name = "isp.radius.session"
    _description = "Online session"
    _order = "started desc, id desc"
    _rec_name = "username"
    _log_access = False

    server_id = fields.Many2one(
        "isp.radius.server", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    unique_id = fields.Char(required=True, readonly=True)
    session_id = fields.Char("Session", readonly=True)
    username = fields.Char(required=True, readonly=True, index=True)
    radius_user_id = fields.Many2one(
        "isp.radius.user", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    contract_id = fields.Many2one(
        "isp.contract", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    nas_id = fields.Many2one("isp.nas", "Router", readonly=True, ondelete="set null")
    nas_address = fields.Char("Router Address", readonly=True)
    nas_port = fields.Char("Port", readonly=True)
    framed_ip = fields.Char("Address", readonly=True)
    framed_ipv6 = fields.Char("IPv6 Prefix", readonly=True)
    calling_station = fields.Char("MAC", readonly=True)
    started = fields.Datetime("Online Since", readonly=True)
    updated = fields.Datetime("Last Update", readonly=True)
    policy = fields.Char(readonly=True)
    radacct_id = fields.Integer(readonly=True, help="Number of the row in the accounting.")
    upload_octets = fields.Float(digits=(20, 0), readonly=True)
    download_octets = fields.Float(digits=(20, 0), readonly=True)
    upload_gb = fields.Float("Upload (GB)", compute="_compute_volumes", digits=(16, 3))
    download_gb = fields.Float("Download (GB)", compute="_compute_volumes", digits=(16, 3))
    is_outdated = fields.Boolean(
        "Old Terms", compute="_compute_is_outdated", help="It logged in under another policy."
    )

    _unique_id_uniq = models.Constraint("UNIQUE(server_id, unique_id)", "Session already there.")

    @api.depends("upload_octets", "download_octets")
    def _compute_volumes(self):
        for session in self:
            session.upload_gb = session.upload_octets / 1e9
            session.download_gb = session.download_octets / 1e9

    @api.depends("policy", "radius_user_id.policy")
    def _compute_is_outdated(self):
        for session in self:
            current = session.radius_user_id.policy
            session.is_outdated = bool(session.policy and current and session.policy != current)

    def action_disconnect(self):
        """End these sessions after commit; the customer dials in again with today's terms."""
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("silver_base.group_silver_operator"):
            self.env["isp.provisioning.target"].check_access("write")
        users = self.sudo().radius_user_id
        for user in users:
            newest = max(session.radacct_id for session in user.session_ids)
            user.policy_mark = max(user.policy_mark, newest)
        self.env["isp.provisioning.target"]._requeue(users.contract_id, "coa")
        self.env["isp.provisioning.target"]._wake()
        return True

    @api.model
    def _store(self, server, changes, newest):
        """Write what a reading of the accounting says.

        :param changes: list of ``session_sync.Change``
        :param int newest: number of the newest accounting row that was read
        :return: dict of counts ``online``, ``ended``
        """
        self.flush_model()
        users = {
            user.username: user
            for user in self.env["isp.radius.user"].search(
                [
                    ("server_id", "=", server.id),
                    ("username", "in", list({change.session.username for change in changes})),
                ]
            )
        }
        routers = {nas.management_address: nas.id for nas in server._served_nas()}
        live = [change for change in changes if change.is_open]
        ended = [change.session.unique_id for change in changes if not change.is_open]
        if live:
            self._upsert(server, live, users, routers)
        if ended:
            self.env.cr.execute(
                "DELETE FROM isp_radius_session WHERE server_id = %s AND unique_id = ANY(%s)",
                (server.id, ended),
            )
            self.env["isp.ip.sighting"].end(ended)
        self._feed_sightings([change.session.unique_id for change in live if change.is_new])
        self._count_traffic(server, changes, users)
        self._note_seen(changes, users)
        server.write({"session_mark": newest, "session_sync_at": fields.Datetime.now()})
        self.env.invalidate_all()
        return {"online": len(live), "ended": len(ended)}

    @api.model
    def _cron_feed_sightings(self):
        """Tell the address management who uses which address now."""
        self._feed_sightings()

    @api.model
    def _feed_sightings(self, unique_ids=None):
        """Show the addresses of open sessions to ``isp.ip.sighting``, a query for each router.

        A session of a router we do not know counts for the base of its contract; without that there
        is no saying which network its address belongs to.

        :param list unique_ids: only these sessions; None: all
        :return: number of addresses told
        """
        if unique_ids is not None and not unique_ids:
            return 0
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT session.nas_id, base.routing_domain_id, session.unique_id,
                       session.contract_id, session.calling_station,
                       nullif(session.framed_ip, ''), nullif(session.framed_ipv6, '')
                FROM isp_radius_session session
                LEFT JOIN isp_nas nas ON nas.id = session.nas_id
                LEFT JOIN isp_contract contract ON contract.id = session.contract_id
                JOIN isp_base_station base
                    ON base.id = coalesce(nas.base_station_id, contract.base_station_id)
                WHERE base.routing_domain_id IS NOT NULL AND %s
                """,
                SQL("TRUE") if unique_ids is None else SQL("unique_id = ANY(%s)", unique_ids),
            )
        )
        groups = defaultdict(list)
        for nas_id, domain_id, unique_id, contract_id, station, *addresses in rows:
            mac = station if MAC.fullmatch(station or "") else None
            for address in filter(None, addresses):
                groups[nas_id, domain_id].append(
                    {
                        "address": address,
                        "mac": mac,
                        "session": unique_id,
                        "contract_id": contract_id,
                    }
                )
        Sighting = self.env["isp.ip.sighting"].sudo()
        return sum(
            Sighting.feed(found, source="radius", domain_id=domain_id, nas_id=nas_id)
            for (nas_id, domain_id), found in groups.items()
        )

    @api.model
    def _upsert(self, server, changes, users, routers):
        none = self.env["isp.radius.user"]
        rows = []
        for change in changes:
            row = change.session
            user = users.get(row.username, none)
            rows.append(
                (server.id, server.company_id.id, row.unique_id, row.id, row.session_id)
                + (row.username, user.id or None, user.contract_id.id or None)
                + (routers.get(row.nas_address), row.nas_address, row.nas_port, row.framed_ip)
                + (row.framed_ipv6, row.calling_station, utc(row.started), utc(row.updated))
                + (row.policy, row.input_octets, row.output_octets)
            )
        self.env.cr.execute_values(
            """
            INSERT INTO isp_radius_session (server_id, company_id, unique_id, radacct_id,
                session_id, username, radius_user_id, contract_id, nas_id, nas_address, nas_port,
                framed_ip, framed_ipv6, calling_station, started, updated, policy, upload_octets,
                download_octets)
            VALUES %s
            ON CONFLICT (server_id, unique_id) DO UPDATE SET
                radacct_id = excluded.radacct_id, started = excluded.started,
                updated = excluded.updated, framed_ip = excluded.framed_ip,
                policy = excluded.policy,
                framed_ipv6 = excluded.framed_ipv6, radius_user_id = excluded.radius_user_id,
                contract_id = excluded.contract_id, nas_id = excluded.nas_id,
                upload_octets = excluded.upload_octets, download_octets = excluded.download_octets
            """,
            rows,
            page_size=1000,
        )

    @api.model
    def _count_traffic(self, server, changes, users):
        """Add to the day, in the time zone of the company."""
        day = self.env["isp.contract"].with_company(server.company_id)._today()
        sums = {}
        for change in changes:
            user = users.get(change.session.username)
            if user and (change.upload or change.download or change.is_new):
                upload, download, count = sums.get(user.id, (0, 0, 0))
                sums[user.id] = (
                    upload + change.upload,
                    download + change.download,
                    count + change.is_new,
                )
        if sums:
            contracts = {user.id: user.contract_id.id for user in users.values()}
            self.env.cr.execute_values(
                """
                INSERT INTO isp_radius_usage AS u (radius_user_id, contract_id, company_id, date,
                    upload_octets, download_octets, sessions)
                VALUES %s
                ON CONFLICT (radius_user_id, date) DO UPDATE SET
                    upload_octets = u.upload_octets + excluded.upload_octets,
                    download_octets = u.download_octets + excluded.download_octets,
                    sessions = u.sessions + excluded.sessions
                """,
                [
                    (user_id, contracts[user_id], server.company_id.id, day, *values)
                    for user_id, values in sums.items()
                ],
                page_size=1000,
            )

    @api.model
    def _note_seen(self, changes, users):
        """When a line was last seen; and the first time after activation: it is provisioned."""
        seen, first = {}, {}
        for change in changes:
            user = users.get(change.session.username)
            if not user:
                continue
            moment = utc(change.session.updated or change.session.started)
            if moment:
                seen[user.id] = max(seen.get(user.id, moment), moment)
            if change.is_new and user.contract_id.state == "active":
                started = utc(change.session.started) or fields.Datetime.now()
                first[user.contract_id] = min(first.get(user.contract_id, started), started)
        if seen:
            self.env.cr.execute_values(
                "UPDATE isp_radius_user SET last_seen = greatest(last_seen, v.seen)"
                " FROM (VALUES %s) v (id, seen) WHERE isp_radius_user.id = v.id",
                list(seen.items()),
                template="(%s, %s::timestamp)",
            )
        for contract, started in first.items():
            contract._note_first_online(started)


def utc(moment):
    """A time with zone of the accounting as Odoo stores times: UTC, without zone."""
    return moment and moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
