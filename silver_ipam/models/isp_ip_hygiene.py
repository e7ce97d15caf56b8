from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import dbcode
from .isp_ip_reservation import LIVE

BATCH = 500


class IspIpHygiene(models.AbstractModel):
    """The jobs. None is needed for addresses to be right: expiry and quarantine are compared when
    read.
    They relabel what reports show, take back what was forgotten and say what disagrees."""

    _name = "isp.ip.hygiene"
    _description = "Address hygiene"

    def init(self):
        # after the tables: the last model of the module, so the triggers find all of them
        for name in (dbcode.RETENTION, dbcode.GUARDS, dbcode.ALLOCATE, dbcode.VIEWS):
            dbcode.install(self.env.cr, name)

    @api.model
    def _cron_tidy(self):
        """Reservations that ran out, quarantines that ended, addresses of cancelled contracts."""
        reservation = self.env["isp.ip.reservation"]
        now = fields.Datetime.now()
        jobs = (
            (
                [("state", "=", "reserved"), ("lease_until", "<=", now)],
                "free",
                self.env._("the reservation ran out"),
            ),
            ([("state", "=", "quarantine"), ("available_at", "<=", now)], "free", None),
            (
                [("contract_id.state", "=", "cancelled"), ("state", "in", LIVE)],
                "release",
                self.env._("orphan of a cancelled contract"),
            ),
        )
        for domain, target, reason in jobs:
            domain = [*domain, ("purpose", "=", "customer")]
            while rows := reservation.search(domain, limit=BATCH):
                # somebody may be taking one of them: those wait for the next run
                mine = rows.try_lock_for_update().filtered_domain(domain)
                if not mine:
                    break
                if target == "release":
                    mine._release(reason)
                else:
                    mine.with_context(ip_reason=reason).write({"state": target})
                if not self.env["ir.cron"]._commit_progress(len(mine)):
                    return

    @api.model
    def _cron_reclaim(self):
        """Numbers that failed requests drew go back to the free ones. One pool per transaction."""
        pools = self.env["isp.ip.pool"].search([("kind", "=", "pool"), ("state", "=", "active")])
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(pools))
        for pool in pools:
            while self._reclaim(pool) == BATCH * 20:
                progress._commit_progress()
            if not progress._commit_progress(1):
                return

    @api.model
    def _reclaim(self, pool):
        """:return: how many holes of ``pool`` became free addresses"""
        self.env.flush_all()
        dbcode.acting(self.env, self.env._("hole in the pool"))
        [(count,)] = self.env.execute_query(
            SQL("SELECT isp_ip_reclaim(%s, %s)", pool.id, BATCH * 20)
        )
        return count

    @api.model
    def _cron_compare(self):
        """The books against the network."""
        self.env["isp.ip.finding"]._compare()

    @api.model
    def _cron_alert(self):
        """An activity for whoever answers for a pool that is nearly full; done by itself when it
        is not.
        """
        activity_type = self.env.ref("silver_ipam.mail_activity_pool_full")
        pools = self.env["isp.ip.pool"].search([("kind", "=", "pool"), ("state", "=", "active")])
        open_ = pools.activity_ids.filtered(lambda a: a.activity_type_id == activity_type)
        warned = self.env["isp.ip.pool"].browse(open_.mapped("res_id"))
        full = pools.filtered(lambda pool: pool.used_pct >= pool.alert_pct)
        for pool in full - warned:
            pool.activity_schedule(
                "silver_ipam.mail_activity_pool_full",
                user_id=(pool.responsible_id or self.env.user).id,
                note=self.env._(
                    "%(pool)s is at %(used).1f %%: %(free)d free now, %(soon)d in 7 days. "
                    "Exhausted on "
                    "%(date)s if it goes on like this.",
                    pool=pool.display_name,
                    used=pool.used_pct,
                    free=pool.free_now,
                    soon=pool.free_in_7_days,
                    date=pool.exhaustion_date or self.env._("no date in sight"),
                ),
            )
        open_.filtered(lambda a: a.res_id not in full.ids).action_feedback(
            feedback=self.env._("There is room again.")
        )
