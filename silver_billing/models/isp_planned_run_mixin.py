from odoo import api, fields, models
from odoo.exceptions import UserError


class IspPlannedRunMixin(models.AbstractModel):
    """A run that is first shown and then done: billing and collection.

    The model has ``state`` (draft, previewed, running, done, attention and what it adds) and
    ``line_ids``, one line for each contract, with ``contract_id``, ``state`` (todo, done, error and
    what it adds), ``error`` and a method ``_process()``. It says what it does in ``_plan()``,
    ``_begin()`` and ``_take_todo()``; how it is started, killed, gone on with and finished is here.
    """

    _name = "isp.planned.run.mixin"
    _description = "Previewed Work in Committed Chunks"
    _inherit = ["isp.run.mixin", "mail.thread", "mail.activity.mixin"]

    #: States from which the run may still be planned again.
    _plannable = ("draft", "previewed")

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unused(self):
        if self.filtered(lambda run: run.state not in ("draft", "previewed")):
            raise UserError(self.env._("A run that acted is kept as history."))

    # === actions === #

    def action_preview(self):
        """Work out what would be done and why. Changes nothing and can be repeated.

        :return: True
        """
        self.check_access("write")
        for run in self.sudo():
            if run.state in run._plannable:
                run._plan()
                run.state = "previewed"
        return True

    def action_run(self):
        """Do it. Can be killed and called again: what is done is not done twice.

        :return: True
        """
        self.check_access("write")
        for run in self.sudo():
            run._run()
        return True

    # === for each kind of run === #

    def _plan(self):
        """Write the lines of the run. Nothing else is changed."""
        raise NotImplementedError

    def _begin(self):
        """Last look before work starts or goes on.

        :return: False when the run must not go on now
        """
        raise NotImplementedError

    def _take_todo(self):
        """:return: the next lines to work on, empty when there are no more"""
        raise NotImplementedError

    def _set_aside_summary(self, count):
        """:return: title of the activity when ``count`` contracts failed"""
        return self.env._("%(count)s contracts were set aside", count=count)

    # === the work === #

    def _run(self):
        self.ensure_one()
        if not self._begin():
            self._commit_chunk()
            return
        if self.state != "running":
            self.write({"state": "running", "date_started": fields.Datetime.now()})
        self._commit_chunk()
        if self._in_chunks(self._take_todo, lambda lines: lines._process()):
            self._finish()
            self._commit_chunk()

    def _finish(self):
        """Close the run; what was set aside becomes an activity for its responsible."""
        lines = self.env[self._fields["line_ids"].comodel_name]
        failed = lines.search([("run_id", "=", self.id), ("state", "=", "error")])
        self.write({"state": "attention" if failed else "done", "date_done": fields.Datetime.now()})
        if failed:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self._set_aside_summary(len(failed)),
                note="; ".join(f"{line.contract_id.name}: {line.error}" for line in failed[:20]),
                user_id=self.user_id.id,
            )
