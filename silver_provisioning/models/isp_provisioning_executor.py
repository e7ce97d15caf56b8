import logging
import time
import traceback
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..drivers.base import (
    Driver,
    DriverError,
    Outcome,
    Redactor,
    Retryable,
    Unreachable,
    digest,
)
from ..drivers.reconcile import Result, reconcile
from .backoff import MAX_ATTEMPTS, delay

_logger = logging.getLogger(__name__)

LOCK_SPACE = 77001  # first key of the advisory locks of devices
BATCH = 250
CRON_SECONDS = 20
CONFLICT_TRIES = 6


@dataclass
class Batch:
    """Some targets of one device, and all that is needed to serve them without a transaction."""

    device_id: int
    kind: str
    claimed: list = field(default_factory=list)  # (target id, generation, contract id)
    shared_generation: int = 0
    driver: Driver | None = None
    shared: dict[str, Any] = field(default_factory=dict)
    desired: dict[int, Any] = field(default_factory=dict)
    results: dict[int, Result] = field(default_factory=dict)
    facts: Any = None
    failure: DriverError | None = None  # of the device as a whole
    warnings: list = field(default_factory=list)  # of what its customers share
    seconds: float = 0.0


class IspProvisioningExecutor(models.AbstractModel):
    """Takes pending targets and brings the devices in line, after the business has committed.

    claim, COMMIT, talk to the device, record, COMMIT. No transaction is open while a device is
    talked to. One writer per device, by a lock that PostgreSQL drops when its owner dies; so after
    a ``kill -9`` the next executor goes on at once. Work may be done twice, never left out: each
    attempt starts by looking at the device.
    """

    _name = "isp.provisioning.executor"
    _description = "Provisioning executor"

    @api.model
    def _crons(self):
        """:return: the executors; a copy of one of them is one more"""
        action = self.env.ref("silver_provisioning.ir_cron_executor_1", raise_if_not_found=False)
        if not action:
            return self.env["ir.cron"]
        return (
            self.env["ir.cron"]
            .sudo()
            .search(
                [("model_id", "=", action.sudo().model_id.id), ("code", "=", action.sudo().code)]
            )
        )

    @api.model
    def _cron_execute(self):
        """Body of an executor. Comes back at once when there is more to do than fits in one run."""
        deadline = time.monotonic() + CRON_SECONDS
        counts = self._drain(deadline=deadline)
        left = counts.pop("remaining")
        counts.pop("busy")
        cron_id = self.env.context.get("cron_id")
        self._in_transaction(lambda env: env["isp.provisioning.target"]._wake_when_due(cron_id))
        # what waits for a back-off or a silent device is not a reason to run again at once
        out_of_time = time.monotonic() >= deadline
        self.env["ir.cron"]._commit_progress(
            sum(counts.values()), remaining=left if out_of_time else 0
        )

    @api.model
    def _drain(self, limit=None, deadline=None):
        """Serve what is due.

        :param int limit: at most so many targets
        :param float deadline: value of ``time.monotonic()`` after which no new batch is begun
        :return: dict of counts, see ``isp.provisioning.target.drain``
        """
        counts = Counter(done=0, unchanged=0, retry=0, failed=0, superseded=0)
        finished, busy = set(), set()
        left = limit if limit is not None else float("inf")
        while left > 0 and (deadline is None or time.monotonic() < deadline):
            device_id = self._in_transaction(
                lambda env, done=tuple(finished): env["isp.provisioning.target"]._next_device(done)
            )
            if not device_id:
                break
            with self._device_lock(device_id) as mine:
                if not mine:
                    busy.add(device_id)
                    finished.add(device_id)
                    continue
                batch_counts, more = self._serve(device_id, int(min(left, BATCH)))
            counts.update(batch_counts)
            left -= sum(batch_counts.values())
            if batch_counts["done"] or batch_counts["unchanged"]:
                # a session may be ended now that its policy is written, also on a device that
                # another executor looked at before there was anything to do
                finished.clear()
                busy.clear()
            if not more:
                finished.add(device_id)
        counts["busy"] = len(busy)
        counts["remaining"] = self._in_transaction(
            lambda env: env["isp.provisioning.target"].search_count([("state", "=", "pending")])
        )
        return dict(counts)

    @api.model
    def _serve(self, device_id, limit):
        """One batch of one device, whose lock is held.

        :return: (Counter of results, whether the device may have more to do now)
        """
        batch = self._in_transaction(lambda env: env[self._name]._open_batch(device_id, limit))
        if not batch.claimed and not batch.shared:
            return Counter(), False
        self._talk(batch)
        counts = self._in_transaction(lambda env: env[self._name]._record(batch))
        return counts, batch.failure is None and len(batch.claimed) == limit

    # === transactions and locks === #

    def _in_transaction(self, work):
        """Run ``work(env)`` in a transaction of its own and commit it; again after a conflict."""
        for attempt in range(1, CONFLICT_TRIES + 1):
            with self.env.registry.cursor() as cr:
                try:
                    result = work(api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True}))
                    cr.commit()  # pylint: disable=invalid-commit
                    return result
                except (
                    psycopg2.errors.SerializationFailure,
                    psycopg2.errors.DeadlockDetected,
                    psycopg2.errors.LockNotAvailable,
                ):
                    # somebody marked one of these targets meanwhile: look again
                    cr.rollback()
                    if attempt == CONFLICT_TRIES:
                        raise
            time.sleep(0.02 * 2**attempt)

    @contextmanager
    def _device_lock(self, device_id):
        """Yield whether we are the only ones to work on the device until the end of the block."""
        with self.env.registry.cursor() as cr:
            key = SQL("%s, %s", LOCK_SPACE, device_id)
            cr.execute(SQL("SELECT pg_try_advisory_lock(%s)", key))
            mine = cr.fetchone()[0]
            # the lock belongs to the session: do not stay idle in a transaction
            cr.commit()  # pylint: disable=invalid-commit
            try:
                yield mine
            finally:
                if mine:
                    cr.execute(SQL("SELECT pg_advisory_unlock(%s)", key))
                    cr.commit()  # pylint: disable=invalid-commit

    # === claim === #

    @api.model
    def _open_batch(self, device_id, limit):
        """Claim targets and work out what they need, in one snapshot."""
        device = self.env["isp.provisioning.device"].browse(device_id)
        batch = Batch(device_id, device.kind)
        batch.claimed = self.env["isp.provisioning.target"]._claim(device_id, limit)
        batch.shared_generation = device.shared_generation
        if not batch.claimed and device.shared_applied == device.shared_generation:
            return batch
        adapter = device._adapter()
        contracts = self.env["isp.contract"].browse([row[2] for row in batch.claimed])
        try:
            batch.driver = adapter._driver(device)
            if device.shared_applied < device.shared_generation:
                batch.shared = adapter._shared(device)
                if not batch.claimed and not batch.shared:
                    device.shared_applied = device.shared_generation  # it needs nothing
            batch.desired = adapter._desired(device, contracts)
            adapter._intend(device, batch.desired)
        except DriverError as error:
            batch.failure = error
        return batch

    # === talk: no transaction is open here === #

    @api.model
    def _talk(self, batch):
        started = time.monotonic()
        try:
            if batch.failure is None:
                self._reconcile(batch)
        except DriverError as error:
            batch.failure = error
        batch.seconds = time.monotonic() - started

    @api.model
    def _reconcile(self, batch):
        todo = {}
        for _target, _generation, contract_id in batch.claimed:
            value = batch.desired.get(contract_id)
            if value is None:
                batch.results[contract_id] = Result()
            elif isinstance(value, DriverError):
                batch.results[contract_id] = Result(outcome=Outcome(value))
            else:
                todo[contract_id] = value
        if not todo and not batch.shared:
            return
        with batch.driver as driver:
            for key, result in self._guarded(driver, batch.shared).items():
                if result.error:
                    batch.warnings.append(f"{key}: {self._explain(result.error)}")
            batch.results |= self._guarded(driver, todo)
            batch.facts = self.env[f"isp.provisioning.adapter.{batch.kind}"]._facts(driver)

    @api.model
    def _guarded(self, driver, desired):
        """:func:`reconcile`, and when it has a bug: one by one, so that the others are served."""
        try:
            return reconcile(driver, desired)
        except DriverError:
            raise
        except Exception as error:  # pylint: disable=broad-except
            # the text of the exception may hold a secret: it is redacted before it goes anywhere
            _logger.error(
                "Provisioning (%s): %s", driver.kind, driver.redact(traceback.format_exc())
            )
            if len(desired) > 1:
                results = {}
                for key, value in desired.items():
                    results |= self._guarded(driver, {key: value})
                return results
            failure = Retryable(
                f"Internal error of the driver ({type(error).__name__})", driver.redact(error)
            )
            return {key: Result(outcome=Outcome(failure)) for key in desired}

    # === record === #

    @api.model
    def _record(self, batch):
        """Write down what happened.

        :return: Counter of results
        """
        device = self.env["isp.provisioning.device"].browse(batch.device_id)
        redact = batch.driver.redact if batch.driver else Redactor()
        now = fields.Datetime.now()
        rows, journal, silent = [], [], None
        adapter = device._adapter()
        for target_id, generation, contract_id in batch.claimed:
            result = batch.results.get(contract_id, Result())
            error = batch.failure or result.error
            if isinstance(error, Unreachable):
                silent = error
            rows.append((target_id, generation, contract_id, result, error))
        self._settle(device, batch)
        verdicts = self._write_verdicts(batch, rows, now)
        counts = Counter()
        for target_id, generation, contract_id, result, error in rows:
            verdict = verdicts.get(target_id, "superseded")
            counts["unchanged" if verdict == "done" and not result.changed else verdict] += 1
            if result.changed or (error and not batch.failure) or verdict == "failed":
                journal.append(
                    {
                        "date": now,
                        "target_id": target_id,
                        "contract_id": contract_id,
                        "device_id": device.id,
                        "company_id": device.company_id.id,
                        "generation": generation,
                        "result": verdict,
                        "plan": redact("\n".join(step.summary for step in result.steps)),
                        "transcript": redact(result.outcome.transcript),
                        "error": redact(self._explain(error)) if error else False,
                        "duration_ms": round(batch.seconds * 1000),
                    }
                )
        self.env["isp.provisioning.attempt"].create(journal)
        served = [row[2] for row in rows if verdicts.get(row[0]) == "done"]
        self.env["isp.provisioning.release"]._confirm(self.env["isp.contract"].browse(served))
        if silent or batch.failure:
            device._note_failure(redact(self._explain(silent or batch.failure)))
        elif batch.shared or any(
            adapter._shows_life(result) for *_row, result, error in rows if not error
        ):
            device._note_success()
        if batch.failure is None and not batch.warnings:
            device.shared_applied = batch.shared_generation
        if batch.warnings:
            device.write(
                {"last_error": redact("; ".join(batch.warnings))[:500], "last_error_at": now}
            )
        return counts

    @api.model
    def _settle(self, device, batch):
        good = {
            contract_id: result
            for contract_id, result in batch.results.items()
            if result.error is None and batch.desired.get(contract_id) is not None
        }
        if good and batch.failure is None:
            desired = {contract_id: batch.desired[contract_id] for contract_id in good}
            device._adapter()._settle(device, desired, good, batch.facts)

    @api.model
    def _write_verdicts(self, batch, rows, now):
        """Move the targets that still are at the generation that was served.

        :return: ``{target id: done, retry or failed}``; superseded ones are not in it
        """
        current = {
            target_id: (generation, attempts)
            for target_id, generation, attempts in self.env.execute_query(
                SQL(
                    "SELECT id, generation, attempts FROM isp_provisioning_target"
                    " WHERE id = ANY(%s)",
                    [row[0] for row in rows],
                )
            )
        }
        values, verdicts = [], {}
        redact = batch.driver.redact if batch.driver else Redactor()
        for target_id, generation, contract_id, _result, error in rows:
            now_wanted, attempts = current[target_id]
            if now_wanted != generation:
                continue  # superseded: the newer intent is still to be served
            due, message = now, None
            fingerprint = digest(batch.desired.get(contract_id))
            if error is None:
                verdict, state, attempts = "done", "in_sync", 0
            else:
                message = redact(self._explain(error))[:2000]
                if isinstance(error, Unreachable) or batch.failure:
                    # not its fault: the breaker of the device says when
                    verdict, state, attempts = "retry", "pending", max(attempts - 1, 0)
                elif error.retryable and attempts < MAX_ATTEMPTS:
                    verdict, state, due = "retry", "pending", now + delay(attempts)
                else:
                    verdict, state = "failed", "failed"
            verdicts[target_id] = verdict
            values.append(
                (target_id, generation, state, attempts, due, message)
                + (error.kind if error else None, fingerprint, error is None)
            )
        if not values:
            return verdicts
        self.env.cr.execute_values(
            """
            UPDATE isp_provisioning_target target SET
                state = v.state, attempts = v.attempts, next_attempt = v.due,
                last_error = v.message, error_class = v.error_class, desired_digest = v.digest,
                observed_digest = CASE WHEN v.good THEN v.digest ELSE target.observed_digest END,
                applied_generation =
                    CASE WHEN v.good THEN v.generation ELSE target.applied_generation END,
                synced_at = CASE WHEN v.good THEN v.due ELSE target.synced_at END
            FROM (VALUES %s) AS v (id, generation, state, attempts, due, message, error_class,
                                   digest, good)
            WHERE target.id = v.id AND target.generation = v.generation
              AND target.state = 'pending'
            """,
            values,
            template="(%s, %s, %s, %s, %s::timestamp, %s::text, %s::varchar, %s, %s)",
            page_size=1000,
        )
        self.env["isp.provisioning.target"].invalidate_model()
        return verdicts

    @api.model
    def _explain(self, error):
        return f"{error}\n{error.detail}".strip() if error.detail else str(error)
