"""What is written down for a day and made by a cron when that day comes."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class IspDueMixin(models.AbstractModel):
    """Rows that have their day: pauses that begin and end, plan changes to come.

    A model says which rows are due (:meth:`_due_domain`) and what making one means
    (:meth:`_make_due`). A row that cannot be made keeps the reason in ``error`` and is tried again
    the next day; the others go on.
    """

    _name = "isp.due.mixin"
    _description = "What Has Its Day"

    error = fields.Text(
        readonly=True, help="Why it could not be done on its day. It is tried again the next day."
    )

    @api.model
    def _due_domain(self, today):
        """:return: Domain of the rows that have something to do on ``today``"""
        raise NotImplementedError

    def _make_due(self, today):
        """Do what the one row of ``self`` was written down for.

        :raise UserError: when it cannot be done; the row keeps the message
        """
        raise NotImplementedError

    @api.model
    def _cron_execute_due(self, batch_size=100):
        """Make what is due, one row and one commit at a time."""
        contracts = self.env["isp.contract"]
        today = contracts._today()
        domain = self._due_domain(today) & (
            Domain("error", "=", False) | Domain("write_date", "<", contracts._start_of_day(today))
        )
        cron = self.env["ir.cron"]
        due = self.search(domain, order="id", limit=batch_size)
        remaining = len(due) if len(due) < batch_size else self.search_count(domain)
        cron._commit_progress(remaining=remaining)
        for row in due:
            row = row.try_lock_for_update().filtered_domain(domain)
            if not row:
                continue
            try:
                with self.env.cr.savepoint():
                    row._make_due(today)
            except (UserError, ValidationError) as error:
                row.error = str(error)
            if not cron._commit_progress(1):
                break
