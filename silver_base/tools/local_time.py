"""The day it is where the company is.

A cron runs as a user who may live elsewhere, and at 19:00 in Lima it is tomorrow in UTC: what is
due, priced or overdue today is decided by the company's time zone, whoever asks.
"""

import pytz

from odoo import fields


def timezone(env):
    """:return: pytz time zone of the company; of the user while the company has none"""
    return pytz.timezone(env.company.partner_id.tz or env.user.tz or "UTC")


def local_day(env, moment):
    """:return: the date of a naive UTC datetime where the company is"""
    return pytz.utc.localize(moment).astimezone(timezone(env)).date()


def today(env):
    """:return: today's date where the company is"""
    return local_day(env, fields.Datetime.now())
