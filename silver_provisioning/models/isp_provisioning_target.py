from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .driver_texts import spoken

STATES = [
    ("pending", "Pending"),
    ("in_sync", "In sync"),
    ("failed", "Failed"),
    ("drift", "Different"),
    ("held", "Held"),
]

#: Order in which the kinds of one contract are served; equal numbers go at once. Policy before the
#: kick, else the customer would log in again with the old policy.
OPENING = {"radius": 10, "coa": 20, "mikrotik": 20, "uisp": 20, "olt": 20}
#: Who is cut leaves the session while his line still stands, and loses the line last.
CLOSING = {"radius": 10, "coa": 20, "mikrotik": 30, "uisp": 30, "olt": 40}
#: How long a later kind waits for an earlier one that does not get there: who is to be cut is cut
#: at the OLT, although the router that should end the session is dead.
PATIENCE = timedelta(minutes=5)


class IspProvisioningTarget(models.Model):
    """How a contract should be on a device, and whether it is.

    The business transaction raises ``generation``; an executor brings the device there and writes
    what it saw. A result that belongs to an older generation changes nothing: the newer intent is
    still to be served. So "suspend, pay, suspend" within a second ends in the right place.
    """

    _name = "isp.provisioning.target"
    _description = "Provisioning target"
    _order = "next_attempt, id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "isp.contract", required=True, readonly=True, index=True, ondelete="restrict"
    )
    device_id = fields.Many2one(
        "isp.provisioning.device", required=True, readonly=True, ondelete="restrict"
    )
    kind = fields.Selection(related="device_id.kind", store=True, readonly=True)
    sequence = fields.Integer(readonly=True, required=True, default=10)
    company_id = fields.Many2one(related="contract_id.company_id", store=True, readonly=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    contract_state = fields.Selection(related="contract_id.state", string="Contract State")
    state = fields.Selection(
        STATES, required=True, readonly=True, default="pending", group_expand=True
    )
    generation = fields.Integer(
        readonly=True, required=True, default=1, help="Grows each time the contract changes."
    )
    applied_generation = fields.Integer(readonly=True, required=True, default=0)
    desired_digest = fields.Char(readonly=True)
    observed_digest = fields.Char(readonly=True)
    attempts = fields.Integer(readonly=True, required=True, default=0)
    next_attempt = fields.Datetime(readonly=True, required=True, default=fields.Datetime.now)
    marked_at = fields.Datetime("Wanted Since", readonly=True, default=fields.Datetime.now)
    synced_at = fields.Datetime("In Sync Since", readonly=True)
    error_class = fields.Selection(
        [
            ("retryable", "May pass"),
            ("unreachable", "No answer"),
            ("permanent", "Will fail again"),
            ("needs_human", "Contradiction"),
        ],
        readonly=True,
    )
    last_error = fields.Text(
        "Technical Text", readonly=True, help="What the driver said, as it said it."
    )
    reason = fields.Text(compute="_compute_reason")
    attempt_ids = fields.One2many("isp.provisioning.attempt", "target_id", string="Journal")

    _one_per_device = models.Constraint(
        "UNIQUE(device_id, contract_id)", "A contract has one target on each device."
    )
    _applied_not_ahead = models.Constraint(
        "CHECK(applied_generation <= generation)", "What was applied was never asked for."
    )
    _due_idx = models.Index("(device_id, next_attempt) WHERE state = 'pending'")
    _attention_idx = models.Index("(state, id) WHERE state IN ('failed', 'drift', 'held')")

    @api.depends("contract_id.name", "device_id.name")
    def _compute_display_name(self):
        for target in self:
            target.display_name = f"{target.contract_id.name} / {target.device_id.name}"

    @api.depends("last_error")
    @api.depends_context("lang")
    def _compute_reason(self):
        for target in self:
            target.reason = target.last_error and spoken(self.env, target.last_error)

    # === marking, in the business transaction === #

    @api.model
    def _mark(self, contracts):
        """These contracts may have changed: bring their devices in line after commit.

        A constant number of queries. An intent that waits in back-off becomes due at once: a
        reconnection must not wait behind a failed suspension. Held targets stay held.

        :param contracts: isp.contract recordset
        :return: number of targets marked
        """
        contracts = contracts.sudo()
        wanted = {}
        for kind in OPENING:
            adapter = self.env[f"isp.provisioning.adapter.{kind}"]
            for contract_id, device in adapter._devices(contracts).items():
                wanted[device.id, contract_id] = kind
        self.flush_model()
        # all it has, wanted or not: a device that a contract has left has to forget it
        known = self._mark_known(contracts)
        missing = sorted(wanted.keys() - known, key=lambda pair: pair[::-1])
        if missing:
            self._mark_new([(wanted[pair], *pair) for pair in missing], contracts)
        if known or missing:
            self.invalidate_model()
            self.env["isp.provisioning.device"].invalidate_model(["target_ids"])
            self._wake()
        return len(known) + len(missing)

    @api.model
    def _kind_order(self, contract):
        """:return: ``{kind: order}`` in which the devices of a contract are served"""
        return OPENING if contract.state == "active" else CLOSING

    @api.model
    def _mark_known(self, contracts):
        """:return: set of ``(device id, contract id)`` of the targets there were"""
        opening = contracts.filtered(lambda c: self._kind_order(c) is OPENING)
        return set(
            self.env.execute_query(
                SQL(
                    """
                    -- everyone locks them in this order: two at once wait, and never for each other
                    WITH known AS MATERIALIZED (
                        SELECT id FROM isp_provisioning_target WHERE contract_id = ANY(%(all)s)
                        ORDER BY contract_id, device_id FOR NO KEY UPDATE
                    ), turn AS (
                        SELECT *
                        FROM unnest(%(kinds)s, %(open)s, %(close)s) AS t (kind, open, close)
                    )
                    UPDATE isp_provisioning_target target SET
                        generation = target.generation + 1,
                        state = CASE WHEN target.state = 'held' THEN 'held' ELSE 'pending' END,
                        attempts = 0, next_attempt = %(now)s, marked_at = %(now)s,
                        sequence = CASE WHEN target.contract_id = ANY(%(opening)s)
                                        THEN turn.open ELSE turn.close END,
                        last_error = NULL, error_class = NULL,
                        write_uid = %(uid)s, write_date = %(now)s
                    FROM known, turn WHERE known.id = target.id AND turn.kind = target.kind
                    RETURNING target.device_id, target.contract_id
                    """,
                    all=contracts.ids,
                    opening=opening.ids,
                    kinds=list(OPENING),
                    open=list(OPENING.values()),
                    close=[CLOSING[kind] for kind in OPENING],
                    now=fields.Datetime.now(),
                    uid=self.env.uid,
                )
            )
        )

    @api.model
    def _mark_new(self, rows, contracts):
        """:param rows: list of ``(kind, device id, contract id)``"""
        kinds, devices, ids = map(list, zip(*rows, strict=True))
        of = {contract.id: contract for contract in contracts}
        # columns as arrays: one statement, whatever the number of rows
        self.env.cr.execute(
            """
            INSERT INTO isp_provisioning_target (kind, sequence, device_id, contract_id,
                company_id, state, generation, applied_generation, attempts, next_attempt,
                marked_at, create_uid, create_date, write_uid, write_date)
            SELECT kind, sequence, device, contract, company, 'pending', 1, 0, 0, %(now)s,
                   %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM unnest(%(kinds)s::varchar[], %(sequences)s::int[], %(devices)s::int[],
                          %(contracts)s::int[], %(companies)s::int[])
                   AS row (kind, sequence, device, contract, company)
            -- somebody made one since we looked: PostgreSQL says "try again" (REPEATABLE READ)
            ON CONFLICT (device_id, contract_id) DO NOTHING
            """,
            {
                "now": fields.Datetime.now(),
                "uid": self.env.uid,
                "kinds": kinds,
                "sequences": [
                    self._kind_order(of[contract])[kind]
                    for kind, contract in zip(kinds, ids, strict=True)
                ],
                "devices": devices,
                "contracts": ids,
                "companies": [of[contract].company_id.id for contract in ids],
            },
        )

    @api.model
    def _wake(self, at=None):
        """Wake the executors after commit. As many as there are devices with work."""
        crons = self.env["isp.provisioning.executor"]._crons()
        for cron in crons:
            cron._trigger(at)

    # === verbs for people and integrations === #

    @api.model
    def drain(self, limit=None):
        """Do now what is due, synchronously. The same work as the executors', with their locks.

        :param int limit: at most this many targets; None: all that are due
        :return: dict of counts: ``done``, ``unchanged``, ``retry``, ``failed``, ``superseded``,
            ``busy`` (devices another executor works on), ``remaining`` (still pending)
        :raise AccessError: for who may not write targets
        """
        self.check_access("write")
        self.env.flush_all()
        counts = self.env["isp.provisioning.executor"].sudo()._drain(limit)
        self.env.invalidate_all()
        return counts

    def action_retry(self):
        """Try again now, from the start."""
        self.check_access("write")
        self.flush_recordset()
        # a new generation: an attempt that runs now must not push it back into its back-off
        self.env.cr.execute(
            SQL(
                "UPDATE isp_provisioning_target SET state = 'pending', attempts = 0,"
                " generation = generation + 1, next_attempt = %s, last_error = NULL,"
                " error_class = NULL, write_uid = %s, write_date = %s WHERE id = ANY(%s)",
                fields.Datetime.now(),
                self.env.uid,
                fields.Datetime.now(),
                self.ids,
            )
        )
        self.invalidate_model()
        self.modified(["state", "attempts", "next_attempt", "last_error", "error_class"])
        self.sudo().device_id.write({"breaker_until": False})
        self._wake()
        return True

    def action_hold(self):
        """Do nothing on this device for this contract until somebody releases it."""
        self.check_access("write")
        self.sudo().write({"state": "held"})
        self._journal("held")
        return True

    def action_skip(self):
        """Accept what the device holds now; the next change of the contract is served again."""
        self.check_access("write")
        for target in self.sudo():
            target.write(
                {
                    "state": "in_sync",
                    "applied_generation": target.generation,
                    "attempts": 0,
                    "last_error": False,
                    "error_class": False,
                }
            )
        self._journal("skipped")
        self.env["isp.provisioning.release"]._confirm(self.contract_id)
        return True

    def _journal(self, result):
        self.env["isp.provisioning.attempt"].sudo().create(
            [
                {
                    "date": fields.Datetime.now(),
                    "target_id": target.id,
                    "contract_id": target.contract_id.id,
                    "device_id": target.device_id.id,
                    "company_id": target.company_id.id,
                    "generation": target.generation,
                    "result": result,
                    "user_id": self.env.uid,
                }
                for target in self.sudo()
            ]
        )

    def action_view_plan(self):
        """Show what would be changed, without changing it."""
        return self.contract_id.action_network_plan()

    # === for the executor === #

    @api.model
    def _claim(self, device_id, limit):
        """Take due targets of a device. Whoever calls it holds the lock of the device.

        A target waits while an earlier kind of the same contract is not in sync; not for ever,
        but for the kick, which is nothing without the policy.

        :return: list of ``(id, generation, contract_id)``
        """
        return self.env.execute_query(
            SQL(
                """
                -- materialized: a sub-select may be run again for each row, and forget its limit
                WITH due AS MATERIALIZED (
                    SELECT target.id FROM isp_provisioning_target target
                    WHERE %(ready)s AND target.device_id = %(device)s
                    ORDER BY target.next_attempt, target.id LIMIT %(limit)s
                    FOR UPDATE OF target SKIP LOCKED
                )
                UPDATE isp_provisioning_target target SET attempts = attempts + 1
                FROM due WHERE target.id = due.id
                RETURNING target.id, target.generation, target.contract_id
                """,
                ready=self._ready(),
                device=device_id,
                limit=limit,
            )
        )

    @api.model
    def _ready(self):
        now = fields.Datetime.now()
        return SQL(
            """target.state = 'pending' AND target.next_attempt <= %s AND NOT EXISTS (
                SELECT FROM isp_provisioning_target earlier
                JOIN isp_provisioning_device waited ON waited.id = earlier.device_id
                WHERE earlier.contract_id = target.contract_id
                  AND earlier.sequence < target.sequence
                  AND earlier.state NOT IN ('in_sync', 'held')
                  AND (target.kind = 'coa' OR waited.enabled AND earlier.marked_at > %s))""",
            now,
            now - PATIENCE,
        )

    @api.model
    def _next_device(self, excluded):
        """:return: id of the device with the oldest due work that may be tried, or None"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT device.id FROM isp_provisioning_device device
                LEFT JOIN LATERAL (
                    SELECT target.next_attempt FROM isp_provisioning_target target
                    WHERE target.device_id = device.id AND %(ready)s
                    ORDER BY target.next_attempt LIMIT 1
                ) oldest ON TRUE
                WHERE device.active AND device.enabled
                  AND (device.breaker_until IS NULL OR device.breaker_until <= %(now)s)
                  AND device.id != ALL(%(excluded)s)
                  AND (oldest.next_attempt IS NOT NULL
                       OR device.shared_applied < device.shared_generation)
                -- those that answer first: a dead router costs seconds each time it is tried
                ORDER BY device.failures > 0, oldest.next_attempt NULLS FIRST LIMIT 1
                """,
                ready=self._ready(),
                now=fields.Datetime.now(),
                excluded=list(excluded),
            )
        )
        return rows[0][0] if rows else None

    @api.model
    def _requeue(self, contracts, kind, per_minute=None):
        """Serve a kind again for some contracts: what it depends on has changed.

        :param int per_minute: not all at once: so many become due in each minute
        """
        if not contracts:
            return
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE isp_provisioning_target target
                SET state = 'pending', attempts = 0, generation = generation + 1,
                    next_attempt = %(now)s::timestamp
                        + coalesce((turn.number - 1) / %(per_minute)s, 0) * interval '1 minute'
                FROM unnest(%(contracts)s) WITH ORDINALITY AS turn (contract_id, number)
                WHERE target.contract_id = turn.contract_id AND target.kind = %(kind)s
                  AND target.state IN ('in_sync', 'drift', 'failed')
                """,
                now=fields.Datetime.now(),
                per_minute=per_minute,
                contracts=contracts.ids,
                kind=kind,
            )
        )
        self.invalidate_model()
