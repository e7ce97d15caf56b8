from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .isp_place_history import MOMENT_KEY, MOMENT_SETTING


class IspPlacePastMixin(models.AbstractModel):
    """A place that remembers who held it: ``isp.place.history``, written by a trigger."""

    _name = "isp.place.past.mixin"
    _description = "Place with a past"

    @contextmanager
    def _history_moment(self):
        """What is written inside took effect at the moment of the context, when it names one."""
        moment = self.env.context.get(MOMENT_KEY)
        if moment:
            self._tell_moment(fields.Datetime.to_string(moment))
        yield
        if moment:
            self._tell_moment("")
        self.env["isp.place.history"].invalidate_model()

    @api.model
    def _tell_moment(self, moment):
        """Tell the trigger of the history when what follows took effect; empty: now."""
        self.env.cr.execute(SQL("SELECT set_config(%s, %s, true)", MOMENT_SETTING, moment))

    def action_who_was_there(self, date=None):
        """Who held each of these ports or places at a moment. RPC-callable.

        :param date: naive UTC datetime or its ISO text; by default now
        :return: list of dicts ``place_id, place, partner_id, customer, reference, state,
            date_from, date_to``; a place nobody held is absent
        """
        self.check_access("read")
        try:
            moment = fields.Datetime.to_datetime(date) or fields.Datetime.now()
        except (TypeError, ValueError):
            raise UserError(
                self.env._("“%s” is not a moment. Write it as YYYY-MM-DD HH:MM:SS.", date)
            ) from None
        history = self.env["isp.place.history"]
        column = self._history_column()
        rows = history.search(Domain(column, "in", self.ids) & history._on(moment), order="id")
        return [
            {
                "place_id": row[column].id,
                "place": row.place,
                "partner_id": row.partner_id.id,
                "customer": row.partner_id.display_name,
                "reference": row.reference,
                "state": row.state,
                "date_from": row.date_from,
                "date_to": row.date_to,
            }
            for row in rows
        ]

    def action_view_history(self):
        """Open who has been here."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who was on %s", self.display_name),
            "res_model": "isp.place.history",
            "view_mode": "list",
            "views": [(False, "list")],
            "domain": [(self._history_column(), "=", self.id)],
        }

    @api.model
    def _history_column(self):
        """:return: field of isp.place.history that points at this model"""
        raise NotImplementedError
