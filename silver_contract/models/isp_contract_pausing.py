"""Voluntary pause of a contract."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class IspContract(models.Model):
    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    pause_ids = fields.One2many("isp.contract.pause", "contract_id", string="Pauses")
    pause_until = fields.Date(
        "Service Returns On",
        compute="_compute_pause_until",
        help="End of the voluntary pause that is running.",
    )

    @api.depends("pause_ids.state")
    def _compute_pause_until(self):
        running = self.env["isp.contract.pause"].search(
            [("contract_id", "in", self.ids), ("state", "=", "running")]
        )
        until = {pause.contract_id: pause.date_to for pause in running}
        for contract in self:
            contract.pause_until = until.get(contract, False)

    def action_pause(self, date_to=None, date_from=None, note=None):
        """Stop the service for some days at the customer's request. It comes back by itself.

        :param date_to: day the service returns (date or ISO text)
        :param date_from: first day without service, today by default; later: it is scheduled
        :param str note: free text for the history
        :return: True
        :raise UserError: wrong dates, a contract that is not active, or another pause to come
        """
        contracts = self._authorised("suspend")
        contracts._lock()
        today = contracts._today()
        first = contracts._day(date_from) if date_from else today
        last = contracts._day(date_to) if date_to else None
        if not last or last <= first or first < today:
            raise UserError(
                self.env._(
                    "A pause begins today or later and ends after it begins. Asked: from %(first)s "
                    "to %(last)s.",
                    first=first,
                    last=last or "?",
                )
            )
        wrong = contracts.filtered(lambda contract: contract.state != "active")
        if wrong:
            raise UserError(
                self.env._("%(names)s: only an active service is paused.", names=wrong._names())
            )
        pauses = self.env["isp.contract.pause"].sudo()
        existing = pauses.search(
            [("contract_id", "in", contracts.ids), ("state", "in", ("scheduled", "running"))]
        )
        if existing:
            raise UserError(
                self.env._(
                    "%(contract)s already has a pause from %(first)s to %(last)s. Cancel it first.",
                    contract=existing[0].contract_id.display_name,
                    first=existing[0].date_from,
                    last=existing[0].date_to,
                )
            )
        rows = pauses.create(
            [
                {
                    "contract_id": contract.id,
                    "date_from": first,
                    "date_to": last,
                    "note": note,
                    "user_id": self.env.uid,
                }
                for contract in contracts
            ]
        )
        if first <= today:
            rows._start()
        return True

    def _close_pauses(self, events):
        """The service is back: its running pause is over, on the day of the event."""
        running = self.env["isp.contract.pause"].search(
            [("contract_id", "in", self.ids), ("state", "=", "running")]
        )
        if running:
            running.write({"state": "done", "date_returned": self._local_day(events[:1].date)})
