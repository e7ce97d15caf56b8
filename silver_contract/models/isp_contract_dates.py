"""Days and moments, where the company is."""

from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.silver_base.tools import local_time


class IspContract(models.Model):
    _inherit = "isp.contract"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _timezone(self):
        return local_time.timezone(self.env)

    @api.model
    def _local_day(self, moment):
        """:return: the date of a UTC datetime where the company is"""
        return local_time.local_day(self.env, moment)

    @api.model
    def _today(self):
        return self._local_day(fields.Datetime.now())

    @api.model
    def _start_of_day(self, day):
        """:return: naive UTC datetime of the first moment of a date where the company is"""
        # a clock may be put back at one in the morning, and that midnight is there twice
        midnights = [
            self._timezone()
            .localize(datetime.combine(day, time.min), is_dst=summer)
            .astimezone(pytz.utc)
            .replace(tzinfo=None)
            for summer in (True, False)
        ]
        # or put forward at midnight: then there is none, and the earlier one is of the day before
        return next((m for m in midnights if self._local_day(m) == day), midnights[1])

    @api.model
    def _day(self, date):
        """:return: ``date`` (date, datetime or ISO text) as a date

        :raise UserError: when it is not a date
        """
        try:
            return fields.Date.to_date(date)
        except (ValueError, TypeError) as error:
            raise UserError(
                self.env._("“%(date)s” is not a date. Write it as YYYY-MM-DD.", date=date)
            ) from error

    @api.model
    def _past_or_today(self, date):
        """:return: date, today when ``date`` is empty

        :raise UserError: for a day to come
        """
        day = self._day(date) if date else self._today()
        if day > self._today():
            raise UserError(
                self.env._(
                    "%(date)s is in the future: the contract changes on the day it happens.",
                    date=day,
                )
            )
        return day

    @api.model
    def _moment(self, date):
        """:return: naive UTC datetime for ``date``: now when empty, noon there for a bare past
        day
        """
        now = fields.Datetime.now()
        if not date:
            return now
        if isinstance(date, datetime):
            if date > now:
                self._past_or_today(fields.Date.add(self._local_day(date), days=1))
            return date
        day = self._past_or_today(date)
        if day == self._today():
            return now
        local = self._timezone().localize(datetime.combine(day, time(12)))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    def _check_after_last_change(self, verb, moment):
        """A backdated transition cannot come before the one it follows."""
        if verb in ("reserve", "activate"):
            return
        early = self.filtered(
            lambda contract: contract.state not in ("draft", "pending")
            and contract.state_date
            and contract.state_date > moment
            and self._local_day(contract.state_date) > self._local_day(moment)
        )
        if early:
            raise UserError(
                self.env._(
                    "%(names)s: the date is before the last change of state of the contract "
                    "(%(date)s). Use that day or a later one.",
                    names=early._names(),
                    date=self._local_day(early[0].state_date),
                )
            )
