import random
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

SILENT_AFTER = 3  # failures in a row before a device is called silent
STATES = [
    ("unset", "No access"),
    ("new", "Not read yet"),
    ("ok", "Answers"),
    ("failing", "Failing"),
    ("silent", "No answer"),
    ("off", "Off"),
]
LONGEST_PAUSE = timedelta(minutes=30)


class IspWatchMixin(models.AbstractModel):
    """How a device is read, and how that goes: whose turn it is, and when it failed."""

    _name = "isp.watch.mixin"
    _description = "Watched device"

    enabled = fields.Boolean(string="Read", default=True, help="Off: nobody reads this device.")
    interval_minutes = fields.Integer(string="Every (minutes)", default=5, required=True)
    state = fields.Selection(STATES, compute="_compute_state")
    next_at = fields.Datetime(
        string="Next reading", required=True, default=fields.Datetime.now, index=True
    )
    last_try_at = fields.Datetime(string="Last try", readonly=True)
    last_ok_at = fields.Datetime(string="Last reading", readonly=True)
    seconds = fields.Float(string="Took (s)", readonly=True)
    failures = fields.Integer(string="Failures in a row", readonly=True, required=True, default=0)
    last_error = fields.Char(readonly=True)

    _interval = models.Constraint(
        "CHECK(interval_minutes BETWEEN 1 AND 1440)", "Between one minute and one day."
    )

    def _has_access(self):
        """:return: whether somebody wrote how to get in"""
        raise NotImplementedError

    def _cron(self):
        """:return: the cron that reads"""
        raise NotImplementedError

    @api.depends("enabled", "failures", "last_ok_at", "last_try_at")
    def _compute_state(self):
        for watch in self:
            if not watch.enabled:
                watch.state = "off"
            elif watch.failures >= SILENT_AFTER:
                watch.state = "silent"
            elif watch.failures:
                watch.state = "failing"
            elif watch.last_ok_at:
                watch.state = "ok"
            else:
                watch.state = "new" if watch._has_access() else "unset"

    @api.model
    def _claim(self, now, limit):
        """The devices whose turn it is; their next turn is set at once, so two pollers share the
        work.

        :return: recordset
        """
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE %(table)s SET next_at = %(now)s + interval_minutes * interval '1 minute',
                                     last_try_at = %(now)s
                 WHERE id IN (SELECT id FROM %(table)s
                               WHERE enabled AND active AND next_at <= %(now)s
                               ORDER BY next_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
                RETURNING id
                """,
                table=SQL.identifier(self._table),
                now=now,
                limit=limit,
            )
        )
        self.invalidate_model(["next_at", "last_try_at"])
        return self.browse(sorted(row[0] for row in rows))

    def _note_failure(self, snapshot, at):
        """It did not answer: the next try is later, and later still."""
        for watch in self:
            failures = watch.failures + 1
            pause = min(
                timedelta(minutes=watch.interval_minutes) * 2 ** min(failures - 1, 10),
                max(LONGEST_PAUSE, timedelta(minutes=watch.interval_minutes)),
            )
            watch.write(
                {
                    "failures": failures,
                    "last_error": "; ".join(snapshot.errors)[:1000],
                    "seconds": snapshot.seconds,
                    # not all those of a base that lost its link in the same second
                    "next_at": at + pause * random.uniform(0.9, 1.1),
                }
            )

    def _note_success(self, snapshot, at):
        """It answered."""
        self.write(
            {
                "failures": 0,
                "last_ok_at": at,
                "seconds": snapshot.seconds,
                "last_error": "; ".join(snapshot.errors)[:1000] or False,
            }
        )

    def action_read_now(self):
        """Read these devices in a moment, whatever their turn."""
        self.check_access("write")
        self.sudo().write({"next_at": fields.Datetime.now(), "enabled": True})
        self._cron().sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The device is read now; reload in a moment."),
            },
        }
