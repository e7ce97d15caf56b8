from odoo import api, fields, models
from odoo.tools import SQL

from ..drivers.base import DriverError, digest

CHUNK = 500


class IspProvisioningDrift(models.AbstractModel):
    """Compares what a device holds with what the contracts say. Writes nothing on the device.

    The same ``plan`` that provisions is the detector: a plan that is not empty is a difference.
    What may be repaired becomes an ordinary pending target; the rest is reported. A device
    never loses what Silver does not know: strangers are only reported.
    """

    _name = "isp.provisioning.drift"
    _description = "Comparison of devices with contracts"

    @api.model
    def _cron_compare(self):
        """Nightly, and after *Compare*: every device that was not compared for 20 hours."""
        executor = self.env["isp.provisioning.executor"]
        due = self.env["isp.provisioning.device"].search(
            [
                ("enabled", "=", True),
                "|",
                ("last_drift_at", "=", False),
                ("last_drift_at", "<", fields.Datetime.subtract(fields.Datetime.now(), hours=20)),
            ]
        )
        executor._in_transaction(lambda env: env[self._name]._mark_changed())
        for index, device_id in enumerate(due.ids):
            self._compare(device_id)
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(due) - index - 1):
                break

    @api.model
    def _mark_changed(self):
        """Safety net: contracts whose wanted state changed without anybody saying so.

        A change of address made by hand in the pools, a plan with another group: the fingerprint of
        the desired state tells.
        """
        Target = self.env["isp.provisioning.target"]
        for device in self.env["isp.provisioning.device"].search([("kind", "!=", "coa")]):
            targets = Target.search([("device_id", "=", device.id), ("state", "=", "in_sync")])
            for start in range(0, len(targets), CHUNK):
                chunk = targets[start : start + CHUNK]
                try:
                    desired = device._adapter()._desired(device, chunk.contract_id)
                except DriverError:
                    break  # the comparison itself reports it
                changed = chunk.filtered(
                    lambda target, desired=desired: target.desired_digest
                    and target.desired_digest != digest(desired.get(target.contract_id.id))
                )
                Target._mark(changed.contract_id)

    @api.model
    def _compare(self, device_id):
        """Compare one device and write the findings.

        :return: dict of counts ``missing, extra, different, stale, repaired``
        """
        executor = self.env["isp.provisioning.executor"]
        work = executor._in_transaction(lambda env: env[self._name]._prepare(device_id))
        found, error = {}, None
        try:
            with work["driver"] as driver:
                for start in range(0, len(work["keys"]), CHUNK):
                    keys = work["keys"][start : start + CHUNK]
                    found |= driver.plans({key: work["desired"][key] for key in keys})
                strangers = sorted(set(driver.inventory()) - work["known"])
        except DriverError as failure:
            error = failure
            strangers = []
        return executor._in_transaction(
            lambda env: env[self._name]._record(device_id, work, found, strangers, error)
        )

    @api.model
    def _prepare(self, device_id):
        """What is to be compared: targets that are in sync, or were found different before."""
        device = self.env["isp.provisioning.device"].browse(device_id)
        targets = self.env["isp.provisioning.target"].search(
            [("device_id", "=", device_id), ("state", "in", ["in_sync", "drift"])]
        )
        adapter = device._adapter()
        desired = {}
        for start in range(0, len(targets), CHUNK):
            contracts = targets[start : start + CHUNK].contract_id
            desired |= {
                key: value
                for key, value in adapter._desired(device, contracts).items()
                if value is not None and not isinstance(value, DriverError)
            }
        return {
            "driver": adapter._driver(device),
            "desired": desired,
            "keys": sorted(desired),
            "known": adapter._known(device),
            "targets": {target.contract_id.id: target.id for target in targets},
        }

    @api.model
    def _record(self, device_id, work, found, strangers, error):
        device = self.env["isp.provisioning.device"].browse(device_id)
        counts = dict.fromkeys(("missing", "extra", "different", "stale", "repaired"), 0)
        now = fields.Datetime.now()
        if error:
            device._note_failure(str(error))
            device.last_drift_at = now
            return counts
        repairable = self.env["isp.provisioning.drift.policy"]._repairable(device.kind)
        cap = int(len(work["keys"]) * device.repair_cap_pct / 100)
        # a small site may always repair one
        cap = max(cap, 1) if device.repair_cap_pct else 0
        adapter = device._adapter()
        rows, repair, report = [], [], []
        names = {
            contract.id: contract.name for contract in self.env["isp.contract"].browse(list(found))
        }
        for contract_id, steps in found.items():
            if not steps:
                continue
            kind = self._classify(device.kind, steps)
            counts[kind] += 1
            mend = len(repair) < cap and {adapter._area(step) for step in steps} <= repairable
            if device.kind == "coa":
                mend = len(repair) < cap and "session" in repairable
            (repair if mend else report).append(contract_id)
            detail = "\n".join(step.summary for step in steps)
            resolution = "repairing" if mend else "open"
            rows.append((names[contract_id], kind, detail, contract_id, resolution))
        for name in strangers:
            counts["extra"] += 1
            rows.append((name, "extra", False, None, "open"))
        self.env["isp.provisioning.finding"]._report(device_id, rows)
        self._set_state([work["targets"][key] for key in repair], "pending", now)
        self._set_state([work["targets"][key] for key in report], "drift", now)
        if repair:
            self.env["isp.provisioning.target"]._wake()
        counts["repaired"] = len(repair)
        device.write({"last_drift_at": now})
        device._note_success()
        return counts

    @api.model
    def _classify(self, kind, steps):
        if kind == "coa":
            return "stale"
        actions = {step.action for step in steps}
        return "missing" if actions == {"insert"} or "add" in actions else "different"

    @api.model
    def _set_state(self, target_ids, state, now):
        if not target_ids:
            return
        self.env.cr.execute(
            SQL(
                "UPDATE isp_provisioning_target SET state = %s, attempts = 0, next_attempt = %s,"
                " last_error = %s WHERE id = ANY(%s) AND state IN ('in_sync', 'drift')",
                state,
                now,
                None if state == "pending" else "The device differs from the contract.",
                target_ids,
            )
        )
        self.env["isp.provisioning.target"].invalidate_model()
