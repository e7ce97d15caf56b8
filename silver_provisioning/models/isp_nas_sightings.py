import time

from odoo import api, fields, models
from odoo.tools import SQL

from ..drivers.base import DriverError
from .driver_texts import spoken

EVERY_MINUTES = 10
CRON_SECONDS = 120


class IspNas(models.Model):
    """Who uses which address, as the router sees it: PPP sessions, DHCP leases, ARP.

    Told to the address management, whose findings open and close with it. The router is asked with
    no transaction open; one that does not answer keeps its error and costs only itself.
    """

    _inherit = "isp.nas"

    sighting_at = fields.Datetime("Addresses Read", readonly=True, copy=False)
    sighting_count = fields.Integer("Addresses in Use", readonly=True, copy=False)
    sighting_error = fields.Char(readonly=True, copy=False, help="As the driver said it.")
    sighting_reason = fields.Char(
        "Why Addresses Could Not Be Read", compute="_compute_sighting_reason"
    )

    @api.depends("sighting_error")
    @api.depends_context("lang")
    def _compute_sighting_reason(self):
        for nas in self:
            nas.sighting_reason = nas.sighting_error and spoken(self.env, nas.sighting_error)

    @api.model
    def _cron_sightings(self):
        """Ask the routers whose turn it is, the longest unread first."""
        due = self._due_for_sightings()
        deadline = time.monotonic() + CRON_SECONDS
        for index, nas_id in enumerate(due.ids):
            self._sight_one(nas_id)
            remaining = len(due) - index - 1
            if not self.env["ir.cron"]._commit_progress(1, remaining=remaining):
                break
            if time.monotonic() > deadline:
                break  # those that were not reached are first in the next round

    @api.model
    def _due_for_sightings(self):
        """:return: routers that can say who is on them, without those that are silent now"""
        now = fields.Datetime.now()
        # a minute less: the cron is not punctual to the second
        before = fields.Datetime.subtract(now, minutes=EVERY_MINUTES - 1)
        routers = self.sudo().search(
            [
                ("vendor", "=", "mikrotik"),
                ("provisioning_mode", "!=", "off"),
                ("base_station_id.routing_domain_id", "!=", False),
                *("|", ("sighting_at", "=", False), ("sighting_at", "<", before)),
            ],
            order="sighting_at nulls first, id",
        )
        devices = routers._provisioning_device()

        def silent(nas):
            until = devices[nas.id].breaker_until if nas.id in devices else False
            return until and until > now

        return routers.filtered(lambda nas: not silent(nas))

    @api.model
    def _sight_one(self, nas_id):
        """Read the configuration, talk to the router, keep what it said: two short transactions."""
        run = self.env["isp.provisioning.executor"]._in_transaction
        seen, error, driver = [], False, None
        try:
            driver = run(lambda env: env["isp.nas"].browse(nas_id)._driver())
            with driver:
                seen = driver.sightings()
        except DriverError as problem:
            error = f"{problem}\n{problem.detail}".strip() if problem.detail else str(problem)
            error = driver.redact(error) if driver else error
        run(lambda env: env["isp.nas"].browse(nas_id)._keep_sightings(seen, error))

    def _keep_sightings(self, seen, error):
        nas = self.exists()
        if not nas:
            return
        values = {"sighting_at": fields.Datetime.now(), "sighting_error": error and error[:500]}
        if not error:
            values["sighting_count"] = nas._feed_sightings(seen)
        nas.write(values)

    def _feed_sightings(self, seen):
        """Tell the address management; about a dozen statements, however many are online.

        :param seen: list of :class:`drivers.mikrotik.Seen`
        :return: number of addresses in use
        """
        self.ensure_one()
        seen = self._of_our_pools(seen)
        contracts = self._contracts_seen(seen)
        rows = {"ppp": [], "dhcp": [], "arp": []}
        for one, contract_id in zip(seen, contracts, strict=True):
            rows[one.source].append(
                {
                    "address": one.address,
                    "mac": one.mac or None,
                    "session": self._sighting_session(one),
                    "contract_id": contract_id,
                }
            )
        Sighting = self.env["isp.ip.sighting"].sudo()
        for source, found in rows.items():
            if found:
                Sighting.feed(found, source=source, nas_id=self.id)
            if source != "arp":
                self._end_sightings(source, [row["session"] for row in found])
        return len({one.address for one in seen})

    def _sighting_session(self, one):
        """What tells two sightings of an address apart: the session or the lease."""
        if one.source == "arp":
            return None
        who = one.name if one.source == "ppp" else one.mac
        # with the address: who gets another one has left the first
        return f"{self.id}/{one.source}/{who}/{one.address}"

    def _end_sightings(self, source, sessions):
        """What this router showed the last time and shows no more is over."""
        gone = [
            session
            for (session,) in self.env.execute_query(
                SQL(
                    "SELECT DISTINCT session FROM isp_ip_sighting"
                    " WHERE nas_id = %s AND source = %s AND ended_at IS NULL"
                    " AND session IS NOT NULL AND session != ALL(%s)",
                    self.id,
                    source,
                    sessions,
                )
            )
        ]
        if gone:
            self.env["isp.ip.sighting"].sudo().end(gone, source=source)

    def _of_our_pools(self, seen):
        """ARP also shows the neighbours of a router: of it, only what lies in our pools."""
        asked = {one.address for one in seen if one.source == "arp"}
        if not asked:
            return seen
        ours = {
            address
            for (address,) in self.env.execute_query(
                SQL(
                    """
                    SELECT host(asked.address) FROM unnest(%s::inet[]) AS asked (address)
                    WHERE EXISTS (
                        SELECT FROM isp_ip_pool pool
                        WHERE pool.company_id = %s AND pool.kind = 'pool'
                          AND pool.state = 'active' AND pool.cidr >>= asked.address
                          AND (pool.domain_id = %s
                               OR isp_ip_scope(asked.address) = 'public'))
                    """,
                    list(asked),
                    self.company_id.id,
                    self.base_station_id.routing_domain_id.id,
                )
            )
        }
        return [one for one in seen if one.source != "arp" or one.address in ours]

    def _contracts_seen(self, seen):
        """:return: for each of ``seen`` the contract it is of, by PPP user, MAC or our mark: an id,
        or None when it cannot be told"""
        evidence = self.env["isp.router.evidence"]
        users = {one.name for one in seen if one.source == "ppp" and one.name}
        marks = {one.name for one in seen if one.source != "ppp" and one.name}
        by_user = evidence._contracts_of_users(self, users)
        by_mac = evidence._contracts_of_macs(self, {one.mac for one in seen if one.mac})
        by_mark = evidence._contracts_of_numbers(self, marks)
        every = {
            ids for found in (by_user, by_mac, by_mark) for group in found.values() for ids in group
        }
        live = set(
            self.env["isp.contract"]
            .sudo()
            .search([("id", "in", list(every)), ("state", "!=", "cancelled")])
            .ids
        )
        found = []
        for one in seen:
            by_name = by_user if one.source == "ppp" else by_mark
            # equipment tells more than a comment; a login tells more than equipment
            order = [by_name.get(one.name), by_mac.get(one.mac)]
            if one.source != "ppp":
                order.reverse()
            ids = next((ids & live for ids in order if ids and ids & live), set())
            found.append(next(iter(ids)) if len(ids) == 1 else None)
        return found
