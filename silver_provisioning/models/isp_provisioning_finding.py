from odoo import api, fields, models
from odoo.tools import SQL

from .driver_steps import spoken_steps


class IspProvisioningFinding(models.Model):
    """A difference between a device and the contracts, from the first sight of it to its end."""

    _name = "isp.provisioning.finding"
    _description = "Difference found"
    _order = "last_seen desc, id desc"

    device_id = fields.Many2one(
        "isp.provisioning.device", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(
        related="device_id.company_id", store=True, index=True, readonly=True
    )
    contract_id = fields.Many2one(
        "isp.contract", index="btree_not_null", ondelete="cascade", readonly=True
    )
    key = fields.Char(
        "What", required=True, readonly=True, help="The name of it on the device, or the contract."
    )
    finding = fields.Selection(
        [
            ("missing", "Missing on the device"),
            ("extra", "Unknown to Silver"),
            ("different", "Different"),
            ("stale", "Session on old terms"),
        ],
        required=True,
        readonly=True,
    )
    detail = fields.Text("Technical Detail", readonly=True)
    difference = fields.Text(compute="_compute_difference")
    resolution = fields.Selection(
        [
            ("open", "Open"),
            ("repairing", "Being repaired"),
            ("gone", "No longer there"),
            ("ignored", "Ignored"),
        ],
        required=True,
        default="open",
    )
    first_seen = fields.Datetime(readonly=True, required=True)
    last_seen = fields.Datetime(readonly=True, required=True)

    _open_uniq = models.UniqueIndex(
        "(device_id, key) WHERE resolution != 'gone'", "This difference is already on the list."
    )

    @api.depends("detail")
    @api.depends_context("lang")
    def _compute_difference(self):
        for finding in self:
            finding.difference = finding.detail and spoken_steps(self.env, finding.detail)

    @api.model
    def _report(self, device_id, rows):
        """Write what one comparison found; what it no longer finds is gone.

        :param rows: list of ``(key, finding, detail, contract id or None, resolution)``
        """
        now = fields.Datetime.now()
        self.flush_model()
        if rows:
            self.env.cr.execute_values(
                """
                INSERT INTO isp_provisioning_finding AS f (device_id, company_id, key, finding,
                    detail, contract_id, resolution, first_seen, last_seen)
                VALUES %s
                ON CONFLICT (device_id, key) WHERE resolution != 'gone' DO UPDATE SET
                    finding = excluded.finding, detail = excluded.detail,
                    last_seen = excluded.last_seen,
                    resolution = CASE WHEN f.resolution = 'ignored' THEN 'ignored'
                                      ELSE excluded.resolution END
                """,
                [
                    (device_id, company, key, finding, detail, contract, resolution, now, now)
                    for company in self.env["isp.provisioning.device"]
                    .browse(device_id)
                    .company_id.ids
                    for key, finding, detail, contract, resolution in rows
                ],
                page_size=1000,
            )
        self.env.cr.execute(
            SQL(
                "UPDATE isp_provisioning_finding SET resolution = 'gone'"
                " WHERE device_id = %s AND resolution != 'gone' AND NOT key = ANY(%s)",
                device_id,
                [row[0] for row in rows],
            )
        )
        self.invalidate_model()

    def action_ignore(self):
        """Known and accepted: do not show it as open again."""
        self.write({"resolution": "ignored"})
        return True

    def action_repair(self):
        """Bring the contracts of these findings in line; strangers are never touched."""
        self.check_access("write")
        targets = (
            self.env["isp.provisioning.target"]
            .sudo()
            .search(
                [
                    ("contract_id", "in", self.contract_id.ids),
                    ("device_id", "in", self.device_id.ids),
                ]
            )
        )
        targets.action_retry()
        self.filtered("contract_id").write({"resolution": "repairing"})
        return True
